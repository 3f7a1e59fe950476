"""What is measured: one task is one run of a child process, ours or the floor's.

Belongs here: the two records that cross the border between the bench and its children. Not here:
which tasks there are (cases.py), doing them (ingest.py, floor.py) or timing them (stage.py).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import msgspec

Kind = Literal["trades feed", "trades by condition", "markets", "prices", "books"]

SOURCES: dict[Kind, str] = {
    "trades feed": "data_trades",
    "trades by condition": "data_trades",
    "markets": "gamma_markets",
    "prices": "clob_prices",
    "books": "clob_books",
}
"""The platform's source for each kind of work."""


class Task(msgspec.Struct, frozen=True):
    """One run.

    Attributes:
        kind: what is fetched.
        url: base address of the simulator.
        now: where the clocks of venue and platform stand.
        first: first day of the window.
        last: last day of the window.
        conditions: the markets the platform knows, in the order of their creation.
        tokens: the tokens to fetch prices or books of.
        connections: requests in flight at once.
    """

    kind: Kind
    url: str
    now: datetime
    first: date
    last: date
    conditions: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    connections: int = 16

    @property
    def starts_at(self) -> datetime:
        """The first instant of the window."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def ends_at(self) -> datetime:
        """The first instant behind the window, or now."""
        return min(datetime.combine(self.last, time(), UTC) + timedelta(days=1), self.now)


class Timing(msgspec.Struct, frozen=True):
    """What a child says of its run: seconds of wall time, and of its own CPU."""

    wall_s: float
    cpu_s: float
