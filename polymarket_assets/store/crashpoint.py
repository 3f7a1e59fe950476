"""Named places at which a crash test may kill this process; without PM_CRASH_AT they do nothing.

Belongs here: the switch alone. The points stand in the code they are about, one line each.
"""

from __future__ import annotations

import os
import signal
import threading

from polymarket_assets.settings import Settings


class Crashpoints:
    """Counts passings of each named point and sends SIGKILL at the one `NAME:N` asks for."""

    def __init__(self, crash_at: str | None) -> None:
        name, _, count = (crash_at or "").rpartition(":")
        if crash_at and (not name or not count.isdigit()):
            msg = f"PM_CRASH_AT={crash_at!r}: expected NAME:N, e.g. after_commit:3"
            raise ValueError(msg)
        self._name, self._remaining = name, int(count or 0)
        self._lock = threading.Lock()

    def __call__(self, name: str) -> None:
        """Pass the point `name`; the process ends here if it is the chosen one."""
        if name != self._name:
            return
        with self._lock:
            self._remaining -= 1
            if self._remaining == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def crashpoints(settings: Settings) -> Crashpoints:
    """The crash points of this process."""
    return Crashpoints(settings.crash_at)
