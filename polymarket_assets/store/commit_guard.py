"""The guard of commits: while one is under way nothing it wrote can be deleted, and its proof.

When the catalog dies between doing a commit and saying so, DuckLake takes the commit for failed and
deletes the files of the transaction, which the catalog refers to from then on: the rows are lost
and the table cannot be read any more. So a connection that commits reaches the lake's files through
a door of its own, and the door is shut before COMMIT is sent. What DuckLake then wants to delete it
does not find. A process killed at any moment leaves nothing to be mended; files of a commit that
did not happen wait for the nightly upkeep, as those of a killed writer do.

Whether a commit landed is asked of Postgres alone, by the mark the commit carries.

Belongs here: doors and marks. Not here: when a transaction is tried again (session.py), and how the
lake is attached (lake.py).
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import duckdb
import psutil
import psycopg2

from polymarket_assets.settings import Settings
from polymarket_assets.store.postgres_account import PostgresError
from polymarket_assets.store.session import LakeUnavailableError, close_quietly

_END_WAIT_MS = 10_000
_END_SENDER = """
SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity
WHERE application_name = %s AND datname = current_database()
"""
_LANDED = "SELECT 1 FROM ducklake_snapshot_changes WHERE commit_extra_info = %s"


class Door(Protocol):
    """One connection's way to the lake's files. A new one is open; `remove` is its end.

    Attributes:
        name: what the connection calls itself in Postgres; no other has the name.
        path: data path to attach the lake with.
    """

    name: str
    path: str

    def shut(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let the connection reach no file."""
        ...

    def open(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let the connection reach the files again."""
        ...

    def remove(self) -> None:
        """Leave nothing behind; the files can no longer be reached."""
        ...


class LinkDoor:
    """The door to files on this machine: a symbolic link (0.01 ms for shutting and opening it)."""

    def __init__(self, name: str, lake_path: str, link: Path) -> None:
        self.name = name
        self.path = f"{link}/"
        self._link = link
        self._target = lake_path.rstrip("/")
        # DuckLake makes the folder of a lake with its first file, but not behind a dangling link.
        Path(self._target).mkdir(parents=True, exist_ok=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(self._target)

    def shut(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take the link away."""
        self.remove()

    def open(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Put the link back."""
        self._link.symlink_to(self._target)

    def remove(self) -> None:
        """Take the link away for good."""
        self._link.unlink(missing_ok=True)


class NetworkDoor:
    """The door to an object storage: the engine's own way to the network (0.4 ms).

    Shut, every request of the engine goes to a proxy that does not exist, and is not repeated. The
    catalog is reached by libpq, which knows nothing of that.
    """

    def __init__(self, name: str, lake_path: str) -> None:
        self.name = name
        self.path = lake_path

    def shut(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Send requests nowhere."""
        connection.execute("SET GLOBAL http_proxy = '127.0.0.1:1'")
        connection.execute("SET GLOBAL http_retries = 0")

    def open(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Send requests to the storage."""
        connection.execute("RESET GLOBAL http_proxy")
        connection.execute("RESET GLOBAL http_retries")

    def remove(self) -> None:
        """Nothing is left behind by it."""


class GuardedConnection:
    """A connection to the lake whose commits are guarded and can be proved; Session's Link.

    Args:
        attach: gives the connection, attached through the door and known to Postgres by its name.
        door: the way to the files.
        ask: asks the catalog's Postgres itself.
    """

    def __init__(
        self,
        attach: Callable[[Door], duckdb.DuckDBPyConnection],
        door: Door,
        ask: Callable[[str, Sequence[object]], list[tuple]],
    ) -> None:
        self._door = door
        self._ask = ask
        self._mark = ""
        try:
            self.connection = attach(door)
        except BaseException:
            door.remove()
            raise

    def commit(self) -> None:
        """Commit under a new mark; after an error the door stays shut and the connection is over.

        The rollback that follows a failed commit would delete files, too.
        """
        self._mark = uuid.uuid4().hex
        self.connection.execute(
            "CALL lake.set_commit_message(NULL, NULL, extra_info => ?)", [self._mark]
        )
        self._door.shut(self.connection)
        self.connection.commit()
        # The rows are in the lake. If the door sticks, the next use fails and gets a new one.
        with contextlib.suppress(OSError):
            self._door.open(self.connection)

    def landed(self) -> bool:
        """Whether the last commit is in the lake; to be asked after `close`.

        Postgres may still be at it, or not even have received it: its end of the broken line is
        ended first, so that the answer is final.

        Raises:
            LakeUnavailableError: Postgres does not answer, or cannot end the line.
        """
        try:
            ended = self._ask(_END_SENDER, [_END_WAIT_MS, self._door.name])
            if not all(done for (done,) in ended):
                raise LakeUnavailableError(f"the commit {self._mark} is still under way")
            return bool(self._ask(_LANDED, [self._mark]))
        except (psycopg2.Error, PostgresError) as error:
            raise LakeUnavailableError(f"the lake's catalog does not answer: {error}") from error

    def close(self) -> None:
        """Close the connection; it reaches no file any more, whatever DuckLake does meanwhile."""
        try:
            close_quietly(self.connection)
        finally:
            self._door.remove()


def new_door(settings: Settings) -> Door:
    """A door of its own to the lake of these settings."""
    name = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
    if "://" in settings.lake_path:
        return NetworkDoor(f"pm lake {name}", settings.lake_path)
    return LinkDoor(f"pm lake {name}", settings.lake_path, _doors(settings) / name)


def remove_dead_doors(settings: Settings) -> int:
    """Remove the doors killed processes left behind; give their number.

    A door removed by mistake (its process runs in another container) only costs its owner a new
    connection.
    """
    removed = 0
    for link in _doors(settings).glob("*-*"):
        pid = link.name.partition("-")[0]
        if not (pid.isdigit() and psutil.pid_exists(int(pid))):
            link.unlink(missing_ok=True)
            removed += 1
    return removed


def _doors(settings: Settings) -> Path:
    return settings.home / "duckdb" / "doors"
