"""Restoring: from a backup to a home of its own, proven equal to what was backed up.

Every byte is checked against the manifest before anything is made of it, and at the end every row:
the restored state must have the hash of the backed-up one.

Belongs here: using a backup. Not here: making one (backup.py), its format (backup_manifest.py).
"""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from polymarket_assets.settings import Settings
from polymarket_assets.store.backup import Progress, copy_hashed
from polymarket_assets.store.backup_manifest import (
    LAKE,
    BackupError,
    Manifest,
    read_manifest,
    run_postgres_program,
)
from polymarket_assets.store.checksums import hash_file
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import data_folder, set_data_path
from polymarket_assets.store.postgres import Postgres, ensure_postgres
from polymarket_assets.store.state_hash import (
    Contents,
    database_contents,
    lake_contents,
    state_hash,
)


@dataclass(frozen=True)
class RestoreReport:
    """A restored home; `state_hash` is proven equal to the backup's, None if that has none."""

    home: str
    version: int
    state_hash: str | None
    files: int
    bytes: int
    seconds: float


def restore(
    settings: Settings,
    folder: Path,
    *,
    progress: Progress = lambda _doing, _done, _all: None,
) -> RestoreReport:
    """Make the home of `settings` from the backup in `folder`.

    Args:
        settings: whose home; it must be new or empty, and so must PM_LAKE_DATA and the databases of
            PM_POSTGRES_URL if they are given.
        folder: the backup.
        progress: told how far it is.

    Raises:
        BackupError: the home is not empty, a file of the backup is damaged, or the restored state
            is not the backed-up one.
    """
    begun = time.monotonic()
    manifest = read_manifest(folder)
    target = data_folder(settings)
    _refuse_if_used(settings, target)
    _check_dumps(folder, manifest)
    try:
        _copy_files(folder / LAKE, target, manifest, progress)
        postgres = ensure_postgres(settings)
        _refuse_tables(postgres, manifest)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    progress("restoring the databases", 0, 1)
    for name, (dump, _) in manifest.dumps.items():
        arguments = ["--exit-on-error", "--single-transaction", folder / dump]
        run_postgres_program("pg_restore", postgres, name, arguments)
    set_data_path(postgres, settings.lake_path)
    found = _prove_equal(settings, postgres, manifest, progress)
    return RestoreReport(
        home=str(settings.home),
        version=manifest.version,
        state_hash=found,
        files=len(manifest.files),
        bytes=sum(stored.bytes for stored in manifest.files.values()),
        seconds=time.monotonic() - begun,
    )


def _refuse_if_used(settings: Settings, target: Path) -> None:
    for place in (settings.home, target):
        held = [entry.name for entry in (place.iterdir() if place.exists() else ())]
        if held:
            raise BackupError(
                f"{place} is not empty ({held[0]}, …): a backup is restored into a new home only."
                " Set PM_HOME to a new folder; or, if a restore was broken off there, remove it"
            )


def _check_dumps(folder: Path, manifest: Manifest) -> None:
    for name, stored in manifest.dumps.values():
        file = folder / name
        if not file.is_file() or hash_file(file) != stored.sha256:
            raise BackupError(
                f"the backup is damaged: {file} is not the file that was written"
                " (its SHA-256 differs); use another backup"
            )


def _copy_files(source: Path, target: Path, manifest: Manifest, progress: Progress) -> None:
    total, done = sum(stored.bytes for stored in manifest.files.values()), 0
    for path, stored in manifest.files.items():
        there = target / path
        there.parent.mkdir(parents=True, exist_ok=True)
        try:
            copy_hashed(source / path, there, expected=stored.sha256, size=stored.bytes)
        except FileNotFoundError:
            raise BackupError(
                f"the backup is damaged: {source / path} is missing; use another backup"
            ) from None
        except BackupError as error:
            raise BackupError(
                f"the backup is damaged: {source / path}: {error}; use another backup"
            ) from None
        done += stored.bytes
        progress("copying files", done, total)


def _refuse_tables(postgres: Postgres, manifest: Manifest) -> None:
    for name in manifest.dumps:
        with closing(postgres.connect(name)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            tables = cursor.fetchall()[0][0]
        if tables:
            raise BackupError(
                f"the database {name!r} holds {tables} tables already: a backup is restored into"
                " empty databases only. Point PM_POSTGRES_URL at another server"
            )


def _prove_equal(
    settings: Settings, postgres: Postgres, manifest: Manifest, progress: Progress
) -> str | None:
    with closing(postgres.connect("ledger")) as connection:
        ledger = database_contents(connection)
    if differing := _differences(manifest.ledger, ledger):
        raise BackupError(f"the restored ledger is not the backed-up one: {differing}")
    if manifest.tables is None:
        return None
    if manifest.duckdb != duckdb.__version__:
        raise BackupError(
            f"the backup was made with DuckDB {manifest.duckdb}, this is {duckdb.__version__}, so"
            " its rows cannot be compared: restore with the code that made it, then update"
        )
    tables = lake_contents(
        Lake(settings, postgres),
        manifest.version,
        progress=lambda number, of: progress("reading every row", number, of),
    )
    if differing := _differences(manifest.tables, tables):
        raise BackupError(f"the restored lake is not the backed-up one: {differing}")
    return state_hash(tables, ledger)


def _differences(expected: Contents, found: Contents) -> str:
    """Names of tables that differ, with what was expected and found."""
    return "; ".join(
        f"{name} has {found.get(name)}, expected {expected.get(name)}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    )
