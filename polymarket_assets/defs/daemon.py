"""One Dagster daemon per home: two of them fire every schedule twice.

Belongs here: the lock that keeps a second one out. Not here: starting the daemon.

The lock is taken by the daemon itself with its first heartbeat (`DaemonLock`, called by the run
storage in instance.py), so `dagster dev` and `dagster-daemon run` typed by hand are kept out as
well as `polymarket dev`, which asks first (`hold_daemon_lock`) to refuse in its first second.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from polymarket_assets.settings import Settings
from polymarket_assets.store.locks import (
    AdvisoryLock,
    LockHeldError,
    LockLostError,
    advisory_lock,
)
from polymarket_assets.store.postgres import Postgres, ensure_postgres

_DAEMON = "dagster-daemon"
_DEV = "dagster-dev"
_WAIT_S = 3  # a daemon that is just stopping needs about this long

log = logging.getLogger(__name__)


@contextmanager
def hold_daemon_lock(settings: Settings, *, wait_s: float = _WAIT_S) -> Generator[None]:
    """Be the only one that starts a daemon for this home, for the length of the block.

    Args:
        settings: whose home.
        wait_s: seconds a daemon that is about to end is given for it.

    Raises:
        LockHeldError: naming the process that runs a daemon or is about to.
    """
    postgres = ensure_postgres(settings)
    with advisory_lock(postgres, _DEV, wait_s=wait_s):
        with advisory_lock(postgres, _DAEMON, wait_s=wait_s):
            pass  # nobody has it; the daemon this block starts will take it itself
        yield


class DaemonLock:
    """The lock of the daemon that this process is; held until the process ends."""

    def __init__(self, postgres: Postgres, *, wait_s: float = _WAIT_S) -> None:
        self._postgres = postgres
        self._wait_s = wait_s
        self._mutex = threading.Lock()
        self._connection = ExitStack()
        self._lock: AdvisoryLock | None = None
        self._refused = False

    def hold(self) -> None:
        """Take the lock or make sure it is still held; the daemon's threads call it at each beat.

        Raises:
            SystemExit: if another daemon holds it. Dagster swallows every other exception of a
                heartbeat, while a thread that ends makes the daemon end.
        """
        with self._mutex:
            if self._refused:
                raise SystemExit(1)
            if self._lock is not None:
                try:
                    self._lock.verify()
                except LockLostError as lost:
                    log.warning("%s", lost)
                    self.release()
                else:
                    return
            try:
                taken = advisory_lock(self._postgres, _DAEMON, wait_s=self._wait_s)
                self._lock = self._connection.enter_context(taken)
            except LockHeldError as held:
                self._refused = True  # the other threads need not wait, too
                log.error("this Dagster daemon stops: %s", held)  # noqa: TRY400 - the text says all
                raise SystemExit(1) from held

    def release(self) -> None:
        """Give the lock up."""
        self._lock = None
        self._connection.close()
