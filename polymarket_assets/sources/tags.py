"""Gamma's tags: all of them, once a day.

A new tag first appears on an event, which names it in full, so that nothing waits for this list; it
tells the tags no event carries yet, and their labels as they change.

Source: GET /tags, 100 a page by offset.
"""

from __future__ import annotations

from datetime import timedelta

from polymarket_assets.clients import gamma
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.session import Session

TABLE = "gamma_tags"
SCOPE = "all"
WALKED_EVERY = timedelta(hours=23)
"""A whole walk younger than this is not repeated; an hour below a day, so that daily runs walk."""
RESUMABLE_FOR = timedelta(minutes=30)
"""A cut-off walk older than this starts anew: its offset may no longer be the same place."""


async def collect_tags(session: Session, window: DayWindow) -> None:
    """Fetch the list of tags into raw.gamma_tags."""
    now = session.now()
    held = session.lake.watermarks(session.source).get(SCOPE)
    age = now - held.recorded_at if held else None
    if held and age is not None and held.complete and timedelta(0) <= age < WALKED_EVERY:
        session.tally.notes.append("the tags were walked less than a day ago: nothing asked")
        return
    cut = held if held and not held.complete and age is not None and age < RESUMABLE_FOR else None
    walk = session.walk(SCOPE, cut)
    async for page in gamma.tag_pages(session.http, offset=int(cut.cursor or 0) if cut else 0):
        await session.keep(
            walk,
            page,
            TABLE,
            complete=page.next_cursor is None,
            cursor=page.next_cursor,
            state={},
        )
        session.advance()
    session.saw(now)
