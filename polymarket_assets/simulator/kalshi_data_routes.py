"""Kalshi trade-api/v2 of one simulated venue: books, trades and candles.

Belongs here: what may be asked of them. Quirks: a batch with one unknown ticker is refused as a
whole; trades and candles older than the cutoff are served below /historical alone, candles there in
an older spelling. The lists are in kalshi_routes.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.answers import Query, Signer, json_answer
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.kalshi_listing import KalshiMarket
from polymarket_assets.simulator.kalshi_query import (
    BASE,
    KEPT_LIVE_S,
    cut,
    is_live,
    limit_of,
    refused,
    tickers_of,
    whole_number,
)
from polymarket_assets.simulator.kalshi_shapes import Shapes
from polymarket_assets.simulator.kalshi_tape import KalshiVenue

MOST_CANDLES = 10_000
PERIODS = (1, 60, 1440)


class KalshiDataRoutes:
    """Books, trades and candles."""

    def __init__(self, venue: KalshiVenue, clock: VenueClock, signer: Signer) -> None:
        self._venue, self._clock, self._signer = venue, clock, signer
        self._shapes = Shapes(venue)

    def routes(self) -> list[Route]:
        """Routes below the base path; they stand before the lists', which take any ticker."""
        one = "/series/{series}/markets/{ticker}/candlesticks"
        return [
            Route(f"{BASE}/markets/trades", self.trades),
            Route(f"{BASE}/markets/orderbooks", self.books),
            Route(f"{BASE}/markets/candlesticks", self.batch_candles),
            Route(f"{BASE}/markets/{{ticker}}/orderbook", self.book),
            Route(BASE + one, self.candles),
            Route(f"{BASE}/historical/trades", self.old_trades),
            Route(f"{BASE}/historical/markets/{{ticker}}/candlesticks", self.old_candles),
        ]

    def _live(self, ticker: str) -> KalshiMarket:
        found = self._venue.by_ticker.get(ticker)
        if found is None or not is_live(found, self._clock.now_s()):
            raise refused("not found", 404, "not_found")
        return found

    async def book(self, request: Request) -> Response:
        """One book."""
        found = self._live(request.path_params["ticker"])
        return json_answer(self._shapes.book(found, self._clock.now_s()))

    async def books(self, request: Request) -> Response:
        """Books of up to 100 markets; one that is not known refuses them all."""
        now = self._clock.now_s()
        found = [self._live(ticker) for ticker in tickers_of(Query(request), "tickers")]
        bodies = [{"ticker": market.ticker} | self._shapes.book(market, now) for market in found]
        return json_answer({"orderbooks": bodies})

    async def trades(self, request: Request) -> Response:
        """Trades of the live tier, newest first."""
        return self._trades(request, historical=False)

    async def old_trades(self, request: Request) -> Response:
        """Trades of the historical tier."""
        return self._trades(request, historical=True)

    def _trades(self, request: Request, *, historical: bool) -> Response:
        query, now, tape = Query(request), self._clock.now_s(), self._venue.tape
        limit = limit_of(query, 100, 1000)
        border = (now - KEPT_LIVE_S) * 1e6
        low, high = whole_number(query, "min_ts"), whole_number(query, "max_ts")
        keep = (tape.at_us < border) if historical else (tape.at_us >= border)
        keep &= tape.at_us <= now * 1e6
        if low is not None:
            keep &= tape.at_us >= low * 1_000_000
        if high is not None:
            keep &= tape.at_us <= high * 1_000_000
        if (ticker := query.one("ticker")) is not None:
            own = self._venue.by_ticker.get(ticker)
            keep &= tape.market == (own.index if own else -1)
        rows: list[int] = np.flatnonzero(keep)[::-1].tolist()
        kind = "old trades" if historical else "trades"
        page, cursor = cut(request, self._signer, kind, rows, limit=limit, place=lambda row: -row)
        return json_answer({"cursor": cursor, "trades": [self._shapes.trade(row) for row in page]})

    async def candles(self, request: Request) -> Response:
        """Candles of one market of the live tier."""
        found, query = self._live(request.path_params["ticker"]), Query(request)
        body = self._candles(query, [found], live=True)[0]
        return json_answer({"ticker": found.ticker, "candlesticks": body})

    async def batch_candles(self, request: Request) -> Response:
        """Candles of up to 100 markets, at most 10,000 in all."""
        query = Query(request)
        found = [self._live(ticker) for ticker in tickers_of(query, "market_tickers")]
        groups = self._candles(query, found, live=True)
        return json_answer(
            {
                "markets": [
                    {"market_ticker": market.ticker, "candlesticks": candles}
                    for market, candles in zip(found, groups, strict=True)
                ]
            }
        )

    async def old_candles(self, request: Request) -> Response:
        """Candles of one market of the historical tier, in the older spelling."""
        now, ticker = self._clock.now_s(), request.path_params["ticker"]
        found = self._venue.by_ticker.get(ticker)
        if found is None or is_live(found, now) or found.created_s >= now:
            raise refused("not found", 404, "not_found")
        [candles] = self._candles(Query(request), [found], live=False)
        return json_answer({"ticker": ticker, "candlesticks": candles})

    def _candles(
        self, query: Query, markets: Sequence[KalshiMarket], *, live: bool
    ) -> list[list[dict[str, Any]]]:
        start, end = whole_number(query, "start_ts"), whole_number(query, "end_ts")
        period = whole_number(query, "period_interval")
        if start is None or end is None or period not in PERIODS:
            raise refused("start_ts, end_ts and period_interval (1, 60, 1440) are required")
        if len(markets) * ((end - start) // (60 * period) + 1) > MOST_CANDLES:
            raise refused("too many candlesticks requested")
        end = min(end, int(self._clock.now_s()))
        return [self._shapes.candles(m, start, end, 60 * period, live=live) for m in markets]
