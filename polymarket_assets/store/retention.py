"""How long raw rows are kept: what goes, what stays for ever, and what is never touched.

For ever stay fills, resolutions, price points, rules and changed versions (a version's row holds
the object's own bytes). After PM_KEEP_PAGES_DAYS the pages they were read from go, except the pages
of fills and resolutions; and with their pages the rows that are snapshots and nothing else (books,
leaderboards, positions, holders). Stream messages go after 30 days.

Never touched is a page that a quarantined record, an approval (and so an order) or a signal points
to: the books and lists that were newest at its moment. A kept page keeps all its rows.

Belongs here: the rules, and the deletions. Not here: when (maintenance.py).

Files of which every row goes are taken out through the catalog, in an instant: as a transaction
of DuckLake's it would be refused as long as somebody appends to the table (measured). Single rows
go by one short transaction per day, which appends do not stop. An append that began before either
was committed is refused, and the appender's session repeats it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta

import duckdb
import pyarrow as pa

from polymarket_assets.store.ducklake import rewrite_files
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import LakeFile, drop_from_history, lake_files, take_out
from polymarket_assets.store.ledger import open_ledger

FOR_EVER = frozenset({"data_trades", "data_activity", "data_resolutions", "kalshi_trades"})
"""Sources whose pages are kept as long as their rows."""
SNAPSHOTS = (
    "clob_books",
    "data_leaderboard",
    "data_positions",
    "data_holders",
    "kalshi_books",
)
"""Tables whose rows go with their pages."""
LISTS = (
    "gamma_events",
    "gamma_markets",
    "gamma_tags",
    "clob_prices",
    "clob_markets",
    "kalshi_events",
    "kalshi_series",
    "kalshi_markets",
    "kalshi_candles",
)
"""Sources whose pages go and whose rows stay: changed versions, price points, facts."""
STREAM = "stream_messages"
STREAM_DAYS = 30
_PAGES = "pages"


@dataclass(frozen=True)
class Dropped:
    """Rows of one table and day that go or are gone; `bytes` of bodies, for pages."""

    table: str
    day: date
    rows: int
    bytes: int


@dataclass(frozen=True)
class Kept:
    """Pages that are too old and stay, since something points to them."""

    page_ids: frozenset[str]


def due(lake: Lake, *, today: date, pages_days: int) -> tuple[list[Dropped], Kept]:
    """What retention would drop, the oldest day first; and the old pages it would not touch.

    Args:
        lake: the lake.
        today: by the platform's clock.
        pages_days: how many days pages and snapshots are kept.
    """
    limit = today - timedelta(days=pages_days)
    held = {name for schema, name in lake.tables() if schema == "raw"}
    kept = Kept(frozenset(_pointed_to(lake, limit)))
    found: list[Dropped] = []
    with lake.connect(read_only=True) as connection:
        _register(connection, kept)
        found += _due(connection, _PAGES, _pages_condition(), limit, size="bytes")
        for table in SNAPSHOTS:
            if table in held:
                found += _due(connection, table, _NOT_KEPT, limit)
        if STREAM in held:
            found += _due(connection, STREAM, "true", today - timedelta(days=STREAM_DAYS))
    return sorted(found, key=lambda dropped: (dropped.day, dropped.table)), kept


def drop(
    lake: Lake,
    found: Sequence[Dropped],
    kept: Kept,
    *,
    tell: Callable[[str], None] = lambda _doing: None,
) -> list[Dropped]:
    """Drop what `due` found, whole files first; files of which some rows stay are written anew.

    Older versions lose those rows, too: else every published version would keep them.
    """
    rows: dict[tuple[str, date], int] = {}
    with closing(lake.session(for_appends=True)) as session:
        # Pages last: at no moment is there a row without its page.
        for table in sorted({dropped.table for dropped in found}, key=lambda t: (t == _PAGES, t)):
            days = sorted(dropped.day for dropped in found if dropped.table == table)
            tell(f"dropping rows of raw.{table}")
            whole = _whole_files(lake, table, days, kept)
            if whole:
                take_out(lake.postgres, [file for file, _, _ in whole])
            for _, day, count in whole:
                rows[table, day] = rows.get((table, day), 0) + count
            left = [
                dropped
                for dropped in found
                if dropped.table == table and rows.get((table, dropped.day), 0) < dropped.rows
            ]
            for dropped in left:
                count = session.transaction(lambda c, d=dropped: _delete(c, d, kept))
                rows[table, dropped.day] = rows.get((table, dropped.day), 0) + count
            if left:
                tell(f"writing the files of raw.{table} anew")
                # Appends are not disturbed by this one.
                session.transaction(lambda c, t=table: rewrite_files(c, "raw", t))
    if found:
        tables = sorted({f"raw.{dropped.table}" for dropped in found})
        last = max(dropped.day for dropped in found) + timedelta(days=1)
        drop_from_history(lake.postgres, tables, before=last)
    return [replace(dropped, rows=rows[dropped.table, dropped.day]) for dropped in found]


_NOT_KEPT = "page_id NOT IN (SELECT page_id FROM kept_pages)"


def _pages_condition() -> str:
    sources = ", ".join(f"'{name}'" for name in (*SNAPSHOTS, *LISTS))
    return f"source IN ({sources}) AND {_NOT_KEPT}"


def _condition(table: str) -> str:
    if table == _PAGES:
        return _pages_condition()
    return "true" if table == STREAM else _NOT_KEPT


def _due(
    connection: duckdb.DuckDBPyConnection, table: str, condition: str, limit: date, size: str = "0"
) -> Iterator[Dropped]:
    rows = connection.execute(
        f"SELECT dt, count(dt), sum({size}) FROM raw.{table}"  # noqa: S608 - our own texts
        f" WHERE dt < DATE '{limit}' AND {condition} GROUP BY dt"
    ).fetchall()
    for day, count, total in rows:
        yield Dropped(table, day, count, int(total))


def _whole_files(
    lake: Lake, table: str, days: Sequence[date], kept: Kept
) -> list[tuple[LakeFile, date, int]]:
    """Files of which every row goes, each with its day and how many rows that are."""
    with lake.connect(read_only=True) as connection:
        _register(connection, kept)
        counted = connection.execute(
            f"SELECT filename, dt, count(dt) FROM raw.{table}"  # noqa: S608 - our own texts
            f" WHERE list_contains($days, dt) GROUP BY ALL HAVING bool_and({_condition(table)})",
            {"days": list(days)},
        ).fetchall()
    files = {
        f"{lake.settings.lake_path}{file.path}": file
        for file in lake_files(lake.postgres)
        if file.at_head and not file.deletes
    }
    # A file that was merged away in between is not there; its rows go one by one.
    return [(files[name], day, count) for name, day, count in counted if name in files]


def _delete(connection: duckdb.DuckDBPyConnection, dropped: Dropped, kept: Kept) -> int:
    _register(connection, kept)
    return connection.execute(
        f"DELETE FROM raw.{dropped.table}"  # noqa: S608 - our own texts
        f" WHERE dt = DATE '{dropped.day}' AND {_condition(dropped.table)}"
    ).fetchall()[0][0]


def _register(connection: duckdb.DuckDBPyConnection, kept: Kept) -> None:
    ids = pa.table({"page_id": pa.array(sorted(kept.page_ids), pa.string())})
    connection.register("kept_pages", ids)


_DECISIONS = "SELECT DISTINCT condition_id, signal_as_of AS as_of FROM ledger.approvals"
_SIGNALS = "SELECT DISTINCT condition_id, as_of FROM signals.signals"
_POINTED_TO = """
    WITH decisions AS MATERIALIZED ({decisions}),
    quarantined AS (SELECT page_id FROM raw.quarantine WHERE dt < DATE '{limit}'),
    -- The newest book of each token, and the newest version of market and event, at that moment.
    books AS (
        SELECT arg_max(book.page_id, book.received_at) AS page_id
        FROM raw.clob_books AS book
        JOIN decisions USING (condition_id)
        WHERE book.dt < DATE '{limit}' AND book.received_at <= decisions.as_of
        GROUP BY book.token_id, decisions.as_of
    ),
    sized_against AS (
        SELECT book.page_id
        FROM raw.clob_books AS book
        JOIN ledger.intents USING (token_id)
        WHERE book.dt < DATE '{limit}' AND book.hash = intents.book_hash
    ),
    markets AS (
        SELECT
            decisions.as_of,
            arg_max(market.page_id, market.received_at) AS page_id,
            arg_max(market.payload, market.received_at) AS payload
        FROM raw.gamma_markets AS market
        JOIN decisions USING (condition_id)
        WHERE market.received_at <= decisions.as_of
        GROUP BY market.condition_id, decisions.as_of
    ),
    events_of AS (
        SELECT DISTINCT
            as_of,
            unnest(
                try_cast(try_cast(payload AS JSON) -> '$.eventIds' AS VARCHAR[])
            ) AS event_id
        FROM markets
    ),
    events AS (
        SELECT arg_max(event.page_id, event.received_at) AS page_id
        FROM raw.gamma_events AS event
        JOIN events_of USING (event_id)
        WHERE event.received_at <= events_of.as_of
        GROUP BY event.event_id, events_of.as_of
    ),
    pointed_to AS (
        SELECT page_id FROM quarantined
        UNION
        SELECT page_id FROM books
        UNION
        SELECT page_id FROM sized_against
        UNION
        SELECT page_id FROM markets
        UNION
        SELECT page_id FROM events
    ),
    named AS (
        SELECT source, dt, sha256 FROM raw.pages SEMI JOIN pointed_to USING (page_id)
        WHERE dt < DATE '{limit}'
    )
    -- With a page the ones that hold its body: equal bodies of a day are held once.
    SELECT page_id FROM raw.pages SEMI JOIN named USING (source, dt, sha256)
    WHERE dt < DATE '{limit}'
"""


def _pointed_to(lake: Lake, limit: date) -> list[str]:
    """Ids of pages older than `limit` that something points to."""
    if not lake.rows(f"SELECT 1 FROM raw.pages WHERE dt < DATE '{limit}' LIMIT 1"):  # noqa: S608 - a date
        return []
    open_ledger(lake.settings).dispose()  # its tables are there from now on
    decisions = _DECISIONS
    if ("signals", "signals") in lake.tables():
        decisions += f" UNION {_SIGNALS}"
    with lake.connect(read_only=True, with_ledger=True) as connection:
        sql = _POINTED_TO.format(decisions=decisions, limit=limit)
        return [row[0] for row in connection.execute(sql).fetchall()]
