"""Order books of the live universe, one snapshot per run.

A book exists only now: a past day can not be filled. Only the book of each market's first outcome
is taken, since the other one is its exact mirror (price p there is 1 - p here).

Source: POST /books of the CLOB, 500 tokens a request.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from polymarket_assets.clients import clob
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.session import Session, in_parallel

TABLE = "clob_books"
BATCH = 500
"""Most tokens one request may name."""
AFTER_THE_END = timedelta(hours=48)
"""Markets stay in the universe this long after their nominal end, which often comes early."""


async def collect_books(session: Session, window: DayWindow, *, tokens: Sequence[str] = ()) -> None:
    """Fetch one book per market of the live universe, or of `tokens`, into raw.clob_books."""
    now = session.now()
    if not window.contains(now.date()):
        session.tally.notes.append(f"{window}: not available for the past, a book exists only now")
        return
    tokens = tokens or live_tokens(session)
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


def live_tokens(session: Session) -> list[str]:
    """First-outcome tokens of open markets in the universe, with volume, that end soon enough."""
    settings, now = session.settings, session.now()
    tags = {
        "all": None,
        "crypto": ["crypto"],
        "tags": [tag.strip() for tag in settings.universe_tags.split(",") if tag.strip()],
    }[settings.universe]
    rows = session.lake.rows(
        _LIVE,
        [
            now - AFTER_THE_END,
            now + timedelta(hours=settings.lookahead_hours),
            settings.min_volume_24h,
            tags,
        ],
    )
    return [row[0] for row in rows]


_LIVE = """
with markets as (
    select condition_id, arg_max(payload, received_at) as payload
    from raw.gamma_markets
    where condition_id is not null
    group by 1
),
events as (
    select event_id, arg_max(payload, received_at) as payload
    from raw.gamma_events
    group by 1
),
candidates as (
    select
        json_extract_string(payload ->> '$.clobTokenIds', '$[0]') as token_id,
        payload ->> '$.eventIds[0]' as event_id,
        try_cast(payload ->> '$.endDate' as timestamptz) as end_at,
        coalesce(try_cast(payload ->> '$.volume24hr' as decimal(18, 6)), 0) as volume_24h
    from markets
    where
        not coalesce(cast(payload ->> '$.closed' as boolean), false)
        and coalesce(cast(payload ->> '$.acceptingOrders' as boolean), false)
)
select token_id
from candidates
left join events using (event_id)
where
    token_id is not null
    and end_at between $1 and $2
    and volume_24h >= $3
    and (
        $4 is null
        or list_has_any(
            json_extract_string(events.payload, '$.tags[*].slug'), cast($4 as varchar[])
        )
    )
order by token_id
"""
