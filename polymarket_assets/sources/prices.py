"""Price history of tokens with volume, over their market's life.

Only what is missing is asked for: the days of the window in which the market lived, less what
earlier requests covered, cut into windows of at most 15 days and sent for 20 tokens at once.

Source: POST /batch-prices-history of the CLOB. Points are midpoints, not trades.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import compress

from polymarket_assets.clients import clob
from polymarket_assets.domain.coverage import missing
from polymarket_assets.domain.windows import DAY, DayWindow, Interval
from polymarket_assets.sources.session import Session, in_parallel
from polymarket_assets.store.lake import Lake

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
    """One request: a window, and of each token the piece of it that is missing."""

    interval: Interval
    pieces: Mapping[str, Interval]

    @property
    def tokens(self) -> list[str]:
        """The tokens asked for."""
        return list(self.pieces)

    def merged(self, other: Request, lives: Mapping[str, Interval]) -> Request | None:
        """Both as one request, or None if it would ask for too much.

        Sharing a window widens it. That does no harm where a token did not live, but nothing is
        asked for a second time.
        """
        interval = Interval(
            min(self.interval.start, other.interval.start),
            max(self.interval.end, other.interval.end),
        )
        pieces = {**self.pieces, **other.pieces}
        if interval.end - interval.start > LONGEST or len(pieces) > GROUP:
            return None
        if len(pieces) < len(self.pieces) + len(other.pieces):
            return None
        if any(lives[token].intersect(interval) != piece for token, piece in pieces.items()):
            return None
        return Request(interval, pieces)


async def collect_prices(
    session: Session, window: DayWindow, *, tokens: Sequence[str] = ()
) -> None:
    """Fetch the missing price points of `window` into raw.clob_prices, of `tokens` alone if given.

    A token that is named is asked for whether or not the lists know it.
    """
    wanted = window.until(session.now())
    if wanted.end <= SERVED_FROM:
        session.tally.notes.append(f"{window}: not served, price history begins in December 2022")
        return
    wanted = on_the_minute(wanted)
    lives = token_lives(session.lake, wanted, known_by=session.now())
    if tokens:
        lives = {token: lives.get(token, wanted) for token in tokens}
    requests = due_requests(lives, {} if session.fresh else asked_for(session.lake, wanted))
    if not requests:
        session.tally.notes.append("every price of the window is held already")
        return
    session.advance(0, total=len(requests))

    async def work(request: Request) -> None:
        await _fetch(session, request)
        session.advance()

    await in_parallel(requests, work, at_once=session.settings.http_connections)
    session.saw(max(request.interval.end for request in requests))


def on_the_minute(wanted: Interval) -> Interval:
    """The part that is served; points come on the minute, a shorter window asks for nothing."""
    return wanted.intersect(Interval(SERVED_FROM, wanted.end.replace(second=0, microsecond=0)))


async def _fetch(session: Session, request: Request) -> None:
    page = await clob.batch_prices_page(
        session.http,
        tokens=request.tokens,
        start=request.interval.start,
        # The venue counts both ends in: the last second belongs to the next window.
        end=request.interval.end - timedelta(seconds=1),
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


def due_requests(
    lives: Mapping[str, Interval], held: Mapping[str, Sequence[Interval]]
) -> list[Request]:
    """Few requests that ask for every token's missing time once, within the venue's limits.

    Tokens that lack the same piece share a request; what is left over is put together where it
    fits, in order of time.
    """
    lacking: dict[Interval, list[str]] = defaultdict(list)
    for token, life in lives.items():
        for gap in missing(life, held.get(token, ())):
            for piece in gap.pieces(LONGEST):
                lacking[piece].append(token)
    full: list[Request] = []
    filling: list[Request] = []
    for piece in sorted(lacking):
        tokens = sorted(lacking[piece])
        for start in range(0, len(tokens), GROUP):
            request = Request(piece, dict.fromkeys(tokens[start : start + GROUP], piece))
            if len(request.pieces) == GROUP:
                full.append(request)
                continue
            for place, partner in enumerate(filling):
                if together := partner.merged(request, lives):
                    filling[place] = together
                    break
            else:
                filling.append(request)
        still = [
            len(request.pieces) < GROUP and piece.start < request.interval.start + LONGEST
            for request in filling
        ]
        full += compress(filling, (not more for more in still))
        filling = list(compress(filling, still))
    return sorted(full + filling, key=lambda request: request.interval)


def token_lives(lake: Lake, wanted: Interval, *, known_by: datetime) -> dict[str, Interval]:
    """Per token with volume by then: the part of `wanted` its market lived in, in whole days."""
    rows = lake.rows(_LIVES, [wanted.start, wanted.end, known_by])
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


def asked_for(
    lake: Lake, wanted: Interval, *, proven_since: datetime | None = None
) -> dict[str, list[Interval]]:
    """Per token: the times in `wanted` that were asked for before.

    With `proven_since` an answer after that moment counts only if its page is held.
    """
    rows = lake.rows(_HELD, [TABLE, wanted.start, wanted.end, proven_since])
    held: dict[str, list[Interval]] = defaultdict(list)
    for tokens, start, end in rows:
        for token in tokens:
            held[token].append(Interval(start.astimezone(UTC), end.astimezone(UTC)))
    return held


_HELD = """
with asked as (
    select
        json_extract_string(state, '$.tokens[*]') as tokens,
        cast(state ->> '$.from' as timestamptz) as started_at,
        cast(state ->> '$.to' as timestamptz) as ended_at
    from raw.watermarks
    where
        source = $1
        and (
            $4 is null
            or recorded_at < $4
            or page_id in (select pages.page_id from raw.pages where pages.source = $1)
        )
)
select tokens, started_at, ended_at
from asked
where ended_at > $2 and started_at < $3
"""

_LIVES = """
with markets as (
    select condition_id, arg_max(payload, received_at) as payload
    from raw.gamma_markets
    where condition_id is not null and received_at <= $3
    group by 1
),
read as (
    -- In one reading: one for each field would take six times as long, and as much memory.
    select
        from_json(
            payload,
            '{"clobTokenIds": "VARCHAR", "createdAt": "VARCHAR", "startDate": "VARCHAR",
              "closedTime": "VARCHAR", "volumeNum": "VARCHAR", "volume": "VARCHAR"}'
        ) as market
    from markets
),
lives as (
    select
        json_extract_string(market.clobTokenIds, '$[*]') as tokens,
        least(
            try_cast(market.createdAt as timestamptz), try_cast(market.startDate as timestamptz)
        ) as born_at,
        try_cast(market.closedTime as timestamptz) as died_at,
        coalesce(
            try_cast(market.volumeNum as double), try_cast(market.volume as double)
        ) as volume
    from read
)
select unnest(tokens) as token_id, born_at, died_at
from lives
where
    volume > 0
    and coalesce(died_at, 'infinity') > $1
    and coalesce(born_at, '-infinity') < $2
order by born_at, token_id
"""
