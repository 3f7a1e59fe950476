"""What an account may risk: one rule per limit, each answering None or a refusal with its reason.

Exposure is what positions cost, what open orders have reserved and what live approvals may still
spend: an order on its way counts like a position held.

Belongs here: the rules for entering. Exits reduce risk and pass them. Not here: the size of an
order (sizing.py) and its form (ticks.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from polymarket_assets.domain.money import MICRO, Micros, from_micros, to_micros


@dataclass(frozen=True)
class Limits:
    """The four limits: cost per market, cost in all, number of positions, fall from the peak."""

    position: Micros
    total: Micros
    positions: int
    drawdown: Decimal


@dataclass(frozen=True)
class Exposure:
    """Money at risk in one token for one strategy, and what holds it there."""

    strategy: str
    condition_id: str
    token_id: str
    cost: Micros
    kind: Literal["position", "order", "approval"]


@dataclass(frozen=True)
class Account:
    """What the rules look at.

    Attributes:
        available: cash that nothing is reserved for.
        exposures: positions, open orders and, while approving, live approvals.
        equity: cash plus positions at the bid; None when a bid could not be learned.
        peak: the highest equity ever seen.
    """

    available: Micros
    exposures: tuple[Exposure, ...]
    equity: Micros | None
    peak: Micros


@dataclass(frozen=True)
class Entry:
    """An entry that is asked for; `cost` includes the most its fees can be."""

    strategy: str
    condition_id: str
    token_id: str
    cost: Micros


@dataclass(frozen=True)
class Refusal:
    """Why not: a stable code and a sentence."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


Rule = Callable[[Entry, Account, Limits], Refusal | None]


def no_pyramiding(entry: Entry, account: Account, _limits: Limits) -> Refusal | None:
    """A strategy holds, orders or has approved one token once."""
    for held in account.exposures:
        if (held.strategy, held.token_id) == (entry.strategy, entry.token_id):
            return Refusal(
                "already_in", f"{entry.strategy} already has this token as an open {held.kind}"
            )
    return None


def drawdown(_entry: Entry, account: Account, limits: Limits) -> Refusal | None:
    """No entry after a fall from the peak, nor while equity is not known."""
    if account.equity is None:
        return Refusal("equity_unknown", "a held token has no known bid, so drawdown is unknown")
    fallen = account.peak - account.equity
    if fallen > 0 and fallen * MICRO >= to_micros(limits.drawdown) * account.peak:
        share = Decimal(100 * fallen) / account.peak
        return Refusal(
            "max_drawdown",
            f"equity {from_micros(account.equity):.2f} is {share:.1f} % below its peak "
            f"{from_micros(account.peak):.2f}; the limit is {100 * limits.drawdown:.1f} %",
        )
    return None


def position_limit(entry: Entry, account: Account, limits: Limits) -> Refusal | None:
    """All of an account's exposure in one market."""
    cost = entry.cost + market_cost(account, entry.condition_id)
    if cost > limits.position:
        return Refusal("max_position", _beyond("this market would cost", cost, limits.position))
    return None


def total_limit(entry: Entry, account: Account, limits: Limits) -> Refusal | None:
    """All of an account's exposure."""
    cost = entry.cost + total_cost(account)
    if cost > limits.total:
        return Refusal("max_total", _beyond("all positions would cost", cost, limits.total))
    return None


def count_limit(_entry: Entry, account: Account, limits: Limits) -> Refusal | None:
    """How many positions are open, or about to be."""
    held = len({(e.strategy, e.token_id) for e in account.exposures})
    if held >= limits.positions:
        return Refusal("max_positions", f"{held} positions are open; the limit is that many")
    return None


def cash_limit(entry: Entry, account: Account, _limits: Limits) -> Refusal | None:
    """Money that is not there is not spent."""
    if entry.cost > account.available:
        return Refusal("no_cash", _beyond("it would cost", entry.cost, account.available))
    return None


RULES: tuple[Rule, ...] = (
    no_pyramiding,
    drawdown,
    count_limit,
    position_limit,
    total_limit,
    cash_limit,
)


def refusal(entry: Entry, account: Account, limits: Limits) -> Refusal | None:
    """The first rule's refusal of `entry`, or None when every rule passes."""
    answers = (rule(entry, account, limits) for rule in RULES)
    return next((answer for answer in answers if answer), None)


def market_cost(account: Account, condition_id: str) -> Micros:
    """What is at risk in one market, over its outcomes and all strategies."""
    return sum(e.cost for e in account.exposures if e.condition_id == condition_id)


def total_cost(account: Account) -> Micros:
    """What is at risk in all markets."""
    return sum(e.cost for e in account.exposures)


def _beyond(what: str, cost: Micros, limit: Micros) -> str:
    return f"{what} {from_micros(cost):.2f} USD, {from_micros(limit):.2f} is left or allowed"
