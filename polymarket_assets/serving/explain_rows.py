"""The rows a signal rests on: its snapshot, and the facts that the snapshot was made of.

Belongs here: which rows of the warehouse those are, for many signals at once. Not here: the raw
rows and pages they lead to (explain_pages.py), what follows from them (explain_checks.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import duckdb

Row = dict[str, Any]
Role = Literal[
    "book",
    "own book",
    "market version",
    "event version",
    "fill",
    "price point",
    "leader's fill",
    "Kalshi book",
    "Kalshi market",
]
COPYING, LONGSHOTS = "copy_trading", ("longshot_yes", "longshot_no")
REACH = timedelta(days=1)
"""How far before the first signal facts with a day may lie: fills an hour, books five minutes."""


@dataclass(frozen=True)
class Fact:
    """One row of the warehouse that a signal rests on.

    Attributes:
        role: what it is to the signal.
        table: schema.table it stands in.
        row: its columns.
        source: raw table, without schema, of the row it was made of.
    """

    role: Role
    table: str
    row: Row
    source: str

    @property
    def place(self) -> tuple[str, str, int]:
        """Where the raw row is: source, page, position in the page."""
        return self.source, self.row["page_id"], self.row["position"]


@dataclass
class Grounds:
    """A signal with all that the warehouse made it of.

    Attributes:
        signal: its row of signals.signals.
        snapshot: the row of features.market_snapshots it names; None when it is not there.
        is_complement: it is a leg of a set of YES and NO of one market, each at its own book.
        settings: of its strategy in that build; None for a strategy in Python.
        facts: rows, by role and then time.
    """

    signal: Row
    snapshot: Row | None
    is_complement: bool
    settings: Mapping[str, str] | None
    facts: list[Fact] = field(default_factory=list)

    def of(self, role: Role) -> list[Fact]:
        """The facts of one role."""
        return [fact for fact in self.facts if fact.role == role]


def grounds(connection: duckdb.DuckDBPyConnection, signal_ids: Sequence[str]) -> list[Grounds]:
    """What the signals rest on, in the order they are asked for; unknown ones are left out.

    Makes a temporary table on the connection.
    """
    connection.execute(_ASKED, {"ids": list(signal_ids)})
    found = {
        signal["signal_id"]: Grounds(signal, snapshot, is_complement, settings)
        for signal, snapshot, is_complement, settings in connection.execute(
            "SELECT signal, snapshot, is_complement, settings FROM asked"
        ).fetchall()
    }
    if not found:
        return []
    moments = [one.signal["as_of"] for one in found.values()]
    days = {"first": _day(min(moments) - REACH), "last": _day(max(moments))}
    for role, table, source, sql in _FACTS:
        given = {name: day for name, day in days.items() if f"${name}" in sql}
        for signal_id, row in connection.execute(sql, given).fetchall():
            found[signal_id].facts.append(Fact(role, table, row, source))
    return [found[signal_id] for signal_id in signal_ids if signal_id in found]


def some(connection: duckdb.DuckDBPyConnection, most: int) -> list[str]:
    """Ids of up to `most` signals that have nothing in common; the same ones at every call."""
    rows = connection.execute(
        "SELECT signal_id FROM signals.signals ORDER BY md5(signal_id) LIMIT ?", [most]
    ).fetchall()
    return [signal_id for (signal_id,) in rows]


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


_ASKED = """
CREATE OR REPLACE TEMP TABLE asked AS
WITH baskets AS (
    SELECT basket_id
    FROM signals.signals
    WHERE basket_id IS NOT NULL AND strategy = 'intra_market_arbitrage'
    GROUP BY basket_id
    HAVING count(DISTINCT condition_id) = 1
),

settings AS (
    SELECT strategy, map_from_entries(list((name, value))) AS settings
    FROM signals.strategy_settings
    GROUP BY strategy
)

SELECT
    signals AS signal,
    CASE WHEN snapshots.feature_snapshot_key IS NOT NULL THEN snapshots END AS snapshot,
    baskets.basket_id IS NOT NULL AS is_complement,
    settings.settings
FROM signals.signals AS signals
LEFT JOIN features.market_snapshots AS snapshots
    ON
        signals.feature_snapshot_key = snapshots.feature_snapshot_key
        AND CAST(signals.as_of AT TIME ZONE 'UTC' AS DATE) = snapshots.dt
