"""What we ask of Polymarket, and how often it may be asked.

Belongs here: one line per endpoint with the documented limit of requests per sliding 10 s. Not
here: keeping to the limits (budget.py), a call's parameters (gamma.py, data_api.py, clob.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WINDOW_S = 10.0
"""The venues count requests over a sliding window of this many seconds."""

Service = Literal["gamma", "data", "clob"]


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
# The venue allows 200; half keeps the sum of Gamma's endpoints below what its lists share.
GAMMA_TAGS = Endpoint("gamma_tags", "gamma", "GET", "/tags", 100)

DATA_TRADES = Endpoint("data_trades", "data", "GET", "/v2/trades", 300)
# No limit of its own is published: together with the trades it stays under v2's 800.
DATA_LEADERBOARD = Endpoint("data_leaderboard", "data", "GET", "/v2/leaderboard", 400)

CLOB_BOOKS = Endpoint("clob_books", "clob", "POST", "/books", 500)
CLOB_PRICES_HISTORY = Endpoint("clob_prices_history", "clob", "GET", "/prices-history", 1000)
# No limit is published: taken as that of the other batch forms.
CLOB_BATCH_PRICES = Endpoint("clob_batch_prices", "clob", "POST", "/batch-prices-history", 500)
# No limit is published: taken as that of the batch forms. The path holds the market's id.
CLOB_MARKETS = Endpoint("clob_markets", "clob", "GET", "/clob-markets/{condition_id}", 500)

ENDPOINTS: tuple[Endpoint, ...] = (
    GAMMA_EVENTS,
    GAMMA_MARKETS,
    GAMMA_TAGS,
    DATA_TRADES,
    DATA_LEADERBOARD,
    CLOB_BOOKS,
    CLOB_PRICES_HISTORY,
    CLOB_BATCH_PRICES,
    CLOB_MARKETS,
)

GROUP_LIMITS: dict[Service, int] = {"gamma": 900, "data": 800, "clob": 9000}
"""What the venue allows a service's endpoints together (Gamma: both listings; Data: all of v2).

The endpoints above are chosen so that their sum stays below, which makes one budget each enough.
"""
