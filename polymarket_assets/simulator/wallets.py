"""The population that trades: persistent wallets with heavy-tailed activity and planted habits.

Belongs here: who exists, what each is like, and who is around on a given day. What they do is
`matching`.

Labels, kept in the truth ledger:
    maker    rests orders on both sides and earns the spread
    skilled  sees the true probability and trades towards it when the price is off
    noise    trades for reasons of its own, with a liking for longshots
    wash     trades back and forth inside a small cluster
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polymarket_assets.simulator.randomness import Floats, Ints, hex_id, stream
from polymarket_assets.simulator.vocabulary import ADJECTIVES, NOUNS

LABELS = ("noise", "skilled", "maker", "wash")
NOISE, SKILLED, MAKER, WASH = range(4)
SHARES = (0.82, 0.1, 0.05, 0.03)
"""Part of the population with each label."""
NAMELESS = 0.15
"""Share of wallets without a name."""
CLUSTER_CHANCE = 0.6
"""How often a wash cluster is around on a day."""
WASH_CLUSTER = 4
"""Wallets that trade among themselves."""


@dataclass(frozen=True)
class Wallets:
    """All wallets; position in the arrays is the wallet's number.

    Attributes:
        label: Index into `LABELS`.
        activity: Relative frequency of trading (Pareto-like).
        size: Factor on the size of its orders.
        cluster: Wash cluster, -1 for everybody else.
    """

    address: tuple[str, ...]
    name: tuple[str, ...]
    pseudonym: tuple[str, ...]
    label: Ints
    activity: Floats
    size: Floats
    cluster: Ints

    def __len__(self) -> int:
        return len(self.address)


def make_wallets(seed: int, fills_per_day: int) -> Wallets:
    """The population for a world of that size: 60 to 1,500 wallets."""
    count = int(np.clip(fills_per_day // 25, 60, 1_500))
    rng = stream(seed, "wallets")
    bounds = np.floor(np.cumsum(SHARES) * count).astype(np.int64)
    label = np.searchsorted(bounds[:-1], np.arange(count), side="right").astype(np.int64)
    label = label[rng.permutation(count)]
    washers = np.flatnonzero(label == WASH)
    cluster = np.full(count, -1, dtype=np.int64)
    cluster[washers] = np.arange(len(washers)) // WASH_CLUSTER
    pseudonyms = [
        f"{ADJECTIVES[a]}-{NOUNS[b]}" for a, b in rng.integers(0, len(NOUNS), (count, 2)).tolist()
    ]
    return Wallets(
        address=tuple(hex_id(20, seed, "wallet", i) for i in range(count)),
        name=tuple(
            "" if u < NAMELESS else f"{p.replace('-', '').lower()}{i}"
            for i, (p, u) in enumerate(zip(pseudonyms, rng.random(count).tolist(), strict=True))
        ),
        pseudonym=tuple(pseudonyms),
        label=label,
        activity=np.minimum(1 + rng.pareto(1.1, count), 40) * np.where(label == SKILLED, 3.0, 1.0),
        size=np.exp(0.7 * rng.standard_normal(count)),
        cluster=cluster,
    )


def around_today(seed: int, wallets: Wallets, day: int) -> Floats:
    """Trading weight of each wallet on a day: 0 for those that stay away (about two thirds).

    Frequent traders come more often; everybody of a wash cluster comes or none.
    """
    rng = stream(seed, "around", day)
    chance = np.clip(0.22 * np.sqrt(wallets.activity), 0, 0.95)
    chance[wallets.label == MAKER] = 0.95
    here = rng.random(len(wallets)) < chance
    clusters = rng.random(int(wallets.cluster.max(initial=-1)) + 1) < CLUSTER_CHANCE
    washers = wallets.cluster >= 0
    here[washers] = clusters[wallets.cluster[washers]]
    for label, fewest in ((NOISE, 8), (SKILLED, 1), (MAKER, 1)):
        here[np.flatnonzero(wallets.label == label)[:fewest]] = True
    return np.where(here, wallets.activity * (0.5 + rng.random(len(wallets))), 0.0)
