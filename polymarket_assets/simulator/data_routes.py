"""Data API v2: `/v2/trades` and `/v2/leaderboard`.

Belongs here: parameters, cursors and errors. A cursor is signed, belongs to one route and carries
the page size; filters are not in it, so a walk that changes them goes on silently in another
feed. `offset` is an error; `start` and `end` count only with `user`; without filters the feed
reaches back to the start of the previous month, with them three years.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.answers import (
    EMPTY_PAGE,
    Query,
    Signer,
    raw_answer,
    trace_id,
    v2_error,
)
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.data_boards import PERIODS, SORTS, Leaderboards
from polymarket_assets.simulator.data_trades import Selection, TradeFeed
from polymarket_assets.simulator.plans import DAY_S, MICRO
from polymarket_assets.simulator.spelling import number
from polymarket_assets.simulator.world import FIRST_SEQUENCE, World

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
MAX_CONDITIONS = 20
SERVED_S = 3 * 365 * DAY_S
DEFAULT_LEAST = "0.01"
CONDITION_LENGTHS = (64, 66)
"""0x and 62 digits (combos) or 64."""
CONDITION_NAMES = ("condition", "condition_id", "conditionId")
EVENT_NAMES = ("event_id", "eventId")
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
        limit, params = self._paging(query, "trades")
        selection = self._selection(query, now)
        before = int(params["sq"]) if params else None
        done = int(params["d"]) if params else 0
        rows, more = self._feed.page(selection, now, before, limit)
        if request.scope.get(EMPTY_PAGE):
            held = params or {"l": limit, "ts": int(now), "sq": str(FAR_SEQUENCE), "d": 0}
            return self._page(b"", limit, done, self._signer.cursor("trades", held, again=True))
        cursor = None
        if more:
            last = {
                "l": limit,
                "ts": self._feed.event_s(rows[-1]),
                "sq": str(self._feed.sequence(rows[-1])),
                "d": done + len(rows),
            }
            cursor = self._signer.cursor("trades", last)
        return self._page(self._feed.write(rows, now), limit, done, cursor)

    def _selection(self, query: Query, now: float) -> Selection:
        markets = self._markets(query)
        user = query.one("user")
        wallet = None if user is None else self._world.by_wallet.get(user.lower(), -1)
        # Whole days keep the selection, and with it the work, the same from page to page.
        start_s = (int(now) - SERVED_S) // DAY_S * DAY_S
        end_s = None
        if wallet is not None:
            start_s = _seconds(query, "start") or start_s
            end_s = _seconds(query, "end") or None
        elif markets is None:
            start_s = _previous_month_s(now)
        return Selection(
            markets=markets,
            wallet=wallet,
            side=_side(query),
            taker_only=query.one("taker_only", "takerOnly", default="true") != "false",
            least_of=_least_of(query),
            least_micro=_least_micro(query),
            start_s=start_s,
            end_s=end_s,
        )

    def _markets(self, query: Query) -> tuple[int, ...] | None:
        """Positions of the markets asked for; None without such a filter, () if none exists."""
        conditions = [c.lower() for c in query.many(*CONDITION_NAMES)]
        events = query.many(*EVENT_NAMES)
        for values, name in ((conditions, "condition"), (events, "event_id")):
            if len(values) > MAX_CONDITIONS:
                raise _invalid(f"at most {MAX_CONDITIONS} distinct values are allowed", name)
        for condition in conditions:
            if not condition.startswith("0x") or len(condition) not in CONDITION_LENGTHS:
                raise _invalid(f"invalid condition id {condition}", "condition")
        if not conditions and not events:
            return None
        found = {self._world.by_condition[c] for c in conditions if c in self._world.by_condition}
        for event in self._world.events:
            if event.id in events:
                found |= set(event.markets)
        return tuple(sorted(found))

    # --- leaderboard -----------------------------------------------------------------------------

    async def leaderboard(self, request: Request) -> Response:
        """Ranks of a category and period; a walk by offsets inside the cursor."""
        query, now = Query(request), self._clock.now_s()
        limit, params = self._paging(query, "leaderboard")
        asked = {
            "c": (query.one("category", default="overall") or "").lower(),
            "t": (query.one("time_period", "timePeriod", default="day") or "").lower(),
            "s": (query.one("sort_by", "sortBy", default="PNL") or "").upper(),
        }
        choices = {"c": self._boards.categories(), "t": PERIODS, "s": SORTS}
        names = {"c": "category", "t": "time_period", "s": "sort_by"}
        for key, value in asked.items():
            if value not in choices[key]:
                raise _invalid(f"invalid {names[key]} {value!r}", names[key])
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
        return self._page(orjson.dumps(rows)[1:-1], limit, offset, cursor)

    # --- both ------------------------------------------------------------------------------------

    def _paging(self, query: Query, kind: str) -> tuple[int, dict[str, Any] | None]:
        """Page size and position; with a cursor the size is the cursor's."""
        if "offset" in query:
            raise _invalid("offset is not supported, use cursor", "offset")
        text = query.one("limit", default=str(DEFAULT_LIMIT)) or ""
        if not text.isdigit() or not 1 <= int(text) <= MAX_LIMIT:
            raise _invalid(f"limit must be between 1 and {MAX_LIMIT}", "limit")
        token = query.one("cursor")
        if token is None:
            return int(text), None
        params = self._signer.params(kind, token)
        if params is None:
            raise _invalid("invalid cursor", "cursor")
        return int(params["l"]), params

    def _page(self, rows: bytes, limit: int, offset: int, cursor: str | None) -> Response:
        pagination = {
            "limit": limit,
            "offset": offset,
            "has_more": cursor is not None,
            "next_cursor": cursor,
        }
        parts = [b'{"data":[', rows, b'],"pagination":', orjson.dumps(pagination), b"}"]
        return raw_answer(parts, headers={"x-trace-id": trace_id()})


def _invalid(message: str, parameter: str) -> Exception:
    return v2_error(400, "invalid_request", message, parameter)


def _previous_month_s(now_s: float) -> int:
    """Start of the month before the current one (UTC)."""
    this = datetime.fromtimestamp(now_s, UTC).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    return int((this - timedelta(days=1)).replace(day=1).timestamp())


def _seconds(query: Query, name: str) -> int:
    text = query.one(name, default="0") or "0"
    if not text.isdigit():
        raise _invalid(f"{name} must be in unix seconds", name)
    return int(text)


def _side(query: Query) -> Literal["BUY", "SELL"] | None:
    match (query.one("side", default="") or "").upper():
        case "BUY":
            return "BUY"
        case "SELL":
            return "SELL"
        case "":
            return None
    raise _invalid("side must be BUY or SELL", "side")


def _least_of(query: Query) -> Literal["TOKENS", "CASH"]:
    match (query.one("filter_type", "filterType", default="TOKENS") or "").upper():
        case "TOKENS":
            return "TOKENS"
        case "CASH":
            return "CASH"
    raise _invalid("filter_type must be TOKENS or CASH", "filter_type")


def _least_micro(query: Query) -> int:
    text = query.one("filter_amount", "filterAmount", default=DEFAULT_LEAST) or ""
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not 0 <= amount < math.inf:
        raise _invalid("filter_amount must be a number of at least 0", "filter_amount")
    return round(amount * MICRO)
