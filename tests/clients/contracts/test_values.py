"""Numbers read as floats are those of their texts, or are not taken for certain."""

from __future__ import annotations

import json
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.page import FieldError, has_nul

TEXTS = st.integers(-(10**22), 10**22).flatmap(
    lambda digits: st.integers(0, 20).map(lambda places: f"{Decimal(digits).scaleb(-places):f}")
)


def exact(text: str) -> pa.Array:
    return pa.array(values.amounts("n", [Decimal(text)]), values.AMOUNT)


@given(TEXTS)
@example("0.0000005")
@example("0.00000050000000000000001")
@example("1000000.0000005")
@example("999999999999.9999995")
@example("-0.1234565")
def test_a_float_gives_what_its_text_gives_or_nothing(text: str) -> None:
    try:
        column = values.amount_column("n", [float(text)])
    except FieldError:
        return
    assert column.equals(exact(text))


@given(st.decimals(0, 10**8, places=6))
def test_a_text_of_six_places_is_always_certain(number: Decimal) -> None:
    """Prices and sizes are; otherwise every page would be read twice."""
    assert values.amount_column("n", [float(number)]).equals(exact(str(number)))


def test_a_middle_is_not_taken_for_certain() -> None:
    with pytest.raises(FieldError, match="middle"):
        values.amount_column("n", [0.25, 0.1234565])


@pytest.mark.parametrize(
    ("given_values", "optional", "problem"),
    [
        ([0.5, True], False, "expected a number"),
        ([0.5, "0.5"], True, "expected a number"),
        ([0.5, None], False, "expected a number"),
        ([0.5, 10**400], False, "an integer that no float holds"),
        ([0.5, float("inf")], False, "too large"),
        ([0.5, -0.1], False, "below 0"),
        ([0.5, 7.5], False, "above 1"),
    ],
)
def test_what_is_no_such_number_is_refused(
    given_values: list[object], problem: str, *, optional: bool
) -> None:
    high = 1 if problem.startswith("above") else None
    with pytest.raises(FieldError, match=problem):
        values.amount_column("n", given_values, low=0, high=high, optional=optional)


def test_numbers_and_nulls_keep_their_places() -> None:
    column = values.amount_column("n", [None, 0.5, -3, None, 1.000001], optional=True)
    assert column.to_pylist() == [
        None,
        Decimal("0.500000"),
        Decimal("-3.000000"),
        None,
        Decimal("1.000001"),
    ]
    column.validate(full=True)


@given(st.text(st.sampled_from('\0\\u0"é0 '), max_size=12), st.booleans())
def test_a_nul_is_found_wherever_it_is(text: str, ascii_only: bool) -> None:
    body = json.dumps(["before", text, "after"], ensure_ascii=ascii_only).encode()
    assert has_nul(body) == ("\0" in text)
