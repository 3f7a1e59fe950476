"""Hourly candles of Kalshi's markets with volume, over their market's life.

Only what is missing is asked for, in full hours: cells of four days for 100 markets at once, which
is as many candles as one request may give. Markets that were settled before the venue's cutoff are
asked for one by one in its historical tier.

Source: GET /markets/candlesticks, GET /historical/markets/{ticker}/candlesticks.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from polymarket_assets.clients import kalshi
from polymarket_assets.clients.errors import RequestRefusedError
from polymarket_assets.clients.pages import FetchedPage
from polymarket_assets.domain.coverage import merge, missing
from polymarket_assets.domain.windows import DayWindow, Interval
from polymarket_assets.sources.kalshi_tiers import OPENED, cutoff_for, known_only
from polymarket_assets.sources.session import Session, in_parallel

TABLE = "kalshi_candles"
MINUTES = 60
HOUR = timedelta(hours=1)
CELL = timedelta(days=4)
"""Longest time of one request: 97 candles of each of 100 markets stay below 10,000."""
OLD_CELL = timedelta(hours=5000)
"""The same for one market alone, in the historical tier."""


@dataclass(frozen=True)
class Life:
    """When a market could trade, in full hours, and when it was settled (None: not yet)."""

    interval: Interval
    settled_at: datetime | None


@dataclass(frozen=True)
class Request:
    """Markets and the time they are asked for; one market alone in the historical tier."""

    interval: Interval
    tickers: tuple[str, ...]
    historical: bool = False


async def collect_candles(session: Session, window: DayWindow) -> None:
    """Fetch the missing candles of `window` into raw.kalshi_candles."""
    wanted = window.until(session.now())
    # The running hour is not over: its candle would still change.
    wanted = wanted.intersect(Interval(OPENED, _hour(wanted.end)))
    if wanted.is_empty:
        session.tally.notes.append(f"{window}: no full hour to fetch")
        return
    lives = _lives(session, wanted)
    lacking = _lacking(lives, {} if session.fresh else _held(session, wanted), wanted)
    if not lacking:
        session.tally.notes.append("every candle of the window is held already")
        return
    ended = [lives[t].settled_at or wanted.end for some in lacking.values() for t in some]
    cutoff = await cutoff_for(session, min(ended))
    old = {
        ticker
        for ticker, life in lives.items()
        if cutoff and life.settled_at and life.settled_at < cutoff.settled
    }
    requests = _requests(lacking, old)
    session.advance(0, total=len(requests))
    nowhere: list[str] = []

    async def work(request: Request) -> None:
        nowhere.extend(await _fetch(session, request))
        session.advance()

    await in_parallel(requests, work, at_once=session.settings.http_connections)
    session.saw(wanted.end)
    if nowhere:
        session.tally.notes.append(
            f"{len(nowhere)} markets have candles in neither tier, e.g. {nowhere[0]}"
        )


async def _fetch(session: Session, request: Request) -> list[str]:
    """Fetch one request; give the markets that neither tier knows."""
    start, end = request.interval.start, request.interval.end
    nowhere: list[str] = []

    async def ask(tickers: Sequence[str]) -> None:
        page = await kalshi.candles_page(
            session.http, tickers=tickers, start=start, end=end, minutes=MINUTES
        )
        await _keep(session, replace(request, tickers=tuple(tickers)), page)

    async def ask_old(ticker: str) -> None:
        try:
            page = await kalshi.old_candles_page(
                session.http, ticker=ticker, start=start, end=end, minutes=MINUTES
            )
        except RequestRefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            nowhere.append(ticker)
        else:
            await _keep(session, Request(request.interval, (ticker,), historical=True), page)

    if request.historical:
        await ask_old(request.tickers[0])
    else:
        await known_only(request.tickers, ask, ask_old)
    return nowhere


async def _keep(session: Session, request: Request, page: FetchedPage) -> None:
    digest = hashlib.sha256(",".join(request.tickers).encode()).hexdigest()[:16]
    await session.keep(
        session.walk(
            f"{request.interval.start:%Y%m%dT%H}:{request.interval.end:%Y%m%dT%H}:{digest}"
        ),
        page,
        TABLE,
        complete=True,
        cursor=None,
        state={
            "tickers": request.tickers,
            "from": request.interval.start.isoformat(),
            "to": request.interval.end.isoformat(),
        },
    )


def _lacking(
    lives: Mapping[str, Life], held: Mapping[str, Sequence[Interval]], wanted: Interval
) -> dict[Interval, list[str]]:
    """Which markets lack which time.

    A market of which nothing is held in a cell is asked for the whole cell, so that many share one
    request: where it did not live there is nothing to give.
    """
    lacking: dict[Interval, list[str]] = defaultdict(list)
    for cell in wanted.pieces(CELL):
        for ticker, life in lives.items():
            part = life.interval.intersect(cell)
            if part.is_empty:
                continue
            gaps = missing(part, held.get(ticker, ()))
            for gap in [cell] if gaps == [part] else gaps:
                lacking[gap].append(ticker)
    return lacking


def _requests(lacking: Mapping[Interval, Sequence[str]], old: set[str]) -> list[Request]:
    """Requests in order of time: 100 markets each in the live tier, one in the historical one."""
    requests = []
    alone: dict[str, list[Interval]] = defaultdict(list)
    for interval in sorted(lacking):
        live = sorted(ticker for ticker in lacking[interval] if ticker not in old)
        requests += [
            Request(interval, tuple(live[start : start + kalshi.MOST_TICKERS]))
            for start in range(0, len(live), kalshi.MOST_TICKERS)
        ]
        for ticker in lacking[interval]:
            if ticker in old:
                alone[ticker].append(interval)
    for ticker in sorted(alone):
        for gap in merge(alone[ticker]):
            requests += [
                Request(piece, (ticker,), historical=True) for piece in gap.pieces(OLD_CELL)
            ]
    return requests


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _lives(session: Session, wanted: Interval) -> dict[str, Life]:
    """Per market with volume: the part of `wanted` in which it could trade."""
    lives = {}
    for ticker, opened, closed, settled in session.lake.rows(_LIVES, [wanted.start, wanted.end]):
        life = wanted.intersect(
            Interval(
                _hour(opened.astimezone(UTC)) if opened else wanted.start,
                _hour(closed.astimezone(UTC)) + HOUR if closed else wanted.end,
            )
        )
        if not life.is_empty:
            lives[ticker] = Life(life, settled.astimezone(UTC) if settled else None)
    return lives


def _held(session: Session, wanted: Interval) -> dict[str, list[Interval]]:
    """Per market: the times in `wanted` that were asked for before."""
    rows = session.lake.rows(_HELD, [session.source, wanted.start, wanted.end])
    held: dict[str, list[Interval]] = defaultdict(list)
    for tickers, start, end in rows:
        for ticker in tickers:
            held[ticker].append(Interval(start.astimezone(UTC), end.astimezone(UTC)))
    return held


_HELD = """
with asked as (
    select
        json_extract_string(state, '$.tickers[*]') as tickers,
        cast(state ->> '$.from' as timestamptz) as started_at,
        cast(state ->> '$.to' as timestamptz) as ended_at
    from raw.watermarks
    where source = $1
)
select tickers, started_at, ended_at
from asked
where ended_at > $2 and started_at < $3
"""

_LIVES = """
with markets as (
    select
        ticker,
        arg_max(status, (received_at, page_id, position)) as status,
        arg_max(payload, (received_at, page_id, position)) as payload
    from raw.kalshi_markets
    group by 1
),
lives as (
    select
        ticker,
        try_cast(payload ->> '$.open_time' as timestamptz) as opened_at,
        try_cast(payload ->> '$.close_time' as timestamptz) as closed_at,
        case when status in ('finalized', 'settled') then
            coalesce(
                try_cast(payload ->> '$.settlement_ts' as timestamptz),
                try_cast(payload ->> '$.close_time' as timestamptz)
            )
        end as settled_at,
        try_cast(payload ->> '$.volume_fp' as decimal(18, 6)) as volume
    from markets
)
select ticker, opened_at, closed_at, settled_at
from lives
where
    volume > 0
    and coalesce(closed_at, 'infinity') > $1
    and coalesce(opened_at, '-infinity') < $2
order by opened_at, ticker
"""
