"""What we ask of the venues, and how often they may be asked.

Belongs here: one line per endpoint with the documented limit of requests per sliding 10 s. Not
here: keeping to the limits (budget.py), a call's parameters (gamma.py, data_api.py, clob.py,
kalshi.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

WINDOW_S = 10.0
"""The venues count requests over a sliding window of this many seconds."""

Service = Literal["gamma", "data", "data_v1", "clob", "kalshi"]


@dataclass(frozen=True)
class Pool:
    """A limit that several endpoints share: PM_RATE_<NAME> and the budget's file bear its name.

    `window_s` is how evenly the venue counts: a token bucket that holds one second's tokens never
    lets through more than that at once, however quiet the ten seconds before were.
    """

    name: str
    window_s: float


@dataclass(frozen=True)
class Endpoint:
    """One route of one service.

    Attributes:
        limit: the documented number of requests per 10 s, of the endpoint or its pool.
        pool: whose limit it is, shared with other endpoints; None for a limit of its own.
    """

    name: str
    service: Service
    method: Literal["GET", "POST"]
    path: str
    limit: int
    pool: Pool | None = None

    def at(self, **names: str) -> Endpoint:
        """The endpoint with the names in its path filled in, e.g. `{ticker}`."""
        return replace(self, path=self.path.format(**names))


# The venue counts all paths under /events or /markets together; we use no other of them.
GAMMA_EVENTS = Endpoint("gamma_events", "gamma", "GET", "/events/keyset", 500)
GAMMA_MARKETS = Endpoint("gamma_markets", "gamma", "GET", "/markets/keyset", 300)

DATA_TRADES = Endpoint("data_trades", "data", "GET", "/v2/trades", 300)
# No limits of their own are published: with the trades they share v2's 800.
DATA_LEADERBOARD = Endpoint("data_leaderboard", "data", "GET", "/v2/leaderboard", 100)
DATA_ACTIVITY = Endpoint("data_activity", "data", "GET", "/v2/activity", 150)
DATA_POSITIONS = Endpoint("data_positions", "data", "GET", "/v2/positions", 130)
DATA_HOLDERS = Endpoint("data_holders", "data", "GET", "/v2/holders", 60)
DATA_RESOLUTIONS = Endpoint("data_resolutions", "data", "GET", "/v2/resolutions", 60)
# What v1 still serves, for when v2 is away.
DATA_V1_TRADES = Endpoint("data_v1_trades", "data_v1", "GET", "/trades", 200)
DATA_V1_ACTIVITY = Endpoint("data_v1_activity", "data_v1", "GET", "/activity", 400)

CLOB_BOOKS = Endpoint("clob_books", "clob", "POST", "/books", 500)
CLOB_PRICES_HISTORY = Endpoint("clob_prices_history", "clob", "GET", "/prices-history", 1000)
# No limit is published: taken as that of the other batch forms.
CLOB_BATCH_PRICES = Endpoint("clob_batch_prices", "clob", "POST", "/batch-prices-history", 500)

# 200 read tokens a second, 10 a request, whatever is asked; the bucket holds one second's tokens.
KALSHI = Pool("kalshi", window_s=1.0)
_KALSHI_LIMIT = 200
KALSHI_EVENTS = Endpoint("kalshi_events", "kalshi", "GET", "/events", _KALSHI_LIMIT, KALSHI)
KALSHI_SERIES = Endpoint("kalshi_series", "kalshi", "GET", "/series", _KALSHI_LIMIT, KALSHI)
KALSHI_MARKETS = Endpoint("kalshi_markets", "kalshi", "GET", "/markets", _KALSHI_LIMIT, KALSHI)
KALSHI_BOOKS = Endpoint(
    "kalshi_books", "kalshi", "GET", "/markets/orderbooks", _KALSHI_LIMIT, KALSHI
)
KALSHI_TRADES = Endpoint("kalshi_trades", "kalshi", "GET", "/markets/trades", _KALSHI_LIMIT, KALSHI)
KALSHI_CANDLES = Endpoint(
    "kalshi_candles", "kalshi", "GET", "/markets/candlesticks", _KALSHI_LIMIT, KALSHI
)
KALSHI_CUTOFF = Endpoint(
    "kalshi_cutoff", "kalshi", "GET", "/historical/cutoff", _KALSHI_LIMIT, KALSHI
)
KALSHI_OLD_MARKETS = Endpoint(
    "kalshi_old_markets", "kalshi", "GET", "/historical/markets", _KALSHI_LIMIT, KALSHI
)
KALSHI_OLD_TRADES = Endpoint(
    "kalshi_old_trades", "kalshi", "GET", "/historical/trades", _KALSHI_LIMIT, KALSHI
)
KALSHI_OLD_CANDLES = Endpoint(
    "kalshi_old_candles",
    "kalshi",
    "GET",
    "/historical/markets/{ticker}/candlesticks",
    _KALSHI_LIMIT,
    KALSHI,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    GAMMA_EVENTS,
    GAMMA_MARKETS,
    DATA_TRADES,
    DATA_LEADERBOARD,
    DATA_ACTIVITY,
    DATA_POSITIONS,
    DATA_HOLDERS,
    DATA_RESOLUTIONS,
    DATA_V1_TRADES,
    DATA_V1_ACTIVITY,
    CLOB_BOOKS,
    CLOB_PRICES_HISTORY,
    CLOB_BATCH_PRICES,
    KALSHI_EVENTS,
    KALSHI_SERIES,
    KALSHI_MARKETS,
    KALSHI_BOOKS,
    KALSHI_TRADES,
    KALSHI_CANDLES,
    KALSHI_CUTOFF,
    KALSHI_OLD_MARKETS,
    KALSHI_OLD_TRADES,
    KALSHI_OLD_CANDLES,
)

GROUP_LIMITS: dict[Service, int] = {"gamma": 900, "data": 800, "data_v1": 1000, "clob": 9000}
"""What the venue allows a service's endpoints together (Gamma: both listings; Data: a version).

Polymarket's endpoints above are chosen so that their sum stays below, which makes one budget each
enough; Kalshi's share one pool.
"""
