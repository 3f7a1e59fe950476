"""The asset graph: what exists, what starts by itself, and what may never do so."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from polymarket_assets.definitions import defs
from polymarket_assets.sources.audit import SHAPES
from polymarket_assets.sources.registry import SOURCES

RAW = {f"raw/{source}" for source in SOURCES}
CORE = {
    f"core/{table}"
    for table in (
        "dim_event", "dim_market", "dim_market_token", "dim_trader", "fct_trades",
        "fct_wallet_fills", "fct_prices", "fct_books", "fct_resolutions", "venue_pairs",
        "venue_texts",
        "market_versions", "market_tiers", "tier_transitions",
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def repository() -> dg.RepositoryDefinition:
    return defs().get_repository_def()


def keys(repository: dg.RepositoryDefinition) -> set[str]:
    return {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()}


def test_every_table_is_an_asset_named_like_it(repository: dg.RepositoryDefinition) -> None:
    promised = {
        *RAW, *CORE, "features/market_snapshots", "leaderboards/trader_daily",
        "leaderboards/leaderboard", "signals/longshot_yes", "signals/longshot_no",
        "signals/mean_reversion", "signals/term_structure", "signals/intra_market_arbitrage",
        "signals/copy_trading", "signals/cross_venue", "signals/python_signals",
        "signals/strategy_settings", "signals/signals", "execution/approvals", "execution/orders",
        "execution/portfolio",
    }  # fmt: skip
    assert promised <= keys(repository)


@pytest.mark.parametrize("name", ["rows_equal_pages", "quarantine_is_empty", "no_new_fields"])
def test_every_source_has_its_checks(repository: dg.RepositoryDefinition, name: str) -> None:
    graph = repository.asset_graph
    checks = [graph.get(key) for key in graph.asset_check_keys if key.name == name]
    checked = {check.key.asset_key.to_user_string() for check in checks}
    assert checked == RAW == {f"raw/{source}" for source in SHAPES}
    assert not any(check.blocking for check in checks)


def test_every_source_has_a_check_that_its_walks_are_whole(
    repository: dg.RepositoryDefinition,
) -> None:
    checks = repository.asset_graph.asset_check_keys
    checked = {c.asset_key.to_user_string() for c in checks if c.name == "walks_are_whole"}
    assert checked == RAW


def test_daily_tables_are_partitioned_and_fetched_in_one_run(
    repository: dg.RepositoryDefinition,
) -> None:
    graph = repository.asset_graph
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        if key.path[0] == "raw":
            assert node.backfill_policy == dg.BackfillPolicy.single_run(), key
    daily = {"raw/data_trades", "raw/clob_prices", "raw/clob_books", "raw/data_leaderboard"}
    daily |= {"raw/kalshi_trades", "raw/kalshi_books", "raw/kalshi_candles"}
    daily |= {"raw/data_activity", "raw/data_positions", "raw/data_holders", "raw/data_resolutions"}
    daily |= {"core/fct_trades", "core/fct_wallet_fills", "core/fct_prices", "core/fct_books"}
    daily |= {"features/market_snapshots", "leaderboards/trader_daily"}
    for name in daily:
        assert graph.get(dg.AssetKey.from_user_string(name)).is_partitioned, name


def test_no_venue_waits_for_the_other(repository: dg.RepositoryDefinition) -> None:
    graph = repository.asset_graph
    for key in graph.get_all_asset_keys():
        if key.path[0] == "raw":
            venues = {
                one.path[1].startswith("kalshi_") for one in {key, *graph.get(key).parent_keys}
            }
            assert len(venues) == 1, key


def test_no_automation_condition_covers_an_execution_asset(
    repository: dg.RepositoryDefinition,
) -> None:
    graph = repository.asset_graph
    for key in graph.get_all_asset_keys():
        if key.path[0] == "execution":
            assert graph.get(key).automation_condition is None


def test_jobs_and_schedules_are_those_of_the_guide(repository: dg.RepositoryDefinition) -> None:
    jobs = {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")}
    assert {"collect", "close", "warehouse", "trade", "everything", "maintenance"} <= jobs
    guide = (Path(__file__).parents[2] / "docs" / "operate.md").read_text()
    for schedule in repository.schedule_defs:
        assert f"`{schedule.name}`" in guide
    for sensor in repository.sensor_defs:
        assert f"`{sensor.name}`" in guide
        assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_trading_by_schedule_is_off_in_live_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib  # noqa: PLC0415 - the module reads the mode when it is loaded

    from polymarket_assets.defs import automation  # noqa: PLC0415 - as above

    monkeypatch.setenv("PM_MODE", "live")
    live = importlib.reload(automation)
    try:
        assert live.trade_every_5_minutes.default_status == dg.DefaultScheduleStatus.STOPPED
        assert live.live_every_5_minutes.default_status == dg.DefaultScheduleStatus.RUNNING
    finally:
        monkeypatch.delenv("PM_MODE")
        importlib.reload(automation)


def test_intervals_of_schedules_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib  # noqa: PLC0415 - the module reads the settings when it is loaded

    from polymarket_assets.defs import automation  # noqa: PLC0415 - as above

    assert automation.live_every_5_minutes.cron_schedule == "0-59/5 * * * *"
    assert automation.prices_every_hour.cron_schedule == "7 * * * *"
    changed = {"MARKETS": "60", "LIVE": "10", "PRICES": "5", "WAREHOUSE": "10"}
    for name, minutes in changed.items():
        monkeypatch.setenv(f"PM_SCHEDULE_{name}_MINUTES", minutes)
    slower = importlib.reload(automation)
    try:
        assert slower.markets_every_15_minutes.cron_schedule == "0 * * * *"
        assert slower.live_every_5_minutes.cron_schedule == "0-59/10 * * * *"
        assert slower.prices_every_hour.cron_schedule == "2-59/5 * * * *"
        assert slower.warehouse_every_5_minutes.cron_schedule == "2-59/10 * * * *"
        assert slower.trade_every_5_minutes.cron_schedule == "4-59/5 * * * *"
    finally:
        monkeypatch.undo()
        importlib.reload(automation)


def test_no_resource_field_holds_a_secret(repository: dg.RepositoryDefinition) -> None:
    for name, resource in repository.get_top_level_resources().items():
        fields = getattr(resource, "configurable_resource_cls", type(resource))
        assert "key" not in str(getattr(fields, "model_fields", {})).lower() or name == "dbt"
