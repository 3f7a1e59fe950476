"""What wallets do besides trading: splits, merges, redemptions and rebates, consistent with fills.

Belongs here: inventing these acts from the finished world, and what each wallet holds by fills and
acts up to a moment. How they are served is `data_wallets`.

    SPLIT         some makers turn pUSD into a pair of tokens just before they first trade a market
    MERGE         and turn the pair back just after they last did
    REDEEM        holders of a winning token take its payout some time later; a few forget
    MAKER_REBATE  makers get a part of a day's turnover, in no market, the day after

So nobody is ever short: a merge gives back no more than the split before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from polymarket_assets.simulator.plans import DAY_S, MICRO
from polymarket_assets.simulator.randomness import Ints, digest, hash_unit
from polymarket_assets.simulator.wallets import MAKER
from polymarket_assets.simulator.world import World

TYPES = ("SPLIT", "MERGE", "REDEEM", "MAKER_REBATE")
SPLIT, MERGE, REDEEM, REBATE = range(4)
SPLITTERS = 0.25
"""Share of a maker's markets in which it splits."""
PAIR_MICRO = 200 * MICRO
BEFORE_S, AFTER_S = 30, 45
FORGETFUL = 0.1
"""Share of winning holdings that are never redeemed."""
LATEST_REDEEM_S = DAY_S // 2
REBATE_PART = 1_000
"""A rebate is this part of the day's turnover."""
NO_MARKET = -1
NEVER = 2**62


@dataclass(frozen=True)
class Acts:
    """All acts in order of time; sizes in millionths of a share or pUSD, cash of a pUSD.

    Attributes:
        market: Position of the market, -1 for none.
        cash_micro: pUSD that changed hands, always positive.
    """

    type: Ints
    wallet: Ints
    market: Ints
    event_s: Ints
    size_micro: Ints
    cash_micro: Ints

    def __len__(self) -> int:
        return len(self.type)


@dataclass(frozen=True)
class Holdings:
    """What is held by wallet and market, one row each, with what was paid for it.

    Attributes:
        held: Millionths of a share, of outcome 0 and 1 (two columns).
        bought, spent, sold, received, fees: Totals of purchases and sales, by outcome.
        first_s, last_s: First purchase and last change, by outcome; 0 for none.
    """

    wallet: Ints
    market: Ints
    held: Ints
    bought: Ints
    spent: Ints
    sold: Ints
    received: Ints
    fees: Ints
    first_s: Ints
    last_s: Ints


