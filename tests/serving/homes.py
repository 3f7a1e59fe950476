"""A home filled by hand: runs of sources, walks, markets, a published version."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from polymarket_assets.executor.approve import approve
from polymarket_assets.executor.books import Books, BookSource
from polymarket_assets.executor.report import StepReport
from polymarket_assets.executor.step import run_step
from polymarket_assets.serving.status import status
from polymarket_assets.serving.status_facts import SOURCES
from polymarket_assets.serving.status_record import Status
from polymarket_assets.settings import Settings
from polymarket_assets.store.batch import Publication, SourceRun
from polymarket_assets.store.crashpoint import crashpoints
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.postgres import ensure_postgres
from polymarket_assets.store.session import Session
from tests.executor.worlds import NOON as WORLD_NOON
from tests.executor.worlds import World, book, signal

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FILLED = (
    "ops.source_runs", "ops.published", "raw.watermarks", "raw.gamma_markets", "raw.quarantine",
    "raw.reparsed",
)  # fmt: skip
BUILT = (
    "core.dim_market",
    "core.fct_resolutions",
    "leaderboards.leaderboard",
    "signals.signals",
    "features.market_snapshots",
    "core.int_step",
)
_numbers = itertools.count()


def ago(**age: float) -> datetime:
    """A moment before noon."""
    return NOON - timedelta(**age)


def run(source: str, ended_at: datetime, **changes: Any) -> SourceRun:
    """A successful live run that ended at `ended_at` and saw data up to then."""
    started = ended_at - timedelta(seconds=10)
    made = SourceRun(
        run_id=f"run {next(_numbers):06d}",
        source=source,
        started_at=started,
        ended_at=ended_at,
        outcome="ok",
        window_from=started.replace(hour=0, minute=0, second=0),
        window_to=started,
        requests=10,
        pages=8,
        rows=100,
        accepted=60,
        unchanged=40,
        quarantined=0,
        retries=2,
        rate_limited=1,
        bytes=1000,
        duration_s=10.0,
        data_until=ended_at,
    )
    return replace(made, **changes)


def failure(source: str, ended_at: datetime, **changes: Any) -> SourceRun:
    """A failed run that saw nothing."""
    failed: dict[str, Any] = {
        "outcome": "failed",
        "data_until": None,
        "accepted": 0,
        "error_class": "VenueUnavailableError",
        "error_message": "status 503",
        "next_action": "wait and run it again",
    }
    return run(source, ended_at, **failed | changes)


def build(ended_at: datetime, **changes: Any) -> SourceRun:
    """A warehouse build, which has no window and sees no data."""
    nothing = {"window_from": None, "window_to": None, "data_until": None, "accepted": 0}
    return run("warehouse", ended_at, **nothing | changes)


@dataclass(frozen=True)
class House:
    """A home under test."""

    settings: Settings
    lake: Lake
    engine: sa.Engine
    session: Session

    def write(self, sql: str, *rows: Sequence[object]) -> None:
        """One statement for each of `rows`, in one transaction of a connection that stays open."""
        self.session.transaction(lambda c: c.executemany(sql, [list(row) for row in rows]))

    def ran(self, *runs: SourceRun) -> None:
        marks = ", ".join("?" for _ in fields(SourceRun))
        self.write(f"INSERT INTO ops.source_runs VALUES ({marks})", *map(astuple, runs))

    def all_well(self, **ages: float) -> None:
        """Every source has just run (or at the ages given in minutes), the build is published."""
        runs = [run(source, ago(minutes=ages.pop(source, 1))) for source in SOURCES]
        self.ran(*runs, build(ago(minutes=1)))
        self.publish()

    def publish(self) -> Publication:
        publication = Publication(self.lake.head_version(), ago(minutes=1), 30, 120, "by hand")
        self.write("INSERT INTO ops.published VALUES (?, ?, ?, ?, ?)", astuple(publication))
        return publication

    def status(self, now: datetime = NOON) -> Status:
        return status(self.settings, now=lambda: now)

    def execute(self, *statements: str) -> None:
        self.session.transaction(lambda c: [c.execute(statement) for statement in statements])

    def walked(self, source: str, scope: str, at: datetime, *, complete: bool) -> None:
        self.write(
            "INSERT INTO raw.watermarks VALUES (?, ?, 'walk', NULL, ?, '{}', 'page', ?)",
            [source, scope, complete, at],
        )

    def market_versions(self, versions: Sequence[tuple[str, bool, str | None]]) -> None:
        """Versions of markets as (id, closed, outcomePrices), one a minute."""
        rows = []
        for minute, (market_id, closed, prices) in enumerate(versions):
            payload = json.dumps({"id": market_id, "outcomePrices": prices})
            digest = hashlib.sha256(payload.encode()).hexdigest()
            at = ago(minutes=60 - minute)
            rows.append(["page", minute, market_id, None, closed, payload, digest, at, at.date()])
        self.write("INSERT INTO raw.gamma_markets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *rows)

    def build_core(self) -> None:
        """Two listed markets, one of them resolved, and one the lists never showed."""
        self.execute(
            "CREATE TABLE core.dim_market AS SELECT * FROM (VALUES ('0x1', true, 'listed'),"
            " ('0x2', false, 'listed'), ('0x3', NULL, 'missing'))"
            " AS t (condition_id, is_closed, metadata_status)",
            "CREATE TABLE core.fct_resolutions AS SELECT * FROM (VALUES ('0x1', 1.0), ('0x1', 0.0),"
            " ('0x4', NULL)) AS t (condition_id, payout)",
        )

    def build_rest(self, *, window: str = "7d") -> None:
        """A leaderboard, two signals and features, with the columns the warehouse gives them."""
        self.execute(
            "CREATE TABLE leaderboards.leaderboard AS SELECT * FROM (VALUES"
            f" ('{window}', 'all', 1, '0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', NULL,"
            " 812.5, 800.0, 0.75, 3, 1, 12000.0, 40),"
            f" ('{window}', 'all', 2, '0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', '[red]Bo[/red]'"
            ", -3.2, 0.0, NULL, 0, 0, 100.0, 10)) AS t (window_name, category, rank, wallet, name,"
            " pnl_usd, realized_pnl_usd, win_rate, wins, losses, volume_usd, fills)",
            "CREATE TABLE signals.signals AS SELECT * FROM (VALUES"
            " ('s1', 'longshot_yes', 0.01, 'asks 0.95'), ('s2', 'longshot_no', 0.02, 'asks 0.9'))"
            " AS t (signal_id, strategy, edge_after_fees, reason), (SELECT 'enter' AS action,"
            " 'Will it happen?' AS question, 'Yes' AS outcome, 'BUY' AS side, 0.95 AS price_limit,"
            " 0.97 AS confidence, 9.5 AS suggested_notional_usd, 10.0 AS suggested_size,"
            f" TIMESTAMPTZ '{NOON}' AS as_of, TIMESTAMPTZ '{NOON}' AS expires_at,"
            " '0x1' AS condition_id, '1' AS token_id)",
            "CREATE TABLE features.market_snapshots AS SELECT 1 AS snapshot",
        )


@dataclass(frozen=True)
class Trades:
    """What the executor did in the home's ledger: three orders, then a settlement."""

    house: House
    steps: tuple[StepReport, StepReport]

    @contextmanager
    def without_marks(self) -> Iterator[None]:
        """The ledger as before the first bid of an open position was known."""
        with self.house.engine.begin() as connection:
            held = connection.execute(
                sa.text("SELECT position_id, mark_price, marked_at FROM positions")
            ).all()
            connection.execute(sa.text("UPDATE positions SET mark_price = NULL, marked_at = NULL"))
        try:
            yield
        finally:
            with self.house.engine.begin() as connection:
                for position, mark, at in held:
                    connection.execute(
                        sa.text(
                            "UPDATE positions SET mark_price = :mark, marked_at = :at"
                            " WHERE position_id = :position"
                        ),
                        {"mark": mark, "at": at, "position": position},
                    )


