"""Kalshi's two tiers: which of them serves a time, and what to do about markets one does not know.

Belongs here: the cutoff between the live tier and the historical one, asked for only when something
old enough is wanted. Not here: what is fetched from them.

Source: GET /historical/cutoff.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from polymarket_assets.clients import kalshi
from polymarket_assets.clients.errors import RequestRefusedError
from polymarket_assets.sources.session import Session

OPENED = datetime(2021, 6, 30, tzinfo=UTC)
"""Kalshi's first trading day: nothing older is served."""
LIVE_FOR_CERTAIN = timedelta(days=30)
"""What is younger is in the live tier, which the venue keeps for some three months."""


async def cutoff_for(session: Session, oldest: datetime) -> kalshi.Cutoff | None:
    """Where the live tier begins; None when all from `oldest` on is live, or there is one tier."""
    if oldest >= session.now() - LIVE_FOR_CERTAIN:
        return None
    found = await kalshi.cutoff(session.http)
    if found is None:
        session.tally.notes.append("the venue has no historical tier: older data are asked live")
    return found


async def known_only(
    tickers: Sequence[str],
    ask: Callable[[Sequence[str]], Awaitable[None]],
    unknown: Callable[[str], Awaitable[None]],
) -> None:
    """`ask` for many tickers, where one that the venue does not know refuses all of them.

    A request refused with 404 is halved until the unknown ones stand alone; each of them goes to
    `unknown`.
    """
    try:
        await ask(tickers)
    except RequestRefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        if len(tickers) == 1:
            await unknown(tickers[0])
            return
        middle = len(tickers) // 2
        await known_only(tickers[:middle], ask, unknown)
        await known_only(tickers[middle:], ask, unknown)
