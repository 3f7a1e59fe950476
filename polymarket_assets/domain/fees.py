"""Taker fees: fee = C · rate · (p · (1 − p))^exponent, in pUSD, rounded to five decimals.

Makers pay nothing, so a maker's fill never comes here. Rate and exponent belong to a market and a
date; they come with the signal, never from a table by category.

Belongs here: the fee of a fill and the most an order can pay. Not here: which market has which fee.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from polymarket_assets.domain.money import MICRO, SHARE_LOT, Micros

# Fees are charged in steps of 0.00001 pUSD; what is below one step is not charged.
FEE_STEP: Micros = 10
# Enough digits for an exact product of an 18-digit size and the fourth power of p(1-p).
_DIGITS = 100


@dataclass(frozen=True)
class FeeSchedule:
    """A market's taker fee: `rate` (0 to 1) and `exponent` (1 on today's markets)."""

    rate: Decimal
    exponent: Decimal

    def __post_init__(self) -> None:
        if not (self.rate.is_finite() and 0 <= self.rate <= 1):
            msg = f"fee rate {self.rate} is not between 0 and 1"
            raise ValueError(msg)
        if not (self.exponent.is_finite() and self.exponent >= 0):
            msg = f"fee exponent {self.exponent} is not a finite number of at least 0"
            raise ValueError(msg)


def fee_per_share(price: Micros, schedule: FeeSchedule) -> Decimal:
    """Fee of one share at `price`, in micro-pUSD, before any rounding."""
    with localcontext(prec=_DIGITS):
        spread = Decimal(price * (MICRO - price)) / (MICRO * MICRO)
        return schedule.rate * spread**schedule.exponent * MICRO


def taker_fee(price: Micros, size: Micros, schedule: FeeSchedule) -> Micros:
    """Fee of one fill of `size` shares at `price`: a multiple of 0.00001 pUSD."""
    with localcontext(prec=_DIGITS):
        raw = fee_per_share(price, schedule) * size / MICRO
        if raw < FEE_STEP:
            return 0
        return int((raw / FEE_STEP).to_integral_value(ROUND_HALF_UP)) * FEE_STEP


def dearest_share(limit: Micros, schedule: FeeSchedule) -> Decimal:
    """The most that one share bought at no more than `limit` can cost, fee included, unrounded.

    With an exponent of at least 1 price plus fee rises with the price, so the limit is dearest.
    Below 1 it may fall towards a price of 1; then the limit is paired with the highest fee.
    """
    peak = limit if schedule.exponent >= 1 else min(limit, MICRO // 2)
    with localcontext(prec=_DIGITS):
        return limit + fee_per_share(peak, schedule)


def rounding_slack(limit: Micros, size: Micros, tick: Micros, schedule: FeeSchedule) -> Micros:
    """What rounding every fill's fee up by half a step can add to an order.

    An order has at most one fill per tick up to its limit, and per lot of its size.
    """
    if not schedule.rate:
        return 0
    fills = min(limit // tick, max(size // SHARE_LOT, 1))
    return fills * FEE_STEP // 2
