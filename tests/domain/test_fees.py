"""Fees follow the venue's formula, its rounding and its symmetry."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.book import OrderBook, walk
from polymarket_assets.domain.fees import FEE_STEP, FeeSchedule, taker_fee
from polymarket_assets.domain.money import MICRO, notional
from polymarket_assets.domain.sizing import Quote, shares_with_fee, worst_cost
from tests.domain.amounts import book, books, grid_prices, lots, m

rates = st.sampled_from(["0", "0.04", "0.05", "0.07", "0.25"]).map(Decimal)
exponents = st.sampled_from(["0", "0.5", "1", "2"]).map(Decimal)
schedules = st.builds(FeeSchedule, rates, exponents)


def schedule(rate: str, exponent: str = "1") -> FeeSchedule:
    return FeeSchedule(Decimal(rate), Decimal(exponent))


@pytest.mark.parametrize(
    ("size", "price", "rate", "fee"),
    [
        ("100", "0.50", "0.07", "1.75"),
        ("100", "0.50", "0.05", "1.25"),
        ("100", "0.50", "0.04", "1.00"),
        ("10", "0.65", "0.07", "0.15925"),
        ("100", "0.95", "0.04", "0.19"),
        ("100", "0.05", "0.04", "0.19"),
        ("1", "0.01", "0.04", "0.00040"),
        ("0.01", "0.01", "0.04", "0"),
        ("100", "0.50", "0", "0"),
    ],
)
def test_the_worked_examples_come_out(size: str, price: str, rate: str, fee: str) -> None:
    assert taker_fee(m(price), m(size), schedule(rate)) == m(fee)


def test_an_exponent_of_two_is_the_formula_squared() -> None:
    assert taker_fee(m("0.5"), m("100"), schedule("0.25", "2")) == m("1.5625")


@given(grid_prices(), lots, schedules)
def test_a_fee_is_symmetric_in_the_price_and_a_multiple_of_its_step(
    price: int, size: int, fees: FeeSchedule
) -> None:
    fee = taker_fee(price, size, fees)
    assert fee == taker_fee(MICRO - price, size, fees)
    assert fee >= 0
    assert fee % FEE_STEP == 0


@given(books(), grid_prices(), lots, schedules)
def test_no_walk_ever_costs_more_than_the_worst_cost(
    snapshot: OrderBook, price: int, size: int, fees: FeeSchedule
) -> None:
    tick = snapshot.tick_size
    limit = max(price - price % tick, tick)
    levels = walk(snapshot, "BUY", limit, size, {})
    paid = sum(taker_fee(x.price, x.size, fees) for x in levels)
    spent = sum(notional(x.price, x.size) for x in levels)
    assert spent + paid <= worst_cost(size, Quote(limit, tick, 0, fees))


@pytest.mark.parametrize(
    ("rate", "exponent", "limit", "tick", "asks"),
    [
        # Three fills whose fees of 0.0001155 are each rounded up by 0.0000045.
        ("0.0462", "1", "0.5", "0.0001", [("0.4998", "0.01"), ("0.4999", "0.01"), ("0.5", "0.01")]),
        # Price plus fee falls towards a price of 1, so a fill below the limit is dearer than it.
        ("0.25", "0.5", "0.999", "0.001", [("0.985", "10")]),
    ],
)
def test_the_worst_cost_covers_rounding_and_exponents_below_one(
    rate: str, exponent: str, limit: str, tick: str, asks: list[tuple[str, str]]
) -> None:
    fees = schedule(rate, exponent)
    size = sum(m(shares) for _, shares in asks)
    levels = walk(book(asks=asks, tick=tick), "BUY", m(limit), size, {})
    assert len(levels) == len(asks)
    spent = sum(notional(x.price, x.size) + taker_fee(x.price, x.size, fees) for x in levels)
    quote = Quote(m(limit), m(tick), 0, fees)
    assert m(limit) * size // MICRO < spent <= worst_cost(size, quote)
    assert shares_with_fee(spent - 1, quote) < size


@pytest.mark.parametrize(("rate", "exponent"), [("-0.1", "1"), ("1.1", "1"), ("0.1", "-1")])
def test_a_schedule_that_is_no_fee_is_refused(rate: str, exponent: str) -> None:
    with pytest.raises(ValueError, match=r"fee (rate|exponent)"):
        schedule(rate, exponent)
