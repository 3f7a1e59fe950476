"""The venues' documented rate limits as token buckets.

Belongs here: the numbers and the buckets. Limits are requests per ten seconds; a bucket holds as
many and refills evenly, so a first burst may pass up to twice the number. Kalshi's bucket holds the
requests of one second only.
"""

from __future__ import annotations

import time

WINDOW_S = 10.0
PATH_LIMITS = {
    "/gamma/events/keyset": 500,
    "/gamma/markets/keyset": 300,
    "/data/v2/trades": 300,
    "/data/trades": 200,
    "/clob/book": 1_500,
    "/clob/books": 500,
    "/clob/prices-history": 1_000,
}
GROUP_LIMITS = {"/gamma/": 4_000, "/data/v2/": 800, "/clob/": 9_000}
"""Limits of all paths with that beginning together."""
LISTS = ("/gamma/events/keyset", "/gamma/markets/keyset")
LISTS_LIMIT = 900
"""Both lists together."""
KALSHI_TOKENS_A_SECOND, KALSHI_COST = 200, 10


class _Bucket:
    def __init__(self, limit: int, window_s: float = WINDOW_S) -> None:
        self._limit, self._level, self._since = limit, float(limit), time.monotonic()
        self._window_s = window_s

    def wait_s(self) -> float:
        """Seconds until one request fits; 0 if it fits now."""
        now = time.monotonic()
        gained = (now - self._since) * self._limit / self._window_s
        self._level, self._since = min(self._limit, self._level + gained), now
        return max(0.0, (1 - self._level) * self._window_s / self._limit)

    def take(self) -> None:
        """Use one request; the level may fall below zero when it is delayed instead of refused."""
        self._level -= 1


class RateLimits:
    """All buckets of a venue."""

    def __init__(self) -> None:
        self._paths = {path: _Bucket(limit) for path, limit in PATH_LIMITS.items()}
        self._groups = {start: _Bucket(limit) for start, limit in GROUP_LIMITS.items()}
        self._lists = _Bucket(LISTS_LIMIT)
        self._groups["/kalshi/"] = _Bucket(KALSHI_TOKENS_A_SECOND // KALSHI_COST, window_s=1)

    def _of(self, path: str) -> list[_Bucket]:
        buckets = [bucket for start, bucket in self._groups.items() if path.startswith(start)]
        if path in self._paths:
            buckets.append(self._paths[path])
        return [*buckets, self._lists] if path in LISTS else buckets

    def wait_s(self, path: str) -> float:
        """Seconds until a request to `path` is within every limit."""
        return max((bucket.wait_s() for bucket in self._of(path)), default=0.0)

    def take(self, path: str) -> None:
        """Count one request against every limit of `path`."""
        for bucket in self._of(path):
            bucket.take()
