"""How Kalshi's simulated routes read a request and cut a page.

Belongs here: parameters, errors in the venue's flat form, cursors that end as an empty string, and
the border between the live and the historical tier. Not here: what a route answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from starlette.requests import Request

from polymarket_assets.simulator.answers import EMPTY_PAGE, Query, RefusedError, Signer
from polymarket_assets.simulator.kalshi_listing import KalshiMarket
from polymarket_assets.simulator.plans import DAY_S
from polymarket_assets.simulator.randomness import Ints

BASE = "/kalshi/trade-api/v2"
KEPT_LIVE_S = 90 * DAY_S
MOST_TICKERS = 100

T = TypeVar("T")


def refused(message: str, status: int = 400, code: str = "invalid_parameters") -> RefusedError:
    """An error in Kalshi's flat form."""
    return RefusedError(status, {"code": code, "message": message, "service": "exchange"})


def is_live(market: KalshiMarket, now: float) -> bool:
    """Whether the live tier holds the market: created, and not settled long ago."""
    return market.created_s < now and market.finalized_s > now - KEPT_LIVE_S


def limit_of(query: Query, default: int, most: int) -> int:
    """Rows a page."""
    value = whole_number(query, "limit")
    if value is None:
        return default
    if not 1 <= value <= most:
        raise refused(f"limit must be between 1 and {most}")
    return value


def whole_number(query: Query, name: str) -> int | None:
    """A parameter of digits; None without it."""
    text = query.one(name)
    if text is None:
        return None
    if not text.isdigit():
        raise refused(f"{name} must be a whole number")
    return int(text)


def tickers_of(query: Query, name: str) -> list[str]:
    """A list of 1 to 100 tickers."""
    tickers = query.many(name)
    if not 1 <= len(tickers) <= MOST_TICKERS:
        raise refused(f"{name} must contain between 1 and {MOST_TICKERS} values")
    return tickers


def cut(
    request: Request,
    signer: Signer,
    kind: str,
    rows: Sequence[T],
    *,
    limit: int,
    place: Callable[[T], int],
) -> tuple[Sequence[T], str]:
    """The page a cursor leads to, and the next cursor; rows ascend by `place`.

    The cursor names the last row's place and how many rows of that place are done, so that rows
    that appear or vanish elsewhere do not shift the walk.
    """
    done: dict[str, int] = {}
    if token := Query(request).one("cursor"):
        params = signer.params(kind, token)
        if params is None:
            raise refused("invalid cursor")
        done = params
    places: Ints = np.array([place(row) for row in rows], dtype=np.int64)
    start = int(np.searchsorted(places, done["at"])) + done["same"] if done else 0
    if request.scope.get(EMPTY_PAGE):
        again = done or {"at": int(places[0]) if len(places) else 0, "same": 0}
        return [], signer.cursor(kind, again, again=True)
    page = rows[start : start + limit]
    if start + limit >= len(rows):
        return page, ""
    at = int(places[start + limit - 1])
    same = start + limit - int(np.searchsorted(places, at))
    return page, signer.cursor(kind, {"at": at, "same": same})
