"""Requests per ten seconds, shared by every process of a home.

Belongs here: the log of recent requests of one endpoint, and the next moment at which one more is
allowed. Not here: which endpoints exist and their limits (endpoints.py), or waiting (http.py).

The log is a ring of the moments of the last requests in a small file, changed under flock. A
request may go out one window after the one `limit` places before it, so no window of that length
ever holds more than `limit`, and no slot is given away: a short burst goes out at once, a long walk
settles at limit / window. A process killed while it holds the lock loses at most its slot.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

SLOTS = 16_384
"""Moments the ring holds: the largest limit it can keep."""
LONGEST_HOLD_S = 900.0
"""Longest time `hold` may stop everybody, whatever a server asked for."""

_HEADER = struct.Struct("<Qd")  # requests so far; nothing goes out before this moment
_MOMENT = struct.Struct("<d")
_SIZE = _HEADER.size + SLOTS * _MOMENT.size


class SharedBudget:
    """The budget of one endpoint. Open it after a fork, never before: flock is per open file."""

    def __init__(
        self, path: Path, *, limit: int, window_s: float, clock: Callable[[], float]
    ) -> None:
        """Open or create the log.

        Args:
            path: file of this endpoint; processes that share it share the budget.
            limit: requests allowed in any `window_s` seconds.
            window_s: length of the window; longer than the venue's own, so that what leaves here in
                order but arrives unevenly still fits.
            clock: monotonic seconds, the same for all processes of this machine.

        Raises:
            ValueError: the limit is beyond what the log holds.
        """
        if not 1 <= limit <= SLOTS:
            msg = f"{path.name}: a limit of {limit} requests is outside 1..{SLOTS}"
            raise ValueError(msg)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._limit, self._window_s, self._clock = limit, window_s, clock
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._file, _SIZE)

    def reserve(self) -> float:
        """Take the next slot and give its moment (of `clock`): the caller sends then."""
        with self._locked():
            count, held_until = self._header()
            now = self._clock()
            slot = max(now, held_until, self._moment(count - 1))
            if oldest := self._moment(count - self._limit):
                slot = max(slot, oldest + self._window_s)
            if slot > now + 2 * LONGEST_HOLD_S:
                # No one waits that long: the file is from before a reboot set the clock back.
                os.ftruncate(self._file, 0)
                os.ftruncate(self._file, _SIZE)
                count, held_until, slot = 0, 0.0, now
            os.pwrite(self._file, _MOMENT.pack(slot), self._offset(count))
            os.pwrite(self._file, _HEADER.pack(count + 1, held_until), 0)
            return slot

    def hold(self, seconds: float) -> None:
        """Let nobody send for `seconds` from now (at most LONGEST_HOLD_S)."""
        with self._locked():
            count, held_until = self._header()
            until = self._clock() + min(seconds, LONGEST_HOLD_S)
            os.pwrite(self._file, _HEADER.pack(count, max(held_until, until)), 0)

    def close(self) -> None:
        """Close the file; what was reserved stays reserved."""
        os.close(self._file)

    @contextmanager
    def _locked(self) -> Generator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _header(self) -> tuple[int, float]:
        count, held_until = _HEADER.unpack(os.pread(self._file, _HEADER.size, 0))
        return count, held_until

    def _moment(self, index: int) -> float:
        """The moment of request number `index`; 0.0 when there was none."""
        (moment,) = _MOMENT.unpack(os.pread(self._file, _MOMENT.size, self._offset(index)))
        return moment

    @staticmethod
    def _offset(index: int) -> int:
        return _HEADER.size + (index % SLOTS) * _MOMENT.size
