"""CLOB: books, server time and the short market record.

Belongs here: how a book is asked for and written down. Quirks: the best level comes last on both
sides, `/books` answers in any order and leaves out tokens without a book, numbers are text, the
book of outcome 1 is the mirror of outcome 0, the book is gone once an outcome is proposed. Price
history is in `clob_prices`.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.answers import Query, clob_error, json_answer, raw_answer
from polymarket_assets.simulator.books import Depth, depth
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.plans import CATEGORIES, MICRO
from polymarket_assets.simulator.randomness import stream
from polymarket_assets.simulator.spelling import decimal_text, number, rfc3339
from polymarket_assets.simulator.world import World

MAX_BOOKS = 500
MIN_ORDER_SIZE = 5
STAMP_STEP_S = 10
"""A book says it changed at the last full ten seconds."""
NO_BOOK = "No orderbook exists for the requested token id"


class ClobRoutes:
    """Books and market records over one world."""

    def __init__(self, world: World, clock: VenueClock) -> None:
        self._world, self._clock = world, clock

    def routes(self) -> list[Route]:
        """Routes below /clob, without price history."""
        return [
            Route("/clob/book", self.book),
            Route("/clob/books", self.books, methods=["GET", "POST"]),
            Route("/clob/time", self.time),
            Route("/clob/clob-markets/{condition_id}", self.market),
        ]

    async def time(self, _: Request) -> Response:
        """Epoch seconds, a bare number."""
        return json_answer(int(self._clock.now_s()))

    async def book(self, request: Request) -> Response:
        """The book of one token."""
        token, now = Query(request).one("token_id"), self._clock.now_s()
        if not token:
            raise clob_error("Invalid token id")
        books = self._books([token], now)
        if not books:
            raise clob_error(NO_BOOK, 404)
        return raw_answer(books)

    async def books(self, request: Request) -> Response:
        """The books of up to 500 tokens, shuffled; unknown and closed tokens are left out."""
        now = self._clock.now_s()
        try:
            tokens = [str(item["token_id"]) for item in orjson.loads(await request.body())]
        except (ValueError, TypeError, KeyError):
            raise clob_error("Invalid payload") from None
        if len(tokens) > MAX_BOOKS:
            raise clob_error("Payload exceeds the limit")
        books = self._books(list(dict.fromkeys(tokens)), now)
        order = stream(self._world.seed, "books", *tokens[:1], len(tokens)).permutation(len(books))
        return raw_answer([b"[", b",".join(books[i] for i in order), b"]"])

    def _books(self, tokens: list[str], now: float) -> list[bytes]:
        """Books of those tokens that have one, in the order of the tokens."""
        found = [self._world.by_token[t] for t in tokens if t in self._world.by_token]
        live = [(m, o) for m, o in found if self._has_book(m, now)]
        books = depth(self._world, np.array([m for m, _ in live], dtype=np.int64), int(now) // 60)
        return [self._written(books, row, m, o, now) for row, (m, o) in enumerate(live)]

    def _has_book(self, market: int, now: float) -> bool:
        settlement = self._world.settlements[market]
        return self._world.markets[market].opens_s <= now < settlement.proposed_s

    def _written(self, books: Depth, row: int, market: int, outcome: int, now: float) -> bytes:
        world, listed = self._world, self._world.markets[market]
        tick = listed.plan.tick_micro
        sides = (
            _levels(books.bid[row], books.bid_size[row], tick),
            _levels(books.ask[row], books.ask_size[row], tick),
        )
        if outcome == 1:
            mirrored = [[(MICRO - price, size) for price, size in side] for side in sides]
            sides = (mirrored[1], mirrored[0])
        fills = world.market_fills[market]
        done = fills.at(now)
        last = decimal_text(int(fills.last_price_micro[done - 1])) if done else ""
        stamp = int(now) // STAMP_STEP_S * STAMP_STEP_S * 1000
        head = (
            f'{{"market":"{listed.condition_id}","asset_id":"{listed.tokens[outcome]}",'
            f'"timestamp":"{stamp}",'
        )
        tail = (
            f'"bids":[{_text(sides[0])}],"asks":[{_text(sides[1])}],'
            f'"min_order_size":"{MIN_ORDER_SIZE}","tick_size":"{decimal_text(tick)}",'
            f'"neg_risk":{"true" if world.plan_of(listed).neg_risk else "false"},'
            f'"last_trade_price":"{last}"}}'
        )
        mark = hashlib.sha1((head + tail).encode(), usedforsecurity=False).hexdigest()
        return f'{head}"hash":"{mark}",{tail}'.encode()

    async def market(self, request: Request) -> Response:
        """The abbreviated record of a market; what is false or empty is left out."""
        position = self._world.by_condition.get(request.path_params["condition_id"])
        now = self._clock.now_s()
        if position is None or self._world.markets[position].created_s >= now - 1:
            raise clob_error("market not found", 404)
        listed = self._world.markets[position]
        plan = self._world.plan_of(listed)
        category = CATEGORIES[plan.category]
        body: dict[str, Any] = {
            "t": [
                {"t": t, "o": o} for t, o in zip(listed.tokens, listed.plan.outcomes, strict=True)
            ],
            "c": listed.condition_id,
            "mos": MIN_ORDER_SIZE,
            "mts": number(listed.plan.tick_micro),
            "mbf": 1000,
            "tbf": 1000,
            "ao": listed.opens_s <= now < self._world.settlements[position].resolved_s,
            "nr": plan.neg_risk,
            "cbos": True,
            "aot": rfc3339(listed.opens_s) if listed.opens_s <= now else "",
            "ibce": plan.series != "",
            "itode": plan.category == "crypto" and plan.quick,
            "sd": 3 if plan.game_starts_s else 0,
            "gst": rfc3339(plan.game_starts_s) if plan.game_starts_s else "",
            "v": "v1",
        }
        if category.fee_type is not None:
            body["fd"] = {"r": category.fee_rate_e4 / 10_000, "e": 1, "to": True}
        return json_answer({name: value for name, value in body.items() if value})


def _levels(prices: np.ndarray, sizes: np.ndarray, tick: int) -> list[tuple[int, int]]:
    """(price in millionths, size in hundredths) from the worst to the best level."""
    there = np.flatnonzero(sizes)[::-1]
    return list(zip((prices[there] * tick).tolist(), sizes[there].tolist(), strict=True))


def _text(levels: list[tuple[int, int]]) -> str:
    return ",".join(
        f'{{"price":"{decimal_text(price)}","size":"{size / 100:.10g}"}}' for price, size in levels
    )
