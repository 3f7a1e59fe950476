"""Whether the data files are still the bytes that were written: ops.files and the scrub.

DuckDB does not notice a flipped bit in a Parquet file: it answers, wrongly. So the SHA-256 of each
file is kept, taken by maintenance within an hour of its writing, and compared by a scrub.

The chain: Postgres checksums its own pages; it keeps the hashes of the few files ops.files lies in
(`home_facts`, key "ops_files"); ops.files keeps those of all others.

Belongs here: recording, comparing, and what was found last. Not here: which files there are
(lake_files.py), what is done about a damaged one (repair.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from polymarket_assets.store.home import recall, remember
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import LakeFile, data_folder, lake_files
from polymarket_assets.store.tables.ops import FILES

OK, DAMAGED, MISSING = "ok", "damaged", "missing"
FILES_PER_COMMIT = 500
"""Findings that are committed together, so that a scrub that is broken off has not been in vain."""
_ANCHORS = "ops_files"

Progress = Callable[[int], None]
"""Told the bytes of each file when it has been read."""


@dataclass(frozen=True)
class Finding:
    """What one look at one file found; `detail` says what is wrong with it."""

    file: LakeFile
    sha256: str | None
    recorded_at: datetime
    checked_at: datetime
    finding: str
    detail: str | None

    @property
    def ok(self) -> bool:
        """The bytes are those that were written."""
        return self.finding == OK

    @property
    def described(self) -> str:
        """The file, its table and day, and what is wrong with it."""
        day = f" (dt {self.file.partition})" if self.file.partition else ""
        return f"{self.file.path} of {self.file.table}{day} is {self.finding}: {self.detail}"


@dataclass(frozen=True)
class Scrub:
    """What a scrub did: files compared, their bytes, and those that are not what they were.

    Attributes:
        checked: files whose hash was compared.
        recorded: files that had none and have one now.
        bytes: bytes read.
        damaged: findings about files that are not as they were written.
    """

    checked: int
    recorded: int
    bytes: int
    damaged: tuple[Finding, ...]


def record_files(lake: Lake, *, progress: Progress | None = None) -> int:
    """Keep the hash of every file that has none yet; how many.

    A file whose size is not the catalog's is damaged already, and kept as that.
    """
    return _look(lake, lambda _file, known: known is None, progress).recorded


def scrub(
    lake: Lake, *, not_since: datetime | None = None, progress: Progress | None = None
) -> Scrub:
    """Read every file that a held version needs, and compare.

    Args:
        lake: the lake.
        not_since: leave out files that were found well at or after this moment.
        progress: told of the bytes as they are read.
    """

    def wanted(_file: LakeFile, known: _Known | None) -> bool:
        return known is None or not_since is None or not known.ok or known.checked_at < not_since

    return _look(lake, wanted, progress)


def damaged_files(lake: Lake) -> list[Finding]:
    """What is known to be wrong with the files that the newest version needs.

    That is what was last found, and what shows without reading a file: its size, or that there is
    none. Only the files of ops.files itself are read.
    """
    folder = data_folder(lake.settings)
    now = datetime.now(UTC)
    live = [file for file in lake_files(lake.postgres) if file.at_head]
    anchors = recall(lake.settings, _ANCHORS) or {}
    found = [f for f in _of_ops_files(live, anchors, folder, now) if not f.ok]
    if found:
        return found  # what ops.files says is not to be trusted
    known = _known(lake)
    for file in live:
        wrong = _size_differs(folder / file.path, file)
        last = known.get(file.path)
        if wrong:
            found.append(Finding(file, None, now, now, *wrong))
        elif last is not None and not last.ok:
            found.append(
                Finding(
                    file, last.sha256, last.recorded_at, last.checked_at, last.finding, last.detail
                )
            )
    return found


@dataclass(frozen=True)
class _Known:
    sha256: str | None
    recorded_at: datetime
    checked_at: datetime
    finding: str
    detail: str | None

    @property
    def ok(self) -> bool:
        return self.finding == OK


def known_hashes(lake: Lake) -> dict[str, str]:
    """The hash of each file that has one, by path."""
    anchors = recall(lake.settings, _ANCHORS) or {}
    return {path: k.sha256 for path, k in _known(lake).items() if k.sha256} | anchors


def _look(
    lake: Lake, wanted: Callable[[LakeFile, _Known | None], bool], progress: Progress | None
) -> Scrub:
    folder = data_folder(lake.settings)
    files = lake_files(lake.postgres)
    now = datetime.now(UTC)
    anchored, recorded = _anchored(lake, files, folder, now)
    try:
        known = _known(lake)
    except duckdb.Error:
        if all(finding.ok for finding in anchored):
            raise
        # ops.files itself cannot be read: that is the finding, and the rest waits for its repair.
        return Scrub(len(anchored), 0, 0, tuple(f for f in anchored if not f.ok))
    checked, read = len(anchored) - recorded, sum(f.file.bytes for f in anchored)
    damaged = [finding for finding in anchored if not finding.ok]
    todo = [
        file
        for file in files
        if file.table != FILES.qualified and wanted(file, known.get(file.path))
    ]
    for start in range(0, len(todo), FILES_PER_COMMIT):
        some = todo[start : start + FILES_PER_COMMIT]
        findings = list(_compare(some, known, folder, now, progress))
        _store(lake, findings)
        fresh = sum(finding.file.path not in known for finding in findings)
        recorded, checked = recorded + fresh, checked + len(findings) - fresh
        read += sum(finding.file.bytes for finding in findings)
        damaged += [finding for finding in findings if not finding.ok]
    if todo:
        _anchored(lake, lake_files(lake.postgres), folder, now)  # the files just written
    return Scrub(checked, recorded, read, tuple(damaged))


def _compare(
    files: Sequence[LakeFile],
    known: dict[str, _Known],
    folder: Path,
    now: datetime,
    progress: Progress | None,
) -> Iterator[Finding]:
    for file in files:
        last = known.get(file.path)
        sha256, finding, detail = _read(folder / file.path, file, last.sha256 if last else None)
        yield Finding(file, sha256, last.recorded_at if last else now, now, finding, detail)
        if progress is not None:
            progress(file.bytes)


def _read(path: Path, file: LakeFile, expected: str | None) -> tuple[str | None, str, str | None]:
    """(hash to keep, finding, detail) of one file."""
    if wrong := _size_differs(path, file):
        return expected, *wrong
    try:
        found = hash_file(path)
    except OSError as error:
        return expected, DAMAGED, f"cannot be read: {error.strerror}"
    if expected is not None and found != expected:
        return expected, DAMAGED, f"its SHA-256 is {found}, it was {expected}"
    return found, OK, None


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, hex."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _size_differs(path: Path, file: LakeFile) -> tuple[str, str] | None:
    """(finding, detail) when there is no such file, or one of another size."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return MISSING, "there is no such file"
    if size != file.bytes:
        return DAMAGED, f"it has {size} bytes, the catalog says {file.bytes}"
    return None


