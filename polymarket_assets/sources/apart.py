"""Many small walks side by side, of which one that goes wrong by itself does not stop the others.

Belongs here: which failures are of one walk alone, and that none of them is forgotten. Not here:
what a walk is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from polymarket_assets.clients.errors import (
    CapReachedError,
    CursorLoopError,
    MalformedPageError,
    VenueError,
)
from polymarket_assets.sources.session import Session, in_parallel

T = TypeVar("T")


async def walk_apart(
    session: Session, items: Sequence[T], walk: Callable[[T], Awaitable[None]]
) -> None:
    """`walk(item)` for every item, as many at a time as there are connections.

    Raises:
        VenueError: a walk failed. One that was led in a circle, met a cap or got a page beyond
            reading lets the others come to their end first.
    """
    if not items:
        return
    failed: list[VenueError] = []
    session.advance(0, total=(session.progress.total or 0) + len(items))

    async def work(item: T) -> None:
        try:
            await walk(item)
        except (CapReachedError, CursorLoopError, MalformedPageError) as error:
            failed.append(error)
        session.advance()

    await in_parallel(items, work, at_once=session.settings.http_connections)
    if failed:
        session.tally.notes.append(
            f"{len(failed)} of {len(items)} walks failed; the others are held"
        )
        raise failed[0]
