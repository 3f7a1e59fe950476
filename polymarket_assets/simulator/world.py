"""The invented world: events, prices, wallets, fills and results of some days, from one seed.

Belongs here: putting the parts together, and the views over them that answers need (a market's
fills up to a second, its running volume). Everything is computed once; what is visible at a clock
is cut by the reader. Fills exist on the generated days only; prices go on until the last market
is settled.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

import numpy as np

from polymarket_assets.simulator.listing import (
    ListedEvent,
    ListedMarket,
    Settlement,
    list_events,
    number_events,
    timetable,
)
from polymarket_assets.simulator.matching import Exchange, Fills, Matches
from polymarket_assets.simulator.orders import Markets, OrderFlow
from polymarket_assets.simulator.paths import EventPath, Quotes, event_path, lay_quotes
from polymarket_assets.simulator.plans import CATEGORIES, DAY_S, MICRO, EventPlan
from polymarket_assets.simulator.randomness import Floats, Ints, stream
from polymarket_assets.simulator.wallets import Wallets, around_today, make_wallets

FIRST_SEQUENCE = 937_000_000_000_000_000
"""Sequence id of the first row of the feed."""


@dataclass(frozen=True)
class MarketFills:
    """The matches of one market in time order; entry 0 of a total is before the first."""

    event_s: Ints
    notional_micro: Ints
    minted_micro: Ints
    last_price_micro: Ints

    def at(self, now_s: float) -> int:
        """How many matches have happened by `now_s`."""
        return int(np.searchsorted(self.event_s, now_s, side="right"))


class World:
    """Some days of an invented venue; equal arguments give equal worlds in any process.

    Args:
        seed: Everything follows from it.
        start: First day with fills (UTC).
        days: Days with fills.
        markets_per_day: Markets that can trade on each of them.
        fills_per_day: Matches of a size above 0 on each of them.
    """

    def __init__(
        self,
        seed: int,
        start: date,
        days: int,
        markets_per_day: int = 300,
        fills_per_day: int = 50_000,
    ) -> None:
        self.seed, self.start, self.days = seed, start, days
        self.first_midnight_s = int(datetime.combine(start, time(), UTC).timestamp())
        plans = list_events(seed, self.first_midnight_s, days, markets_per_day)
        self.events: list[ListedEvent]
        self.markets: list[ListedMarket]
        self.events, self.markets = number_events(seed, plans)
        self.settlements, paths = self._play(plans)
        self.quotes: Quotes = lay_quotes(paths)
        self.wallets: Wallets = make_wallets(seed, fills_per_day)
        self.matches, self.fills = self._trade(fills_per_day)

    def _play(
        self, plans: list[EventPlan]
    ) -> tuple[list[Settlement], list[tuple[EventPlan, EventPath, Floats]]]:
        """Let every event run to its result; sets `payout_micro` (of token 0) by market."""
        settlements: list[Settlement] = []
        paths: list[tuple[EventPlan, EventPath, Floats]] = []
        payouts: list[int] = []
        for plan in plans:
            steps = timetable(plan, stream(self.seed, "settlement", plan.slug))
            rng = stream(self.seed, "path", plan.slug)
            path = event_path(plan, steps, rng)
            tight = 0.8 if plan.model == "ladder" else 0.6
            fine = np.array([m.tick_micro < MICRO // 100 for m in plan.traded])
            spread = rng.choice(3, len(fine), p=(tight, 0.9 - tight, 0.1)) + 1
            paths.append((plan, path, np.where(fine, 1 + 3 * (spread - 1), spread)))
            settlements += steps
            payouts += [
                MICRO // 2 if s.void else MICRO * w for s, w in zip(steps, path.won, strict=True)
            ]
        self.payout_micro: Ints = np.array(payouts, dtype=np.int64)
        return settlements, paths

    def _trade(self, fills_per_day: int) -> tuple[Matches, Fills]:
        weights = stream(self.seed, "popularity").lognormal(0.0, 1.2, len(self.markets))
        markets = Markets(
            opens_s=np.array([m.opens_s for m in self.markets]),
            closes_s=np.array([s.proposed_s for s in self.settlements]),
            weight=weights,
        )
        flow = OrderFlow(self.seed, markets, self.quotes, self.wallets)
        exchange = Exchange(self.seed, self.wallets, self.quotes.ticks, self.fee_rate_e4)
        for day in range(self.days):
            around = around_today(self.seed, self.wallets, day)
            midnight = self.first_midnight_s + day * DAY_S
            exchange.settle(day, flow.day(day, midnight, fills_per_day, around), around)
        return exchange.result()

    @property
    def ends_at(self) -> datetime:
        """The midnight after the last generated day; no fill is later."""
        return datetime.combine(self.start, time(), UTC) + timedelta(days=self.days)

    @cached_property
    def fee_rate_e4(self) -> Ints:
        """Taker fee rate by market, per ten thousand."""
        return np.array([CATEGORIES[self.plan_of(m).category].fee_rate_e4 for m in self.markets])

    @cached_property
    def proposed_s(self) -> Ints:
        """By market: when the outcome is proposed and the book disappears."""
        return np.array([s.proposed_s for s in self.settlements])

    @cached_property
    def resolved_s(self) -> Ints:
        """By market: when the market closes with its result."""
        return np.array([s.resolved_s for s in self.settlements])

    @cached_property
    def by_condition(self) -> dict[str, int]:
        """Position of a market by its condition id."""
        return {m.condition_id: m.index for m in self.markets}

    @cached_property
    def by_token(self) -> dict[str, tuple[int, int]]:
        """Position of a market and outcome by token id."""
        return {t: (m.index, o) for m in self.markets for o, t in enumerate(m.tokens)}

    @cached_property
    def by_wallet(self) -> dict[str, int]:
        """Number of a wallet by its address."""
        return {a: i for i, a in enumerate(self.wallets.address)}

    @cached_property
    def rows_of_market(self) -> list[Ints]:
        """Positions in `fills` by market, ascending."""
        return _grouped(self.fills.market, len(self.markets))

    @cached_property
    def rows_of_wallet(self) -> list[Ints]:
        """Positions in `fills` by wallet, ascending."""
        return _grouped(self.fills.wallet, len(self.wallets))

    @cached_property
    def market_fills(self) -> list[MarketFills]:
        """Running totals by market."""
        totals = []
        matches = self.matches
        takers = np.flatnonzero(self.fills.taker)
        yes = np.where(
            self.fills.outcome[takers] == 0,
            self.fills.price_micro[takers],
            MICRO - self.fills.price_micro[takers],
        )
        for rows in _grouped(matches.market, len(self.markets)):
            cash = np.cumsum(self.fills.cash_micro[takers[rows]])
            totals.append(
                MarketFills(
                    event_s=matches.event_s[rows],
                    notional_micro=np.concatenate([[0], cash]),
                    minted_micro=np.concatenate([[0], np.cumsum(matches.minted_micro[rows])]),
                    last_price_micro=yes[rows],
                )
            )
        return totals

    @cached_property
    def _hashes(self) -> str:
        count = int(self.matches.transaction[-1]) + 1
        return stream(self.seed, "transactions").bytes(32 * count).hex()

    def transaction_hash(self, transaction: int) -> str:
        """Hash of the transaction with that number."""
        return "0x" + self._hashes[64 * transaction : 64 * transaction + 64]

    def plan_of(self, market: ListedMarket) -> EventPlan:
        """The event a market belongs to."""
        return self.events[market.event].plan

    def digest(self) -> str:
        """A fingerprint of everything generated: equal for equal worlds."""
        fingerprint = hashlib.sha256()
        for part in (self.fills, self.matches, self.quotes):
            for column in vars(part).values():
                fingerprint.update(column.tobytes())
        fingerprint.update(self.payout_micro.tobytes())
        texts = [repr(e) for e in self.events] + [repr(m) for m in self.markets]
        fingerprint.update("\n".join([*texts, repr(self.settlements)]).encode())
        fingerprint.update("".join([*self.wallets.address, *self.wallets.name]).encode())
        return fingerprint.hexdigest()


def _grouped(keys: Ints, count: int) -> list[Ints]:
    """Positions of each key, ascending."""
    order = np.argsort(keys, kind="stable")
    return np.split(order, np.cumsum(np.bincount(keys, minlength=count))[:-1])
