"""Price history of tokens with volume, over their market's life.

Only what is missing is asked for: the days of the window in which the market lived, less what
earlier walks covered, cut into windows of at most 15 days and sent for 20 tokens at once.

Source: POST /batch-prices-history of the CLOB. Points are midpoints, not trades.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from polymarket_assets.clients import clob
from polymarket_assets.domain.coverage import missing
from polymarket_assets.domain.windows import DAY, DayWindow, Interval
from polymarket_assets.sources.session import Session, in_parallel

TABLE = "clob_prices"
LONGEST = timedelta(days=15)
"""Longest window one request may ask for."""
GROUP = 20
"""Most tokens one request may name."""
SERVED_FROM = datetime(2022, 12, 1, tzinfo=UTC)
"""The venue's price history begins in December 2022."""
FIDELITY_MINUTES = 60


@dataclass(frozen=True)
class Request:
    """One request: tokens and the window they share."""

    tokens: tuple[str, ...]
    interval: Interval


async def collect_prices(session: Session, window: DayWindow) -> None:
    """Fetch the missing price points of `window` into raw.clob_prices."""
    wanted = window.until(session.now())
    if wanted.end <= SERVED_FROM:
        session.tally.notes.append(f"{window}: not served, price history begins in December 2022")
        return
    wanted = wanted.intersect(Interval(SERVED_FROM, wanted.end))
    requests = _requests(_lives(session, wanted), _held(session))
    if not requests:
        session.tally.notes.append("every price of the window is held already")
        return
    session.advance(0, total=len(requests))

    async def work(request: Request) -> None:
        await _fetch(session, request)
        session.advance()

    await in_parallel(requests, work, at_once=session.settings.http_connections)
    session.saw(max(request.interval.end for request in requests))


async def _fetch(session: Session, request: Request) -> None:
    page = await clob.batch_prices_page(
        session.http,
        tokens=request.tokens,
        start=request.interval.start,
        end=request.interval.end,
        fidelity_minutes=FIDELITY_MINUTES,
    )
    digest = hashlib.sha256(",".join(request.tokens).encode()).hexdigest()[:16]
    await session.keep(
        session.walk(f"{request.interval.start:%Y%m%dT%H%M%S}:{digest}"),
        page,
        TABLE,
        complete=True,
        cursor=None,
        state={
            "tokens": request.tokens,
            "from": request.interval.start.isoformat(),
            "to": request.interval.end.isoformat(),
        },
    )


def _requests(lives: dict[str, Interval], held: dict[str, list[Interval]]) -> list[Request]:
    """The fewest requests that cover every token's missing time, each within the venue's limits."""
    pieces = sorted(
        (piece.start, piece.end, token)
        for token, life in lives.items()
        for gap in missing(life, held.get(token, []))
        for piece in gap.pieces(LONGEST)
    )
    requests: list[Request] = []
    tokens: list[str] = []
    first = last = None
    for start, end, token in pieces:
        fits = (
            first is not None
            and last is not None
            and len(tokens) < GROUP
            and max(end, last) - first <= LONGEST
        )
        if not fits and first is not None and last is not None:
            requests.append(Request(tuple(tokens), Interval(first, last)))
            tokens, first, last = [], None, None
        first, last = first or start, max(end, last or end)
        tokens.append(token)
    if first is not None and last is not None:
        requests.append(Request(tuple(tokens), Interval(first, last)))
    return requests


def _lives(session: Session, wanted: Interval) -> dict[str, Interval]:
    """Per token with volume: the part of `wanted` in which its market lived, in whole days."""
    rows = session.lake.rows(_LIVES, [wanted.start, wanted.end])
    lives = {}
    for token, born, died in rows:
        life = wanted.intersect(
            Interval(
                _floor(born) if born else wanted.start,
                _floor(died) + DAY if died else wanted.end,
            )
        )
        if not life.is_empty:
            lives[token] = life
    return lives


def _floor(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _held(session: Session) -> dict[str, list[Interval]]:
    held: dict[str, list[Interval]] = defaultdict(list)
    for watermark in session.lake.watermarks(session.source).values():
        interval = Interval(
            datetime.fromisoformat(watermark.state["from"]),
            datetime.fromisoformat(watermark.state["to"]),
        )
        for token in watermark.state["tokens"]:
            held[token].append(interval)
    return held


_LIVES = """
with markets as (
    select condition_id, arg_max(payload, received_at) as payload
    from raw.gamma_markets
    where condition_id is not null
    group by 1
),
lives as (
    select
        json_extract_string(payload ->> '$.clobTokenIds', '$[*]') as tokens,
        least(
            try_cast(payload ->> '$.createdAt' as timestamptz),
            try_cast(payload ->> '$.startDate' as timestamptz)
        ) as born_at,
        try_cast(payload ->> '$.closedTime' as timestamptz) as died_at,
        coalesce(
            try_cast(payload ->> '$.volumeNum' as double),
            try_cast(payload ->> '$.volume' as double)
        ) as volume
    from markets
)
select unnest(tokens) as token_id, born_at, died_at
from lives
where
    volume > 0
    and coalesce(died_at, 'infinity') > $1
    and coalesce(born_at, '-infinity') < $2
order by born_at, token_id
"""
