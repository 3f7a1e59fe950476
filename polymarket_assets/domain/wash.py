"""How much of a wallet's trading looks like wash trading.

Same counterparty alone says little: it may be a market maker. What tells is a cluster that trades
mostly inside itself and opens and closes without holding: a wallet's own share of round trips,
weighed by the scores of those it trades with, and theirs by those of theirs.

Source: the network-based idea of Sirolly, Ma, Kanoria and Sethi (Columbia), simplified.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

HOLDING = timedelta(hours=24)
"""Shares sold again within this time were not held."""
DAMPING = 0.5
MOST_ROUNDS = 20
SETTLED = 1e-6
FLAGGED_ABOVE = 0.8
FLAT_SHARE = 0.05
"""Net position and profit of a flagged wallet are at most this part of its volume."""


@dataclass(frozen=True)
class Move:
    """One fill of a wallet in a token: micro-shares (positive bought), price in micro-pUSD."""

    at: datetime
    shares: int
    price: int


def sold_again(moves: Iterable[Move], *, tick: int) -> int:
    """Micro-shares of one wallet and token sold again within HOLDING, at |Δp| ≤ tick.

    Sales take the oldest purchases first. `moves` are in order of time; `tick` in micro-pUSD.
    """
    held: deque[Move] = deque()
    again = 0
    for move in moves:
        if move.shares > 0:
            held.append(move)
            continue
        left = -move.shares
        while left and held:
            bought = held.popleft()
            taken = min(left, bought.shares)
            if move.at - bought.at <= HOLDING and abs(move.price - bought.price) <= tick:
                again += taken
            left -= taken
            if taken < bought.shares:
                held.appendleft(replace(bought, shares=bought.shares - taken))
    return again


def scores(
    seeds: Mapping[str, float], volumes: Mapping[tuple[str, str], float]
) -> dict[str, float]:
    """The fixed point of s(w) = seed(w) · Σ_u volume(w, u) · s(u) / volume(w), damped by half.

    Args:
        seeds: each wallet's share of round trips, 0 to 1.
        volumes: what two wallets traded with each other, either order, each pair once.
    """
    wallets = list(seeds)
    place = {wallet: n for n, wallet in enumerate(wallets)}
    # Who has no seed scores nothing and counts in the volume of its partners alone.
    ends = [(place.get(a, -1), place.get(b, -1), v) for (a, b), v in volumes.items()]
    both = [(one, other, v) for a, b, v in ends for one, other in ((a, b), (b, a)) if one >= 0]
    one, other = (np.array([pair[n] for pair in both], dtype=np.int64) for n in (0, 1))
    volume = np.array([pair[2] for pair in both], dtype=np.float64)
    total = np.bincount(one, weights=volume, minlength=len(wallets))
    seed = np.array(list(seeds.values()), dtype=np.float64)
    found = seed
    for _ in range(MOST_ROUNDS):
        # The last place is that of everybody without a seed.
        score = np.append(found, 0.0)[other]
        met = np.bincount(one, weights=volume * score, minlength=len(wallets))
        mean = np.divide(met, total, out=np.zeros(len(wallets)), where=total > 0)
        before, found = found, (1 - DAMPING) * found + DAMPING * seed * mean
        if np.max(np.abs(found - before), initial=0.0) < SETTLED:
            break
    return dict(zip(wallets, found.tolist(), strict=True))


def is_flagged(
    score: float, *, net_shares: float, traded_shares: float, pnl: float, volume: float
) -> bool:
    """Whether score, net position and profit are all those of wash trading."""
    return (
        score > FLAGGED_ABOVE
        and abs(net_shares) <= FLAT_SHARE * traded_shares
        and abs(pnl) <= FLAT_SHARE * volume
    )
