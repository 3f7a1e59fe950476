"""How many shares: the smallest of the caps, rounded down to what can be ordered, or nothing.

Belongs here: turning budgets into shares and choosing the binding cap. A size is never rounded up:
what falls below a minimum is skipped, with the reason. Not here: which budgets there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

from polymarket_assets.domain.fees import FeeSchedule, dearest_share, rounding_slack
from polymarket_assets.domain.money import MICRO, SHARE_LOT, Micros, floor_to
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
    slack = rounding_slack(quote.price, most, quote.tick, quote.schedule)
    with localcontext(prec=100):
        each = dearest_share(quote.price, quote.schedule)
        shares = Decimal(max(budget - slack, 0)) * MICRO / each
        return floor_to(int(shares.to_integral_value(ROUND_FLOOR)), SHARE_LOT)


def worst_cost(size: Micros, quote: Quote) -> Micros:
    """The most a BUY of `size` up to the quote's price can cost, fees included, over any book."""
    with localcontext(prec=100):
        exact = dearest_share(quote.price, quote.schedule) * size / MICRO
        cost = int(exact.to_integral_value(ROUND_CEILING))
    return cost + rounding_slack(quote.price, size, quote.tick, quote.schedule)


def size_order(side: Side, quote: Quote, caps: Sequence[Cap]) -> Sized | Refusal:
    """The largest marketable order within every cap.

    Args:
        side: BUY or SELL.
        quote: its price must be on its grid.
        caps: bounds in the order in which they are applied; of equal ones the first is named.

    Returns:
        The size and the cap that bound it, or why there is none.
    """
    step = size_step(side, quote.price)
    sizes = [Sized(floor_to(max(cap.shares, 0), step), cap.name) for cap in caps]
    sized = min(sizes, key=lambda sized: sized.size)
    problem = order_problem(side, quote.price, sized.size, tick=quote.tick, least=quote.least)
    if problem:
        return Refusal("too_small", f"after the cap {sized.cap}: {problem}")
    return sized
