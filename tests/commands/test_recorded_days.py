"""The 2022 midterm markets through the same assets: exact fills and exact profits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import pytest
from dagster import AssetKey, AssetSelection

from polymarket_assets.commands.pipeline import instance_of_home, range_tags
from polymarket_assets.definitions import defs
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import load_settings
from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.completeness import evaluate
from polymarket_assets.store.home import open_home
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.postgres import stop_postgres
from tests.conftest import RecordedVenue, foreign_settings
from tests.prepared import prepared
from tests.sources.platforms import Platform

CAMPAIGN = DayWindow(date(2022, 1, 12), date(2022, 11, 19))
TODAY = DayWindow(date(2022, 11, 20), date(2022, 11, 20))
SOURCES = ("gamma_events", "gamma_markets", "data_trades")
YEARS_END = "2023-12-31T00:00:00Z"
"""By then all 25 markets are decided."""
PROFITS = {
    "0xc3b187214778d2b90916851cba43f70213c9a9f3": "166841.032794",
    "0x0c0e270cf879583d6a0142fc817e05b768d0434e": "159914.548467",
    "0xe11eb7d36b97d110d18eaa92179211de0e13f40e": "98515.069447",
    "0x60b2a17f0472db7361ae3189ad99063efe0b3cce": "43069.645233",
    "0xd6311fc91a571841a232f93f675782ae7d60ab41": "19656.394985",
}
SENATE = "Which party will control the U.S. Senate after the 2022 election?"


@pytest.fixture(scope="module")
def collected(
    recorded_venue: RecordedVenue, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """A home that has collected and built the campaign once, the venue's counts at zero since."""
    with pytest.MonkeyPatch.context() as patch:
        for name in foreign_settings():
            patch.delenv(name)
        patch.setenv("PM_HOME", str(prepared(tmp_path_factory.mktemp("midterms") / "home")))
        patch.setenv("PM_NOW", "2022-11-20T00:00:00Z")
        for name, value in recorded_venue.environment.items():
            patch.setenv(name, value)
        settings = load_settings()
        _collect(CAMPAIGN, SOURCES)
        _run("warehouse", DayWindow(CAMPAIGN.last, CAMPAIGN.last))
        recorded_venue.call("DELETE", "stats")
        lake = Lake.open(settings)
        with lake.kept_open():
            yield Platform(settings, open_home(settings), lake)
        stop_postgres(settings)


def _collect(days: DayWindow, sources: Sequence[str]) -> None:
    _run("collect", days, [AssetKey(["raw", source]) for source in sources])


def _run(job: str, days: DayWindow, assets: Sequence[AssetKey] | None = None) -> None:
    with instance_of_home() as instance:
        done = (
            defs()
            .resolve_job_def(job)
            .execute_in_process(instance=instance, tags=range_tags(days), asset_selection=assets)
        )
        assert done.success


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


@pytest.fixture(scope="module")
def decided(collected: Platform, recorded_venue: RecordedVenue) -> Iterator[Platform]:
    """The same home a year later: it learned what became of the markets, and was built again."""
    campaigns_end = str(open_home(collected.settings).clock.now())
    recorded_venue.call("POST", "clock", {"now": YEARS_END})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in recorded_venue.environment.items():
            patch.setenv(name, value)
        patch.setenv("PM_HOME", str(collected.settings.home))
        patch.setenv("PM_NOW", YEARS_END)
        last = date.fromisoformat(YEARS_END[:10])
        today = DayWindow(last, last)
        _collect(today, ("gamma_events", "gamma_markets"))
        positions = AssetSelection.assets(["leaderboards", "trader_positions"]).upstream()
        of_job = defs().resolve_job_def("warehouse").asset_layer.selected_asset_keys
        wanted = positions.resolve(defs().resolve_asset_graph()) & of_job
        _run("warehouse", today, sorted(wanted))
        yield collected
    recorded_venue.call("POST", "clock", {"now": campaigns_end})


def test_what_the_best_wallets_made_of_the_midterms_is_exact(decided: Platform) -> None:
    profits = decided.lake.rows(
        """
        select wallet, sum(realized_pnl_usd)
        from leaderboards.trader_positions
        where list_contains(?, wallet)
        group by wallet
        """,
        [list(PROFITS)],
    )
    assert dict(profits) == {wallet: Decimal(profit) for wallet, profit in PROFITS.items()}
    assert decided.lake.rows(
        "select count(distinct condition_id), count(distinct payout) from core.fct_resolutions"
        " where condition_id in (select condition_id from core.fct_trades) and payout is not null"
    ) == [(25, 2)]
