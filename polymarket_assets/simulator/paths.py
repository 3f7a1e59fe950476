"""True probabilities and quoted prices, minute by minute.

Belongs here: the three models of a true probability, the step from truth to the market's price (a
favourite-longshot bias and slow noise), and the quotes on the tick grid.

Every model is a martingale by construction: the true probability at a minute is the chance, given
all that has been revealed by then, that the outcome is YES, and it is 0 or 1 once the outcome is
known.

- independent and exclusive: the winner is drawn first; evidence about it arrives as Brownian
motions with a
  drift, and the probability is Bayes' rule. Most of the evidence comes in the event's final phase.
- ladder: a Brownian value ends above or below each threshold; the probability is the normal
integral.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

from polymarket_assets.simulator.listing import Settlement
from polymarket_assets.simulator.plans import MICRO, EventPlan
from polymarket_assets.simulator.randomness import Floats, Ints

LONGSHOT_BIAS = 0.87
"""Quoted odds are the true odds to this power: longshots cost too much, favourites too little."""
NOISE_DEVIATION = 0.35
"""Deviation of the quoted log-odds from the biased truth, apart from rounding."""
NOISE_KNOT_MINUTES = 90
"""Minutes between the independent points the noise is interpolated from."""
FINAL_INFORMATION = 70.0
"""Evidence (squared drift) that the final phase adds: the loser ends below 1e-12."""

_erf = np.frompyfunc(erf, 1, 1)


@dataclass(frozen=True)
class EventPath:
    """Minutes of one event's traded markets; row = market, column = minute since `first_minute`.

    Attributes:
        first_minute: Epoch minute of column 0.
        truth: Probability that outcome 0 pays.
        quoted: The market's price before rounding, same shape.
        won: Whether outcome 0 wins, per market.
    """

    first_minute: int
    truth: Floats
    quoted: Floats
    won: list[bool]


def event_path(
    plan: EventPlan, settlements: list[Settlement], rng: np.random.Generator
) -> EventPath:
    """Draw the outcome of an event and everything on the way to it."""
    first = plan.created_s // 60
    length = max(s.proposed_s for s in settlements) // 60 - first + 1
    decided = np.array([s.decided_s // 60 - first for s in settlements])
    priors = np.array([market.prior for market in plan.traded])
    if plan.model == "ladder":
        truth, won = _ladder(priors, int(decided[0]), length, rng)
    elif plan.model == "exclusive":
        truth, won = _exclusive(plan, priors, int(decided[0]), length, rng)
    else:
        rows = [
            _independent(plan, prior, at, length, rng)
            for prior, at in zip(priors.tolist(), decided.tolist(), strict=True)
        ]
        truth, won = np.array([row for row, _ in rows]), [win for _, win in rows]
    for row, settlement in enumerate(settlements):
        if settlement.void:
            truth[row, decided[row] :] = 0.5
    return EventPath(first, truth, _quoted(plan, truth, rng), won)


def _evidence(plan: EventPlan, decided: int) -> Floats:
    """Information that arrives in each minute before `decided`: a trickle, then the final phase."""
    burst = max(1, min(plan.burst_s // 60, decided - 1))
    steps = np.full(decided, plan.information / decided)
    ramp = np.arange(1, burst + 1, dtype=np.float64) ** 2
    steps[decided - burst :] += FINAL_INFORMATION * ramp / ramp.sum()
    return steps


def _independent(
    plan: EventPlan, prior: float, decided: int, length: int, rng: np.random.Generator
) -> tuple[Floats, bool]:
    prior = min(max(prior, 0.02), 0.98)
    won = bool(rng.random() < prior)
    steps = _evidence(plan, decided)
    drift = steps if won else -steps
    odds = np.log(prior / (1 - prior)) + np.cumsum(
        drift + np.sqrt(2 * steps) * rng.standard_normal(decided)
    )
    truth = np.full(length, float(won))
    truth[:decided] = 1 / (1 + np.exp(-np.clip(odds, -60, 60)))
    return truth, won


def _exclusive(
    plan: EventPlan, priors: Floats, decided: int, length: int, rng: np.random.Generator
) -> tuple[Floats, list[bool]]:
    priors = priors / priors.sum()
    winner = int(np.searchsorted(np.cumsum(priors), rng.random()).clip(0, len(priors) - 1))
    steps = _evidence(plan, decided)
    seen = rng.standard_normal((len(priors), decided)) * np.sqrt(steps)
    seen[winner] += steps
    truth = np.zeros((len(priors), length))
    truth[winner] = 1.0
    truth[:, :decided] = _shares(np.log(priors)[:, None] + np.cumsum(seen, axis=1))
    return truth, [row == winner for row in range(len(priors))]


def _shares(logs: Floats) -> Floats:
    weights = np.exp(logs - logs.max(axis=0))
    return weights / weights.sum(axis=0)


def _ladder(
    thresholds: Floats, decided: int, length: int, rng: np.random.Generator
) -> tuple[Floats, list[bool]]:
    value = np.cumsum(rng.standard_normal(decided + 1)) / sqrt(decided + 1)
    left = 1 - np.arange(1, decided + 1) / (decided + 1)
    ahead = (value[:decided] - thresholds[:, None]) / np.sqrt(2 * left)
    won = value[decided] > thresholds
    truth = np.repeat(won[:, None].astype(np.float64), length, axis=1)
    truth[:, :decided] = 0.5 + 0.5 * _erf(ahead).astype(np.float64)
    return truth, won.tolist()


def _quoted(plan: EventPlan, truth: Floats, rng: np.random.Generator) -> Floats:
    """The market's opinion: biased odds and noise; exclusive markets still add up to one."""
    count, length = truth.shape
    rows = 1 if plan.model == "ladder" else count
    knots = rng.standard_normal((rows, length // NOISE_KNOT_MINUTES + 2)) * NOISE_DEVIATION
    minutes = np.arange(length) / NOISE_KNOT_MINUTES
    at = minutes.astype(np.int64)
    noise = knots[:, at] + (knots[:, at + 1] - knots[:, at]) * (minutes - at)
    safe = np.clip(truth, 1e-9, 1 - 1e-9)
    if plan.model == "exclusive":
        return _shares(LONGSHOT_BIAS * np.log(safe) + noise)
    return 1 / (1 + np.exp(-LONGSHOT_BIAS * np.log(safe / (1 - safe)) - noise))


@dataclass(frozen=True)
class Quotes:
    """Truth and best quotes of every market, laid end to end; market m starts at `offset[m]`.

    `bid` and `ask` count ticks of outcome 0; bid 0 means nobody bids, ask `ticks[m]` nobody asks.
    """

    offset: Ints
    first_minute: Ints
    length: Ints
    ticks: Ints
    truth: NDArray[np.float32]
    bid: NDArray[np.int16]
    ask: NDArray[np.int16]

    def at(self, markets: Ints, minutes: Ints | int) -> Ints:
        """Positions of (market, epoch minute); outside a market's life its nearest minute."""
        inside = np.clip(minutes - self.first_minute[markets], 0, self.length[markets] - 1)
        return self.offset[markets] + inside

    def mid(self, markets: Ints, minutes: Ints | int) -> Floats:
        """Midpoint of outcome 0, 0 to 1; a missing side counts as 0 or 1."""
        rows = self.at(markets, minutes)
        return (self.bid[rows].astype(np.int64) + self.ask[rows]) / (2 * self.ticks[markets])


def lay_quotes(paths: list[tuple[EventPlan, EventPath, Floats]]) -> Quotes:
    """Put the events' paths end to end; the third part is each market's spread in ticks."""
    truth, bids, asks, first, lengths, ticks = [], [], [], [], [], []
    for plan, path, spreads in paths:
        for row, market in enumerate(plan.traded):
            per_unit = MICRO // market.tick_micro
            bid, ask = _on_grid(path.quoted[row], per_unit, int(spreads[row]))
            truth.append(path.truth[row].astype(np.float32))
            bids.append(bid)
            asks.append(ask)
            first.append(path.first_minute)
            lengths.append(len(bid))
            ticks.append(per_unit)
    return Quotes(
        offset=np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64),
        first_minute=np.array(first, dtype=np.int64),
        length=np.array(lengths, dtype=np.int64),
        ticks=np.array(ticks, dtype=np.int64),
        truth=np.concatenate(truth),
        bid=np.concatenate(bids),
        ask=np.concatenate(asks),
    )


def _on_grid(price: Floats, ticks: int, spread: int) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Best bid and ask around a price, `spread` ticks apart, inside the grid."""
    bid = np.floor(price * ticks - spread / 2 + 0.5).astype(np.int16)
    ask = bid + np.int16(spread)
    return (
        np.clip(bid, 0, ticks - 1).astype(np.int16),
        np.clip(ask, 1, ticks).astype(np.int16),
    )
