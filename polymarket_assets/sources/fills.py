"""What both walks over fills share: table, passes, what a page tells, and whom to ask.

Belongs here: facts about pages of fills, and that v1 is asked when v2 is away. Not here: a walk
(feed.py, conditions.py, offsets.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from polymarket_assets.clients.errors import VenueError, is_away
from polymarket_assets.clients.pages import FetchedPage
from polymarket_assets.sources.offsets import Longest
from polymarket_assets.sources.session import Session

TABLE = "data_trades"
PASSES = {"taker": True, "all": False}
"""Passes by name, with their `taker_only`."""
SERVED = timedelta(days=3 * 365)
"""How far back the venue serves the fills of a condition."""
CURRENT = timedelta(days=2)
"""Days this young are always taken from the feed: today, and the closing of yesterday."""
OVERLAP = timedelta(minutes=10)
"""Walked again below each watermark: a first page may be 5 min old in the venue's cache."""


@dataclass
class Versions:
    """Which version of the Data API answers in this run: v2, until it turns out to be away."""

    v2_is_away: bool = False
    longest: Longest = field(default_factory=Longest)

    def fall_back(self, session: Session, error: VenueError) -> None:
        """Go on over v1, if `error` says that v2 is away.

        Raises:
            VenueError: `error`, when it says something else, or v1 is away as well.
        """
        if not is_away(error):
            raise error
        if not self.v2_is_away:
            self.v2_is_away = True
            session.tally.notes.append(f"v2 is away, v1 is asked instead: {error.cause}")


def lowest(page: FetchedPage) -> datetime | None:
    """How far down a page reaches: the time of its last fill; None for a page without any.

    Not the earliest time: one record with a wrong timestamp must not look like the end of a walk.
    """
    times = page.parsed.table.column("event_at")
    return times[-1].as_py() if len(times) else None


def note_newest(session: Session, page: FetchedPage) -> None:
    """Tell the session the time of a page's first fill, its newest."""
    times = page.parsed.table.column("event_at")
    if len(times):
        session.saw(times[0].as_py())
