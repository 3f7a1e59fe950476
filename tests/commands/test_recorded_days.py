"""The 2022 midterm markets through the same assets: exact counts and sums in core.fct_trades."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from dagster import AssetKey

from polymarket_assets.commands.pipeline import instance_of_home, range_tags
from polymarket_assets.definitions import defs
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import load_settings
from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.completeness import evaluate
from polymarket_assets.store.home import open_home
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.postgres import stop_postgres
from tests.conftest import RecordedVenue
from tests.prepared import prepared
from tests.sources.platforms import Platform

CAMPAIGN = DayWindow(date(2022, 1, 12), date(2022, 11, 19))
TODAY = DayWindow(date(2022, 11, 20), date(2022, 11, 20))
SOURCES = ("gamma_events", "gamma_markets", "data_trades")
SENATE = "Which party will control the U.S. Senate after the 2022 election?"


@pytest.fixture(scope="module")
def collected(
    recorded_venue: RecordedVenue, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """A home that has collected and built the campaign once, the venue's counts at zero since."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PM_")]:
            patch.delenv(name)
        patch.setenv("PM_HOME", str(prepared(tmp_path_factory.mktemp("midterms") / "home")))
        patch.setenv("PM_NOW", "2022-11-20T00:00:00Z")
        for name, value in recorded_venue.environment.items():
            patch.setenv(name, value)
        settings = load_settings()
        repository = defs().get_repository_def()
        with instance_of_home() as instance:
            collected = repository.get_job("collect").execute_in_process(
                instance=instance,
                tags=range_tags(CAMPAIGN),
                asset_selection=[AssetKey(["raw", source]) for source in SOURCES],
            )
            assert collected.success
            built = repository.get_job("warehouse").execute_in_process(
                instance=instance, tags=range_tags(DayWindow(CAMPAIGN.last, CAMPAIGN.last))
            )
            assert built.success
        recorded_venue.call("DELETE", "stats")
        lake = Lake.open(settings)
        with lake.kept_open():
            yield Platform(settings, open_home(settings), lake)
        stop_postgres(settings)


def test_every_fill_is_there_once_and_adds_up_exactly(collected: Platform) -> None:
    facts = collected.lake.rows(
        """
        select count(*), count(distinct condition_id), count(distinct wallet), sum(price * size)
        from core.fct_trades
        where size > 0
        """
    )
    assert facts == [(14_625, 25, 1_410, Decimal("3037931.672831000000"))]


def test_the_largest_market_and_the_largest_wallet_add_up(collected: Platform) -> None:
    senate = collected.lake.rows(
        """
        select count(*), sum(price * size)
        from core.fct_trades
        inner join core.dim_market using (condition_id)
        where size > 0 and question = ?
        """,
        [SENATE],
    )
    assert senate == [(5_017, Decimal("1774467.148809000000"))]
    wallet = collected.lake.rows(
        """
        select wallet, count(*), sum(price * size) from core.fct_trades where size > 0
        group by 1 order by 3 desc limit 1
        """
    )
    assert wallet == [
        ("0x0c0e270cf879583d6a0142fc817e05b768d0434e", 528, Decimal("401785.854461000000"))
    ]


def test_every_record_of_the_recorded_pages_is_accounted_for(collected: Platform) -> None:
    for source in SOURCES:
        found = audit(collected.lake, source, TODAY)
        assert found.problems == []
        assert found.unreadable == 0
        assert found.pages > 0
    assert collected.lake.rows("select count(*) from raw.quarantine") == [(0,)]


@pytest.mark.parametrize(
    "days",
    [CAMPAIGN, *(DayWindow(d, d) for d in (CAMPAIGN.first, date(2022, 11, 8), CAMPAIGN.last))],
    ids=str,
)
def test_a_held_range_and_each_of_its_days_ask_nothing(
    collected: Platform, recorded_venue: RecordedVenue, days: DayWindow
) -> None:
    again = collected.run("data_trades", days)
    assert again.pages == again.requests == 0
    assert recorded_venue.requests() == {}


def test_the_recorded_campaign_is_proved_whole(collected: Platform) -> None:
    for source, window in (("data_trades", CAMPAIGN), ("gamma_markets", TODAY)):
        found = evaluate(
            collected.lake, source, window, collected.home.clock.now(), keep_pages_days=90
        )
        assert (found.gaps, found.walks > 0) == ((), True), found.words()
