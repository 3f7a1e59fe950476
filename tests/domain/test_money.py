"""Amounts are exact or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.money import floor_to, from_micros, notional, to_micros


@given(st.integers(-(10**24), 10**24))
def test_micro_units_and_decimals_convert_without_loss(amount: int) -> None:
    assert to_micros(from_micros(amount)) == amount


@pytest.mark.parametrize("value", ["1.0000001", "0.0000005", "1e-7"])
def test_what_is_finer_than_a_millionth_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="more than six decimals"):
        to_micros(value)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_finite_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a finite amount"):
        to_micros(Decimal(value))


@pytest.mark.parametrize("value", [0.1, True])
def test_floats_and_bools_carry_no_amount(value: float) -> None:
    with pytest.raises(TypeError, match="amounts are Decimal"):
        to_micros(value)  # ty: ignore[invalid-argument-type] (the refusal is what is tested)


def test_a_product_that_cannot_be_booked_exactly_is_refused() -> None:
    assert notional(to_micros("0.51"), to_micros("49.0196")) == to_micros("24.999996")
    with pytest.raises(ValueError, match="cannot be booked exactly"):
        notional(to_micros("0.123456"), to_micros("0.01"))


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_flooring_gives_the_largest_multiple_below(amount: int, step: int) -> None:
    floored = floor_to(amount, step)
    assert floored % step == 0
    assert 0 <= amount - floored < step
