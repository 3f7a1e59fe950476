"""Damaged data files: what is lost with one, what rebuilds it, and taking it out of the lake.

A file is never mended in place. It is taken out of the newest version, with the rows in it, and
those rows are made again from where they came from: raw rows from raw.pages, the warehouse's tables
by a build. Older versions keep it until they expire.

Belongs here: the advice per table, and the taking out. Not here: finding damage (checksums.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from polymarket_assets.store.checksums import MISSING, Finding
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import LakeFile, lake_files, received_days, take_out
from polymarket_assets.store.locks import advisory_lock
from polymarket_assets.store.maintenance import BUILD_LOCK
from polymarket_assets.store.raw import ROW_TABLES

TAKE_OUT = "polymarket lake scrub --repair"
_WALKS_NAMED = 20


class TooMuchDamageError(RuntimeError):
    """So much is missing that the disk is more likely to be than the files."""


@dataclass(frozen=True)
class Remedy:
    """What is lost with a file, and the commands that make it again once it is taken out."""

    lost: str
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Repaired:
    """A file that is no longer part of the newest version, and what is left to do."""

    finding: Finding
    version: int
    remedy: Remedy


def remedy(lake: Lake, file: LakeFile) -> Remedy:
    """The advice for one file, whether it is still in the newest version or just taken out."""
    schema, _, name = file.table.partition(".")
    where = file.table + (f" of {file.partition}" if file.partition else "")
    if file.table in _OF_WALKS:
        return _OF_WALKS[file.table](lake, file)
    if schema == "raw" and name in ROW_TABLES:
        days = received_days(lake.postgres, file) or (file.partition, file.partition)
        return Remedy(
            f"{file.rows} rows of {where}; the pages they were read from are kept",
            (f"polymarket lake reparse {name} --from {days[0]} --to {days[1]} --missing",),
        )
    if file.table == "raw.quarantine":
        sources = _sources_with_rejects(lake, file.partition)
        return Remedy(
            f"{file.rows} rejected records of {where}; the pages they were in are kept",
            tuple(
                f"polymarket lake reparse {source} --from {file.partition} --to {file.partition}"
                " --missing"
                for source in sources
            ),
        )
    if schema == "ops":
        return Remedy(f"{file.rows} rows of {where}, a record of the past that nothing needs", ())
    days_of = f" --from {file.partition} --to {file.partition}" if file.partition else ""
    return Remedy(
        f"{file.rows} rows of {where}, which a build makes again",
        (f"polymarket run --no-trade{days_of}",),
    )


def _pages_lost(lake: Lake, file: LakeFile) -> Remedy:
    return Remedy(
        f"the bytes of {file.rows} answers of {file.partition}; the rows read from them are"
        f" kept. {_walks(lake, file.partition)}",
        tuple(
            f"polymarket sources run {source} --fresh"
            for source in _sources_of(lake, file.partition)
        ),
    )


def _readings_lost(_lake: Lake, file: LakeFile) -> Remedy:
    return Remedy(
        f"of {file.rows} records of {file.partition}, that a later reading accepted them",
        (f"polymarket lake reparse --from {file.partition} --to {file.partition} --missing",),
    )


def _watermarks_lost(_lake: Lake, file: LakeFile) -> Remedy:
    return Remedy(
        f"how far {file.rows} steps of walks had come: those walks start again, and what they"
        " find is held already",
        ("polymarket run",),
    )


_OF_WALKS: dict[str, Callable[[Lake, LakeFile], Remedy]] = {
    "raw.pages": _pages_lost,
    "raw.reparsed": _readings_lost,
    "raw.watermarks": _watermarks_lost,
}


def next_steps(lake: Lake, file: LakeFile) -> str:
    """The commands that take a damaged file out and make its rows again, as one line."""
    return ", then ".join(f"`{step}`" for step in (TAKE_OUT, *remedy(lake, file).commands))


def repair(lake: Lake, findings: Sequence[Finding], *, wait_s: float = 0) -> list[Repaired]:
    """Take damaged files out of the newest version; what is left to do for each.

    Files that only older versions need are left alone: they go when those expire.

    Raises:
        TooMuchDamageError: half of the files are missing; nothing was taken out.
        LockHeldError: a build or maintenance runs.
    """
    with advisory_lock(lake.postgres, BUILD_LOCK, wait_s=wait_s):
        live = [file for file in lake_files(lake.postgres) if file.at_head]
        held = {file.path for file in live}
        damaged = [finding for finding in findings if finding.file.path in held]
        gone = sum(finding.finding == MISSING for finding in damaged)
        if 2 * gone > len(live):
            raise TooMuchDamageError(
                f"{gone} of the lake's {len(live)} files are missing in"
                f" {lake.settings.lake_path}: is the disk mounted, is PM_LAKE_DATA right? If they"
                " are lost, restore a backup into a new PM_HOME. Nothing was taken out"
            )
        if not damaged:
            return []
        version = take_out(lake.postgres, [finding.file for finding in damaged])
    return [Repaired(finding, version, remedy(lake, finding.file)) for finding in damaged]


def _sources_with_rejects(lake: Lake, day: str | None) -> list[str]:
    rows = lake.rows(
        "SELECT DISTINCT source FROM raw.pages WHERE dt = ? AND quarantined > 0 ORDER BY 1", [day]
    )
    return [row[0] for row in rows]


_ORPHANS = """
    SELECT DISTINCT source, scope
    FROM raw.watermarks ANTI JOIN raw.pages USING (page_id)
    WHERE recorded_at >= ? AND recorded_at < ?
    ORDER BY 1, 2
"""


def _lost_walks(lake: Lake, day: str | None) -> list[tuple]:
    """Walks of a day whose watermarks name pages that are not there."""
    if day is None:
        return []
    start = datetime.combine(date.fromisoformat(day), time.min, UTC)
    return lake.rows(_ORPHANS, [start, start + timedelta(days=1)])


def _sources_of(lake: Lake, day: str | None) -> list[str]:
    return sorted({source for source, _ in _lost_walks(lake, day)})


def _walks(lake: Lake, day: str | None) -> str:
    walks = [f"{source} {scope}" for source, scope in _lost_walks(lake, day)]
    if not walks:
        return "Which walks they belong to is told once the file is taken out"
    more = f" and {len(walks) - _WALKS_NAMED} more" if len(walks) > _WALKS_NAMED else ""
    return f"Walks to fetch again: {', '.join(walks[:_WALKS_NAMED])}{more}"
