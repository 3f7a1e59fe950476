"""Which sources are killed, in which world, and what each of them must leave behind.

Belongs here: the generated worlds, and per source what counts as a row and how many of its pages
one kill may cost. Not here: killing (trial.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks.tasks import Kind
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.simulator.options import SimulatorOptions
from tests.sources.platforms import FILLS

DAYS = DayWindow(date(2026, 11, 18), date(2026, 11, 19))
EVENING = datetime(2026, 11, 19, 21, tzinfo=UTC)
"""The second day runs: what exists only now is asked for."""
MORNING = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""Both days are over, so that no run has a reason to ask for more than the one before it."""
LATER = datetime(2027, 1, 15, 12, tzinfo=UTC)
"""The days are older than what the bare feed serves: walks by condition."""
RECEIVED = DayWindow(EVENING.date(), LATER.date())

CONNECTIONS = 4
SETTINGS: Mapping[str, Any] = {
    "http_connections": CONNECTIONS,
    "track_top": 3,
    "leaderboard_categories": "overall",
    "min_volume_24h": 0,
    "lookahead_hours": 100_000,
    "rates": False,
}


def polymarket(truth: Path) -> SimulatorOptions:
    """A small world whose every list and feed has some pages."""
    return SimulatorOptions(
        seed=5, start=DAYS.first, days=2, markets=80, fills=1_200, now=EVENING, speed=0,
        v1_most_rows=1_000, truth=truth,
    )  # fmt: skip


def kalshi(truth: Path) -> SimulatorOptions:
    """A larger one, since Kalshi has fewer markets and trades in larger pages."""
    return SimulatorOptions(
        seed=5, start=DAYS.first, days=2, markets=250, fills=9_000, now=EVENING, speed=0,
        truth=truth,
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A source with what it must leave in the lake.

    Attributes:
        name: what the case is called.
        source: the source.
        held: SQL of its rows by their natural keys, without what depends on when they were fetched.
        walks: most walks under way at once; a kill may cost one page of each.
        entries: pages with which every new run begins, whatever is held.
        now: the clocks of venue and platform.
        before: sources it builds on.
        path: the only one whose requests count; None for all.
        faults: what is wrong with the venue all the while.
        kind: how the truth ledger is to be compared; None for what another source's ledger or only
            the undisturbed run tells.
        truth: SQL of the ledger with the columns of `held`, for what has no kind.
    """

    name: str
    source: str
    held: str
    walks: int
    entries: int = 0
    now: datetime = MORNING
    before: tuple[str, ...] = ("gamma_markets",)
    path: str | None = None
    faults: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    kind: Kind | None = None
    truth: str | None = None

    def pages_per_kill(self, pages: int) -> int:
        """Pages of `pages` that may have to be asked for again after one kill."""
        return min(self.walks, pages) + self.entries


ACTS = """
select distinct
    wallet, type, transaction_hash, condition_id, token_id, side, price, size, event_at,
    row_number() over (
        partition by
            page_id, wallet, type, transaction_hash, condition_id, token_id, side, price, size,
            event_at
        order by position
    ) as n
from raw.data_activity
"""

CASES: Sequence[Case] = (
    Case(
        "gamma_events",
        "gamma_events",
        "select event_id, payload_sha256 from raw.gamma_events",
        walks=1,
        now=EVENING,
        before=(),
    ),
    Case(
        "gamma_markets",
        "gamma_markets",
        "select market_id, payload_sha256 from raw.gamma_markets",
        walks=1,
        now=EVENING,
        before=(),
        kind="markets",
    ),
    Case(
        "clob_books",
        "clob_books",
        "select token_id, condition_id, bids, asks, tick_size from raw.clob_books",
        walks=CONNECTIONS,
        now=EVENING,
        kind="books",
    ),
    Case(
        "data_positions",
        "data_positions",
        "select wallet, token_id, size, average_price, realized_pnl_usd from raw.data_positions",
        walks=CONNECTIONS,
        now=EVENING,
        before=("data_leaderboard",),
    ),
    Case(
        "kalshi_markets",
        "kalshi_markets",
        "select ticker, payload_sha256 from raw.kalshi_markets",
        walks=1,
        now=EVENING,
        before=(),
    ),
    Case(
        "data_activity",
        "data_activity",
        ACTS,
        walks=CONNECTIONS,
        before=("data_leaderboard",),
    ),
    Case(
        "the feed",
        "data_trades",
        FILLS,
        walks=2,  # the passes
        entries=2,  # their tops, where fills may be new
        before=(),
        kind="trades feed",
    ),
    Case(
        "the feed over v1",
        "data_trades",
        FILLS,
        walks=2,
        before=(),
        path="/data/trades",
        faults=({"path": "/data/v2/trades", "kind": "503", "retry_after": 0.01},),
        kind="trades feed",
    ),
    Case(
        "clob_prices",
        "clob_prices",
        "select token_id, event_at, price from raw.clob_prices",
        walks=CONNECTIONS,
        kind="prices",
    ),
    Case(
        "kalshi_trades",
        "kalshi_trades",
        "select distinct trade_id, ticker, event_at, yes_price, size from raw.kalshi_trades",
        walks=1,
        before=(),
        truth="""
            select
                trade_id, ticker, event_at,
                cast(yes_price_cents / 100 as decimal(18, 6)) as yes_price,
                cast(size_e2 / 100 as decimal(18, 6)) as size
            from kalshi_trades
            where event_at <= $now
        """,
    ),
    Case(
        "kalshi_candles",
        "kalshi_candles",
        "select ticker, event_at, price_open, price_high, price_low, price_close, size"
        " from raw.kalshi_candles",
        walks=CONNECTIONS,
        before=("kalshi_markets",),
    ),
    Case(
        "by conditions",
        "data_trades",
        FILLS,
        walks=CONNECTIONS,
        now=LATER,
        kind="trades by condition",
    ),
)
"""In order of their clocks, which a home never turns back."""
