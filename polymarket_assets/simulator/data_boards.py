"""The venue's own leaderboards, computed from the fills up to the clock.

Belongs here: profit and volume by wallet. Finite periods are marked equity changes (cash in and
out, and what is held at either end at midpoint or payout); `all` is realised only: the result of
settled markets. The two are not comparable, as on the venue. Volume counts the shares of both
sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polymarket_assets.simulator.plans import CATEGORIES, DAY_S, MICRO
from polymarket_assets.simulator.randomness import Ints
from polymarket_assets.simulator.world import World

PERIODS = {"day": DAY_S, "week": 7 * DAY_S, "month": 30 * DAY_S, "all": None}
SORTS = ("PNL", "VOLUME")


@dataclass(frozen=True)
class Ranked:
    """One line of a board; money and shares in millionths."""

    rank: int
    wallet: int
    pnl_micro: int
    volume_micro: int


class Leaderboards:
    """Boards of one world; each is computed at most once a minute of the venue's clock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._held: dict[tuple[str, str, str], tuple[int, list[Ranked]]] = {}
        self._category = np.array([world.plan_of(m).category for m in world.markets])

    def categories(self) -> frozenset[str]:
        """What `category` may be."""
        return frozenset({"overall", *CATEGORIES})

    def board(self, category: str, period: str, sort_by: str, now_s: float) -> list[Ranked]:
        """All wallets that traded in the period, best first; equal values share a rank."""
        key, minute = (category, period, sort_by), int(now_s) // 60
        held = self._held.get(key)
        if held is None or held[0] != minute:
            held = self._held[key] = (minute, self._compute(category, period, sort_by, 60 * minute))
        return held[1]

    def _compute(self, category: str, period: str, sort_by: str, now_s: int) -> list[Ranked]:
        fills = self._world.fills
        span = PERIODS[period]
        done = int(np.searchsorted(fills.event_s, now_s, side="right"))
        start_s = 0 if span is None else now_s - span
        begun = int(np.searchsorted(fills.event_s, start_s, side="right"))
        wanted = np.ones(len(self._world.markets), dtype=np.bool_)
        if category != "overall":
            wanted = self._category == category
        if span is None:
            wanted &= self._world.resolved_s <= now_s
        pnl = self._value(done, now_s, wanted) - self._value(begun, start_s, wanted)
        traded = slice(begun, done)
        counted = wanted[fills.market[traded]]
        volume = np.bincount(
            fills.wallet[traded][counted],
            fills.size_micro[traded][counted],
            minlength=len(self._world.wallets),
        ).astype(np.int64)
        return _ranked(pnl, volume, sort_by)

    def _value(self, upto: int, now_s: int, wanted: np.ndarray) -> Ints:
        """Cash received less paid, plus holdings at their mark, by wallet, over the first fills."""
        fills, world = self._world.fills, self._world
        rows = np.flatnonzero(wanted[fills.market[:upto]])
        sign = np.where(fills.buy[rows], 1, -1)
        mark = np.round(
            world.quotes.mid(np.arange(len(world.markets)), now_s // 60) * MICRO
        ).astype(np.int64)
        mark = np.where(world.resolved_s <= now_s, world.payout_micro, mark)
        own = np.where(
            fills.outcome[rows] == 0, mark[fills.market[rows]], MICRO - mark[fills.market[rows]]
        )
        held = sign * (fills.size_micro[rows] * own // MICRO)
        value = np.zeros(len(world.wallets), dtype=np.int64)
        np.add.at(
            value, fills.wallet[rows], held - sign * fills.cash_micro[rows] - fills.fee_micro[rows]
        )
        return value


def _ranked(pnl: Ints, volume: Ints, sort_by: str) -> list[Ranked]:
    traded = np.flatnonzero(volume > 0)
    measure = (pnl if sort_by == "PNL" else volume)[traded]
    order = np.lexsort((traded, -measure))
    ranks = np.searchsorted(-measure[order], -measure[order], side="left") + 1
    return [
        Ranked(rank, wallet, int(pnl[wallet]), int(volume[wallet]))
        for rank, wallet in zip(ranks.tolist(), traded[order].tolist(), strict=True)
    ]
