"""Kalshi over the simulator: what is held is the truth ledger's, whatever the venue does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.sources.audit import audit
from tests.sources.platforms import Platform, day, platform

EVENING = datetime(2026, 11, 19, 21, tzinfo=UTC)
MORNING = EVENING + timedelta(days=1)
DAYS, TODAY = day("2026-11-18", "2026-11-19"), day("2026-11-19")
LISTS = ("kalshi_series", "kalshi_events", "kalshi_markets")
TAPE = "select count(*), count(distinct trade_id), sum(yes_price * size) from raw.kalshi_trades"


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("truth")


@pytest.fixture(scope="module")
def venue(truth: Path) -> Iterator[SimulatorHandle]:
    options = SimulatorOptions(
        seed=5, start=date(2026, 11, 18), days=2, markets=60, fills=12_000, now=EVENING, speed=0,
        truth=truth,
    )  # fmt: skip
    with simulator(options) as handle:
        yield handle


@pytest.fixture(scope="module")
def home(venue: SimulatorHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("kalshi")
    with platform(folder, venue.url, now=EVENING, rates=False) as made:
        for source in LISTS:
            made.run(source, TODAY)
        yield made


def test_the_trades_held_are_those_of_the_truth_ledger(home: Platform, truth: Path) -> None:
    home.forget("kalshi_trades")
    home.run("kalshi_trades", DAYS)
    held = home.lake.rows(
        "select distinct trade_id, ticker, event_at, yes_price, size, taker_outcome = 'yes'"
        " from raw.kalshi_trades"
    )
    made = {
        (
            row["trade_id"], row["ticker"], row["event_at"],
            Decimal(row["yes_price_cents"]) / 100, Decimal(row["size_e2"]) / 100, row["taker_yes"],
        )
        for row in pq.read_table(truth / "kalshi_trades.parquet").to_pylist()
        if row["event_at"] <= EVENING
    }  # fmt: skip
    assert len(made) > 2_000
    assert {(*row[:2], row[2].astimezone(UTC), *row[3:]) for row in held} == made


def test_candles_add_up_to_the_trades_of_their_hours(home: Platform) -> None:
    home.forget("kalshi_candles")
    home.run("kalshi_candles", DAYS)
    home.run("kalshi_trades", DAYS)
    assert home.lake.rows(
        """
        with candles as (
            select ticker, event_at as hour, size, price_low, price_high
            from raw.kalshi_candles
            where size > 0
        ),
        trades as (
            select
                ticker, date_trunc('hour', event_at) + interval 1 hour as hour,
                sum(size) as size, min(yes_price) as price_low, max(yes_price) as price_high
            from (select distinct on (trade_id) * from raw.kalshi_trades)
            where event_at < $1
            group by all
        )
        (from candles except from trades) union all (from trades except from candles)
        """,
        [EVENING],
    ) == []  # fmt: skip


def test_every_market_ends_with_the_result_of_the_truth_ledger(
    home: Platform, venue: SimulatorHandle, truth: Path
) -> None:
    assert home.one("select count(*) from raw.kalshi_markets where ticker like 'KXMVE%'") == 0
    late = EVENING + timedelta(days=100)
    venue.set_clock(late)
    try:
        home.moved_to(late).run("kalshi_markets", day("2027-02-27"))
    finally:
        venue.set_clock(EVENING)
    held = dict(
        home.lake.rows(
            """
            select ticker, cast(payload ->> '$.settlement_value_dollars' as decimal(18, 6))
            from raw.kalshi_markets
            where status = 'finalized'
            """
        )
    )
    seen = {
        ticker for (ticker,) in home.lake.rows("select distinct ticker from raw.kalshi_markets")
    }
    made = {
        row["ticker"]: Decimal(row["payout_micro"]) / 1_000_000
        for row in pq.read_table(truth / "kalshi_markets.parquet").to_pylist()
    }
    assert held == {ticker: made[ticker] for ticker in seen}


def test_faults_of_the_venue_lose_and_double_nothing(
    home: Platform, venue: SimulatorHandle
) -> None:
    home.forget("kalshi_trades")
    home.run("kalshi_trades", DAYS)
    whole = home.lake.rows(TAPE)
    home.forget("kalshi_trades")
    path = "/kalshi/trade-api/v2/markets/trades"
    venue.faults(
        {"path": path, "kind": "503", "every": 4, "retry_after": 0},
        {"path": path, "kind": "429", "every": 5, "retry_after": 0},
        {"path": path, "kind": "empty_page", "times": 1},
        {"path": path, "kind": "malformed_row", "times": 1},
        {"path": path, "kind": "truncated", "times": 1},
    )
    try:
        run = home.run("kalshi_trades", DAYS, changed={"http_attempts": 8})
    finally:
        venue.clear_faults()
    assert home.lake.rows(TAPE) == whole
    assert (run.quarantined, run.retries > 0) == (1, True)
    assert audit(home.lake, "kalshi_trades", TODAY).problems == []
