"""One day's orders and the matches they become: who, when, where, at what price and size.

Belongs here: the columns of a day before inventories decide which token each side trades
(`matching`). Every number is drawn for the whole day at once.

An order takes one to three price levels; each level it takes is a match of one taker with one to
four makers, and all matches of an order share one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polymarket_assets.simulator.paths import Quotes
from polymarket_assets.simulator.plans import DAY_S
from polymarket_assets.simulator.randomness import Floats, Ints, pick, stream
from polymarket_assets.simulator.wallets import (
    MAKER,
    NOISE,
    SKILLED,
    WASH,
    WASH_CLUSTER,
    Wallets,
)

Flags = NDArray[np.bool_]

LEVELS = (0.87, 0.1, 0.03)
"""Share of orders that take one, two, three levels."""
MAKERS = (0.82, 0.12, 0.04, 0.02)
"""Share of matches with one to four makers."""
TAKERS = {SKILLED: 0.25, MAKER: 0.04}
"""Share of orders sent by skilled wallets and by makers; the rest is noise and a little wash."""
RESTING = {MAKER: 0.7, NOISE: 0.3}
"""Share of resting orders by owner."""
WASH_SHARE = 0.02
SKILLED_EDGE = 0.02
"""Least distance of quote and truth, pUSD per share, that makes a skilled wallet trade."""
BURST_SHARE = 0.25
"""Share of orders that follow another one in the same market within seconds."""
PLAIN_STEP, ROUND_STEP, ODD_STEP = 10_000, 5_000_000, 1_000
"""Sizes are whole hundredths of a share, often whole fives, sometimes whole thousandths.

