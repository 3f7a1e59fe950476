"""The simulated Kalshi's quotes, books and trades.

Belongs here: what happens in its markets: quotes on a cent grid around the shared truth with noise
of their own, books of bids, a tape of trades on the generated days. Amounts are integers: prices in
cents, counts in hundredths of a contract. Not here: JSON (kalshi_shapes.py) or paging
(kalshi_routes.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from polymarket_assets.simulator.kalshi_listing import KalshiMarket, Listing, list_kalshi, trade_ids
from polymarket_assets.simulator.plans import DAY_S, HOUR_S
from polymarket_assets.simulator.randomness import Floats, Ints, hash_unit, pick, stream
from polymarket_assets.simulator.world import World

CENTS = 100
NOISE_CENTS = 2.5
"""Largest distance between Kalshi's middle and that of the shared path."""
NOISE_MINUTES = 30
TRADES_SHARE = 8
"""One trade for so many of the world's matches."""
LEVELS = 16
BLOCK_SHARE = 0.002
FRACTIONAL_SHARE = 0.2


@dataclass(frozen=True)
class Tape:
    """Trades in order of time; `price` is of YES in cents, `size` in hundredths of a contract."""

    market: Ints
    at_us: Ints
    price: Ints
    size: Ints
    taker_yes: np.ndarray
    block: np.ndarray
    ids: list[str]

    def __len__(self) -> int:
        return len(self.market)


class KalshiVenue:
    """Kalshi beside one world; equal worlds give equal venues."""

    def __init__(self, world: World, markets_per_day: int, fills_per_day: int) -> None:
        """List the markets and let them trade.

        Args:
            world: the world whose truth the twins follow.
            markets_per_day: markets of the world that trade on each day.
            fills_per_day: matches of the world on each day.
        """
        self.world = world
        self.listing: Listing = list_kalshi(world, markets_per_day)
        self.tape = self._trade(max(20, fills_per_day // TRADES_SHARE))

    @property
    def markets(self) -> list[KalshiMarket]:
        """All markets by position."""
        return self.listing.markets

    @cached_property
    def by_ticker(self) -> dict[str, KalshiMarket]:
        """Markets by ticker."""
        return {market.ticker: market for market in self.markets}

    @cached_property
    def trades_of(self) -> list[Ints]:
        """Positions in the tape by market, ascending."""
        order = np.argsort(self.tape.market, kind="stable")
        counts = np.bincount(self.tape.market, minlength=len(self.markets))
        return np.split(order, np.cumsum(counts)[:-1])

    def truth(self, markets: Ints, minutes: Ints) -> Floats:
        """Probability of YES at epoch minutes."""
        return self._of_paths(markets, minutes, middle=False)

    def bid_ask(self, markets: Ints, minutes: Ints) -> tuple[Ints, Ints]:
        """Best bid and ask for YES in cents; bid 0 and ask 100 mean nobody is there."""
        middle = self._of_paths(markets, minutes, middle=True) * CENTS
        seed = (self.world.seed, markets, minutes // NOISE_MINUTES)
        noise = (2 * hash_unit(*seed, 71) - 1) * NOISE_CENTS * np.minimum(1, middle / 10)
        spread = 1 + (3 * hash_unit(self.world.seed, markets, 72)).astype(np.int64)
        bid = np.floor(middle + noise - spread / 2 + 0.5).astype(np.int64)
        return np.clip(bid, 0, CENTS - 1), np.clip(bid + spread, 1, CENTS)

    def bids(self, market: int, minute: int, *, yes: bool) -> list[tuple[int, int]]:
        """Bids for one outcome, worst first: (cents, hundredths of a contract)."""
        bid, ask = self.bid_ask(np.array([market]), np.array([minute]))
        best = int(bid[0]) if yes else CENTS - int(ask[0])
        level = np.arange(LEVELS)
        chance = hash_unit(self.world.seed, market, minute, 73 + yes, level)
        prices = best - np.cumsum(np.where(level == 0, 0, 1 + (3 * chance).astype(np.int64)))
        sizes = 500 + (
            60_000 * -np.log(hash_unit(self.world.seed, market, minute, 75 + yes, level))
        )
        sizes = np.where(chance < 0.6, sizes // CENTS * CENTS, sizes).astype(np.int64)  # noqa: PLR2004 - most are whole contracts
        there = prices >= 1
        return list(zip(prices[there].tolist(), sizes[there].tolist(), strict=True))[::-1]

    def _of_paths(self, markets: Ints, minutes: Ints, *, middle: bool) -> Floats:
        """A value of the shared or own path of each market at each minute."""
        twin = np.array([m.twin >= 0 for m in self.markets])[markets]
        path = np.array([m.path for m in self.markets])[markets]
        out = np.empty(len(markets))
        for own, quotes in ((True, self.listing.own_quotes), (False, self.world.quotes)):
            rows = np.flatnonzero(twin != own)
            at, when = path[rows], minutes[rows]
            out[rows] = quotes.mid(at, when) if middle else quotes.truth[quotes.at(at, when)]
        return out

    def _trade(self, per_day: int) -> Tape:
        rng = stream(self.world.seed, "kalshi", "tape")
        weight = rng.lognormal(0.0, 1.3, len(self.markets))
        opens = np.array([m.opens_s for m in self.markets])
        closes = np.array([m.closes_s for m in self.markets])
        markets, moments = [], []
        for day in range(self.world.days):
            begin = self.world.first_midnight_s + day * DAY_S
            first, last = np.maximum(opens, begin), np.minimum(closes, begin + DAY_S)
            lived = np.maximum(0, last - first)
            chosen = pick(rng, weight * np.minimum(lived, 12 * HOUR_S), per_day)
            markets.append(chosen)
            moments.append(
                (first[chosen] * 1e6 + rng.random(per_day) * lived[chosen] * 1e6).astype(np.int64)
            )
        market, at_us = np.concatenate(markets), np.concatenate(moments)
        order = np.argsort(at_us, kind="stable")
        market, at_us = market[order], at_us[order]
        count = len(market)
        bid, ask = self.bid_ask(market, at_us // 60_000_000)
        taker_yes = rng.random(count) < 0.5  # noqa: PLR2004 - either side
        size = (CENTS * rng.lognormal(2.5, 1.5, count)).astype(np.int64) + 1
        whole = rng.random(count) >= FRACTIONAL_SHARE
        size = np.where(whole, np.maximum(CENTS, size // CENTS * CENTS), size)
        return Tape(
            market=market,
            at_us=at_us,
            price=np.clip(np.where(taker_yes, ask, bid), 1, CENTS - 1),
            size=size,
            taker_yes=taker_yes,
            block=rng.random(count) < BLOCK_SHARE,
            ids=trade_ids(self.world.seed, count),
        )
