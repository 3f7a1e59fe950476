"""How many shares: the smallest of the caps, rounded down to what can be ordered, or nothing.

Belongs here: turning budgets into shares and choosing the binding cap. A size is never rounded up:
what falls below a minimum is skipped, with the reason. Not here: which budgets there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext

from polymarket_assets.domain.fees import FeeSchedule, fee_per_share, rounding_slack, worst_fee
from polymarket_assets.domain.money import MICRO, SHARE_LOT, Micros, floor_to, notional
from polymarket_assets.domain.risk import Refusal
from polymarket_assets.domain.ticks import Side, order_problem, size_step


@dataclass(frozen=True)
class Cap:
    """One bound on an order, in micro-shares, by the name it is reported with."""

    name: str
    shares: Micros


@dataclass(frozen=True)
class Sized:
    """A size that can be ordered, and the cap that decided it."""

    size: Micros
    cap: str


def shares_for(budget: Micros, price: Micros, lot: Micros = SHARE_LOT) -> Micros:
    """Whole lots that `budget` pUSD buys at `price`, without fees."""
    return floor_to(max(budget, 0) * MICRO // price, lot)


def shares_with_fee(budget: Micros, price: Micros, tick: Micros, schedule: FeeSchedule) -> Micros:
    """Whole lots that `budget` pUSD buys at no more than `price`, whatever the fees turn out to be.

    `worst_cost` of the answer is never above `budget`.
    """
    if not schedule.rate:
        return shares_for(budget, price)
    slack = rounding_slack(price, shares_for(budget, price), tick)
    with localcontext(prec=100):
        each = price + fee_per_share(min(price, MICRO // 2), schedule)
        # One millionth is left for the rounding up of the fee itself.
        shares = Decimal(max(budget - slack - 1, 0)) * MICRO / each
        return floor_to(int(shares.to_integral_value(ROUND_FLOOR)), SHARE_LOT)


def worst_cost(price: Micros, size: Micros, tick: Micros, schedule: FeeSchedule) -> Micros:
    """The most a BUY of `size` at no more than `price` can cost, fees included."""
    return notional(price, size) + worst_fee(price, size, tick, schedule)


def size_order(
    side: Side, price: Micros, *, tick: Micros, least: Micros, caps: Sequence[Cap]
) -> Sized | Refusal:
    """The largest marketable order within every cap.

    Args:
        side: BUY or SELL.
        price: limit price, on the grid of `tick`.
        tick: grid of prices.
        least: smallest order, in micro-shares.
        caps: bounds in the order in which they are applied; of equal ones the first is named.

    Returns:
        The size and the cap that bound it, or why there is none.
    """
    binding = min(caps, key=lambda cap: cap.shares)
    size = floor_to(max(binding.shares, 0), size_step(side, price))
    problem = order_problem(side, price, size, tick=tick, least=least)
    if problem:
        return Refusal("too_small", f"after the cap {binding.name}: {problem}")
    return Sized(size, binding.name)
