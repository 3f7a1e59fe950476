"""Data API v1: `/trades` and `/activity`, frozen but serving.

Belongs here: bare arrays, camelCase, offsets with a cap. Quirks: a page size above the most is
clamped; an offset beyond the cap is refused, or (as once) answered by the page at it; each window
of `start` and `end` has the whole offset for itself; takers alone by default. The rows are v2's.
"""

from __future__ import annotations

from typing import Literal

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.answers import Query, raw_answer
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.data_activity import ActivityRoutes
from polymarket_assets.simulator.data_pages import invalid_v1
from polymarket_assets.simulator.data_trades import Selection, TradeFeed
from polymarket_assets.simulator.options import PastCap
from polymarket_assets.simulator.plans import MICRO
from polymarket_assets.simulator.world import World

DEFAULT_LIMIT = 100
MOST_ACTS = 500
NAMES = {
    b'"proxy_wallet":': b'"proxyWallet":',
    b'"token_id":': b'"asset":',
    b'"condition_id":': b'"conditionId":',
    b'"event_slug":': b'"eventSlug":',
    b'"outcome_index":': b'"outcomeIndex":',
    b'"profile_image":': b'"profileImage":',
    b'"profile_image_optimized":': b'"profileImageOptimized":',
    b'"transaction_hash":': b'"transactionHash":',
    b'"usdc_size":': b'"usdcSize":',
}
"""Inside a text a quote is escaped, so that none of these can be part of one."""


class V1Routes:
    """The v1 routes over one world."""

    def __init__(
        self,
        world: World,
        clock: VenueClock,
        activity: ActivityRoutes,
        *,
        most_rows: int,
        offset_cap: int,
        past_cap: PastCap,
    ) -> None:
        self._world, self._clock, self._activity = world, clock, activity
        self._feed = TradeFeed(world)
        self._most, self._cap, self._past_cap = most_rows, offset_cap, past_cap

    def routes(self) -> list[Route]:
        """Routes below /data."""
        return [
            Route("/data/trades", self.trades),
            Route("/data/activity", self.activity),
        ]

    async def trades(self, request: Request) -> Response:
        """Fills, newest first."""
        query, now = Query(request), self._clock.now_s()
        limit, offset = self._page(query, self._most, "trades")
        markets, user = query.many("market"), query.one("user")
        if markets and query.many("eventId"):
            raise invalid_v1("market and eventId are mutually exclusive")
        selection = Selection(
            markets=self._markets(markets, query.many("eventId")),
            wallet=None if user is None else self._world.by_wallet.get(user.lower(), -1),
            side=_side(query),
            taker_only=query.flag("takerOnly", True),
            least_of="CASH" if query.one("filterType") == "CASH" else "TOKENS",
            least_micro=round(float(query.one("filterAmount", default="0") or 0) * MICRO),
            start_s=_seconds(query, "start"),
            end_s=_seconds(query, "end") or None,
        )
        rows = self._feed.slice(selection, now, offset, limit)
        return _array(self._feed.write(rows, now))

    async def activity(self, request: Request) -> Response:
        """What a wallet did, newest first unless asked otherwise."""
        query, now = Query(request), self._clock.now_s()
        limit, offset = self._page(query, MOST_ACTS, "activity")
        user = query.one("user")
        if not user:
            raise invalid_v1("required query param 'user' not provided")
        wallet = self._world.by_wallet.get(user.lower(), -1)
        markets = query.many("market")
        places = self._activity.selected(
            wallet,
            now,
            types=[t.upper() for t in query.many("type")],
            side=_side(query),
            markets=self._markets(markets, query.many("eventId")),
            start_s=_seconds(query, "start"),
            end_s=_seconds(query, "end") or None,
        ).tolist()
        rows = [self._activity.act_row(wallet, place, now) for place in places[::-1]]
        key = {"TOKENS": "size", "CASH": "usdc_size"}.get(query.one("sortBy") or "")
        if key:
            rows.sort(key=lambda row: row[key], reverse=True)
        if query.one("sortDirection") == "ASC":
            rows.reverse()
        return _array(orjson.dumps(rows[offset : offset + limit])[1:-1])

    def _page(self, query: Query, most: int, what: str) -> tuple[int, int]:
        limit, offset = _whole(query, "limit", DEFAULT_LIMIT), _whole(query, "offset", 0)
        if offset > self._cap:
            if self._past_cap == "error":
                raise invalid_v1(f"max historical {what} offset of {self._cap} exceeded")
            offset = self._cap
        return min(limit, most), offset

    def _markets(self, conditions: list[str], events: list[str]) -> tuple[int, ...] | None:
        if not conditions and not events:
            return None
        by_condition = self._world.by_condition
        found = {by_condition[c.lower()] for c in conditions if c.lower() in by_condition}
        for event in self._world.events:
            if event.id in events:
                found |= set(event.markets)
        return tuple(sorted(found))


def _array(rows: bytes) -> Response:
    """A bare array of rows that v2 has spelled."""
    for name, spelled in NAMES.items():
        rows = rows.replace(name, spelled)
    return raw_answer([b"[", rows, b"]"])


def _whole(query: Query, name: str, default: int) -> int:
    text = query.one(name, default=str(default)) or ""
    if not text.isdigit():
        raise invalid_v1(f"invalid {name}")
    return int(text)


def _seconds(query: Query, name: str) -> int:
    return _whole(query, name, 0)


def _side(query: Query) -> Literal["BUY", "SELL"] | None:
    """The side asked for; another word is ignored."""
    match (query.one("side", default="") or "").upper():
        case "BUY":
            return "BUY"
        case "SELL":
            return "SELL"
    return None