def trade(house: House, folder: Path) -> Trades:
    """Let the executor buy what two strategies propose, miss a third, refuse a fourth, settle one.

    `longshot_yes` holds rain, `longshot_no` held calm until it paid 1; snow's sellers were gone
    when the order of `momentum` came, and the signal for wind names no price.
    """
    world = World.make(
        folder / "world.json",
        signals=[
            signal("s1", token_id="rain", question="Will rain happen?"),
            signal("s2", token_id="calm", question="Will calm happen?", strategy="longshot_no"),
            signal("s3", token_id="snow", question="Will snow happen?", strategy="momentum"),
            signal("s4", token_id="wind", price_limit=None),
        ],
        books={
            "rain": book(bids=[["0.94", "500"]], asks=[["0.95", "500"]]),
            "calm": book(bids=[["0.90", "500"]], asks=[["0.92", "500"]], hash="h2"),
            "snow": book(bids=[["0.90", "500"]], asks=[["0.95", "500"]], hash="h3"),
        },
    )
    approve(
        house.settings,
        engine=house.engine,
        source=world,
        now=world.now,
        crash=crashpoints(house.settings),
    )
    bought = _step(house, world, FadingBooks(world))
    world.change(
        now=(WORLD_NOON + timedelta(hours=1)).isoformat(), payouts={"calm": "1"}, signals=[]
    )
    return Trades(house, (bought, _step(house, world, world)))


@dataclass
class FadingBooks:
    """The world's books, but snow's is seen only once."""

    world: World
    seen: bool = False

    def books(self, token_ids: Sequence[str]) -> Books:
        """As the protocol says."""
        shown = [token for token in token_ids if token != "snow" or not self.seen]
        self.seen = self.seen or "snow" in token_ids
        return self.world.books(shown)


def _step(house: House, world: World, books: BookSource) -> StepReport:
    return run_step(
        house.settings,
        engine=house.engine,
        postgres=ensure_postgres(house.settings),
        books=books,
        resolutions=world,
        now=world.now,
    )
