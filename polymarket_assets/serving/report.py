"""The report at the end of `polymarket run` and `make demo`: what is held, and what came of it.

Raw tables are counted at the head; everything dbt builds is read at the published version, so that
the report shows what the executor saw. What was never published is *not built yet*, not zero.

Belongs here: gathering and laying out. Not here: the numbers' meaning (dbt's docs, health.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.text import Text

from polymarket_assets.serving import portfolio
from polymarket_assets.serving.health import age_of, spoken
from polymarket_assets.serving.status_facts import Facts, read_disk, read_facts
from polymarket_assets.serving.status_record import Status, judge
from polymarket_assets.serving.stores import Stores, open_stores
from polymarket_assets.serving.tables import (
    Field,
    moment,
    plain,
    price,
    safe,
    signed_usd,
    state_style,
    table,
    usd,
)
from polymarket_assets.settings import Settings
from polymarket_assets.store.raw import TABLES

BUILT = ("core", "features", "leaderboards", "signals")
_DECLARED = {schema: {t.name for t in TABLES if t.schema == schema} for schema in BUILT}
"""Tables a lake has from its first moment on, whatever was built."""
TOP_TRADERS = 10
SIGNALS_SHOWN = 20
ROWS_SHOWN = 20

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Report:
    """What one home holds.

    Attributes:
        status: freshness, health and the published version.
        tables: rows by schema and table; a schema that was never published is None.
        window: window of the leaderboard shown: "7d", or "all" when nobody traded in 7 days.
        traders: its best traders; None when not built.
        signals: signals of the published version, best edge first; None when not built.
        signals_total: how many there are.
        approvals: approvals by state.
        orders, fills, positions, pnl: as portfolio.py gives them.
    """

    status: Status
    tables: Mapping[str, Mapping[str, int] | None]
    window: str
    traders: Rows | None
    signals: Rows | None
    signals_total: int
    approvals: Mapping[str, int]
    orders: Rows
    fills: Rows
    positions: Rows
    pnl: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The attributes above, ready for `json.dumps`."""
        parts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return plain({**parts, "status": self.status.as_json()})


def report(settings: Settings, *, now: Callable[[], datetime] | None = None) -> Report:
    """Read the stores of `settings`' home, by its own clock unless `now` is given.

    Raises:
        PostgresError, LakeUnavailableError: the stores cannot be read.
        LiveNotAvailableError: the mode is live.
    """
    with open_stores(settings) as stores:
        moment_read = (now or stores.clock.now)()
        facts = read_facts(stores, moment_read)
        built = _built(stores, facts)
        return Report(
            status=judge(settings, facts, read_disk(settings), moment_read),
            tables={"raw": _raw_counts(stores), **built.tables},
            window=built.window,
            traders=built.traders,
            signals=built.signals,
            signals_total=(built.tables["signals"] or {}).get("signals", 0),
            approvals=portfolio.read_approvals(stores.engine, settings),
            orders=portfolio.read_orders(stores.engine, settings),
            fills=portfolio.read_fills(stores.engine, settings),
            positions=portfolio.read_positions(stores.engine, settings),
            pnl=portfolio.read_pnl(stores.engine, settings),
        )


@dataclass(frozen=True)
class _Built:
    """What was read at the published version."""

    tables: Mapping[str, Mapping[str, int] | None]
    window: str = "7d"
    traders: Rows | None = None
    signals: Rows | None = None


def _built(stores: Stores, facts: Facts) -> _Built:
    if facts.published is None:
        return _Built(dict.fromkeys(BUILT))
    with stores.lake.connect(version=facts.published.version) as connection:
        counts = _counts(connection, BUILT)
        held = {f"{schema}.{name}" for schema, tables in counts.items() for name in tables}
        traders: Rows | None = None
        window = "7d"
        if "leaderboards.leaderboard" in held:
            traders = _query(connection, _TRADERS, window=window, most=TOP_TRADERS)
            if not traders:
                window = "all"
                traders = _query(connection, _TRADERS, window=window, most=TOP_TRADERS)
        signals = (
            _query(connection, _SIGNALS, most=SIGNALS_SHOWN) if "signals.signals" in held else None
        )
    made = {schema: set(counts[schema]) - _DECLARED[schema] for schema in BUILT}
    tables = {schema: counts[schema] if made[schema] else None for schema in BUILT}
    return _Built(tables, window, traders, signals)


def _raw_counts(stores: Stores) -> Mapping[str, int]:
    with stores.lake.reading() as connection:
        return _counts(connection, ("raw",))["raw"]


