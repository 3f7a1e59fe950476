"""Records of old runs go, but never the one that made a partition last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType

from polymarket_assets.defs.old_runs import OldRuns, delete_old_runs
from polymarket_assets.defs.upkeep import KEEP_RUNS

days = dg.DailyPartitionsDefinition("2025-03-01")


@dg.asset(partitions_def=days)
def daily() -> None:
    """An asset of days."""


@dg.asset
def whole() -> None:
    """An asset without partitions."""


@dg.op
def idle() -> None:
    """Makes nothing."""


@dg.job
def nothing() -> None:
    """Makes nothing."""
    idle()


def _made(instance: dg.DagsterInstance, asset: dg.AssetsDefinition, day: str | None) -> str:
    return dg.materialize([asset], instance=instance, partition_key=day).run_id


def test_runs_are_deleted_but_not_the_last_of_a_partition(instance: dg.DagsterInstance) -> None:
    first, second = _made(instance, daily, "2025-03-01"), _made(instance, daily, "2025-03-01")
    other = _made(instance, daily, "2025-03-02")
    old, new = _made(instance, whole, None), _made(instance, whole, None)
    without = nothing.execute_in_process(instance=instance).run_id

    assert delete_old_runs(instance, before=datetime.now(UTC) - KEEP_RUNS) == OldRuns(0, 0)
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert delete_old_runs(instance, before=later) == OldRuns(deleted=3, kept=3)

    left = {run.run_id for run in instance.get_runs()}
    assert left == {second, other, new}
    assert not left & {first, old, without}
    assert instance.get_materialized_partitions(dg.AssetKey("daily")) == {
        "2025-03-01", "2025-03-02",
    }  # fmt: skip
    assert delete_old_runs(instance, before=later) == OldRuns(deleted=0, kept=3)


def test_dagster_purges_its_ticks_after_as_many_days(instance: dg.DagsterInstance) -> None:
    for kind in InstigatorType:
        kept = instance.get_tick_retention_settings(kind)
        assert set(kept.values()) == {KEEP_RUNS.days}
