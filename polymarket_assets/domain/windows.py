"""Windows of time: UTC days as partitions, and half-open intervals of instants.

Belongs here: arithmetic on days and intervals. Not here: what time it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

DAY = timedelta(days=1)


def start_of_day(day: date) -> datetime:
    """Midnight UTC at the start of `day`."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Interval:
    """Instants from `start` up to, not including, `end` (aware, UTC)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            msg = f"interval {self.start}..{self.end} needs aware times"
            raise ValueError(msg)

    @property
    def is_empty(self) -> bool:
        """Whether no instant lies inside."""
        return self.end <= self.start

    def intersect(self, other: Interval) -> Interval:
        """What lies in both; may be empty."""
        return Interval(max(self.start, other.start), min(self.end, other.end))

    def pieces(self, length: timedelta) -> Iterator[Interval]:
        """Consecutive parts of at most `length` that together are this interval."""
        start = self.start
        while start < self.end:
            end = min(start + length, self.end)
            yield Interval(start, end)
            start = end


@dataclass(frozen=True)
class DayWindow:
    """UTC days `first` to `last`, both included: one partition or a range of them."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            msg = f"the window ends ({self.last}) before it starts ({self.first})"
            raise ValueError(msg)

    @classmethod
    def of(cls, days: Iterable[str]) -> DayWindow:
        """The window from the smallest to the largest of some ISO dates."""
        ordered = sorted(date.fromisoformat(day) for day in days)
        return cls(ordered[0], ordered[-1])

    @property
    def days(self) -> list[date]:
        """Every day of the window, oldest first."""
        return [self.first + n * DAY for n in range((self.last - self.first).days + 1)]

    def until(self, now: datetime) -> Interval:
        """The instants of these days that have passed at `now`; empty for the future."""
        return Interval(start_of_day(self.first), min(start_of_day(self.last) + DAY, now))

    def contains(self, day: date) -> bool:
        """Whether `day` is one of these days."""
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}...{self.last}"
