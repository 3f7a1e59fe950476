"""What we ask of Polymarket, and how often it may be asked.

Belongs here: one line per endpoint with the documented limit of requests per sliding 10 s. Not
here: keeping to the limits (budget.py), a call's parameters (gamma.py, data_api.py, clob.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WINDOW_S = 10.0
"""The venues count requests over a sliding window of this many seconds."""

Service = Literal["gamma", "data", "data_v1", "clob"]


@dataclass(frozen=True)
class Endpoint:
    """One route of one service; `limit` is the documented number of requests per 10 s."""

    name: str
    service: Service
    method: Literal["GET", "POST"]
    path: str
    limit: int


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
)

GROUP_LIMITS: dict[Service, int] = {"gamma": 900, "data": 800, "data_v1": 1000, "clob": 9000}
"""What the venue allows a service's endpoints together (Gamma: both listings; Data: a version).

The endpoints above are chosen so that their sum stays below, which makes one budget each enough.
"""