class Ledger:
    """Acts and holdings of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    @cached_property
    def acts(self) -> Acts:
        """Everything that was invented, once."""
        joined = _joined([*self._pairs(), self._rebates(), self._redemptions()])
        order = np.lexsort((joined.type, joined.market, joined.wallet, joined.event_s))
        return Acts(*(column[order] for column in vars(joined).values()))

    @cached_property
    def of_wallet(self) -> dict[int, Ints]:
        """Positions in `acts` by wallet, ascending."""
        wallets = self.acts.wallet
        return {int(w): np.flatnonzero(wallets == w) for w in np.unique(wallets)}

    def transaction_hash(self, act: int) -> str:
        """Hash of the transaction of an act."""
        return "0x" + digest(self._world.seed, "act", act).hex()

    def holdings(self, rows: Ints, acts: Ints) -> Holdings:
        """Holdings after some fills and acts, given by their positions in order of time."""
        fills, all_acts, count = self._world.fills, self.acts, len(self._world.markets)
        acts = acts[all_acts.market[acts] != NO_MARKET]
        keys, place = np.unique(
            np.concatenate(
                [
                    fills.wallet[rows] * count + fills.market[rows],
                    all_acts.wallet[acts] * count + all_acts.market[acts],
                ]
            ),
            return_inverse=True,
        )
        # Two places a key, one for each outcome; an act concerns both.
        buy, kind = fills.buy[rows], all_acts.type[acts]
        at, of_act = 2 * place[: len(rows)] + fills.outcome[rows], 2 * place[len(rows) :]
        size, cash = fills.size_micro[rows], fills.cash_micro[rows]

        def total(values: Ints, of_acts: Ints) -> Ints:
            found = np.zeros(2 * len(keys), dtype=np.int64)
            np.add.at(found, at, values)
            for side in (0, 1):
                np.add.at(found, of_act + side, of_acts)
            return found.reshape(-1, 2)

        pair = all_acts.size_micro[acts]
        split, merge = np.where(kind == SPLIT, pair, 0), np.where(kind == MERGE, pair, 0)
        none = np.zeros_like(pair)
        held = total(np.where(buy, size, -size), split - merge)
        held[of_act[kind == REDEEM] // 2] = 0
        last = np.zeros(2 * len(keys), dtype=np.int64)
        first = np.full(2 * len(keys), NEVER)
        np.maximum.at(last, at, fills.event_s[rows])
        np.minimum.at(first, at[buy], fills.event_s[rows][buy])
        splits = kind == SPLIT
        for side in (0, 1):
            np.maximum.at(last, of_act + side, all_acts.event_s[acts])
            np.minimum.at(first, of_act[splits] + side, all_acts.event_s[acts][splits])
        return Holdings(
            wallet=keys // count,
            market=keys % count,
            held=held,
            bought=total(np.where(buy, size, 0), split),
            # Half of the pair's price for each of its tokens.
            spent=total(np.where(buy, cash, 0), split // 2),
            sold=total(np.where(buy, 0, size), merge),
            received=total(np.where(buy, 0, cash), merge // 2),
            fees=total(np.where(buy, fills.fee_micro[rows], 0), none),
            first_s=np.where(first == NEVER, 0, first).reshape(-1, 2),
            last_s=last.reshape(-1, 2),
        )

    def _pairs(self) -> list[Acts]:
        """Splits and merges of makers."""
        world, fills = self._world, self._world.fills
        count = len(world.markets)
        keys, place = np.unique(fills.wallet * count + fills.market, return_inverse=True)
        first = np.full(len(keys), NEVER)
        last = np.zeros(len(keys), dtype=np.int64)
        np.minimum.at(first, place, fills.event_s)
        np.maximum.at(last, place, fills.event_s)
        wallet, market = keys // count, keys % count
        chosen = world.wallets.label[wallet] == MAKER
        chosen &= hash_unit(world.seed, 11, wallet, market) < SPLITTERS
        wallet, market = wallet[chosen], market[chosen]
        size = np.full(len(wallet), PAIR_MICRO)
        begins = first[chosen] - BEFORE_S
        ends = np.minimum(last[chosen] + AFTER_S, world.proposed_s[market] - 1)
        return [
            Acts(np.full(len(wallet), kind), wallet, market, at, size, size)
            for kind, at in ((SPLIT, begins), (MERGE, ends))
        ]

    def _redemptions(self) -> Acts:
        """Payouts taken by who holds a winning token; of a void market both are."""
        world, fills = self._world, self._world.fills
        count = len(world.markets)
        keys, place = np.unique(fills.wallet * count + fills.market, return_inverse=True)
        held = np.zeros((len(keys), 2), dtype=np.int64)
        np.add.at(
            held, (place, fills.outcome), np.where(fills.buy, fills.size_micro, -fills.size_micro)
        )
        wallet, market = keys // count, keys % count
        payout = world.payout_micro[market]
        worth = np.stack([payout, MICRO - payout], axis=1)
        size = np.where(worth > 0, held, 0).sum(axis=1)
        cash = (held * worth // MICRO).sum(axis=1)
        takes = (cash > 0) & (hash_unit(world.seed, 12, wallet, market) >= FORGETFUL)
        delay = 60 + (hash_unit(world.seed, 13, wallet, market) * LATEST_REDEEM_S).astype(np.int64)
        return Acts(
            np.full(int(takes.sum()), REDEEM),
            wallet[takes],
            market[takes],
            (world.resolved_s[market] + delay)[takes],
            size[takes],
            cash[takes],
        )

    def _rebates(self) -> Acts:
        """What makers get for a day's turnover, paid shortly after midnight."""
        world, fills = self._world, self._world.fills
        rows = np.flatnonzero(~fills.taker & (world.wallets.label[fills.wallet] == MAKER))
        day = (fills.event_s[rows] - world.first_midnight_s) // DAY_S
        keys, place = np.unique(fills.wallet[rows] * (world.days + 1) + day, return_inverse=True)
        turnover = np.zeros(len(keys), dtype=np.int64)
        np.add.at(turnover, place, fills.cash_micro[rows])
        amount = turnover // REBATE_PART
        paid = amount > 0
        wallet, day = keys // (world.days + 1), keys % (world.days + 1)
        at = world.first_midnight_s + (day + 1) * DAY_S + 600 + wallet % 600
        return Acts(
            np.full(int(paid.sum()), REBATE),
            wallet[paid],
            np.full(int(paid.sum()), NO_MARKET),
            at[paid],
            amount[paid],
            amount[paid],
        )


def _joined(parts: list[Acts]) -> Acts:
    return Acts(
        *(
            np.concatenate([getattr(part, name) for part in parts]).astype(np.int64)
            for name in Acts.__dataclass_fields__
        )
    )
