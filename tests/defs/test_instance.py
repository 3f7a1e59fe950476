"""Dagster's instance: plain commands need no environment, and everything is in the home."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher.base import WorkerStatus

from polymarket_assets.defs.instance import EmbeddedPostgresStorage
from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.locks import advisory_lock
from polymarket_assets.store.postgres import Postgres, ensure_postgres, stop_postgres
from polymarket_assets.store.postgres_server import EmbeddedServer
from tests.conftest import ROOT

_DEFINITIONS = """
import os, signal
import dagster as dg

@dg.asset
def quotes():
    print("printed by the step")
    return dg.MaterializeResult(metadata={"rows": 3})

@dg.asset
def killed():
    os.kill(os.getpid(), signal.SIGKILL)

defs = dg.Definitions(assets=[quotes, killed], executor=dg.in_process_executor)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with our dagster.yaml and two assets."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(ROOT / "dagster.yaml", folder)
    (folder / "assets.py").write_text(_DEFINITIONS)
    return folder


def _materialize(project: Path, asset: str, home: Path, **environment: str) -> int:
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "-f", "assets.py"]
    kept = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    return subprocess.run(
        [*command, "--select", asset],
        cwd=project,
        env={**kept, "PM_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        check=False,
        timeout=120,
    ).returncode


def test_a_plain_command_starts_all_it_needs_and_leaves_all_in_the_home(
    instance: dg.DagsterInstance, instance_settings: Settings, project: Path
) -> None:
    stop_postgres(instance_settings)
    before = sorted(project.iterdir())
    assert _materialize(project, "quotes", instance_settings.home) == 0

    (run,) = instance.get_runs(dg.RunsFilter(job_name="__ASSET_JOB"))
    assert run.status is dg.DagsterRunStatus.SUCCESS
    event = instance.get_latest_materialization_event(dg.AssetKey("quotes"))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["rows"].value == 3
    logs = list((instance_settings.home / "dagster" / "compute_logs").rglob("*.out"))
    assert [log.read_text() for log in logs] == ["printed by the step\n"]
    assert sorted(project.iterdir()) == before


def test_with_dagster_home_a_killed_run_is_found_and_ended(
    instance: dg.DagsterInstance, instance_settings: Settings, project: Path
) -> None:
    killed = _materialize(project, "killed", instance_settings.home, DAGSTER_HOME=str(project))
    assert killed == -signal.SIGKILL
    (run,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))

    # While a daemon runs, its monitoring asks the launcher.
    assert instance.run_launcher.supports_check_run_worker_health
    health = instance.run_launcher.check_run_worker_health(run)
    assert health.status is WorkerStatus.FAILED

    # At the next start the reaper asks.
    from polymarket_assets.defs.reaper import reap_dead_runs  # noqa: PLC0415 - the thing under test

    assert reap_dead_runs(instance) == [run.run_id]
    ended = instance.get_run_by_id(run.run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.FAILURE
    failure = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)[0]
    assert "is gone without having reported an end" in failure.message
    assert ended.tags["dagster/will_retry"] == "true"
    assert reap_dead_runs(instance) == []


def test_a_run_over_many_days_announces_and_reports_each_of_them(
    instance: dg.DagsterInstance,
) -> None:
    daily = dg.DailyPartitionsDefinition("2026-01-01", end_date="2027-01-01")
    days = daily.get_partition_keys()

    @dg.asset(partitions_def=daily, backfill_policy=dg.BackfillPolicy.single_run())
    def fills(context) -> None:
        assert len(context.partition_keys) == len(days)

    @dg.asset_check(asset=fills)
    def whole() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    tags = {
        "dagster/asset_partition_range_start": days[0],
        "dagster/asset_partition_range_end": days[-1],
    }
    job = dg.Definitions(
        assets=[fills], asset_checks=[whole]
    ).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=instance, tags=tags)
    assert result.success

    assert instance.get_materialized_partitions(fills.key) == set(days)
    for kind in (
        dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
        dg.DagsterEventType.ASSET_MATERIALIZATION,
    ):
        logs = instance.all_logs(result.run_id, of_type=kind)
        assert [log.get_dagster_event().partition for log in logs] == days
    checks = instance.all_logs(
        result.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
    )
    assert len(checks) == 1
    (record,) = instance.get_asset_records([fills.key])
    assert record.asset_entry.last_run_id == result.run_id


