"""One day's orders and the matches they become: who meets whom, when, where, at what price and size.

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
    Wallets,
    around_today,
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
MICRO_SHARES = 10_000
"""Most sizes are whole hundredths of a share."""
ODD_STEP = 1_000
"""Some sizes are whole thousandths. Both times a price on the grid are whole micro-units of pUSD."""
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


def day_matches(
    seed: int,
    day: int,
    midnight_s: int,
    count: int,
    markets: Markets,
    quotes: Quotes,
    wallets: Wallets,
) -> DayMatches:
    """Draw the matches of one day: exactly `count` with a size, and a few of size zero."""
    rng = stream(seed, "orders", day)
    weights = around_today(seed, wallets, day)
    levels = rng.choice(3, count, p=LEVELS) + 1
    pairs = int(WASH_SHARE * count / 2) if (weights[wallets.label == WASH] > 0).any() else 0
    levels[: 2 * pairs] = 1
    upto = np.cumsum(levels)
    orders = int(np.searchsorted(upto, count)) + 1
    levels = levels[:orders]
    levels[-1] -= int(upto[orders - 1]) - count

    market, when = _where_and_when(rng, midnight_s, orders, markets)
    wash = np.arange(orders) < 2 * pairs
    second = np.arange(pairs, 2 * pairs)
    market[second] = market[:pairs]
    until = np.minimum(markets.closes_s[market[second]], midnight_s + DAY_S) - 1
    when[second] = np.minimum(when[:pairs] + rng.integers(60, 1_800, pairs), until)

    taker, direction, edge = _takers(rng, market, when, quotes, wallets, weights)
    size = _sizes(rng, wallets.size[taker] * (1 + 20 * edge))
    first_maker = np.full(orders, -1, dtype=np.int64)
    if pairs:
        here = np.flatnonzero((wallets.label == WASH) & (weights > 0))
        taker[:pairs] = here[rng.integers(0, len(here), pairs)]
        first_maker[:pairs] = _neighbours(rng, taker[:pairs], wallets)
        taker[second], first_maker[second] = taker[:pairs], first_maker[:pairs]
        size[second] = size[:pairs]
        # Back at the price of the first leg's quotes, or what they have become by then.
        direction[second] = -direction[:pairs]
    sequence = np.argsort(when, kind="stable")
    order = np.repeat(np.arange(orders), levels[sequence])
    source = sequence[order]
    step = np.arange(len(order)) - np.searchsorted(order, order)
    matches = DayMatches(
        order=order,
        event_s=when[source],
        market=market[source],
        taker=taker[source],
        direction=direction[source],
        price=np.zeros(len(order), dtype=np.int64),
        size=np.where(step == 0, size[source], _sizes(rng, wallets.size[taker[source]])),
        makers=np.where(wash[source], 1, rng.choice(4, len(order), p=MAKERS) + 1),
        twin=np.zeros(len(order), dtype=np.bool_),
        first_maker=np.where(step == 0, first_maker[source], -1),
    )
    _price(matches, step, quotes)
    _peculiar(rng, matches, step, wash[source])
    return matches


def _where_and_when(
    rng: np.random.Generator, midnight_s: int, orders: int, markets: Markets
) -> tuple[Ints, Ints]:
    """Market and second of each order: heavy-tailed over markets, in bursts within a market."""
    low = np.maximum(markets.opens_s, midnight_s)
    high = np.minimum(markets.closes_s, midnight_s + DAY_S)
    live = np.flatnonzero(high > low)
    share = markets.weight[live] * np.sqrt((high - low)[live])
    least = min(3, orders // len(live))
    counts = least + rng.multinomial(orders - least * len(live), share / share.sum())
    market = np.repeat(live, counts)
    when = low[market] + (rng.random(orders) * (high - low)[market]).astype(np.int64)
    follows = (rng.random(orders) < 0.25) & (np.roll(market, 1) == market)
    burst = np.roll(when, 1) + rng.integers(0, 4, orders)
    when = np.where(follows, np.minimum(burst, high[market] - 1), when)
    mixed = rng.permutation(orders)
    return market[mixed], when[mixed]


def _takers(
    rng: np.random.Generator,
    market: Ints,
    when: Ints,
    quotes: Quotes,
    wallets: Wallets,
    weights: Floats,
) -> tuple[Ints, Ints, Floats]:
    """Sender and direction of each order, and the edge a skilled sender sees (0 for others)."""
    rows = quotes.at(market, when // 60)
    ticks = quotes.ticks[market]
    bid, ask = quotes.bid[rows].astype(np.int64), quotes.ask[rows].astype(np.int64)
    truth = quotes.truth[rows].astype(np.float64)
    gain_up = np.where(ask < ticks, truth - ask / ticks, -1.0)
    gain_down = np.where(bid > 0, bid / ticks - truth, -1.0)
    edge = np.maximum(gain_up, gain_down)
    draw = rng.random(len(market))
    skilled = (draw < TAKERS[SKILLED]) & (edge > SKILLED_EDGE)
    maker = draw > 1 - TAKERS[MAKER]
    label = np.where(skilled, SKILLED, np.where(maker, MAKER, NOISE))
    taker = _drawn(rng, label, wallets, weights)
    likes_up = rng.random(len(market)) < 0.5 + 0.3 * (0.5 - (bid + ask) / (2 * ticks))
    up = np.where(skilled, gain_up >= gain_down, likes_up)
    up = np.where(ask == ticks, False, np.where(bid == 0, True, up))
    return taker, np.where(up, 1, -1), np.where(skilled, edge, 0.0)


def _drawn(rng: np.random.Generator, label: Ints, wallets: Wallets, weights: Floats) -> Ints:
    """A wallet of each wanted label."""
    chosen = np.empty(len(label), dtype=np.int64)
    for kind in (NOISE, SKILLED, MAKER):
        wanted = np.flatnonzero(label == kind)
        chosen[wanted] = pick(rng, np.where(wallets.label == kind, weights, 0.0), len(wanted))
    return chosen


def _neighbours(rng: np.random.Generator, taker: Ints, wallets: Wallets) -> Ints:
    """Another wallet of the same wash cluster, or the next wash wallet if there is none."""
    washers = np.flatnonzero(wallets.label == WASH)
    place = np.searchsorted(washers, taker)
    step = rng.integers(1, 4, len(taker))
    first = place - place % 4
    width = np.minimum(4, len(washers) - first)
    inside = first + (place - first + step) % np.maximum(width, 1)
    return np.where(washers[inside] == taker, -1, washers[inside])


def _sizes(rng: np.random.Generator, factor: Floats) -> Ints:
    """Log-normal sizes in millionths of a share: median 20 shares, at most 100,000."""
    shares = np.clip(np.exp(np.log(20) + 1.3 * rng.standard_normal(len(factor))) * factor, 1, 1e5)
    step = np.where(rng.random(len(factor)) < 0.15, ODD_STEP, MICRO_SHARES)
    step = np.where(rng.random(len(factor)) < 0.3, 5_000_000, step)
    return np.maximum(1, np.round(shares * 1e6 / step)).astype(np.int64) * step


def _price(matches: DayMatches, step: Ints, quotes: Quotes) -> None:
    """The first match at the touch, each further one a tick worse as far as the grid goes."""
    rows = quotes.at(matches.market, matches.event_s // 60)
    touch = np.where(matches.direction > 0, quotes.ask[rows], quotes.bid[rows]).astype(np.int64)
    matches.price[:] = np.clip(
        touch + matches.direction * step, 1, quotes.ticks[matches.market] - 1
    )


def _peculiar(rng: np.random.Generator, matches: DayMatches, step: Ints, wash: Flags) -> None:
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
