"""Collecting through Dagster: a failed source stops no other, a gap stops what is built on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import dagster as dg
import duckdb
import pytest

from polymarket_assets.commands.pipeline import Step, run_step
from polymarket_assets.definitions import defs
from polymarket_assets.defs.automation import late_fills
from polymarket_assets.defs.resources import Platform
from polymarket_assets.defs.warehouse.gate import refuse_gaps
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import load_settings
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.sources.registry import SOURCES
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.postgres import stop_postgres
from tests.conftest import foreign_settings
from tests.prepared import prepared

EVENING = datetime(2026, 11, 19, 21, tzinfo=UTC)
WORLD = SimulatorOptions(
    seed=6, start=date(2026, 11, 18), days=2, markets=40, fills=2_500, now=EVENING, speed=0
)
YESTERDAY = DayWindow(date(2026, 11, 18), date(2026, 11, 18))
TODAY = DayWindow(date(2026, 11, 19), date(2026, 11, 19))


@pytest.fixture(scope="module")
def venue() -> Iterator[SimulatorHandle]:
    with simulator(WORLD) as handle:
        yield handle


@pytest.fixture(scope="module")
def lake(venue: SimulatorHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """One home for all tests of this file, and its lake."""
    with pytest.MonkeyPatch.context() as patch:
        for name in foreign_settings():
            patch.delenv(name)
        home = prepared(tmp_path_factory.mktemp("collection"))
        for name, value in {
            **venue.settings_environment(),
            "PM_HOME": str(home),
            "PM_NOW": EVENING.isoformat(),
            "PM_HTTP_ATTEMPTS": "2",
            "PM_LEADERBOARD_CATEGORIES": "overall",
        }.items():
            patch.setenv(name, value)
        yield Lake.open(load_settings())
        stop_postgres(load_settings())


@pytest.fixture(autouse=True)
def inside(lake: Lake, venue: SimulatorHandle, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PM_HOME", str(lake.settings.home))
    for name, value in {
        **venue.settings_environment(),
        "PM_NOW": EVENING.isoformat(),
        "PM_HTTP_ATTEMPTS": "2",
        "PM_LEADERBOARD_CATEGORIES": "overall",
    }.items():
        monkeypatch.setenv(name, value)
    venue.reset_stats()
    yield
    venue.clear_faults()


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def change(lake: Lake, sql: str) -> None:
    def work(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(sql)

    lake.transaction(work)


def test_lists_that_are_down_stop_no_other_source(
    instance: dg.DagsterInstance, venue: SimulatorHandle, lake: Lake
) -> None:
    for path in ("/gamma/events/keyset", "/gamma/markets/keyset"):
        venue.faults({"path": path, "kind": "503", "retry_after": 0.01})
    step = Step("collect", TODAY)
    run_step(step, instance)
    assert not step.ok
    named = {failure.split(":")[0] for failure in step.failures}
    assert named == {"raw__gamma_events", "raw__gamma_markets"}, step.failures
    rows = lake.rows("select source, any_value(outcome) from ops.source_runs group by all")
    failed = {source for source, outcome in rows if outcome != "ok"}
    assert failed == {"gamma_events", "gamma_markets"}
    assert {source for source, _ in rows} == set(SOURCES)


def test_runs_by_day_ask_for_nothing_twice_and_prove_each_day(
    instance: dg.DagsterInstance, venue: SimulatorHandle, lake: Lake
) -> None:
    job = defs().resolve_job_def("collect")
    for window in (YESTERDAY, TODAY):
        result = job.execute_in_process(
            instance=instance,
            tags={"dagster/partition": str(window)},
            raise_on_error=False,
            asset_selection=[dg.AssetKey(["raw", "data_trades"])],
        )
        assert result.success
        proofs = [
            e for e in result.get_asset_check_evaluations() if e.check_name == "walks_are_whole"
        ]
        assert [(p.asset_key.path[-1], p.passed) for p in proofs] == [("data_trades", True)]
    requests = lake.rows(
        "select request, count(*) from raw.pages where source = 'data_trades'"
        " and request like '%cursor%' group by 1 having count(*) > 1"
    )
    assert requests == []


def test_a_gap_fails_the_check_blocks_and_is_not_published(
    instance: dg.DagsterInstance, lake: Lake
) -> None:
    platform = Platform()
    refuse_gaps(platform, YESTERDAY)
    change(
        lake,
        "delete from raw.pages where page_id in (select max(page_id) from raw.pages"
        " where source = 'data_trades' and scope = 'feed:all' and page_number > 0)",
    )
    step = Step("close", YESTERDAY)
    run_step(step, instance)
    assert not step.ok
    command = "polymarket sources run trades --from 2026-11-18 --to 2026-11-1"
    assert any("walks_are_whole" in f and command in f for f in step.failures), step.failures
    with pytest.raises(dg.Failure, match="not published") as refused:
        refuse_gaps(platform, DayWindow(YESTERDAY.first, TODAY.last))
    assert command in str(refused.value.description)
    platform.collect("data_trades", YESTERDAY, fresh=True)
    refuse_gaps(platform, DayWindow(YESTERDAY.first, TODAY.last))


def test_late_fills_ask_for_the_closing_of_their_day(
    instance: dg.DagsterInstance, lake: Lake
) -> None:
    context = dg.build_sensor_context(instance=instance)
    first = late_fills(context)
    assert isinstance(first, dg.SensorResult)
    assert not first.run_requests
    # A fill of yesterday, received after its last run by a run of today.
    change(
        lake,
        "insert into raw.data_trades by name select * replace ('0xlate' as transaction_hash,"
        " timestamptz '2026-11-20 09:00:00+00' as received_at, 'late' as page_id)"
        " from raw.data_trades where dt = '2026-11-18' limit 1",
    )
    change(
        lake,
        "insert into ops.source_runs by name select * replace ('late' as run_id,"
        " timestamptz '2026-11-20 08:59:00+00' as started_at,"
        " timestamptz '2026-11-20 09:01:00+00' as ended_at,"
        " timestamptz '2026-11-20 00:00:00+00' as window_from,"
        " timestamptz '2026-11-20 09:00:00+00' as window_to)"
        " from ops.source_runs where source = 'data_trades' limit 1",
    )
    found = late_fills(dg.build_sensor_context(instance=instance, cursor=first.cursor))
    assert isinstance(found, dg.SensorResult)
    [request] = found.run_requests or []
    assert request.partition_key == "2026-11-18"
    assert request.tags["polymarket/late_fills"] == "1"
    assert found.cursor is not None
    assert datetime.fromisoformat(found.cursor) == datetime(2026, 11, 20, 9, 1, tzinfo=UTC)
    again = late_fills(dg.build_sensor_context(instance=instance, cursor=found.cursor))
    assert isinstance(again, dg.SensorResult)
    assert not again.run_requests


def test_only_partitioned_sources_block(lake: Lake) -> None:
    graph = defs().get_repository_def().asset_graph
    for key in graph.asset_check_keys:
        if key.name == "walks_are_whole":
            blocks = graph.get(key).blocking
            assert blocks == graph.get(key.asset_key).is_partitioned, key