def test_the_instance_is_set_as_the_design_asks(
    instance: dg.DagsterInstance, instance_settings: Settings
) -> None:
    concurrency = instance.get_concurrency_config()
    assert concurrency.run_queue_config is not None
    assert concurrency.run_queue_config.max_concurrent_runs == 2
    assert concurrency.pool_config.default_pool_limit == 1
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_max_runtime_seconds == 86400
    assert instance.run_retries_enabled
    assert instance.run_retries_max_retries == 2
    assert not instance.run_retries_retry_on_asset_or_op_failure
    assert not instance.telemetry_enabled
    assert not instance.nux_enabled
    for ticks in ("schedule", "sensor", "auto_materialize"):
        assert instance.get_settings("retention")[ticks] == {"purge_after_days": 14}
    folder = instance_settings.home / "dagster"
    assert instance.storage_directory() == str(folder / "storage")
    assert instance.root_directory == str(folder)


def test_processes_that_start_together_on_an_empty_database_make_its_tables_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PM_HOME", str(tmp_path))
    settings = load_settings()
    create = partial(EmbeddedPostgresStorage.from_config_value, None, {})
    try:
        with ThreadPoolExecutor(4) as pool:
            # Without a lock one in fifty fails; so the lock itself is shown, too.
            with advisory_lock(ensure_postgres(settings), "dagster-tables"):
                first = pool.submit(create)
                with pytest.raises(TimeoutError):
                    first.result(0.5)
                assert _tables(settings) == set()
            storages = [future.result() for future in (first, *map(pool.submit, [create] * 3))]
        assert {"runs", "event_logs", "jobs", "alembic_version"} < _tables(settings)
        connection = ensure_postgres(settings).connect("dagster")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM alembic_version")
            assert cursor.fetchall() == [(1,)]
        connection.close()
        assert storages[0].run_storage.get_runs_count() == 0
    finally:
        stop_postgres(settings)


def _tables(settings: Settings) -> set[str]:
    connection = ensure_postgres(settings).connect("dagster")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = {name for (name,) in cursor.fetchall()}
    connection.close()
    return tables


def test_a_long_lived_process_gets_its_killed_server_back(
    instance: dg.DagsterInstance, instance_settings: Settings
) -> None:
    count = instance.get_runs_count()
    server = EmbeddedServer(instance_settings.home)
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while not server.gone():
        pass
    assert instance.get_runs_count() == count
    assert server.pid() not in (None, pid)


def test_an_instance_keeps_a_connection_for_runs_and_one_for_events_and_gives_them_back(
    instance_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PM_HOME", str(instance_settings.home))
    postgres = ensure_postgres(instance_settings)
    others = _backends(postgres)
    with dg.DagsterInstance.from_config(str(ROOT)) as instance:
        kept = set()
        for _ in range(3):
            instance.get_runs_count()
            instance.get_asset_keys()
            kept.add(frozenset(_backends(postgres) - others))
        assert [len(backends) for backends in kept] == [2], "the same two each time"
    deadline = time.monotonic() + 10
    while _backends(postgres) - others and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _backends(postgres) - others == set()


def _backends(postgres: Postgres) -> set[int]:
    """The server's processes for connections to Dagster's tables."""
    connection = postgres.connect("ledger")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = 'dagster'")
        found = {pid for (pid,) in cursor.fetchall()}
    connection.close()
    return found


def test_a_given_server_is_used_in_place_of_the_homes_own(
    instance_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = ensure_postgres(instance_settings).url("postgres")
    monkeypatch.setenv("PM_HOME", str(tmp_path))
    monkeypatch.setenv("PM_POSTGRES_URL", url)
    with dg.DagsterInstance.from_config(str(ROOT)) as instance:
        assert instance.get_runs_count() >= 0
    assert not (tmp_path / "postgres").exists()
