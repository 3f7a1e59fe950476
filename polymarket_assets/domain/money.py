"""Exact amounts: pUSD and shares as whole micro-units (1e-6).

Belongs here: conversion between Decimal and micro-units, products and roundings that stay exact.
Not here: what an amount means (fees.py, positions.py). No float enters or leaves.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TypeAlias

# A whole number of millionths: of a pUSD, of a share, or of a pUSD per share.
Micros: TypeAlias = int

MICRO: Micros = 1_000_000
CENT: Micros = MICRO // 100
SHARE_LOT: Micros = MICRO // 100
"""Orders are sized in hundredths of a share."""


def to_micros(value: Decimal | int | str) -> Micros:
    """`value` as micro-units.

    Raises:
        TypeError: `value` is a float or a bool, which carry no exact amount.
        ValueError: `value` is not finite or has more than six decimals.
    """
    if isinstance(value, float | bool):
        msg = f"{value!r} is a {type(value).__name__}; amounts are Decimal, int or text"
        raise TypeError(msg)
    amount = Decimal(value)
    if not amount.is_finite():
        msg = f"{value!r} is not a finite amount"
        raise ValueError(msg)
    with localcontext(prec=100):
        scaled = amount.scaleb(6)
        if scaled != scaled.to_integral_value():
            msg = f"{value!r} has more than six decimals; the ledger holds millionths"
            raise ValueError(msg)
        return int(scaled)


def from_micros(amount: Micros) -> Decimal:
    """`amount` as a Decimal with six decimals."""
    with localcontext(prec=100):
        return Decimal(amount).scaleb(-6)


def notional(price: Micros, size: Micros) -> Micros:
    """Price times size in pUSD, exactly.

    Raises:
        ValueError: the product has more than six decimals (price off the finest tick, or size
            finer than a hundredth of a share).
    """
    product, rest = divmod(price * size, MICRO)
    if rest:
        msg = (
            f"{from_micros(price)} × {from_micros(size)} has more than six decimals and cannot be "
            "booked exactly"
        )
        raise ValueError(msg)
    return product


def floor_to(amount: Micros, step: Micros) -> Micros:
    """The largest multiple of `step` that is not above `amount`."""
    return amount - amount % step
