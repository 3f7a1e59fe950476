"""Order books: one snapshot, what may be wrong with it, and what an order takes from it.

Belongs here: the frozen snapshot and the walk over its levels. Not here: where a book comes from
(executor/books.py) or what a fill costs in fees (fees.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from polymarket_assets.domain.money import MICRO, SHARE_LOT, Micros, floor_to, from_micros
from polymarket_assets.domain.ticks import Side


@dataclass(frozen=True)
class Level:
    """Shares displayed at one price, both in micro-units."""

    price: Micros
    size: Micros


@dataclass(frozen=True)
class OrderBook:
    """One snapshot of one token's book, best levels first on both sides.

    Attributes:
        token_id: the token, as text.
        bids: highest first.
        asks: lowest first.
        tick_size: grid of prices, in micro-pUSD.
        min_order_size: smallest order, in micro-shares.
        book_at: the venue's time of the book (its last change; old on a quiet market).
        received_at: when we received the snapshot; this is what makes it fresh or stale.
        snapshot: name of the snapshot: depth taken from it once is not there a second time.
    """

    token_id: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    tick_size: Micros
    min_order_size: Micros
    book_at: datetime
    received_at: datetime
    snapshot: str

    @classmethod
    def of(
        cls,
        token_id: str,
        bids: Iterable[tuple[Micros, Micros]],
        asks: Iterable[tuple[Micros, Micros]],
        *,
        tick_size: Micros,
        min_order_size: Micros,
        book_at: datetime,
        received_at: datetime,
        venue_hash: str | None,
    ) -> OrderBook:
        """A book from (price, size) pairs in any order; levels without size are no levels.

        Raises:
            ValueError: a price appears twice on a side, or a size is negative.
        """
        buying = _levels(token_id, bids, best_is_high=True)
        selling = _levels(token_id, asks, best_is_high=False)
        return cls(
            token_id=token_id,
            bids=buying,
            asks=selling,
            tick_size=tick_size,
            min_order_size=min_order_size,
            book_at=book_at,
            received_at=received_at,
            snapshot=venue_hash or _content_hash(token_id, buying, selling),
        )

    @property
    def best_bid(self) -> Micros | None:
        """Highest price somebody pays, None when nobody bids."""
        return self.bids[0].price if self.bids else None

    def facing(self, side: Side) -> tuple[Level, ...]:
        """The levels an order of `side` meets, best first."""
        return self.asks if side == "BUY" else self.bids


def book_problem(book: OrderBook, side: Side, now: datetime, max_age: timedelta) -> str | None:
    """Why `book` must not be traded against at `now`; the first word is a stable code."""
    age = now - book.received_at
    if age > max_age:
        return f"stale_book: received {age.total_seconds():.0f} s ago"
    if -age > max_age or book.book_at - now > max_age:
        return f"stale_book: dated {max(book.book_at, book.received_at).isoformat()}, in the future"
    if book.bids and book.asks and book.bids[0].price >= book.asks[0].price:
        return (
            f"crossed_book: bid {from_micros(book.bids[0].price)} "
            f"at or above ask {from_micros(book.asks[0].price)}"
        )
    if not book.facing(side):
        return f"empty_book: nothing to {side.lower()} against"
    for level in (*book.bids, *book.asks):
        if level.price % book.tick_size or not 0 < level.price < MICRO:
            return (
                f"off_grid_book: level {from_micros(level.price)} is not on the tick "
                f"{from_micros(book.tick_size)}"
            )
    return None


def within(side: Side, price: Micros, limit: Micros) -> bool:
    """Whether an order of `side` limited at `limit` may trade at `price`."""
    return price <= limit if side == "BUY" else price >= limit


def walk(
    book: OrderBook,
    side: Side,
    limit: Micros,
    size: Micros,
    taken: Mapping[Micros, Micros],
) -> tuple[Level, ...]:
    """What an order of `size` takes, level by level, up to `limit`.

    Args:
        book: the snapshot met.
        side: BUY walks the asks, SELL the bids.
        limit: worst price, in micro-pUSD.
        size: micro-shares wanted.
        taken: micro-shares our earlier orders already took from this snapshot, by price.

    Returns:
        One (price, size) per level touched, best first. Each is at most what the level still
        displays in whole hundredths of a share, so that its notional is exact.
    """
    fills: list[Level] = []
    remaining = size
    for level in book.facing(side):
        if remaining <= 0 or not within(side, level.price, limit):
            break
        available = floor_to(max(level.size - taken.get(level.price, 0), 0), SHARE_LOT)
        share = min(remaining, available)
        if share > 0:
            fills.append(Level(level.price, share))
            remaining -= share
    return tuple(fills)


def depth_within(
    book: OrderBook, side: Side, limit: Micros, taken: Mapping[Micros, Micros]
) -> Micros:
    """Micro-shares that an order of `side` could still take up to `limit`."""
    everything = sum(level.size for level in book.facing(side))
    return sum(level.size for level in walk(book, side, limit, everything, taken))


def _levels(
    token_id: str, pairs: Iterable[tuple[Micros, Micros]], *, best_is_high: bool
) -> tuple[Level, ...]:
    levels = sorted(
        (Level(price, size) for price, size in pairs if size),
        key=lambda level: level.price,
        reverse=best_is_high,
    )
    if any(level.size < 0 for level in levels):
        msg = f"book of token {token_id} displays a negative size"
        raise ValueError(msg)
    if len({level.price for level in levels}) < len(levels):
        msg = f"book of token {token_id} shows a price twice on one side"
        raise ValueError(msg)
    return tuple(levels)


def _content_hash(token_id: str, bids: Iterable[Level], asks: Iterable[Level]) -> str:
    """Names a snapshot whose venue gave it no hash: equal content is the same snapshot."""
    text = "|".join(
        [token_id, *(f"b{x.price}:{x.size}" for x in bids), *(f"a{x.price}:{x.size}" for x in asks)]
    )
    return hashlib.sha256(text.encode()).hexdigest()
