"""Locks that all processes of one platform share, on whatever machine they run.

Belongs here: Postgres advisory locks by name. Not here: what a lock protects. A lock lives as long
as its own connection: a killed holder loses it at once, and so does a holder whose server restarts,
which `AdvisoryLock.verify` tells.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime

import psycopg2
from psycopg2 import errorcodes, extensions

from polymarket_assets.store.postgres import Postgres

_DATABASE = "ledger"
_APPLICATION = re.compile(r"pm (?P<pid>\d+)@(?P<host>\S+)")
_LONGEST_APPLICATION_NAME = 63  # Postgres cuts the rest

_HOLDER = """
SELECT activity.pid, activity.application_name, activity.state_change
FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (held.classid::bigint << 32 | held.objid::bigint) = %s
"""


class LockHeldError(RuntimeError):
    """A lock is held by another process.

    Attributes:
        lock: its name.
        pid: process that holds it (on `host`; the server's backend when the holder did not say).
        application_name: how the holder's connection calls itself.
        since: when the holder got it, UTC; None if it was given up meanwhile.
    """

    def __init__(
        self, lock: str, pid: int | None, application_name: str, since: datetime | None
    ) -> None:
        self.lock = lock
        self.pid = pid
        self.application_name = application_name
        self.since = since
        if pid is None:
            held = "was held by a process that has just let it go; try again"
        else:
            moment = since.isoformat(timespec="seconds") if since else "an unknown moment"
            held = (
                f"is held by process {pid} ({application_name}) since {moment};"
                " wait until it ends or stop it, then try again"
            )
        super().__init__(f"lock {lock!r} {held}")


class LockLostError(RuntimeError):
    """A lock was lost while it was needed: its connection, and so the server, has gone."""


class AdvisoryLock:
    """A lock being held."""

    def __init__(self, name: str, connection: extensions.connection) -> None:
        self.name = name
        self._connection = connection

    def verify(self) -> None:
        """Ask the server whether the lock is still held.

        Raises:
            LockLostError: if it is not; stop what it protects.
        """
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except psycopg2.Error as error:
            raise LockLostError(
                f"lock {self.name!r} is lost: {' '.join(str(error).split())}."
                " Postgres was restarted or the network failed; start this work again."
            ) from None


def lock_key(name: str) -> int:
    """The 64-bit number that stands for a lock's name, the same in every process and release."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


@contextmanager
def advisory_lock(postgres: Postgres, name: str, *, wait_s: float = 0) -> Generator[AdvisoryLock]:
    """Hold the lock `name` for the length of the block, on a connection of its own.

    Args:
        postgres: the running server.
        name: any text.
        wait_s: seconds to wait for another holder, first come first served; 0 asks once.

    Raises:
        LockHeldError: if another process (or another block of this one) holds it.
    """
    connection = postgres.connect(_DATABASE, application_name=_application_name(name))
    try:
        connection.autocommit = True
        if not _acquired(connection, lock_key(name), wait_s):
            raise _held(connection, name)
        try:
            yield AdvisoryLock(name, connection)
        finally:
            _release(connection, lock_key(name))
    finally:
        connection.close()


def _release(connection: extensions.connection, key: int) -> None:
    """Give the lock up at once: after a mere close the server may hold it a moment longer."""
    with suppress(psycopg2.Error), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", (key,))


def _application_name(name: str) -> str:
    return f"pm {os.getpid()}@{socket.gethostname()[:24]} {name}"[:_LONGEST_APPLICATION_NAME]


def _acquired(connection: extensions.connection, key: int, wait_s: float) -> bool:
    with connection.cursor() as cursor:
        if wait_s <= 0:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", (key,))
            return cursor.fetchall()[0][0]
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, false)", (str(max(1, round(wait_s * 1000))),)
        )
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", (key,))
        except psycopg2.OperationalError as error:
            if error.pgcode != errorcodes.LOCK_NOT_AVAILABLE:
                raise
            return False
        return True


def _held(connection: extensions.connection, name: str) -> LockHeldError:
    with connection.cursor() as cursor:
        cursor.execute(_HOLDER, (lock_key(name),))
        holders = cursor.fetchall()
    if not holders:
        return LockHeldError(name, None, "", None)
    backend, application_name, since = holders[0]
    said = _APPLICATION.match(application_name)
    return LockHeldError(name, int(said["pid"]) if said else backend, application_name, since)
