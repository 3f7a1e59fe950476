"""Walks over the Data API v1: offsets inside windows of time, newest first.

v1 has no cursor. An offset serves a window down to a cap, which is named in a 400, or met in
silence: at the cap pages repeat, or come exactly full. So a walk asks by offsets until the window
is done or the cap is met; the rest, from the oldest second it has reached, is a window of its own,
with an offset budget of its own. What is cut off goes on at that second too.

Belongs here: that walk. Not here: which window of whom is due (feed.py, conditions.py,
activity.py), or the requests (clients/data_api_v1.py).

The least number of requests is one per full page, and one more for each time the cap is met. A
short page ends a window without another request, unless it may have been clamped: as long as any of
the run, and of a round length.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from polymarket_assets.clients.data_api_v1 import LARGEST_OFFSET
from polymarket_assets.clients.errors import (
    CapReachedError,
    MalformedPageError,
    OffsetCapError,
)
from polymarket_assets.clients.pages import FetchedPage
from polymarket_assets.domain.windows import Interval

BY_TIME = "by-time"
"""Stands in a watermark for a cursor: the walk goes on over v1, at the second it has reached."""
CLAMPS = 10
"""A page whose length is a multiple of this may have been clamped: the venue's limits are round."""


@dataclass
class Longest:
    """Rows of the longest page v1 has given in this run: a shorter one was not clamped."""

    rows: int = 0


class Fetch(Protocol):
    """Asks for a page of a window; the seconds are both included."""

    def __call__(self, *, start: int, end: int, offset: int) -> Awaitable[FetchedPage]:
        """The page of the window's rows behind the newest `offset`."""


Keep = Callable[[FetchedPage, datetime, bool], Awaitable[None]]
"""Commits a page; told how far down the walk is whole now, and whether that is its end."""


@dataclass
class _Window:
    """What is known of the window being walked: seconds `low` to `high`, both included."""

    low: int
    high: int
    offset: int = 0
    reached: int = 0
    bodies: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.reached = self.high

    @property
    def is_capped(self) -> bool:
        """Whether no further offset can be asked for."""
        return self.offset > LARGEST_OFFSET

    def take(
        self, page: FetchedPage, *, name: str, full: int, longest: Longest
    ) -> tuple[bool, bool]:
        """Take note of a page; give whether it repeats an earlier one, and whether it is the last.

        Raises:
            MalformedPageError: its rows are not of the window, or not newest first.
        """
        seconds = _seconds(page)
        self._check(seconds, name)
        digest = hashlib.sha256(page.response.body).digest()
        count = page.parsed.row_count
        repeated = count > 0 and digest in self.bodies
        clamped = count >= max(longest.rows, 1) and count % CLAMPS == 0
        longest.rows = max(longest.rows, count)
        self.bodies.add(digest)
        self.offset += count
        if len(seconds):
            self.reached = min(self.reached, int(seconds[-1]))
        return repeated, not (repeated or clamped or count >= full)

    def _check(self, seconds: NDArray[np.int64], name: str) -> None:
        if not len(seconds):
            return
        if seconds.min() < self.low or seconds.max() > self.high:
            raise MalformedPageError(
                name,
                f"rows outside the seconds {self.low}..{self.high} that were asked for: the venue"
                " ignored start and end",
            )
        if (np.diff(seconds) > 0).any():
            raise MalformedPageError(name, "rows are not newest first")


async def walk_by_time(
    wanted: Interval, fetch: Fetch, keep: Keep, *, name: str, full: int, longest: Longest
) -> None:
    """Fetch every row of `wanted`, newest first.

    Args:
        wanted: instants to fetch; whole seconds are asked for.
        fetch: asks for a page.
        keep: commits one.
        name: of the endpoint and whom is asked about, for errors.
        full: rows of a full page, where the venue does not clamp it.
        longest: the longest page of the run, kept up to date.

    Raises:
        CapReachedError: one second holds more rows than the venue serves of a window.
        VenueError: one of its other kinds.
    """
    low, high = _first(wanted), _last(wanted)
    while True:
        window = _Window(low, high)
        while not window.is_capped:
            try:
                page = await fetch(start=low, end=high, offset=window.offset)
            except OffsetCapError:
                if window.offset == 0:
                    raise
                break
            repeated, ended = window.take(page, name=name, full=full, longest=longest)
            # Rows of the oldest second reached may go on behind the page.
            whole = wanted.start if ended else _moment(window.reached + 1)
            await keep(page, min(whole, wanted.end), ended)
            if ended:
                return
            if repeated:
                break
        if window.reached >= high:
            raise CapReachedError(
                name,
                f"the second {_moment(high):%Y-%m-%dT%H:%M:%SZ} holds more than the"
                f" {window.offset} rows the venue serves of one window",
            )
        high = window.reached


def _seconds(page: FetchedPage) -> NDArray[np.int64]:
    times = page.parsed.table.column("event_at").cast(pa.timestamp("s", tz="UTC"))
    return times.cast(pa.int64()).to_numpy()


def _first(interval: Interval) -> int:
    """The first whole second that may hold a row of the interval; 0 would mean no bound."""
    return max(1, int(interval.start.timestamp()))


def _last(interval: Interval) -> int:
    """The last second that begins before the interval's end."""
    end = interval.end.timestamp()
    return max(_first(interval), int(end) - (end == int(end)))


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
