"""What a backup consists of: manifest.json, dumps of databases, and the lake's files beside it.

Belongs here: the record, its file, and running Postgres' own dump and restore programs. Not here:
making a backup (backup.py) or using one (restore.py).
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from psycopg2 import extensions

from polymarket_assets.store.postgres import Postgres
from polymarket_assets.store.postgres_files import ENVIRONMENT, binaries
from polymarket_assets.store.state_hash import Contents

FORMAT = 1
NAME = "manifest.json"
LAKE = "lake"
"""Folder of the lake's files in a backup."""


class BackupError(RuntimeError):
    """A backup cannot be made, or cannot be used."""


@dataclass(frozen=True)
class Stored:
    """One file of a backup."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes:
        format: of this record.
        made_at: when its moment was, RFC 3339 in UTC.
        lake_id: tells lakes apart.
        version: newest version of the lake at that moment; the state is that version's.
        duckdb: version of DuckDB whose hashes `tables` holds.
        dumps: by database, the name of its dump with hash and size.
        files: by path below the lake's data path.
        left_out: files that were damaged and that only older versions need, with what is wrong.
        tables: contents of the lake's tables at `version`; None if they were not read.
        ledger: contents of the ledger's tables.
        state_hash: one hash of both; None without `tables`.
    """

    format: int
    made_at: str
    lake_id: str
    version: int
    duckdb: str
    dumps: Mapping[str, tuple[str, Stored]]
    files: Mapping[str, Stored]
    left_out: Mapping[str, str]
    tables: Contents | None
    ledger: Contents
    state_hash: str | None

    def write(self, folder: Path) -> None:
        """Write it whole or not at all, over the one that was there."""
        part = folder / f"{NAME}.part"
        with part.open("w", encoding="utf-8") as out:
            json.dump(asdict(self), out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        part.replace(folder / NAME)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup in `folder`.

    Raises:
        BackupError: there is none, or one this code does not read.
    """
    try:
        held = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if held["format"] != FORMAT:
            raise BackupError(
                f"{folder / NAME} has format {held['format']}, this code reads {FORMAT}:"
                " use the code that made the backup"
            )
        held["files"] = {path: Stored(**stored) for path, stored in held["files"].items()}
        held["dumps"] = {n: (name, Stored(**stored)) for n, (name, stored) in held["dumps"].items()}
        return Manifest(**held)
    except FileNotFoundError:
        raise BackupError(f"{folder} holds no finished backup: there is no {NAME} in it") from None
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{folder / NAME} cannot be read ({error}): it is damaged") from error


def run_postgres_program(
    name: str, postgres: Postgres, database: str, arguments: Sequence[str | Path]
) -> None:
    """Run pg_dump or pg_restore of the wheel on one database.

    Raises:
        BackupError: with what the program said.
    """
    rest = dict(postgres.parameters)
    password = rest.pop("password", None)  # not among the arguments, which everybody can see
    address = extensions.make_dsn(dbname=database, **rest)
    secret = {} if password is None else {"PGPASSWORD": password}
    done = subprocess.run(  # noqa: S603 - our own program with our own arguments
        [binaries() / name, "--dbname", address, "--no-owner", *arguments],
        env={**ENVIRONMENT, **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BackupError(f"{name} of the database {database!r} failed: {done.stderr.strip()}")
