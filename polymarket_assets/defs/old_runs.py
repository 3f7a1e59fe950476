"""How long Dagster's records of runs are kept; Dagster purges ticks by itself, runs it does not.

A run's record holds its materializations. Deleting the last one of a partition would make that
partition look as if it had never been made, so the run that made a partition last stays.

Belongs here: which runs go. Not here: the data (store/maintenance.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

_FINISHED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]
_AT_ONCE = 200
MATERIALIZATION = dg.DagsterEventType.ASSET_MATERIALIZATION


@dataclass(frozen=True)
class OldRuns:
    """Runs that ended before the limit: deleted, and kept for what they made last."""

    deleted: int
    kept: int


def delete_old_runs(instance: dg.DagsterInstance, *, before: datetime) -> OldRuns:
    """Delete the records of finished runs created before a moment, the oldest first."""
    is_last = _last_of_partition(instance)
    deleted = kept = 0
    cursor: str | None = None
    while True:
        found = instance.get_run_records(
            dg.RunsFilter(statuses=_FINISHED, created_before=before),
            limit=_AT_ONCE,
            cursor=cursor,
            ascending=True,
        )
        for record in found:
            run_id = record.dagster_run.run_id
            if _made_something_last(instance, run_id, is_last):
                cursor = run_id
                kept += 1
            else:
                instance.delete_run(run_id)
                deleted += 1
        if len(found) < _AT_ONCE:
            return OldRuns(deleted, kept)


Judge = Callable[[dg.AssetKey, str | None, int], bool]


def _made_something_last(instance: dg.DagsterInstance, run_id: str, is_last: Judge) -> bool:
    records = instance.get_records_for_run(run_id, of_type=MATERIALIZATION).records
    for record in records:
        made = record.event_log_entry.asset_materialization
        if made is not None and is_last(made.asset_key, made.partition, record.storage_id):
            return True
    return False


def _last_of_partition(instance: dg.DagsterInstance) -> Judge:
    """Whether an event is the newest materialization of its asset and partition."""
    known: dict[dg.AssetKey, dict[str | None, int]] = {}

    def is_last(key: dg.AssetKey, partition: str | None, storage_id: int) -> bool:
        if key not in known:
            last: dict[str | None, int] = dict(
                instance.get_latest_storage_id_by_partition(key, MATERIALIZATION)
            )
            newest = instance.fetch_materializations(key, limit=1).records
            last[None] = newest[0].storage_id if newest else -1
            known[key] = last
        return storage_id >= known[key].get(partition, -1)

    return is_last