def _counts(
    connection: duckdb.DuckDBPyConnection, schemas: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Rows of each table but dbt's intermediate ones; the catalog knows them without a read."""
    held = connection.execute(
        """
        select schema_name, table_name
        from duckdb_tables()
        where database_name = 'lake' and list_contains($schemas, schema_name)
            and not contains(table_name, '__dbt_') and not starts_with(table_name, 'int_')
        order by schema_name, table_name
        """,
        {"schemas": list(schemas)},
    ).fetchall()
    counts: dict[str, dict[str, int]] = {schema: {} for schema in schemas}
    if held:
        parts = (
            f"select '{schema}' as s, '{name}' as t, count(*) as n from {schema}.\"{name}\""  # noqa: S608 - names from the catalog
            for schema, name in held
        )
        for schema, name, rows in connection.execute(" union all ".join(parts)).fetchall():
            counts[schema][name] = rows
    return {schema: dict(sorted(tables.items())) for schema, tables in counts.items()}


_TRADERS = """
select rank, wallet, name, pnl_usd, realized_pnl_usd, win_rate, wins, losses, volume_usd, fills
from leaderboards.leaderboard
where window_name = $window and category = 'all'
order by rank
limit $most
"""

_SIGNALS = """
select
    signal_id, strategy, action, question, outcome, side, price_limit, edge_after_fees, confidence,
    suggested_notional_usd, suggested_size, reason, as_of, expires_at, condition_id, token_id
from signals.signals
order by edge_after_fees desc nulls last, signal_id
limit $most
"""


def _query(connection: duckdb.DuckDBPyConnection, sql: str, **params: object) -> Rows:
    cursor = connection.execute(sql, params)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def render_report(found: Report, console: Console) -> None:
    """Print the report; made for 100 columns and more."""
    for part in _view(found):
        if not isinstance(part, Text):
            console.print()
        console.print(part)


def _view(found: Report) -> Iterator[RenderableType]:
    yield _headline(found.status)
    yield _rows_view(found)
    yield from _traders_view(found)
    yield from _signals_view(found)
    yield from _ledger_view(found)
    for reason in found.status.reasons:
        yield Text(f"  • {safe(reason)}", style=state_style(found.status.overall))


def _headline(status: Status) -> Text:
    published = status.facts.published if status.facts else None
    version = f"published version {published.version}" if published else "nothing published yet"
    return Text.assemble(
        ("\nReport", "bold"),
        f"  {moment(status.checked_at)} UTC · {version} · ",
        (status.overall, f"bold {state_style(status.overall)}"),
    )


def _rows_view(found: Report) -> RenderableType:
    """Rows of every table in blocks side by side, raw ones with the age of their data."""
    facts, now = found.status.facts, found.status.checked_at
    accounts = {account.source: account for account in facts.accounts} if facts else {}

    def age(name: str) -> str:
        account = accounts.get(name)
        known = age_of(account.current_until, now) if account else None
        return spoken(known) if known is not None else ""

    raw = [
        {"table": name, "rows": rows, "age": age(name)}
        for name, rows in (found.tables["raw"] or {}).items()
    ]
    fields = (Field("table", show=str), Field("rows", right=True))
    blocks = [table("raw", (*fields, Field("age", "data age", str, right=True)), raw)]
    built = [_schema_view(schema, found.tables[schema], fields) for schema in BUILT]
    return Columns([*blocks, built[0], Group(*built[1:])], padding=(0, 3))


def _schema_view(
    schema: str, counts: Mapping[str, int] | None, fields: Sequence[Field]
) -> RenderableType:
    if counts is None:
        return Text(f"{schema}: not built yet")
    return table(schema, fields, [{"table": name, "rows": n} for name, n in counts.items()])


def _traders_view(found: Report) -> Iterator[RenderableType]:
    if found.traders is None:
        yield Text("Top traders: not built yet")
        return
    fields = (
        Field("rank", "#", right=True),
        Field("who", "trader", width="cut"),
        Field("pnl_usd", "profit", signed_usd, right=True),
        Field("realized_pnl_usd", "realised", signed_usd, right=True),
        Field("win_rate", "wins", right=True, show=_percent),
        Field("volume_usd", "volume", usd, right=True),
        Field("fills", right=True),
    )
    rows = [{**row, "who": row["name"] or row["wallet"]} for row in found.traders]
    yield table(f"Top traders, {found.window} (USD)", fields, rows)


def _signals_view(found: Report) -> Iterator[RenderableType]:
    if found.signals is None:
        yield Text("Signals: not built yet")
        return
    if not found.signals:
        yield Text("Signals: none in this version")
        return
    shown = len(found.signals)
    of = "" if shown == found.signals_total else f", the best {shown} of {found.signals_total:,}"
    fields = (
        Field("strategy"),
        Field("what", "market and reason", str, width="wrap"),
        Field("side"),
        Field("price_limit", "limit", price, right=True),
        Field("edge_after_fees", "edge", price, right=True),
        Field("suggested_notional_usd", "USD", usd, right=True),
    )
    rows = [
        {**row, "what": safe(f"{row['question']} → {row['outcome']}: {row['reason']}")}
        for row in found.signals
    ]
    yield table(f"Signals{of}", fields, rows)


def _ledger_view(found: Report) -> Iterator[RenderableType]:
    counted = ", ".join(f"{count} {state}" for state, count in found.approvals.items())
    yield Text(f"Approvals: {counted or 'none yet'}")
    for name, rows, view in (
        ("orders", found.orders, portfolio.orders_view),
        ("fills", found.fills, portfolio.fills_view),
        ("positions", found.positions, portfolio.positions_view),
    ):
        if not rows:
            yield Text(f"{name.capitalize()}: none yet")
            continue
        yield from view(rows[:ROWS_SHOWN])
        if len(rows) > ROWS_SHOWN:
            left = len(rows) - ROWS_SHOWN
            yield Text(f"  and {left} more: polymarket {name}", style="dim")
    yield from portfolio.pnl_view(found.pnl)


def _percent(share: Any) -> str:
    return "–" if share is None else f"{share:.0%}"
