"""Order books of the universe's markets, each as often as its tier asks for.

A book exists only now: a past day can not be filled. Only the book of each market's first outcome
is taken, since the other one is its exact mirror (price p there is 1 - p here). One schedule serves
all tiers: a run takes the books whose last snapshot is older than their tier's interval.

Source: POST /books of the CLOB, 500 tokens a request.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from polymarket_assets.clients import clob
from polymarket_assets.domain import tiers
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.session import Session, in_parallel
from polymarket_assets.sources.universe import members

TABLE = "clob_books"
BATCH = 500
"""Most tokens one request may name."""


async def collect_books(session: Session, window: DayWindow) -> None:
    """Fetch the books that are due into raw.clob_books."""
    now = session.now()
    if not window.contains(now.date()):
        session.tally.notes.append(f"{window}: not available for the past, a book exists only now")
        return
    tokens = due_tokens(session)
    batches = [tokens[start : start + BATCH] for start in range(0, len(tokens), BATCH)]
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


def due_tokens(session: Session) -> list[str]:
    """First-outcome tokens of the universe whose tier's interval has passed since their last book.

    How many have to wait is noted.
    """
    settings, now = session.settings, session.now()
    boundaries = tiers.parse_boundaries(settings.tier_boundaries_h)
    intervals = dict(
        zip(tiers.TIERS, tiers.parse_intervals(settings.tier_intervals_s), strict=True)
    )
    slack = timedelta(minutes=settings.schedule_live_minutes) / 2
    last = _last_snapshots(session, now - max(intervals.values()))
    due, early = [], 0
    for market in members(session):
        tier = tiers.tier_of(tiers.hours_between(now, market.ends_at), boundaries)
        if tiers.is_due(last.get(market.token_id), now, intervals[tier], slack):
            due.append(market.token_id)
        else:
            early += 1
    if early:
        session.tally.notes.append(f"{early} books are younger than their tier's interval")
    return due


def _last_snapshots(session: Session, since: datetime) -> dict[str, datetime]:
    """When each token's last book was received, of those received after `since`."""
    rows = session.lake.rows(
        "select token_id, max(received_at) from raw.clob_books"
        " where dt >= $day and received_at > $since group by token_id",
        {"day": since.astimezone(UTC).date(), "since": since},
    )
    return {token: received.astimezone(UTC) for token, received in rows}
