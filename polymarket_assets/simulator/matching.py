"""From matches to the rows of the feed: makers, tokens, sides, cash, fees, in exact integers.

Belongs here: the exchange's rules. A match is one taker against one to four makers at one price.
Whoever wants outcome 0 to win sells outcome 1 if he holds enough of it and buys outcome 0
otherwise, and the other way round; so nobody is ever short, and a match is

    direct  one side buys the token the other sells,
    a mint  both buy (one outcome 0, one outcome 1; together they pay 1 pUSD a share), or
    a merge both sell (together they receive 1 pUSD a share),

and can be several of these at once when it has several makers. The maker's side is therefore not
simply the opposite of the taker's. Sizes are millionths of a share, money millionths of a pUSD.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from polymarket_assets.simulator.orders import RESTING, DayMatches
from polymarket_assets.simulator.plans import MICRO
from polymarket_assets.simulator.randomness import Floats, Ints, pick, stream
from polymarket_assets.simulator.wallets import WASH, Wallets

Flags = NDArray[np.bool_]

FEE_STEP_MICRO, FEE_STEP_E13 = 10, 100_000_000
"""Fees are rounded to five decimals of a pUSD: in its millionths, and in parts of 10^13."""


@dataclass(frozen=True)
class Matches:
    """All matches, by position; `transaction` numbers the orders of the whole world."""

    transaction: Ints
    event_s: Ints
    market: Ints
    taker: Ints
    price_micro: Ints
    size_micro: Ints
    makers: Ints
    minted_micro: Ints


@dataclass(frozen=True)
class Fills:
    """All rows of the feed in order of settlement: the makers of a match, then its taker.

    Attributes:
        match: Position in `Matches`.
        outcome: 0 or 1, the token traded.
        price_micro: Price of that token.
        cash_micro: price times size, exact.
        fee_micro: Paid by takers on top of (buy) or out of (sell) the cash.
    """

    match: Ints
    event_s: Ints
    market: Ints
    wallet: Ints
    taker: Flags
    outcome: Ints
    buy: Flags
    price_micro: Ints
    size_micro: Ints
    cash_micro: Ints
    fee_micro: Ints

    def __len__(self) -> int:
        return len(self.match)


Columns = TypeVar("Columns", Matches, Fills)


class Exchange:
    """Settles days of matches one after the other, remembering who holds what."""

    def __init__(self, seed: int, wallets: Wallets, ticks: Ints, fee_rate_e4: Ints) -> None:
        self._seed, self._wallets, self._ticks, self._rates = seed, wallets, ticks, fee_rate_e4
        self._held: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self._matches: list[Matches] = []
        self._fills: list[Fills] = []
        self._transactions = self._count = 0

    def settle(self, day: int, matches: DayMatches, weights: Floats) -> None:
        """Match one day; `weights` says which wallets are around."""
        rng = stream(self._seed, "makers", day)
        rows = np.repeat(np.arange(len(matches.order)), matches.makers + 1)
        last = np.cumsum(matches.makers + 1) - 1
        taker = np.zeros(len(rows), dtype=np.bool_)
        taker[last] = True
        size = self._split(rng, matches, rows, taker)
        wallet = self._makers(rng, matches, rows, taker, weights)
        market = matches.market[rows]
        direction = np.where(taker, 1, -1) * matches.direction[rows]
        outcome, buy = self._tokens(wallet, market, direction, size)
        ticks = self._ticks[market]
        own = np.where(outcome == 0, matches.price[rows], ticks - matches.price[rows])
        price = own * (MICRO // ticks)
        fee = np.where(taker, fee_micro(size, price, self._rates[market]), 0)
        self._fills.append(
            Fills(
                match=self._count + rows,
                event_s=matches.event_s[rows],
                market=market,
                wallet=wallet,
                taker=taker,
                outcome=outcome,
                buy=buy,
                price_micro=price,
                size_micro=size,
                cash_micro=size * price // MICRO,
                fee_micro=fee,
            )
        )
        signed = np.where(outcome == 0, np.where(buy, size, -size), 0)
        self._matches.append(
            Matches(
                transaction=self._transactions + matches.order,
                event_s=matches.event_s,
                market=matches.market,
                taker=matches.taker,
                price_micro=price[last],
                size_micro=matches.size,
                makers=matches.makers,
                minted_micro=np.add.reduceat(signed, last - matches.makers),
            )
        )
        self._transactions += int(matches.order[-1]) + 1
        self._count += len(matches.order)

    def result(self) -> tuple[Matches, Fills]:
        """Everything settled so far."""
        return _joined(Matches, self._matches), _joined(Fills, self._fills)

    def _split(
        self, rng: np.random.Generator, matches: DayMatches, rows: Ints, taker: Flags
    ) -> Ints:
        """Each maker's part of the match; the parts add up to the taker's size."""
        share = np.where(taker, 0.0, 0.2 + rng.random(len(rows)))
        total = np.bincount(rows, share)
        whole = matches.size[rows]
        step = np.where(whole % 10_000 == 0, 10_000, 1_000)
        part = (whole * (share / total[rows])).astype(np.int64) // step * step
        part[taker] = 0
        first = np.cumsum(matches.makers + 1) - 1 - matches.makers
        part[first] += matches.size - np.bincount(rows, part).astype(np.int64)
        return np.where(taker, whole, part)

    def _makers(
        self,
        rng: np.random.Generator,
        matches: DayMatches,
        rows: Ints,
        taker: Flags,
        weights: Floats,
    ) -> Ints:
        """Who rests the other side: wallets of one match differ, both legs of a twin are alike."""
        labels = self._wallets.label
        share = np.zeros(len(weights))
        for label, part in RESTING.items():
            of_label = np.where(labels == label, weights, 0.0)
            share += part * of_label / of_label.sum()
        wallet = np.where(taker, matches.taker[rows], pick(rng, share, len(rows)))
        first = np.cumsum(matches.makers + 1) - 1 - matches.makers
        named = np.flatnonzero(matches.first_maker >= 0)
        wallet[first[named]] = matches.first_maker[named]
        others = np.flatnonzero((labels != WASH) & (weights > 0))
        while len(doubled := _doubled(rows * len(labels) + wallet, taker)):
            wallet[doubled] = others[rng.integers(0, len(others), len(doubled))]
        twins = np.flatnonzero(matches.twin)
        wallet[first[twins]] = wallet[first[twins - 1]]
        return wallet

    def _tokens(
        self, wallet: Ints, market: Ints, direction: Ints, size: Ints
    ) -> tuple[Ints, Flags]:
        """Token and side of each row, in order, from what its wallet holds at that moment."""
        up, down = self._held
        outcomes, buys = [], []
        keys = (wallet * len(self._ticks) + market).tolist()
        for key, way, amount in zip(keys, direction.tolist(), size.tolist(), strict=True):
            own, other = (up, down) if way > 0 else (down, up)
            sells = amount > 0 and other.get(key, 0) >= amount
            if sells:
                other[key] -= amount
            else:
                own[key] = own.get(key, 0) + amount
            outcomes.append((way < 0) != sells)
            buys.append(not sells)
        return np.array(outcomes, dtype=np.int64), np.array(buys, dtype=np.bool_)


def _doubled(keys: Ints, taker: Flags) -> Ints:
    """Positions that repeat another row's key; of equal rows the taker's is the one to stay."""
    order = np.lexsort((~taker, keys))
    return order[1:][keys[order][1:] == keys[order][:-1]]


def fee_micro(size_micro: Ints, price_micro: Ints, rate_e4: Ints) -> Ints:
    """Size × rate × price × (1 − price), rounded half up to five decimals, in millionths of a pUSD.

    What is below one of these steps is not charged. Exact in 64 bits: sizes are whole thousandths
    of a share (at most 10^8 of them) and prices whole thousandths of a pUSD.
    """
    thousandths, price = size_micro // 1_000, price_micro // 1_000
    exact_e13 = thousandths * price * (1_000 - price) * rate_e4
    steps = (exact_e13 + FEE_STEP_E13 // 2) // FEE_STEP_E13
    return np.where(exact_e13 < FEE_STEP_E13, 0, steps) * FEE_STEP_MICRO


def _joined(kind: type[Columns], parts: list[Columns]) -> Columns:
    return kind(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(kind)}
    )
