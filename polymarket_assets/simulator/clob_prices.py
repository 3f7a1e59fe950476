"""CLOB: `/prices-history` and `/batch-prices-history`.

Belongs here: windows, fidelity and the points. A point is the midpoint of a minute, carried
forward where nothing changed; it is a number, unlike the prices of a book. Limits: 15 days
between start and end, a least fidelity for the week and the month, 20 tokens in a batch; a
settled market gives nothing for `max` and `all` unless asked for coarse points. A request by
interval, or without an end, gets one more point at now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.answers import Query, RefusedError, clob_error, raw_answer
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.plans import DAY_S, HOUR_S
from polymarket_assets.simulator.world import World

LONGEST_S = 1_296_000
MAX_TOKENS = 20
INTERVALS = {
    "max": 31 * DAY_S,
    "all": 31 * DAY_S,
    "1m": 30 * DAY_S,
    "1w": 7 * DAY_S,
    "1d": DAY_S,
    "6h": 6 * HOUR_S,
    "1h": HOUR_S,
}
LEAST_FIDELITY = {"1m": 10, "1w": 5}
COARSE_MINUTES = 720
"""From here on `max` also serves settled markets."""


@dataclass(frozen=True)
class Span:
    """A checked request: points from `start_s` to `end_s`, one every `step` minutes."""

    start_s: int
    end_s: int
    step: int
    to_now: bool
    whole: bool


class PriceRoutes:
    """Price history over one world."""

    def __init__(self, world: World, clock: VenueClock) -> None:
        self._world, self._clock = world, clock

    def routes(self) -> list[Route]:
        """Routes below /clob."""
        return [
            Route("/clob/prices-history", self.one),
            Route("/clob/batch-prices-history", self.batch, methods=["POST"]),
        ]

    async def one(self, request: Request) -> Response:
        """Points of the token in `market`."""
        query, now = Query(request), self._clock.now_s()
        token = query.one("market")
        if not token:
            raise _invalid("the 'market' (asset id) is mandatory")
        names = {"start": "startTs", "end": "endTs", "interval": "interval", "fidelity": "fidelity"}
        span = _span({key: query.one(name) for key, name in names.items()}, int(now))
        return raw_answer([b'{"history":[', self._points(token, span, now), b"]}"])

    async def batch(self, request: Request) -> Response:
        """Points of up to 20 tokens over one window; a token without points has an empty list."""
        now = self._clock.now_s()
        try:
            body = orjson.loads(await request.body())
            tokens = list(dict.fromkeys(map(str, body["markets"])))
        except (ValueError, TypeError, KeyError):
            raise clob_error("Invalid payload") from None
        if len(tokens) > MAX_TOKENS:
            raise clob_error("Payload exceeds the limit")
        names = {
            "start": "start_ts",
            "end": "end_ts",
            "interval": "interval",
            "fidelity": "fidelity",
        }
        span = _span({key: body.get(name) for key, name in names.items()}, int(now))
        parts = [
            b'"' + token.encode() + b'":[' + self._points(token, span, now) + b"]"
            for token in tokens
        ]
        return raw_answer([b'{"history":{', b",".join(parts), b"}}"])

    def _points(self, token: str, span: Span, now: float) -> bytes:
        """The points as JSON objects joined by commas."""
        place = self._world.by_token.get(token)
        if place is None:
            return b""
        market, outcome = place
        listed, settlement = self._world.markets[market], self._world.settlements[market]
        settled = settlement.proposed_s <= now
        if settled and span.whole and span.step < COARSE_MINUTES:
            return b""
        low = max(span.start_s, listed.opens_s)
        high = min(span.end_s, int(now), settlement.proposed_s)
        first = -(-low // 60)
        minutes = np.arange(first + -first % span.step, high // 60 + 1, span.step)
        seconds = minutes * 60
        if span.to_now and not settled and listed.opens_s <= now:
            seconds = np.append(seconds, int(now))
        mid = self._world.quotes.mid(np.array([market]), seconds // 60)
        prices = np.round(mid if outcome == 0 else 1 - mid, 6)
        return ",".join(
            f'{{"t":{t},"p":{p}}}' for t, p in zip(seconds.tolist(), prices.tolist(), strict=True)
        ).encode()


def _span(asked: dict[str, Any], now_s: int) -> Span:
    """Check window and fidelity as the venue does."""
    interval = asked["interval"]
    if interval is not None:
        if interval not in INTERVALS:
            raise _invalid("'interval' is not valid")
        start, end = now_s - INTERVALS[interval], None
    else:
        start, end = _number(asked["start"], "startTs"), _number(asked["end"], "endTs")
        if start is None:
            raise _invalid("'startTs' or 'interval' is mandatory")
        if end is not None and end - start > LONGEST_S:
            raise _invalid("'startTs' and 'endTs' interval is too long")
    least = LEAST_FIDELITY.get(interval or "", 1)
    step = _number(asked["fidelity"], "fidelity") or 1
    if step < least:
        raise _invalid(f"minimum 'fidelity' for '{interval}' range is {least}")
    return Span(
        start_s=start,
        end_s=now_s if end is None else end,
        step=step,
        to_now=end is None,
        whole=interval in ("max", "all"),
    )


def _number(value: str | int | None, name: str) -> int | None:
    if value is None:
        return None
    try:
        return int(value)
    except (ValueError, TypeError):
        raise _invalid(f"'{name}' must be an integer") from None


def _invalid(message: str) -> RefusedError:
    return clob_error(f"invalid filters: {message}")
