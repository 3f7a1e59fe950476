"""What the market channel says: the messages as they are handed on, typed and exact.

Belongs here: their fields. Not here: how they are read from a frame (stream.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

Side = Literal["BUY", "SELL"]
Levels: TypeAlias = tuple[tuple[Decimal, Decimal], ...]
"""(price, size) in pUSD and shares, best first."""


@dataclass(frozen=True, slots=True)
class Book:
    """A whole book; everything known of the token before it no longer counts."""

    token_id: str
    condition_id: str
    at: datetime
    bids: Levels
    asks: Levels
    hash: str | None
    tick_size: Decimal | None
    last_trade_price: Decimal | None


@dataclass(frozen=True, slots=True)
class LevelChange:
    """The new total size of one level, 0 when it is gone. `hash` is the order's, not the book's."""

    token_id: str
    side: Side
    price: Decimal
    size: Decimal
    hash: str | None
    best_bid: Decimal | None
    best_ask: Decimal | None


@dataclass(frozen=True, slots=True)
class PriceChange:
    """Levels that changed together; `version` says in which shape it came."""

    condition_id: str
    at: datetime
    changes: tuple[LevelChange, ...]
    version: Literal["price_changes", "changes", "single"]


@dataclass(frozen=True, slots=True)
class LastTrade:
    """A trade; `side` is the taker's."""

    token_id: str
    condition_id: str
    at: datetime
    side: Side
    price: Decimal
    size: Decimal
    fee_rate_bps: Decimal | None
    transaction_hash: str | None


@dataclass(frozen=True, slots=True)
class TickSizeChange:
    """A new price step: the book held so far no longer counts."""

    token_id: str
    condition_id: str
    at: datetime
    old_tick_size: Decimal
    new_tick_size: Decimal


@dataclass(frozen=True, slots=True)
class BestBidAsk:
    """The best prices; None on a side without orders."""

    token_id: str
    condition_id: str
    at: datetime
    best_bid: Decimal | None
    best_ask: Decimal | None
    spread: Decimal | None


@dataclass(frozen=True, slots=True)
class NewMarket:
    """A market that has just been listed; sent for all markets. Tokens are in outcomes' order."""

    market_id: str
    condition_id: str
    at: datetime
    question: str
    slug: str
    token_ids: tuple[str, ...]
    outcomes: tuple[str, ...]
    tick_size: Decimal | None


@dataclass(frozen=True, slots=True)
class MarketResolved:
    """A result."""

    market_id: str
    condition_id: str
    at: datetime
    token_ids: tuple[str, ...]
    winning_token_id: str
    winning_outcome: str


Message: TypeAlias = (
    Book | PriceChange | LastTrade | TickSizeChange | BestBidAsk | NewMarket | MarketResolved
)
