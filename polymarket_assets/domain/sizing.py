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
class Quote:
    """What an order is sized against: its limit, the grid it is on, the minimum and the fees."""

    price: Micros
    tick: Micros
    least: Micros
    schedule: FeeSchedule


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


def shares_with_fee(budget: Micros, quote: Quote) -> Micros:
    """Whole lots that `budget` pUSD buys up to the quote's price, whatever the fees turn out to be.

    `worst_cost` of the answer is never above `budget`.
    """
    most = shares_for(budget, quote.price)
    if not quote.schedule.rate:
        return most
    slack = rounding_slack(quote.price, most, quote.tick)
    with localcontext(prec=100):
        each = quote.price + fee_per_share(min(quote.price, MICRO // 2), quote.schedule)
        # One millionth is left for the rounding up of the fee itself.
        shares = Decimal(max(budget - slack - 1, 0)) * MICRO / each
        return floor_to(int(shares.to_integral_value(ROUND_FLOOR)), SHARE_LOT)


def worst_cost(size: Micros, quote: Quote) -> Micros:
    """The most a BUY of `size` up to the quote's price can cost, fees included."""
    return notional(quote.price, size) + worst_fee(quote.price, size, quote.tick, quote.schedule)


def size_order(side: Side, quote: Quote, caps: Sequence[Cap]) -> Sized | Refusal:
    """The largest marketable order within every cap.

    Args:
        side: BUY or SELL.
        quote: its price must be on its grid.
        caps: bounds in the order in which they are applied; of equal ones the first is named.

    Returns:
        The size and the cap that bound it, or why there is none.
    """
    binding = min(caps, key=lambda cap: cap.shares)
    size = floor_to(max(binding.shares, 0), size_step(side, quote.price))
    problem = order_problem(side, quote.price, size, tick=quote.tick, least=quote.least)
    if problem:
        return Refusal("too_small", f"after the cap {binding.name}: {problem}")
    return Sized(size, binding.name)
