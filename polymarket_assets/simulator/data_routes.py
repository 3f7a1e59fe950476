"""Data API v2: `/v2/trades` and `/v2/leaderboard`.

Belongs here: parameters, cursors and errors. A cursor is signed, belongs to one route and carries
the page size; filters are not in it, so a walk that changes them goes on silently in another
feed. `offset` is an error; `start` and `end` count only with `user`; without filters the feed
reaches back to the start of the previous month, with them three years.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Literal

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.answers import EMPTY_PAGE, Query, Signer
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.data_boards import PERIODS, SORTS, Leaderboards
from polymarket_assets.simulator.data_pages import (
    SERVED_S,
    invalid,
    markets_asked,
    page,
    paging,
    seconds,
    side_asked,
)
from polymarket_assets.simulator.data_trades import Selection, TradeFeed
from polymarket_assets.simulator.plans import DAY_S, MICRO
from polymarket_assets.simulator.spelling import number
from polymarket_assets.simulator.world import FIRST_SEQUENCE, World

DEFAULT_LEAST = "0.01"
FAR_SEQUENCE = FIRST_SEQUENCE * 2
"""Above every sequence id: the head of the feed."""


class DataRoutes:
    """The v2 routes over one world."""

    def __init__(self, world: World, clock: VenueClock, signer: Signer) -> None:
        self._world, self._clock, self._signer = world, clock, signer
        self._feed = TradeFeed(world)
        self._boards = Leaderboards(world)

    def routes(self) -> list[Route]:
        """Routes below /data."""
        return [
            Route("/data/v2/trades", self.trades),
            Route("/data/v2/leaderboard", self.leaderboard),
        ]

    # --- trades ----------------------------------------------------------------------------------

    async def trades(self, request: Request) -> Response:
        """Fills, newest first."""
        query, now = Query(request), self._clock.now_s()
        limit, params = paging(self._signer, query, "trades")
        selection = self._selection(query, now)
        before = int(params["sq"]) if params else None
        done = int(params["d"]) if params else 0
        rows, more = self._feed.page(selection, now, before, limit)
        if request.scope.get(EMPTY_PAGE):
            held = params or {"l": limit, "ts": int(now), "sq": str(FAR_SEQUENCE), "d": 0}
            return page(b"", limit, done, self._signer.cursor("trades", held, again=True))
        cursor = None
        if more:
            last = {
                "l": limit,
                "ts": self._feed.event_s(rows[-1]),
                "sq": str(self._feed.sequence(rows[-1])),
                "d": done + len(rows),
            }
            cursor = self._signer.cursor("trades", last)
        return page(self._feed.write(rows, now), limit, done, cursor)

    def _selection(self, query: Query, now: float) -> Selection:
        markets = markets_asked(self._world, query)
        user = query.one("user")
        wallet = None if user is None else self._world.by_wallet.get(user.lower(), -1)
        # Whole days keep the selection, and with it the work, the same from page to page.
        start_s = (int(now) - SERVED_S) // DAY_S * DAY_S
        end_s = None
        if wallet is not None:
            start_s = seconds(query, "start") or start_s
            end_s = seconds(query, "end") or None
        elif markets is None:
            start_s = _previous_month_s(now)
        return Selection(
            markets=markets,
            wallet=wallet,
            side=side_asked(query),
            taker_only=query.one("taker_only", "takerOnly", default="true") != "false",
            least_of=_least_of(query),
            least_micro=_least_micro(query),
            start_s=start_s,
            end_s=end_s,
        )

    # --- leaderboard -----------------------------------------------------------------------------

    async def leaderboard(self, request: Request) -> Response:
        """Ranks of a category and period; a walk by offsets inside the cursor."""
        query, now = Query(request), self._clock.now_s()
        limit, params = paging(self._signer, query, "leaderboard")
        asked = {
            "c": (query.one("category", default="overall") or "").lower(),
            "t": (query.one("time_period", "timePeriod", default="day") or "").lower(),
            "s": (query.one("sort_by", "sortBy", default="PNL") or "").upper(),
        }
        choices = {"c": self._boards.categories(), "t": PERIODS, "s": SORTS}
        names = {"c": "category", "t": "time_period", "s": "sort_by"}
        for key, value in asked.items():
            if value not in choices[key]:
                raise invalid(f"invalid {names[key]} {value!r}", names[key])
        offset = int(params["o"]) if params else 0
        board = self._boards.board(asked["c"], asked["t"], asked["s"], now)
        cursor = None
        if request.scope.get(EMPTY_PAGE):
            board, held = [], asked | {"l": limit, "o": offset}
            cursor = self._signer.cursor("leaderboard", held, again=True)
        elif offset + limit < len(board):
            held = asked | {"l": limit, "o": offset + limit}
            cursor = self._signer.cursor("leaderboard", held)
        wallets = self._world.wallets
        rows = [
            {
                "rank": line.rank,
                "user_id": wallets.address[line.wallet],
                "pnl": number(line.pnl_micro),
                "volume": number(line.volume_micro),
                "user_name": wallets.name[line.wallet],
                "profile_image": "",
                "x_username": "",
                "verified": line.wallet % 37 == 0,
            }
            for line in board[offset : offset + limit]
        ]
        return page(orjson.dumps(rows)[1:-1], limit, offset, cursor)


def _previous_month_s(now_s: float) -> int:
    """Start of the month before the current one (UTC)."""
    this = datetime.fromtimestamp(now_s, UTC).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    return int((this - timedelta(days=1)).replace(day=1).timestamp())


def _least_of(query: Query) -> Literal["TOKENS", "CASH"]:
    match (query.one("filter_type", "filterType", default="TOKENS") or "").upper():
        case "TOKENS":
            return "TOKENS"
        case "CASH":
            return "CASH"
    raise invalid("filter_type must be TOKENS or CASH", "filter_type")


def _least_micro(query: Query) -> int:
    text = query.one("filter_amount", "filterAmount", default=DEFAULT_LEAST) or ""
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not 0 <= amount < math.inf:
        raise invalid("filter_amount must be a number of at least 0", "filter_amount")
    return round(amount * MICRO)