Each of them times a price on the grid is a whole number of millionths of a pUSD.
"""
ROUND_SHARE, ODD_SHARE = 0.3, 0.15
ZERO_ROWS, DUST_ROWS, TWINS = 5, 10, 2
"""Per day: matches of size zero (on top), below 0.01 shares, and orders filled twice alike."""


@dataclass(frozen=True)
class Markets:
    """What matching needs to know of each market (arrays by market)."""

    opens_s: Ints
    closes_s: Ints
    weight: Floats


@dataclass
class DayMatches:
    """Matches of a day in time order; `order` numbers the orders of the day from 0.

    Attributes:
        direction: +1 if the taker wants outcome 0 to win, -1 if not.
        price: Ticks of outcome 0.
        size: Millionths of a share.
        makers: Number of makers.
    """

    order: Ints
    event_s: Ints
    market: Ints
    taker: Ints
    direction: Ints
    price: Ints
    size: Ints
    makers: Ints
    twin: Flags
    first_maker: Ints


class OrderFlow:
    """Draws the orders of one world, day by day.

    Args:
        seed: The world's seed.
        markets: When each market trades and how popular it is.
        quotes: Truth and best quotes.
        wallets: The population.
    """

    def __init__(self, seed: int, markets: Markets, quotes: Quotes, wallets: Wallets) -> None:
        self._seed, self._markets, self._quotes, self._wallets = seed, markets, quotes, wallets

    def day(self, day: int, midnight_s: int, count: int, weights: Floats) -> DayMatches:
        """The matches of one day: exactly `count` with a size, and a few of size zero.

        Args:
            day: Number of the day.
            midnight_s: Its beginning, epoch seconds.
            count: Matches with a size.
            weights: Trading weight of each wallet that day.
        """
        rng = stream(self._seed, "orders", day)
        washers = np.flatnonzero((self._wallets.label == WASH) & (weights > 0))
        pairs = int(WASH_SHARE * count / 2) if len(washers) else 0
        levels = rng.choice(3, count, p=LEVELS) + 1
        levels[: 2 * pairs] = 1
        upto = np.cumsum(levels)
        orders = int(np.searchsorted(upto, count)) + 1
        levels = levels[:orders]
        levels[-1] -= int(upto[orders - 1]) - count

        market, when = self._where_and_when(rng, midnight_s, orders)
        # The first `pairs` orders are wash trades, the next `pairs` take them back a little later.
        back = np.arange(pairs, 2 * pairs)
        market[back] = market[:pairs]
        until = np.minimum(self._markets.closes_s[market[back]], midnight_s + DAY_S) - 1
        when[back] = np.minimum(when[:pairs] + rng.integers(60, 1_800, pairs), until)
        taker, direction, edge = self._takers(rng, market, when, weights)
        size = _sizes(rng, self._wallets.size[taker] * (1 + 20 * edge))
        first_maker = np.full(orders, -1, dtype=np.int64)
        if pairs:
            taker[:pairs] = taker[back] = washers[rng.integers(0, len(washers), pairs)]
            first_maker[:pairs] = first_maker[back] = self._neighbours(rng, taker[:pairs])
            size[back] = size[:pairs]
            direction[back] = -direction[:pairs]

        sequence = np.argsort(when, kind="stable")
        order = np.repeat(np.arange(orders), levels[sequence])
        source = sequence[order]
        step = np.arange(len(order)) - np.searchsorted(order, order)
        wash = source < 2 * pairs
        deeper = _sizes(rng, self._wallets.size[taker[source]])
        matches = DayMatches(
            order=order,
            event_s=when[source],
            market=market[source],
            taker=taker[source],
            direction=direction[source],
            price=self._prices(market[source], when[source], direction[source], step),
            size=np.where(step == 0, size[source], deeper),
            makers=np.where(wash, 1, rng.choice(4, len(order), p=MAKERS) + 1),
            twin=np.zeros(len(order), dtype=np.bool_),
            first_maker=np.where(step == 0, first_maker[source], -1),
        )
        _make_peculiar(rng, matches, step, wash)
        return matches

    def _where_and_when(
        self, rng: np.random.Generator, midnight_s: int, orders: int
    ) -> tuple[Ints, Ints]:
        """Market and second of each order: heavy-tailed over markets, in bursts within one."""
        low = np.maximum(self._markets.opens_s, midnight_s)
        high = np.minimum(self._markets.closes_s, midnight_s + DAY_S)
        live = np.flatnonzero(high > low)
        share = self._markets.weight[live] * np.sqrt((high - low)[live])
        least = min(3, orders // len(live))
        counts = least + rng.multinomial(orders - least * len(live), share / share.sum())
        market = np.repeat(live, counts)
        when = low[market] + (rng.random(orders) * (high - low)[market]).astype(np.int64)
        follows = (rng.random(orders) < BURST_SHARE) & (np.roll(market, 1) == market)
        burst = np.roll(when, 1) + rng.integers(0, 4, orders)
        when = np.where(follows, np.minimum(burst, high[market] - 1), when)
        mixed = rng.permutation(orders)
        return market[mixed], when[mixed]

    def _takers(
        self, rng: np.random.Generator, market: Ints, when: Ints, weights: Floats
    ) -> tuple[Ints, Ints, Floats]:
        """Sender and direction of each order, and the edge a skilled sender sees (else 0)."""
        quotes = self._quotes
        rows = quotes.at(market, when // 60)
        ticks = quotes.ticks[market]
        bid, ask = quotes.bid[rows].astype(np.int64), quotes.ask[rows].astype(np.int64)
        truth = quotes.truth[rows].astype(np.float64)
        gain_up = np.where(ask < ticks, truth - ask / ticks, -1.0)
        gain_down = np.where(bid > 0, bid / ticks - truth, -1.0)
        edge = np.maximum(gain_up, gain_down)
        draw = rng.random(len(market))
        skilled = (draw < TAKERS[SKILLED]) & (edge > SKILLED_EDGE)
        label = np.where(skilled, SKILLED, np.where(draw > 1 - TAKERS[MAKER], MAKER, NOISE))
        taker = np.empty(len(market), dtype=np.int64)
        for kind in (NOISE, SKILLED, MAKER):
            of_kind = np.where(self._wallets.label == kind, weights, 0.0)
            wanted = np.flatnonzero(label == kind)
            taker[wanted] = pick(rng, of_kind, len(wanted))
        likes_longshots = 0.5 + 0.3 * (0.5 - (bid + ask) / (2 * ticks))
        up = np.where(skilled, gain_up >= gain_down, rng.random(len(market)) < likes_longshots)
        up = np.where(ask == ticks, False, np.where(bid == 0, True, up))
        return taker, np.where(up, 1, -1), np.where(skilled, edge, 0.0)

    def _neighbours(self, rng: np.random.Generator, taker: Ints) -> Ints:
        """Another wallet of the same wash cluster; -1 if the taker is alone in it."""
        washers = np.flatnonzero(self._wallets.label == WASH)
        place = np.searchsorted(washers, taker)
        first = place - place % WASH_CLUSTER
        width = np.minimum(WASH_CLUSTER, len(washers) - first)
        step = rng.integers(1, WASH_CLUSTER, len(taker))
        other = washers[first + (place - first + step) % width]
        return np.where(other == taker, -1, other)

    def _prices(self, market: Ints, when: Ints, direction: Ints, step: Ints) -> Ints:
        """The first match at the touch, each further one a tick worse while the grid lasts."""
        rows = self._quotes.at(market, when // 60)
        touch = np.where(direction > 0, self._quotes.ask[rows], self._quotes.bid[rows])
        price = touch.astype(np.int64) + direction * step
        return np.clip(price, 1, self._quotes.ticks[market] - 1)


def _sizes(rng: np.random.Generator, factor: Floats) -> Ints:
    """Log-normal sizes in millionths of a share: median 20 shares, at most 100,000."""
    shares = np.clip(np.exp(np.log(20) + 1.3 * rng.standard_normal(len(factor))) * factor, 1, 1e5)
    step = np.where(rng.random(len(factor)) < ODD_SHARE, ODD_STEP, PLAIN_STEP)
    step = np.where(rng.random(len(factor)) < ROUND_SHARE, ROUND_STEP, step)
    return np.maximum(1, np.round(shares * 1e6 / step)).astype(np.int64) * step


def _make_peculiar(rng: np.random.Generator, matches: DayMatches, step: Ints, wash: Flags) -> None:
    """Plant what the venue's feed also has: rows of size zero, dust, and rows that look alike."""
    seconds = np.flatnonzero(step == 1)
    twins = seconds[:: max(1, len(seconds) // TWINS)][:TWINS]
    matches.twin[twins] = True
    for name in ("price", "size"):
        column = getattr(matches, name)
        column[twins] = column[twins - 1]
    matches.makers[twins] = matches.makers[twins - 1] = 1
    plain = np.flatnonzero((step == 0) & ~wash & (matches.makers == 1) & ~np.roll(matches.twin, -1))
    dust = plain[rng.permutation(len(plain))[: min(DUST_ROWS, len(plain) // 10)]]
    matches.size[dust] = rng.integers(1, 10, len(dust)) * ODD_STEP
    _add_zero_rows(rng, matches, plain)


def _add_zero_rows(rng: np.random.Generator, matches: DayMatches, plain: Ints) -> None:
    """Matches of size zero inside the transactions of others, right behind a real match."""
    chosen = np.sort(plain[rng.permutation(len(plain))[: min(ZERO_ROWS, len(plain) // 20)]])
    for name, column in list(vars(matches).items()):
        setattr(matches, name, np.insert(column, chosen + 1, column[chosen]))
    added = chosen + 1 + np.arange(len(chosen))
    matches.size[added] = 0
    matches.makers[added] = 1
