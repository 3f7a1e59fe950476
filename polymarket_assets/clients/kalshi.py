"""Kalshi trade-api/v2: pages of lists, books, trades and candles.

Belongs here: parameters and caps of the calls, and the two tiers the venue keeps its past in: what
was settled or traded before a cutoff (some three months ago) is served by /historical/* alone. Not
here: which walks are due and where they stop (sources), or what a record must look like
(contracts).

A walk sends the same filters with every cursor; it ends where the cursor is an empty string, never
at a short or empty page.

Source: GET /events, /series, /markets, /markets/orderbooks, /markets/trades,
/markets/candlesticks and /historical/*. Public: no key is needed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import (
    kalshi_books,
    kalshi_candles,
    kalshi_lists,
    kalshi_trades,
)
from polymarket_assets.clients.contracts.page import DECODE_ERRORS, ParsedPage, malformed
from polymarket_assets.clients.endpoints import (
    KALSHI_BOOKS,
    KALSHI_CANDLES,
    KALSHI_CUTOFF,
    KALSHI_EVENTS,
    KALSHI_MARKETS,
    KALSHI_OLD_CANDLES,
    KALSHI_OLD_MARKETS,
    KALSHI_OLD_TRADES,
    KALSHI_SERIES,
    KALSHI_TRADES,
    Endpoint,
)
from polymarket_assets.clients.errors import RequestRefusedError
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage, Response, Trail

EVENTS_A_PAGE = 200
MARKETS_A_PAGE = 1000
TRADES_A_PAGE = 1000
MOST_TICKERS = 100
"""Tickers one request may name."""
MOST_CANDLES = 10_000
"""Candles one request may ask for."""

Filters = Sequence[tuple[str, str]]


async def event_pages(
    http: VenueHttp, *, filters: Filters = (), cursor: str | None = None
) -> AsyncIterator[FetchedPage]:
    """Walk events, 200 a page; the list holds no multivariate (combo) events.

    Raises:
        VenueError: one of its kinds; CursorLoopError before a cursor is followed a second time.
    """
    asked = [("limit", str(EVENTS_A_PAGE)), *filters]
    async for page in _walk(http, KALSHI_EVENTS, kalshi_lists.parse_events, asked, cursor):
        yield page


async def market_pages(
    http: VenueHttp, *, filters: Filters = (), cursor: str | None = None
) -> AsyncIterator[FetchedPage]:
    """Walk markets, 1000 a page, without the combos that would be most of them.

    Raises:
        VenueError: one of its kinds; CursorLoopError before a cursor is followed a second time.
    """
    asked = [("limit", str(MARKETS_A_PAGE)), ("mve_filter", "exclude"), *filters]
    async for page in _walk(http, KALSHI_MARKETS, kalshi_lists.parse_markets, asked, cursor):
        yield page


async def markets_page(
    http: VenueHttp, *, tickers: Sequence[str], historical: bool = False
) -> FetchedPage:
    """Up to 100 markets by ticker; those the asked tier does not hold are missing from the answer.

    Raises:
        VenueError: one of its kinds.
    """
    return await http.fetch(
        KALSHI_OLD_MARKETS if historical else KALSHI_MARKETS,
        lambda response: kalshi_lists.parse_markets(response.body),
        params=[("limit", str(MARKETS_A_PAGE)), ("tickers", ",".join(_few(tickers)))],
    )


async def series_page(http: VenueHttp) -> FetchedPage:
    """Every series; the list has no pages.

    Raises:
        VenueError: one of its kinds.
    """
    return await http.fetch(
        KALSHI_SERIES, lambda response: kalshi_lists.parse_series(response.body)
    )


async def books_page(http: VenueHttp, *, tickers: Sequence[str]) -> FetchedPage:
    """The order books of up to 100 markets.

    Raises:
        VenueError: one of its kinds; RequestRefusedError with status 404 when one is not known.
    """
    asked = frozenset(_few(tickers))
    return await http.fetch(
        KALSHI_BOOKS,
        lambda response: kalshi_books.parse(response.body, asked=asked),
        params=[("tickers", ",".join(tickers))],
    )


async def trades_page(
    http: VenueHttp,
    *,
    start: datetime,
    end: datetime,
    historical: bool = False,
    cursor: str | None = None,
    trail: Trail | None = None,
) -> FetchedPage:
    """One page of trades of all markets between two moments, newest first, at most 1000.

    The venue counts in whole seconds and takes both ends in: what happened in the last second is
    asked for by the next one, and a trade at the border may come with either window.

    Args:
        http: the way to the venue.
        start: first moment.
        end: last moment.
        historical: ask the tier of the past instead of the live one.
        cursor: where the walk goes on; None for its top.
        trail: the cursors of this walk, to notice a circle of more than one page.

    Raises:
        VenueError: one of its kinds; InvalidCursorError when the venue no longer knows `cursor`.
    """
    endpoint = KALSHI_OLD_TRADES if historical else KALSHI_TRADES
    params = [
        ("limit", str(TRADES_A_PAGE)),
        ("min_ts", str(int(start.timestamp()))),
        ("max_ts", str(-int(-end.timestamp() // 1))),
    ]
    if cursor is not None:
        params.append(("cursor", cursor))
    page = await http.fetch(
        endpoint,
        lambda response: kalshi_trades.parse(response.body, received_at=response.received_at),
        params=params,
        resuming=cursor is not None,
    )
    trail = trail or Trail(endpoint.name)
    trail.came_from(cursor)
    trail.follow(page.next_cursor)
    return page


async def candles_page(
    http: VenueHttp, *, tickers: Sequence[str], start: datetime, end: datetime, minutes: int
) -> FetchedPage:
    """Candles of up to 100 markets whose periods end after `start` and not after `end`.

    Raises:
        VenueError: one of its kinds; RequestRefusedError with status 404 when one is not known.
    """
    asked = frozenset(_few(tickers))
    return await http.fetch(
        KALSHI_CANDLES,
        lambda response: kalshi_candles.parse_many(
            response.body, asked=asked, period_minutes=minutes, received_at=response.received_at
        ),
        params=[("market_tickers", ",".join(tickers)), *_period(start, end, minutes)],
    )


async def old_candles_page(
    http: VenueHttp, *, ticker: str, start: datetime, end: datetime, minutes: int
) -> FetchedPage:
    """As `candles_page`, of one market that was settled before the cutoff.

    Raises:
        VenueError: one of its kinds.
    """
    return await http.fetch(
        KALSHI_OLD_CANDLES.at(ticker=ticker),
        lambda response: kalshi_candles.parse_old(
            response.body, ticker=ticker, period_minutes=minutes, received_at=response.received_at
        ),
        params=_period(start, end, minutes),
    )


@dataclass(frozen=True)
class Cutoff:
    """Where the live tier begins: what was settled or traded earlier is historical."""

    settled: datetime
    traded: datetime


class _CutoffBody(msgspec.Struct):
    market_settled_ts: datetime
    trades_created_ts: datetime


async def cutoff(http: VenueHttp) -> Cutoff | None:
    """The venue's cutoff; None when it has no historical tier (status 404).

    Raises:
        VenueError: one of its kinds.
    """
    found: list[Cutoff] = []

    def parse(response: Response) -> ParsedPage:
        try:
            body = msgspec.json.decode(response.body, type=_CutoffBody)
        except DECODE_ERRORS as error:
            raise malformed(KALSHI_CUTOFF.name, error, response.body) from None
        found.append(
            Cutoff(body.market_settled_ts.astimezone(UTC), body.trades_created_ts.astimezone(UTC))
        )
        return ParsedPage(pa.table({}), (), 0)

    try:
        await http.fetch(KALSHI_CUTOFF, parse)
    except RequestRefusedError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return found[-1]


def _few(tickers: Sequence[str]) -> Sequence[str]:
    if not 1 <= len(tickers) <= MOST_TICKERS:
        raise ValueError(f"{len(tickers)} tickers in one request; the venue takes 1 to 100")
    return tickers


def _period(start: datetime, end: datetime, minutes: int) -> list[tuple[str, str]]:
    return [
        ("start_ts", str(int(start.timestamp()))),
        ("end_ts", str(int(end.timestamp()))),
        ("period_interval", str(minutes)),
    ]


async def _walk(
    http: VenueHttp,
    endpoint: Endpoint,
    parse: Callable[[bytes], ParsedPage],
    filters: Filters,
    cursor: str | None,
) -> AsyncIterator[FetchedPage]:
    trail = Trail(endpoint.name)
    trail.came_from(cursor)
    while True:
        params = [*filters, ("cursor", cursor)] if cursor else filters
        page = await http.fetch(
            endpoint,
            lambda response: parse(response.body),
            params=params,
            resuming=cursor is not None,
        )
        trail.follow(page.next_cursor)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return
