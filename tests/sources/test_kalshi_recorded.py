"""Kalshi as recorded, collected from the replay venue at the time of each recording."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.audit import audit
from tests.conftest import RECORDED, SHARED, RecordedVenue, _free_port
from tests.sources.platforms import Platform, platform

TRADED = DayWindow(date(2025, 12, 17), date(2025, 12, 18))
AFTER_TRADES = datetime(2025, 12, 19, 1, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 12, tzinfo=UTC)
"""When every recorded market has opened; the recordings end in March."""
SOURCES = (
    "kalshi_series", "kalshi_events", "kalshi_markets", "kalshi_trades", "kalshi_books",
    "kalshi_candles",
)  # fmt: skip


@pytest.fixture(scope="module")
def venue() -> Iterator[RecordedVenue]:
    """A replay that repeats the pages of the recorder's cursor bug, or a skip."""
    if not (SHARED / "venue").is_dir() or not (RECORDED / "kalshi").is_dir():
        pytest.skip(f"no recorded data: {SHARED}/venue and {RECORDED}/kalshi are needed")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "replay_venue", "--data", str(RECORDED), "--port", _free_port(),
            "--now", AFTER_TRADES.isoformat(), "--duplicate-pages",
        ],
        cwd=SHARED / "venue",
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    try:
        line = process.stdout.readline() if process.stdout else b""
        assert line, "the replay venue ended before it listened"
        yield RecordedVenue(json.loads(line)["listening"])
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture(scope="module")
def home(venue: RecordedVenue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder: Path = tmp_path_factory.mktemp("recorded")
    with platform(
        folder, venue.url, now=AFTER_TRADES, lookahead_hours=200_000, rates=False
    ) as made:
        yield made


def test_the_recorded_trades_are_522_though_their_pages_come_again(home: Platform) -> None:
    run = home.run("kalshi_trades", TRADED)
    assert (run.rows, run.quarantined) == (10_000, 0)
    assert home.lake.rows(
        "select count(distinct trade_id), count(distinct ticker) from raw.kalshi_trades"
    ) == [(522, 10)]
    assert home.run("kalshi_trades", TRADED).requests == 0


def test_every_recorded_file_is_collected_and_nothing_sound_is_quarantined(
    home: Platform, venue: RecordedVenue
) -> None:
    venue.call("POST", "clock", {"now": LATER.isoformat()})
    later = home.moved_to(LATER)
    for source in SOURCES:
        later.run(source, DayWindow(LATER.date(), LATER.date()))
        assert audit(later.lake, source, DayWindow(TRADED.first, LATER.date())).problems == []
    assert later.lake.rows("select source, reason from raw.quarantine") == []
    counts = {
        table: later.one(f"select count(*) from raw.{table}")
        for table in ("kalshi_events", "kalshi_markets")
    }
    recorded = venue.call("GET", "info")["counts"]
    assert counts == {
        "kalshi_events": recorded["kalshi_events"], "kalshi_markets": recorded["kalshi_markets"],
    }  # fmt: skip
    assert later.one("select count(*) from raw.kalshi_books") > 0
    results = later.lake.rows(
        "select payload ->> '$.result', count(*) from raw.kalshi_markets group by 1 order by 1"
    )
    assert {result for result, _ in results} == {"", "no", "scalar", "yes"}
