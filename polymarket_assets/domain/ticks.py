"""What makes an order well-formed: tick grid, price range, size steps, least sizes, whole cents.

A price is on the grid when price mod tick is zero; counting decimals is not enough (0.5013 has four
and is off the grid of 0.0025).

Belongs here: one function per rule, each answering None or the reason. Not here: what an account
may risk (risk.py) or how much is bought (sizing.py).
"""

from __future__ import annotations

from decimal import Decimal
from math import gcd
from typing import Literal

from polymarket_assets.domain.money import CENT, MICRO, SHARE_LOT, Micros, floor_to, from_micros

Side = Literal["BUY", "SELL"]

# Least notional of a marketable order, and the finest pUSD amount a marketable SELL may ask for.
LEAST_NOTIONAL: Micros = MICRO
SELL_AMOUNT_STEP: Micros = MICRO // 10_000


def price_problem(price: Micros, tick: Micros) -> str | None:
    """Why `price` cannot be quoted on a grid of `tick`."""
    if not tick <= price <= MICRO - tick:
        return f"price {_text(price)} is outside [{_text(tick)}, {_text(MICRO - tick)}]"
    if price % tick:
        return f"price {_text(price)} is not a multiple of the tick {_text(tick)}"
    return None


def size_problem(size: Micros, least: Micros) -> str | None:
    """Why `size` cannot be ordered where the smallest order is `least` shares."""
    if size % SHARE_LOT:
        return f"size {_text(size)} is not a multiple of {_text(SHARE_LOT)}"
    if size < least or size <= 0:
        return f"size {_text(size)} is below the minimum of {_text(least)} shares"
    return None


def marketable_problem(side: Side, price: Micros, size: Micros) -> str | None:
    """Why a limit of `size` at `price` cannot be sent to be filled at once (FAK or FOK).

    A BUY offers whole cents, a SELL asks for at most four decimals, whatever the tick is.
    """
    product = price * size
    if product < LEAST_NOTIONAL * MICRO:
        amount = Decimal(product) / (MICRO * MICRO)
        return f"notional {amount.normalize():f} is below 1 pUSD"
    step = CENT if side == "BUY" else SELL_AMOUNT_STEP
    if product % (step * MICRO):
        amount = Decimal(product) / (MICRO * MICRO)
        return f"notional {amount.normalize():f} is not a multiple of {_text(step)} pUSD"
    return None


def order_problem(
    side: Side, price: Micros, size: Micros, *, tick: Micros, least: Micros
) -> str | None:
    """The first reason for which a venue would refuse this marketable limit order, or None."""
    return (
        price_problem(price, tick)
        or size_problem(size, least)
        or marketable_problem(side, price, size)
    )


def size_step(side: Side, price: Micros) -> Micros:
    """The step in which a marketable order at `price` can be sized, in micro-shares.

    The least multiple of 0.01 shares whose notional is a whole cent (BUY) or 0.0001 pUSD (SELL):
    at 0.962 a BUY moves in steps of 5 shares, at 0.95 in steps of 0.2.
    """
    amount_step = (CENT if side == "BUY" else SELL_AMOUNT_STEP) * MICRO
    lot_value = price * SHARE_LOT
    return SHARE_LOT * (amount_step // gcd(lot_value, amount_step))


def to_grid(side: Side, price: Micros, tick: Micros) -> Micros:
    """`price` moved onto the grid in the order's own favour: a BUY never pays more by it."""
    return floor_to(price, tick) if side == "BUY" else -floor_to(-price, tick)


def _text(amount: Micros) -> str:
    return f"{from_micros(amount).normalize():f}"