def _anchored(
    lake: Lake, files: Sequence[LakeFile], folder: Path, now: datetime
) -> tuple[list[Finding], int]:
    """Findings about the files of ops.files, and how many of them are new and now kept."""
    held = recall(lake.settings, _ANCHORS) or {}
    findings = _of_ops_files(files, held, folder, now)
    anchors = {f.file.path: f.sha256 for f in findings if f.sha256}
    if anchors != held:
        remember(lake.settings, _ANCHORS, anchors)
    return findings, len(anchors.keys() - held.keys())


def _of_ops_files(
    files: Sequence[LakeFile], held: Mapping[str, str], folder: Path, now: datetime
) -> list[Finding]:
    findings = []
    for file in files:
        if file.table == FILES.qualified:
            sha256, finding, detail = _read(folder / file.path, file, held.get(file.path))
            findings.append(Finding(file, sha256, now, now, finding, detail))
    return findings


def _known(lake: Lake) -> dict[str, _Known]:
    rows = lake.rows(
        """
        SELECT path, sha256, recorded_at, checked_at, finding, detail
        FROM ops.files
        QUALIFY 1 = row_number() OVER (PARTITION BY path ORDER BY checked_at DESC)
        """
    )
    return {
        row[0]: _Known(row[1], row[2].astimezone(UTC), row[3].astimezone(UTC), *row[4:])
        for row in rows
    }


def _store(lake: Lake, findings: Sequence[Finding]) -> None:
    rows = pa.Table.from_pylist(
        [
            {
                "path": f.file.path,
                "table_name": f.file.table,
                "partition": f.file.partition,
                "bytes": f.file.bytes,
                "rows": f.file.rows,
                "sha256": f.sha256,
                "recorded_at": f.recorded_at,
                "checked_at": f.checked_at,
                "finding": f.finding,
                "detail": f.detail,
            }
            for f in findings
        ],
        schema=FILES.arrow_schema,
    )

    def write(connection: duckdb.DuckDBPyConnection) -> None:
        connection.register("findings", rows)
        connection.execute("INSERT INTO ops.files BY NAME FROM findings")
        connection.unregister("findings")

    lake.transaction(write)  # a finding that is written twice is one finding
