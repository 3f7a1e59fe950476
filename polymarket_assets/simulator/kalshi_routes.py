"""Kalshi trade-api/v2 of one simulated venue: its lists of events, series and markets.

Belongs here: what may be asked of the lists. Quirks: the words of the status filter are not those
of the answers; `min_updated_ts` goes with no other filter and does not see every change; what was
settled before the cutoff is gone from the live routes (404, or missing from a list) and served
below /historical; combos come first unless they are excluded. Books, trades and candles are in
kalshi_data_routes.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.answers import Query, Signer, json_answer
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.kalshi_listing import KalshiEvent, KalshiMarket
from polymarket_assets.simulator.kalshi_query import (
    BASE,
    KEPT_LIVE_S,
    cut,
    is_live,
    limit_of,
    refused,
    whole_number,
)
from polymarket_assets.simulator.kalshi_shapes import (
    STATUS_OF,
    ZERO_TIME,
    Shapes,
    status_at,
    updated_s,
)
from polymarket_assets.simulator.kalshi_tape import KalshiVenue
from polymarket_assets.simulator.spelling import rfc3339

COMBOS = 7
_FAMILIES = ("created", "close", "settled")


class KalshiRoutes:
    """The lists."""

    def __init__(self, venue: KalshiVenue, clock: VenueClock, signer: Signer) -> None:
        self._venue, self._clock, self._signer = venue, clock, signer
        self._shapes = Shapes(venue)

    def routes(self) -> list[Route]:
        """Routes below the base path; fixed names stand before those with a ticker in them."""
        handlers: dict[str, Callable[[Request], Any]] = {
            "/exchange/status": self.status,
            "/events": self.events,
            "/events/{ticker}": self.event,
            "/series": self.series_list,
            "/series/{ticker}": self.series,
            "/markets": self.markets,
            "/markets/{ticker}": self.market,
            "/historical/cutoff": self.cutoff,
            "/historical/markets": self.old_markets,
        }
        return [Route(BASE + path, handler) for path, handler in handlers.items()]

    async def status(self, _: Request) -> Response:
        """Whether the exchange trades; it rests on Thursdays from 3 to 5 in the morning (ET)."""
        now = self._clock.now()
        resting = now.isoweekday() == 4 and 8 <= now.hour < 10  # noqa: PLR2004 - Thursday, in UTC
        return json_answer({"exchange_active": True, "trading_active": not resting})

    async def events(self, request: Request) -> Response:
        """Events, ascending by creation; combos have a list of their own elsewhere."""
        query, now = Query(request), self._clock.now_s()
        limit = limit_of(query, 200, 200)
        wanted = _statuses(query)
        since = whole_number(query, "min_updated_ts")
        found = [
            event
            for event in self._venue.listing.events
            if event.plan.created_s < now
            and query.one("series_ticker") in (None, event.series)
            and (wanted is None or any(status_at(m, now) in wanted for m in self._of(event, now)))
            and (since is None or self._event_changed_s(event, now) > since)
        ]
        page, cursor = cut(
            request,
            self._signer,
            "events",
            found,
            limit=limit,
            place=lambda event: event.plan.created_s,
        )
        nested = query.flag("with_nested_markets", default=False)
        bodies = [
            self._shapes.event(event)
            | ({"markets": self._bodies(self._of(event, now), now)} if nested else {})
            for event in page
        ]
        return json_answer({"cursor": cursor, "events": bodies, "milestones": []})

    async def event(self, request: Request) -> Response:
        """One event with its markets."""
        ticker, now = request.path_params["ticker"], self._clock.now_s()
        found = [
            e for e in self._venue.listing.events if e.ticker == ticker and e.plan.created_s < now
        ]
        if not found:
            raise refused("not found", 404, "not_found")
        markets = self._bodies(self._of(found[0], now), now)
        return json_answer({"event": self._shapes.event(found[0]), "markets": markets})

    def _of(self, event: KalshiEvent, now: float) -> list[KalshiMarket]:
        markets = (self._venue.markets[i] for i in event.markets)
        return [market for market in markets if market.created_s < now]

    def _event_changed_s(self, event: KalshiEvent, now: float) -> int:
        return max(market.changed_s(now) for market in self._of(event, now))

    def _all_series(self) -> dict[str, dict[str, Any]]:
        now = self._clock.now_s()
        return {
            event.series: self._shapes.series(event.series, event.plan.title, event.plan.category)
            for event in reversed(self._venue.listing.events)
            if event.plan.created_s < now
        }

    async def series_list(self, request: Request) -> Response:
        """Every series; no paging."""
        category = Query(request).one("category")
        rows = [s for _, s in sorted(self._all_series().items())]
        return json_answer({"series": [s for s in rows if category in (None, s["category"])]})

    async def series(self, request: Request) -> Response:
        """One series."""
        found = self._all_series().get(request.path_params["ticker"])
        if found is None:
            raise refused("not found", 404, "not_found")
        return json_answer({"series": found})

    async def markets(self, request: Request) -> Response:
        """Markets of the live tier, combos first unless they are excluded."""
        query, now = Query(request), self._clock.now_s()
        limit = limit_of(query, 100, 1000)
        chosen = self._chosen(query, now)
        only = query.one("mve_filter") == "only"
        shown = query.one("mve_filter") != "exclude" and query.one("status") in (None, "open")
        combos = self._combos() if shown and "tickers" not in query else []
        page, cursor = cut(
            request,
            self._signer,
            "markets",
            [] if only else chosen,
            limit=limit,
            place=_created,
        )
        bodies = self._bodies(page, now)
        if "cursor" not in query:
            bodies = (combos + bodies)[:limit] if only or combos else bodies
        return json_answer({"cursor": cursor, "markets": bodies})

    def _chosen(self, query: Query, now: float) -> list[KalshiMarket]:
        """Markets the filters select, ascending by creation."""
        wanted, tickers = _statuses(query), set(query.many("tickers"))
        since = whole_number(query, "min_updated_ts")
        families = [f for f in _FAMILIES if any(f"{e}_{f}_ts" in query for e in ("min", "max"))]
        if since is not None and (wanted or families or tickers):
            raise refused("min_updated_ts cannot be combined with other filters")
        if len(families) > 1:
            raise refused("timestamp filters are mutually exclusive")

        def selected(market: KalshiMarket) -> bool:
            if not is_live(market, now) or (tickers and market.ticker not in tickers):
                return False
            event = self._venue.listing.events[market.event]
            if query.one("event_ticker") not in (None, event.ticker):
                return False
            if query.one("series_ticker") not in (None, event.series):
                return False
            if wanted is not None and status_at(market, now) not in wanted:
                return False
            if since is not None:
                changed = updated_s(market, now)
                return changed is not None and changed > since
            return all(_in_family(query, family, market) for family in families)

        found = [market for market in self._venue.markets if selected(market)]
        return sorted(found, key=lambda market: (market.created_s, market.index))

    def _bodies(self, markets: Sequence[KalshiMarket], now: float) -> list[dict[str, Any]]:
        return [self._shapes.market(market, now) for market in markets]

    def _combos(self) -> list[dict[str, Any]]:
        """Combos without quotes, as most of them are."""
        now = self._clock.now_s()
        legs = [m for m in self._venue.markets if status_at(m, now) == "active"][: 2 * COMBOS]
        return [
            self._shapes.market(leg, now)
            | {
                "ticker": f"KXMVECROSS-S{number}-{leg.ticker}",
                "event_ticker": f"KXMVECROSS-S{number}",
                "mve_collection_ticker": "KXMVECROSS-R",
                "mve_selected_legs": [
                    {"market_ticker": one.ticker, "side": "yes"} for one in (leg, other)
                ],
                "updated_time": ZERO_TIME,
                "volume_fp": "0.00",
                "volume_24h_fp": "0.00",
            }
            for number, (leg, other) in enumerate(zip(legs[::2], legs[1::2], strict=False))
        ]

    async def market(self, request: Request) -> Response:
        """One market of the live tier."""
        found = self._live(request.path_params["ticker"])
        return json_answer({"market": self._shapes.market(found, self._clock.now_s())})

    def _live(self, ticker: str) -> KalshiMarket:
        found = self._venue.by_ticker.get(ticker)
        if found is None or not is_live(found, self._clock.now_s()):
            raise refused("not found", 404, "not_found")
        return found

    async def cutoff(self, _: Request) -> Response:
        """Where the live tier begins."""
        moment = rfc3339(int(self._clock.now_s()) - KEPT_LIVE_S)
        names = ("market_settled_ts", "trades_created_ts", "orders_updated_ts")
        return json_answer(dict.fromkeys(names, moment))

    async def old_markets(self, request: Request) -> Response:
        """Markets that were settled before the cutoff."""
        query, now = Query(request), self._clock.now_s()
        tickers = set(query.many("tickers"))
        found = [
            market
            for market in self._venue.markets
            if market.finalized_s <= now - KEPT_LIVE_S and (not tickers or market.ticker in tickers)
        ]
        found.sort(key=lambda market: (market.created_s, market.index))
        page, cursor = cut(
            request,
            self._signer,
            "old markets",
            found,
            limit=limit_of(query, 100, 1000),
            place=_created,
        )
        return json_answer({"cursor": cursor, "markets": self._bodies(page, now)})


def _created(market: KalshiMarket) -> int:
    return market.created_s


def _statuses(query: Query) -> tuple[str, ...] | None:
    word = query.one("status")
    if word is None:
        return None
    if word not in STATUS_OF:
        raise refused(f"invalid status: {word}")
    return STATUS_OF[word]


def _in_family(query: Query, family: str, market: KalshiMarket) -> bool:
    moment = {
        "created": market.created_s,
        "close": market.closes_s,
        "settled": market.finalized_s,
    }[family]
    low, high = whole_number(query, f"min_{family}_ts"), whole_number(query, f"max_{family}_ts")
    return (low is None or moment >= low) and (high is None or moment <= high)