LEFT JOIN baskets ON signals.basket_id = baskets.basket_id
LEFT JOIN settings ON signals.strategy = settings.strategy
WHERE list_contains($ids, signals.signal_id)
"""

# Each as the models do it: what is newest among what was known, or what lies in the hour before.
_BOOK = """
SELECT asked.signal.signal_id, books
FROM asked
INNER JOIN core.fct_books AS books ON asked.snapshot.book_id = books.book_id
WHERE books.dt BETWEEN $first AND $last
"""
_OWN_BOOK = """
SELECT asked.signal.signal_id, books
FROM asked
INNER JOIN core.fct_books AS shown ON asked.snapshot.book_id = shown.book_id
INNER JOIN core.fct_books AS books
    ON
        asked.signal.token_id = books.token_id
        AND shown.received_at = books.received_at
        AND shown.book_id != books.book_id
WHERE
    asked.is_complement
    AND shown.dt BETWEEN $first AND $last
    AND books.dt BETWEEN $first AND $last
"""
_MARKET = """
WITH versions AS (SELECT * FROM core.market_versions WHERE condition_id IS NOT NULL)

SELECT asked.signal.signal_id, versions
FROM asked
ASOF INNER JOIN versions
    ON
        asked.snapshot.condition_id = versions.condition_id
        AND asked.snapshot.as_of >= versions.known_at
"""
_EVENT = """
SELECT asked.signal.signal_id, versions
FROM asked
ASOF INNER JOIN core.int_event_versions AS versions
    ON asked.snapshot.event_id = versions.event_id AND asked.snapshot.as_of >= versions.known_at
"""
_FILLS = """
SELECT asked.signal.signal_id, fills
FROM asked
INNER JOIN core.fct_trades AS fills ON asked.snapshot.condition_id = fills.condition_id
WHERE
    asked.snapshot.trades_ok
    AND fills.size > 0
    AND fills.event_at > asked.snapshot.as_of - INTERVAL '1 hour'
    AND fills.event_at <= asked.snapshot.as_of
    AND fills.known_at <= asked.snapshot.as_of
    AND fills.dt BETWEEN $first AND $last
ORDER BY fills.event_at, fills.fill_id
"""
_PRICES = """
SELECT asked.signal.signal_id, points
FROM asked
INNER JOIN core.fct_prices AS points ON asked.snapshot.condition_id = points.condition_id
WHERE
    asked.snapshot.realized_vol_1h IS NOT NULL
    AND points.is_yes
    AND points.fidelity_minutes = 1
    AND NOT points.is_after_close
    AND points.event_at > asked.snapshot.as_of - INTERVAL '1 hour'
    AND points.event_at <= asked.snapshot.as_of
    AND points.known_at <= asked.snapshot.as_of
    AND points.dt BETWEEN $first AND $last
ORDER BY points.event_at
"""
_LEADER = """
SELECT asked.signal.signal_id, fills
FROM asked
INNER JOIN core.fct_wallet_fills AS fills
    ON
        asked.signal.leader_wallet = fills.wallet
        AND asked.signal.token_id = fills.token_id
        AND asked.signal.side = fills.side
WHERE
    asked.signal.strategy = 'copy_trading'
    AND fills.size > 0
    AND fills.market_status = 'listed'
    AND (fills.side = 'SELL' OR fills.role = 'taker')
    AND fills.known_at <= asked.signal.as_of
    AND fills.event_at
    > asked.signal.as_of - to_seconds(CAST(asked.settings['fill_age_max_s'] AS DOUBLE))
    AND fills.dt BETWEEN $first AND $last
ORDER BY fills.event_at, fills.fill_id
"""
_KALSHI_BOOK = """
SELECT asked.signal.signal_id, books
FROM asked
ASOF INNER JOIN staging.stg_kalshi_books AS books
    ON asked.signal.condition_id = books.ticker AND asked.signal.as_of >= books.known_at
WHERE asked.signal.venue = 'kalshi'
"""
_KALSHI_MARKET = """
SELECT asked.signal.signal_id, versions
FROM asked
ASOF INNER JOIN staging.stg_kalshi_markets AS versions
    ON asked.signal.condition_id = versions.ticker AND asked.signal.as_of >= versions.known_at
WHERE asked.signal.venue = 'kalshi'
"""
_FACTS: tuple[tuple[Role, str, str, str], ...] = (
    ("book", "core.fct_books", "clob_books", _BOOK),
    ("own book", "core.fct_books", "clob_books", _OWN_BOOK),
    ("market version", "core.market_versions", "gamma_markets", _MARKET),
    ("event version", "core.int_event_versions", "gamma_events", _EVENT),
    ("fill", "core.fct_trades", "data_trades", _FILLS),
    ("price point", "core.fct_prices", "clob_prices", _PRICES),
    ("leader's fill", "core.fct_wallet_fills", "data_trades", _LEADER),
    ("Kalshi book", "staging.stg_kalshi_books", "kalshi_books", _KALSHI_BOOK),
    ("Kalshi market", "staging.stg_kalshi_markets", "kalshi_markets", _KALSHI_MARKET),
)
