"""Order books of the universe's markets, each as often as its tier asks for.

A book exists only now: a past day can not be filled. Only the book of each market's first outcome
is taken, since the other one is its exact mirror (price p there is 1 - p here).

Source: POST /books of the CLOB, 500 tokens a request.
"""

from __future__ import annotations

from collections.abc import Sequence

from polymarket_assets.clients import clob
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.cadence import due
from polymarket_assets.sources.session import Session, in_parallel
from polymarket_assets.sources.universe import members

TABLE = "clob_books"
BATCH = 500
"""Most tokens one request may name."""


async def collect_books(session: Session, window: DayWindow, *, tokens: Sequence[str] = ()) -> None:
    """Fetch the books that are due, or those of `tokens`, into raw.clob_books."""
    now = session.now()
    if not window.contains(now.date()):
        session.tally.notes.append(f"{window}: not available for the past, a book exists only now")
        return
    trading = ((market.token_id, market.ends_at) for market in members(session))
    tokens = tokens or due(session, trading, table=TABLE, key="token_id")
    batches = [list(tokens[start : start + BATCH]) for start in range(0, len(tokens), BATCH)]
    session.advance(0, total=len(batches))
    walk = session.walk("live")
    handed_in = received = 0

    async def work(batch: list[str]) -> None:
        nonlocal handed_in, received
        page = await clob.books_page(session.http, tokens=batch)
        handed_in, received = handed_in + 1, received + page.parsed.row_count
        await session.keep(
            walk,
            page,
            TABLE,
            complete=handed_in == len(batches),
            cursor=None,
            state={"asked": len(batch), "answered": page.parsed.row_count},
        )
        session.advance()

    await in_parallel(batches, work, at_once=session.settings.http_connections)
    session.saw(now)
    if received < len(tokens):
        session.tally.notes.append(f"{len(tokens) - received} of {len(tokens)} tokens had no book")
