"""Order books: a pure function of the seed, the market and the minute.

Belongs here: depth around the best quotes of `paths`, as integers. How a book is written down is
the CLOB routes' business. Books are not used up by fills: the next minute is drawn anew.

There is one book per market. The book of outcome 1 is its exact mirror: a bid at p is an ask at 1
− p.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polymarket_assets.simulator.plans import MICRO
from polymarket_assets.simulator.randomness import Ints, hash_unit
from polymarket_assets.simulator.world import World

LEVELS = 26
"""Most levels on a side."""
LEAST_SIZE_E2 = 6_000
"""Every level shows at least 60 shares (in hundredths)."""
MEAN_SIZE_E2 = 22_000
"""Mean of what the touch shows beyond that; deeper levels show more."""
ROUND_SHARE = 0.4
"""Share of levels that show a multiple of ten shares."""
DENSE_LEVELS = 8
"""Levels next to the touch without gaps between them."""


@dataclass(frozen=True)
class Depth:
    """Books of outcome 0 for some markets; rows are markets, columns levels from the best on.

    Prices in ticks, sizes in hundredths of a share; size 0 marks a level that is not there.
    """

    ticks: Ints
    bid: Ints
    bid_size: Ints
    ask: Ints
    ask_size: Ints

    def liquidity_micro(self, row: int) -> int:
        """Collateral behind the book: size × price of bids, size × (1 − price) of asks."""
        bids = int(self.bid_size[row] @ self.bid[row])
        asks = int(self.ask_size[row] @ (self.ticks[row] - self.ask[row]))
        return (bids + asks) * (MICRO // int(self.ticks[row])) // 100


def depth(world: World, markets: Ints, minute: Ints | int) -> Depth:
    """Books of `markets` at epoch minutes; outside a market's life at its first or last minute."""
    quotes = world.quotes
    rows = quotes.at(markets, minute)
    inside = rows - quotes.offset[markets] + quotes.first_minute[markets]
    ticks = quotes.ticks[markets]
    level = np.arange(LEVELS)

    def side(number: int, best: Ints, away: int) -> tuple[Ints, Ints]:
        """Prices and sizes of one side, from the best level on `away` from the middle."""
        seed = (world.seed, markets[:, None], inside[:, None], number)
        wide = hash_unit(*seed, 2 * level[None, :])
        gap = np.where(level < DENSE_LEVELS, 1, 1 + (3 * wide).astype(np.int64))
        gap[:, 0] = 0
        price = best[:, None] + away * np.cumsum(gap, axis=1)
        more = -np.log(hash_unit(*seed, 2 * level[None, :] + 1)) * (1 + 0.2 * level)
        size = LEAST_SIZE_E2 + (MEAN_SIZE_E2 * more).astype(np.int64)
        size = np.where(wide < ROUND_SHARE, size // 1_000 * 1_000, size)
        there = (price >= 1) & (price <= ticks[:, None] - 1)
        return price, np.where(there, size, 0)

    bid, bid_size = side(0, quotes.bid[rows].astype(np.int64), -1)
    ask, ask_size = side(1, quotes.ask[rows].astype(np.int64), 1)
    return Depth(ticks, bid, bid_size, ask, ask_size)
