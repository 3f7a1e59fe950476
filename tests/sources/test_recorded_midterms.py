"""The midterms of 2022 as recorded, collected from the replay venue: exact numbers, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.audit import SHAPES, audit
from polymarket_assets.sources.completeness import evaluate
from tests.conftest import RecordedVenue
from tests.sources.platforms import FILLS, Platform, platform

NOW = datetime(2022, 11, 20, tzinfo=UTC)
CAMPAIGN = DayWindow(date(2022, 1, 12), date(2022, 11, 19))
TODAY = DayWindow(NOW.date(), NOW.date())
SENATE = "Which party will control the U.S. Senate after the 2022 election?"


@pytest.fixture(scope="module")
def collected(
    recorded_venue: RecordedVenue, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """A home that has collected the whole campaign once, with the venue's counts at zero since."""
    with platform(tmp_path_factory.mktemp("midterms"), recorded_venue.url, now=NOW) as made:
        made.run("gamma_markets", TODAY)
        made.run("data_trades", CAMPAIGN)
        recorded_venue.call("DELETE", "stats")
        yield made


def test_the_recorded_fills_are_all_there_and_once(collected: Platform) -> None:
    assert collected.lake.rows(
        f"""
        select
            count(*), count(distinct condition_id), count(distinct wallet), sum(price * size)
        from ({FILLS}) where taker_only and size > 0
        """
    ) == [(14_625, 25, 1_410, Decimal("3037931.672831"))]
    assert collected.lake.rows(
        f"""
        select count(*), sum(price * size)
        from ({FILLS}) where taker_only and size > 0 and title = ?
        """,
        [SENATE],
    ) == [(5_017, Decimal("1774467.148809"))]


def test_every_record_of_the_recorded_pages_is_accounted_for(collected: Platform) -> None:
    for source in SHAPES:
        found = audit(collected.lake, source, TODAY)
        assert found.problems == []
        assert found.unreadable == 0
    assert collected.lake.rows("select count(*) from raw.quarantine") == [(0,)]


def test_a_second_run_asks_nothing_for_a_range_that_is_held(
    collected: Platform, recorded_venue: RecordedVenue
) -> None:
    again = collected.run("data_trades", CAMPAIGN)
    assert again.pages == again.requests == 0
    assert recorded_venue.requests() == {}


@pytest.mark.parametrize("day", [date(2022, 11, 8), date(2022, 1, 12), date(2022, 11, 19)])
def test_a_single_day_of_a_held_range_asks_nothing(
    collected: Platform, recorded_venue: RecordedVenue, day: date
) -> None:
    assert collected.run("data_trades", DayWindow(day, day)).requests == 0
    assert recorded_venue.requests() == {}


def test_the_recorded_campaign_is_proved_whole(collected: Platform) -> None:
    for source, window in (("data_trades", CAMPAIGN), ("gamma_markets", TODAY)):
        found = evaluate(
            collected.lake, source, window, collected.home.clock.now(), keep_pages_days=90
        )
        assert (found.gaps, found.walks > 0) == ((), True), found.words()
