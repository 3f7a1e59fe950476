"""Upkeep of the lake: merge small files, forget old versions, delete what no version needs.

Belongs here: which versions go, and the order of the steps. How they are done is `lake.py`'s
business; when, the schedules'.

Three promises: nothing younger than a day is touched (no reader or writer takes longer than that),
a published version lives 30 days and the last one of each day for ever, and no warehouse build runs
meanwhile (they share a lock).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from polymarket_assets.store.commit_guard import remove_dead_doors
from polymarket_assets.store.engine import remove_dead_spills
from polymarket_assets.store.lake import Lake, is_conflict, merge_files
from polymarket_assets.store.locks import advisory_lock

BUILD_LOCK = "warehouse-build"
"""Advisory lock of warehouse builds, publishing and maintenance: one of them at a time."""
MERGE_BELOW = 32_000_000
"""Bytes; files that have grown beyond are not rewritten again."""
DAY = timedelta(days=1)
KEEP_PUBLISHED = timedelta(days=30)


@dataclass(frozen=True)
class MaintenanceReport:
    """What a round of maintenance did: files merged away, versions forgotten, files deleted."""

    merged_files: int
    busy_tables: tuple[str, ...]
    expired_versions: int
    deleted_files: int
    freed_bytes: int


def maintain(
    lake: Lake,
    *,
    expire: bool = True,
    keep_published: timedelta = KEEP_PUBLISHED,
    wait_s: float = 0,
) -> MaintenanceReport:
    """Merge every table's small files; with `expire`, forget and delete what is old as well.

    Tables somebody else was merging at the same time are named in `busy_tables`; the next round has
    them. Versions that were never published go after a day.

    Args:
        lake: the lake.
        expire: also expire versions and delete files (nightly); else only merge (hourly).
        keep_published: how long every published version is kept, at least a day.
        wait_s: seconds to wait for a running build or maintenance.

    Raises:
        LockHeldError: a build or another maintenance runs.
    """
    with advisory_lock(lake.postgres, BUILD_LOCK, wait_s=wait_s):
        merged, busy = _merge(lake)
        old: list[int] = []
        deleted = freed = 0
        if expire:
            published = [publication.version for publication in lake.publications()]
            old = expirable(
                lake.versions(), published, now=datetime.now(UTC), keep_published=keep_published
            )
            lake.expire(old)
            deleted, freed = lake.delete_unused_files(older_than=DAY)
            remove_dead_spills(lake.settings, older_than_s=DAY.total_seconds())
            remove_dead_doors(lake.settings)
    return MaintenanceReport(merged, tuple(busy), len(old), deleted, freed)


def expirable(
    versions: Sequence[tuple[int, datetime]],
    published: Collection[int],
    *,
    now: datetime,
    keep_published: timedelta,
) -> list[int]:
    """Versions that may be forgotten, of (version, time of its commit) in ascending order.

    Kept are the head, whatever is younger than a day, published versions younger than
    `keep_published`, and of the older published ones the last of each UTC day.
    """
    times = dict(versions)
    last_of_day = {
        times[version].date(): version for version in sorted(published) if version in times
    }
    kept = set(last_of_day.values()) | {max(times, default=0)}
    return [
        version
        for version, committed_at in versions
        if version not in kept
        and now - committed_at > max(keep_published if version in published else DAY, DAY)
    ]


def _merge(lake: Lake) -> tuple[int, list[str]]:
    merged, busy = 0, []
    with closing(lake.session()) as session:
        for schema, name in lake.tables():
            try:
                merged += session.once(
                    lambda connection, schema=schema, name=name: merge_files(
                        connection, schema, name, smaller_than=MERGE_BELOW
                    )
                )
            except duckdb.Error as error:
                if not is_conflict(error):
                    raise
                busy.append(f"{schema}.{name}")
    return merged, busy
