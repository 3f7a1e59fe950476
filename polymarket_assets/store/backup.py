"""Backups: the catalog, the ledger and the lake's files at one version, while sources run.

The moment is fixed first: one read-only transaction per database, whose snapshot pg_dump shares.
The files that catalog names never change and outlive the copying by a day (maintenance deletes
nothing sooner), so nobody has to stop. The ledger's moment comes before the catalog's: a version it
names is in the catalog.

Into a folder that holds a backup already, only new files are copied. The manifest is written last:
a backup that is broken off leaves the one before it usable.

Belongs here: making a backup. Not here: its format (backup_manifest.py), using it (restore.py).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from psycopg2 import extensions

from polymarket_assets.store.backup_manifest import (
    FORMAT,
    LAKE,
    NAME,
    BackupError,
    Manifest,
    Stored,
    read_manifest,
    run_postgres_program,
)
from polymarket_assets.store.checksums import hash_file, known_hashes
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import LakeFile, data_folder, list_files
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.store.postgres import Postgres
from polymarket_assets.store.state_hash import (
    Contents,
    database_contents,
    lake_contents,
    state_hash,
)

_READ_BYTES = 1 << 20

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and how much there is (bytes, or tables)."""


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds now, and what it took to bring it there."""

    folder: str
    version: int
    state_hash: str | None
    files: int
    bytes: int
    copied_files: int
    copied_bytes: int
    removed_files: int
    left_out: Mapping[str, str]


def back_up(
    lake: Lake,
    folder: Path,
    *,
    with_dagster: bool = False,
    quick: bool = False,
    progress: Progress = lambda _doing, _done, _all: None,
) -> BackupReport:
    """Bring the backup in `folder` up to this moment, or make it.

    Args:
        lake: the lake of the home to back up.
        folder: an empty or new folder, or one with a backup of this home.
        with_dagster: also Dagster's runs and events.
        quick: leave out reading every row for the state hash; hashes of files are kept anyway.
        progress: told how far it is.

    Raises:
        BackupError: the folder is another's, or a file of the newest version is damaged.
        RemoteLakeError: the lake's files lie in an object store.
    """
    source = data_folder(lake.settings)
    before = _usable(folder, source)
    folder.mkdir(parents=True, exist_ok=True)
    open_ledger(lake.settings).dispose()  # a home that never traded has one from now on
    with _alone(folder):
        made_at = datetime.now(UTC)
        progress("dumping the databases", 0, 1)
        stamp = made_at.strftime("%Y%m%dT%H%M%S%f")
        databases = ["ledger", "lake", *(["dagster"] if with_dagster else [])]
        dumps: dict[str, tuple[str, Stored]] = {}
        with ExitStack() as stack:
            frozen = {name: stack.enter_context(_frozen(lake.postgres, name)) for name in databases}
            version, lake_id = _moment(frozen["lake"])
            if before is not None and before.lake_id != lake_id:
                raise BackupError(f"{folder} holds the backup of another home: name another folder")
            files = list_files(frozen["lake"])
            ledger = database_contents(frozen["ledger"])
            for name in databases:
                dump = folder / f"{name}-{stamp}.dump"
                _dump(lake.postgres, name, frozen[name], dump)
                dumps[name] = (dump.name, Stored(hash_file(dump), dump.stat().st_size))
        copied = _copy_all(
            files,
            source,
            folder / LAKE,
            held=before.files if before else {},
            known=known_hashes(lake),
            progress=progress,
        )
        tables: Contents | None = None
        if not quick:
            tables = lake_contents(
                lake, version, progress=lambda n, of: progress("reading every row", n, of)
            )
        os.sync()  # everything is on the disk before the manifest says so
        manifest = Manifest(
            format=FORMAT,
            made_at=made_at.isoformat(),
            lake_id=lake_id,
            version=version,
            duckdb=duckdb.__version__,
            dumps=dumps,
            files=copied.files,
            left_out=copied.left_out,
            tables=tables,
            ledger=ledger,
            state_hash=None if tables is None else state_hash(tables, ledger),
        )
        manifest.write(folder)
        removed = _remove_others(folder, manifest)
    return BackupReport(
        folder=str(folder),
        version=version,
        state_hash=manifest.state_hash,
        files=len(manifest.files),
        bytes=sum(stored.bytes for stored in manifest.files.values()),
        copied_files=copied.number,
        copied_bytes=copied.bytes,
        removed_files=removed,
        left_out=copied.left_out,
    )


def _usable(folder: Path, source: Path) -> Manifest | None:
    """The manifest of the backup that is there; None for a folder that is new or empty."""
    if folder.resolve().is_relative_to(source.resolve()):
        raise BackupError(
            f"{folder} lies among the lake's own files, where upkeep would delete it:"
            " name a folder elsewhere, best on another disk"
        )
    if (folder / NAME).exists():
        return read_manifest(folder)
    ours = {".lock", LAKE, f"{NAME}.part"}
    strangers = [
        entry.name
        for entry in (folder.iterdir() if folder.exists() else ())
        if entry.name not in ours and entry.suffix != ".dump"
    ]
    if strangers:
        raise BackupError(
            f"{folder} is not empty ({strangers[0]}, …) and holds no backup: name a new folder"
        )
    return None


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another backup into {folder} is at work: wait for it") from None
        yield


@contextmanager
def _frozen(postgres: Postgres, database: str) -> Generator[extensions.connection]:
    """A connection that sees the database as it is at its first query."""
    with closing(postgres.connect(database)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        yield connection


def _moment(lake: extensions.connection) -> tuple[int, str]:
    """(newest version, id of the lake)."""
    with lake.cursor() as cursor:
        cursor.execute("SELECT max(snapshot_id) FROM ducklake_snapshot")
        version = cursor.fetchall()[0][0]
        cursor.execute("SELECT min(schema_uuid::text) FROM ducklake_schema WHERE schema_id = 0")
        return version, cursor.fetchall()[0][0]


def _dump(postgres: Postgres, name: str, frozen: extensions.connection, file: Path) -> None:
    with frozen.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchall()[0][0]
    arguments = ["--format", "custom", "--snapshot", snapshot, "--file", file]
    run_postgres_program("pg_dump", postgres, name, arguments)


@dataclass
class _Copied:
    files: dict[str, Stored]
    left_out: dict[str, str]
    number: int = 0
    bytes: int = 0


def _copy_all(
    files: Sequence[LakeFile],
    source: Path,
    target: Path,
    *,
    held: Mapping[str, Stored],
    known: Mapping[str, str],
    progress: Progress,
) -> _Copied:
    copied = _Copied({}, {})
    needed: list[str] = []
    total, done = sum(file.bytes for file in files), 0
    for file in files:
        here, there = source / file.path, target / file.path
        stored = held.get(file.path)
        if stored is None or not _is_there(there, stored):
            there.parent.mkdir(parents=True, exist_ok=True)
            try:
                stored = copy_hashed(here, there, expected=known.get(file.path), size=file.bytes)
            except (BackupError, OSError) as error:
                wrong = error.strerror or str(error) if isinstance(error, OSError) else str(error)
                copied.left_out[file.path] = wrong
                if file.at_head:
                    needed.append(f"{file.path} of {file.table}: {wrong}")
                continue
            copied.number += 1
            copied.bytes += stored.bytes
        copied.files[file.path] = stored
        done += file.bytes
        progress("copying files", done, total)
    if needed:
        raise BackupError(
            "the lake has damaged files, so the backup was not finished (one made before is as it"
            f" was): {'; '.join(needed)}. Run `polymarket lake scrub --repair`, then back up again"
        )
    return copied


def _is_there(file: Path, stored: Stored) -> bool:
    try:
        return file.stat().st_size == stored.bytes
    except FileNotFoundError:
        return False


def copy_hashed(here: Path, there: Path, *, expected: str | None, size: int) -> Stored:
    """Copy a file, whole or not at all, and give its hash.

    Raises:
        BackupError: its size or its hash is not the one expected.
        OSError: it cannot be read or written.
    """
    part = there.with_name(f"{there.name}.part")
    digest, length = hashlib.sha256(), 0
    try:
        with here.open("rb") as reading, part.open("wb") as writing:
            while block := reading.read(_READ_BYTES):
                digest.update(block)
                writing.write(block)
                length += len(block)
        if length != size:
            raise BackupError(f"it has {length} bytes instead of {size}")
        if expected is not None and digest.hexdigest() != expected:
            raise BackupError(f"its SHA-256 is {digest.hexdigest()}, it was {expected}")
        part.replace(there)
    finally:
        part.unlink(missing_ok=True)
    return Stored(digest.hexdigest(), length)


def _remove_others(folder: Path, manifest: Manifest) -> int:
    """Remove what the backup before this one needed and this one does not."""
    dumps = {name for name, _ in manifest.dumps.values()}
    others = [dump for dump in folder.glob("*.dump") if dump.name not in dumps]
    others += [
        file
        for file in (folder / LAKE).rglob("*")
        if file.is_file() and str(file.relative_to(folder / LAKE)) not in manifest.files
    ]
    for file in others:
        file.unlink()
    return len(others)
