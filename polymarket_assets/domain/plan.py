"""What a collection will cost before it starts: requests, time at the allowed rate, disk.

Belongs here: arithmetic on counts and measures. Not here: where the counts come from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

MINUTE_S = 60
HOUR_S = 3_600
DAY_S = 86_400


@dataclass(frozen=True)
class Cost:
    """What one source asks for.

    Attributes:
        requests: how many.
        per_second: how many the venue allows, our share of it.
        rows: records that come back.
        bytes_per_row: what a record takes on disk, its page's bytes included.
    """

    requests: int
    per_second: float
    rows: int
    bytes_per_row: float

    @property
    def seconds(self) -> float:
        """Time at the allowed rate, if nothing else asks the same endpoint."""
        return self.requests / self.per_second

    @property
    def disk_bytes(self) -> int:
        """Bytes added to the lake."""
        return round(self.rows * self.bytes_per_row)


def allowed_per_second(limit_per_10_s: int, share: float) -> float:
    """Requests a second under a limit counted over ten seconds, of which a share is used."""
    return limit_per_10_s * share / 10


def pages(rows: float, page_size: int) -> int:
    """Pages a list of so many rows takes; an empty list is one page, too."""
    return max(1, ceil(rows / page_size))


def grouped_pages(rows_of_each: Iterable[float], group: int, page_size: int) -> int:
    """Pages of lists that are asked for in groups: each group is one list, newest first."""
    lists = list(rows_of_each)
    groups = (lists[start : start + group] for start in range(0, len(lists), group))
    return sum(pages(sum(part), page_size) for part in groups)


def spoken_seconds(seconds: float) -> str:
    """A time in the unit that says enough: `8 s`, `12 min`, `3.5 h`, `2.1 d`."""
    if seconds < MINUTE_S:
        return f"{ceil(seconds)} s"
    if seconds < HOUR_S:
        return f"{seconds / MINUTE_S:.0f} min"
    return f"{seconds / HOUR_S:.1f} h" if seconds < DAY_S else f"{seconds / DAY_S:.1f} d"


def remaining(done: float, total: float | None, elapsed_s: float) -> str:
    """How long the rest takes if it goes on as so far, in words."""
    if total is None:
        return "total not known"
    if not done:
        return "no estimate yet"
    return f"about {spoken_seconds(elapsed_s * max(total - done, 0) / done)} left"
