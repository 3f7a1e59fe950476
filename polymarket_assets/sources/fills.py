"""What both walks over fills share: their table, their two passes, and what a page of fills tells.

Belongs here: facts about pages of /v2/trades. Not here: a walk (feed.py, conditions.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from polymarket_assets.clients.pages import FetchedPage
from polymarket_assets.sources.session import Session

TABLE = "data_trades"
PASSES = {"taker": True, "all": False}
"""Passes by name, with their `taker_only`."""
OVERLAP = timedelta(minutes=10)
"""Walked again below each watermark: a first page may be 5 min old in the venue's cache."""
SERVED = timedelta(days=3 * 365)
"""How far back the venue serves the fills of a condition."""


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
