"""The Nobel peace prize of 2025 as recorded: repeated pages of v1, of markets no list knows.

The recording is a walk of its time: ten pages of 500 rows, of which the venue repeated all but the
first three. The replay venue pages the same way, and its v2 is away.
"""

from __future__ import annotations

import csv
import gzip
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from urllib.error import URLError

import pytest

from polymarket_assets.clients.contracts import trades
from polymarket_assets.clients.endpoints import DATA_V1_TRADES
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.session import Session
from tests.conftest import RECORDED, RecordedVenue, replaying
from tests.sources.platforms import FILLS, Platform, build, notes_of, platform

NOW = datetime(2025, 10, 10, 12, 30, tzinfo=UTC)
TODAY = DayWindow(date(2025, 10, 10), date(2025, 10, 10))
AWAY = {"path": "/data/v2/trades", "every": 1, "kind": "503", "retry_after": None}
FILLS_OF_THE_PRIZE, MARKETS, WALLETS = 1_500, 20, 665


@pytest.fixture(scope="module")
def venue() -> Iterator[RecordedVenue]:
    with replaying(NOW.isoformat(), "--duplicate-pages", "--speed", "0.001") as made:
        for _ in range(100):  # it says that it listens a moment before it does
            try:
                made.call("POST", "faults", AWAY)
                break
            except URLError:
                time.sleep(0.05)
        yield made


@pytest.fixture(scope="module")
def home(venue: RecordedVenue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("nobel")
    with platform(folder, venue.url, now=NOW, http_attempts=3) as made:
        yield made


def kept(home: Platform) -> list[tuple[object, ...]]:
    """Fills, markets and wallets of the takers' pass, by the natural key."""
    return home.lake.rows(
        f"""
        select count(*), count(distinct condition_id), count(distinct wallet), max(n)
        from ({FILLS}) where taker_only
        """
    )


async def as_recorded(session: Session, window: DayWindow) -> None:
    """The walk of the recording: offsets 0 to 4,500, whatever comes."""
    walk = session.walk("as recorded")
    for offset in range(0, 5_000, 500):
        page = await session.http.fetch(
            DATA_V1_TRADES,
            lambda response: trades.parse_v1(
                response.body, taker_only=True, received_at=response.received_at
            ),
            params=[("takerOnly", "true"), ("limit", "500"), ("offset", str(offset))],
        )
        last = offset == 4_500
        await session.keep(walk, page, "data_trades", complete=last, cursor=None, state={})


def test_five_thousand_received_rows_are_fifteen_hundred_fills(home: Platform) -> None:
    run = home.run("data_trades", TODAY, collect=as_recorded)
    assert (run.requests, run.rows, run.quarantined) == (10, 5_000, 0)
    assert kept(home) == [(FILLS_OF_THE_PRIZE, MARKETS, WALLETS, 1)]
    assert audit(home.lake, "data_trades", TODAY).problems == []


def test_v1_gives_every_fill_of_markets_no_list_knows(home: Platform, venue: RecordedVenue) -> None:
    home.forget()
    venue.call("DELETE", "stats")
    run = home.run("data_trades", TODAY)
    assert any(note.startswith("v2 is away, v1 is asked instead") for note in notes_of(run))
    assert kept(home) == [(FILLS_OF_THE_PRIZE, MARKETS, WALLETS, 1)]
    # Both passes: three pages, the repeated one, and the second in which the cap was met.
    asked = venue.requests()["/data/trades"]
    assert asked == 2 * (3 + 1 + 1)
    in_that_second = run.rows - 2 * 4 * 500
    assert 0 < in_that_second < 2 * 20
    assert home.one("select count(*) from raw.gamma_markets") == 0
    assert home.lake.rows(
        f"select count(*), count(distinct condition_id), sum(price * size) > 0 from ({FILLS})"
        " where not taker_only"
    ) == [(FILLS_OF_THE_PRIZE, MARKETS, True)]
    assert audit(home.lake, "data_trades", TODAY).problems == []
    again = home.run("data_trades", TODAY)
    assert again.rows <= 2 * 20, "only the overlap at the top"
    assert kept(home) == [(FILLS_OF_THE_PRIZE, MARKETS, WALLETS, 1)]


def test_the_money_of_the_fills_is_that_of_the_recording(home: Platform) -> None:
    with gzip.open(RECORDED / "data_api" / "trades_nobel2025_raw.csv.gz", "rt") as file:
        distinct = {tuple(row.items()) for row in csv.DictReader(file)}
    rows = [dict(items) for items in distinct]
    places = Decimal("0.000001")
    recorded = sum(
        Decimal(row["price"]).quantize(places) * Decimal(row["size"]).quantize(places)
        for row in rows
    )
    assert home.one(f"select sum(price * size) from ({FILLS}) where taker_only") == recorded


def test_the_warehouse_keeps_each_fill_once(home: Platform, tmp_path: Path) -> None:
    build(home, tmp_path, "+fct_trades")
    assert home.lake.rows(
        "select count(*), count(distinct condition_id), min(market_status) from core.fct_trades"
    ) == [(FILLS_OF_THE_PRIZE, MARKETS, "missing")]
