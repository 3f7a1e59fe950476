"""The venue's clock: starts anywhere, runs with real time times a speed, can be moved.

Belongs here: nothing but that. Everything the server answers is cut at `now_s()`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime


class VenueClock:
    """A clock in venue time (UTC)."""

    def __init__(self, now: datetime, speed: float = 1.0) -> None:
        self._set(now.timestamp(), speed)

    def _set(self, seconds: float, speed: float) -> None:
        self._base, self._since, self._speed = seconds, time.monotonic(), speed

    @property
    def speed(self) -> float:
        """Venue seconds per real second."""
        return self._speed

    def now_s(self) -> float:
        """Venue time as epoch seconds."""
        return self._base + (time.monotonic() - self._since) * self._speed

    def now(self) -> datetime:
        """Venue time, aware, in UTC."""
        return datetime.fromtimestamp(self.now_s(), UTC)

    def move(self, now: datetime | None = None, speed: float | None = None) -> None:
        """Jump to `now` (also backwards) and/or run at `speed`; what is not given stays.

        Raises:
            ValueError: `now` has no time zone or `speed` is negative.
        """
        if now is not None and now.tzinfo is None:
            msg = "now: needs a time zone, e.g. 2026-11-20T21:00:00Z"
            raise ValueError(msg)
        if speed is not None and speed < 0:
            msg = f"speed={speed}: expected 0 or more venue seconds per second"
            raise ValueError(msg)
        self._set(
            self.now_s() if now is None else now.timestamp(),
            self._speed if speed is None else speed,
        )
