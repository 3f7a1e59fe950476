"""Upkeep of the lake: merge small files, drop what is too old, forget old versions, delete files.

Belongs here: which versions go, the order of the steps, and the account of them. How they are done
is `lake.py`'s business; which raw rows go, `retention.py`'s; when, the schedules'.

Three promises: nothing younger than a day is touched (no reader or writer takes longer than that),
a published version lives 30 days and the last one of each day for ever, and no warehouse build runs
meanwhile (they share a lock).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb

from polymarket_assets.store import retention
from polymarket_assets.store.checksums import record_files
from polymarket_assets.store.commit_guard import remove_dead_doors
from polymarket_assets.store.ducklake import is_conflict, merge_files
from polymarket_assets.store.engine import remove_dead_spills
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.locks import advisory_lock
from polymarket_assets.store.retention import Dropped

BUILD_LOCK = "warehouse-build"
"""Advisory lock of warehouse builds, publishing and maintenance: one of them at a time."""
MERGE_BELOW = 32_000_000
"""Bytes; files that have grown beyond are not rewritten again."""
DAY = timedelta(days=1)
KEEP_PUBLISHED = timedelta(days=30)

Tell = Callable[[str], None]
"""Told what is being done, in a few words."""


@dataclass(frozen=True)
class MaintenanceReport:
    """What a round of maintenance did, or with `dry_run` would do.

    Attributes:
        merged_files: files there are fewer after merging.
        busy_tables: tables somebody else was merging; the next round has them.
        dropped_rows: rows too old, by raw table.
        dropped_body_bytes: bytes of the bodies of dropped pages.
        pages_kept: pages too old that stay, since a signal, order or quarantined row needs them.
        expired_versions: versions forgotten.
        deleted_files, freed_bytes: files deleted from disk: no version has needed them for a day.
        recorded_files: files whose hash ops.files has from now on.
    """

    merged_files: int
    busy_tables: tuple[str, ...]
    expired_versions: int
    deleted_files: int
    freed_bytes: int
    dropped_rows: Mapping[str, int] = field(default_factory=dict)
    dropped_body_bytes: int = 0
    pages_kept: int = 0
    recorded_files: int = 0
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        """The attributes by name."""
        return asdict(self)


def maintain(
    lake: Lake,
    *,
    expire: bool = True,
    today: date | None = None,
    dry_run: bool = False,
    keep_published: timedelta = KEEP_PUBLISHED,
    wait_s: float = 0,
    tell: Tell = lambda _doing: None,
) -> MaintenanceReport:
    """Merge every table's small files; with `expire`, drop, forget and delete what is old as well.

    Tables somebody else was merging at the same time are named in `busy_tables`; the next round has
    them. Versions that were never published go after a day. What retention drops today leaves the
    disk with the maintenance of tomorrow.

    Args:
        lake: the lake.
        expire: also drop rows, expire versions and delete files (nightly); else only merge
            (hourly).
        today: by the platform's clock, from which the age of rows is counted; without it none go.
        dry_run: change nothing and report what would be done; merging is left out.
        keep_published: how long every published version is kept, at least a day.
        wait_s: seconds to wait for a running build or maintenance.
        tell: told each step as it begins.

    Raises:
        LockHeldError: a build or another maintenance runs.
    """
    with advisory_lock(lake.postgres, BUILD_LOCK, wait_s=wait_s):
        old: list[int] = []
        dropped: list[Dropped] = []
        busy: list[str] = []
        merged = deleted = freed = recorded = pages_kept = 0
        if expire and today is not None:
            tell("looking for rows that are too old")
            found, kept = retention.due(lake, today=today, pages_days=lake.settings.keep_pages_days)
            pages_kept = len(kept.page_ids)
            dropped = found if dry_run else retention.drop(lake, found, kept, tell=tell)
        if not dry_run:
            merged, busy = _merge(lake, tell)
        if expire:
            tell("forgetting old versions, deleting their files")
            published = [publication.version for publication in lake.publications()]
            old = expirable(
                lake.versions(), published, now=datetime.now(UTC), keep_published=keep_published
            )
            if not dry_run:
                lake.expire(old)
                remove_dead_spills(lake.settings, older_than_s=DAY.total_seconds())
                remove_dead_doors(lake.settings)
            deleted, freed = lake.delete_unused_files(older_than=DAY, dry_run=dry_run)
    if not dry_run and "://" not in lake.settings.lake_path:
        # Without the lock: it only reads files, and the first time it reads all of them.
        tell("recording the hashes of new files")
        recorded = record_files(lake)
    rows: Counter[str] = Counter()
    for part in dropped:
        rows[f"raw.{part.table}"] += part.rows
    return MaintenanceReport(
        merged_files=merged,
        busy_tables=tuple(busy),
        expired_versions=len(old),
        deleted_files=deleted,
        freed_bytes=freed,
        dropped_rows=dict(rows),
        dropped_body_bytes=sum(part.bytes for part in dropped),
        pages_kept=pages_kept,
        recorded_files=recorded,
        dry_run=dry_run,
    )


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


def _merge(lake: Lake, tell: Tell) -> tuple[int, list[str]]:
    merged, busy = 0, []
    with closing(lake.session()) as session:
        for schema, name in lake.tables():
            tell(f"merging the small files of {schema}.{name}")
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
