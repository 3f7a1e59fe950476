"""An order's form is judged by grid, range, sizes and whole cents."""

from __future__ import annotations

import pytest
from hypothesis import given

from polymarket_assets.domain.money import CENT, MICRO, SHARE_LOT
from polymarket_assets.domain.ticks import (
    SELL_AMOUNT_STEP,
    marketable_problem,
    order_problem,
    price_problem,
    size_problem,
    size_step,
    to_grid,
)
from tests.domain.amounts import grid_prices, m, ticks


@pytest.mark.parametrize(
    ("price", "tick", "problem"),
    [
        ("0.50", "0.01", None),
        ("0.5025", "0.0025", None),
        ("0.5013", "0.0025", "not a multiple"),
        ("0.005", "0.01", "outside"),
        ("0.995", "0.01", "outside"),
        ("0.99", "0.01", None),
        ("0.999", "0.001", None),
    ],
)
def test_a_price_is_on_the_grid_by_modulus_and_in_range(
    price: str, tick: str, problem: str | None
) -> None:
    answer = price_problem(m(price), m(tick))
    assert (answer is None) if problem is None else (problem in (answer or ""))


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        ("5", None),
        ("5.01", None),
        ("4.99", "below the minimum"),
        ("5.001", "not a multiple"),
        ("0", "below"),
    ],
)
def test_a_size_moves_in_hundredths_and_has_a_minimum(size: str, problem: str | None) -> None:
    answer = size_problem(m(size), m("5"))
    assert (answer is None) if problem is None else (problem in (answer or ""))


@pytest.mark.parametrize(
    ("side", "price", "size", "problem"),
    [
        ("BUY", "0.58", "1.74", "1.0092 is not a multiple of 0.01"),
        ("BUY", "0.962", "1", "below 1 pUSD"),
        ("BUY", "0.962", "2", "1.924 is not a multiple of 0.01"),
        ("BUY", "0.962", "5", None),
        ("BUY", "0.56", "21.04", "11.7824 is not a multiple of 0.01"),
        ("SELL", "0.56", "21.04", None),
        ("SELL", "0.9531", "21.01", "20.024631 is not a multiple of 0.0001"),
        ("SELL", "0.05", "10", "0.5 is below 1 pUSD"),
    ],
)
def test_a_marketable_order_offers_whole_cents_and_at_least_a_dollar(
    side: str, price: str, size: str, problem: str | None
) -> None:
    answer = marketable_problem(side, m(price), m(size))
    assert (answer is None) if problem is None else (problem in (answer or ""))


def test_a_resting_order_may_have_four_decimals_where_a_marketable_one_may_not() -> None:
    assert m("21.04") * m("0.56") == m("11.7824") * MICRO
    assert price_problem(m("0.56"), m("0.01")) is None
    assert size_problem(m("21.04"), m("5")) is None


@pytest.mark.parametrize(("price", "step"), [("0.962", "5"), ("0.95", "0.2"), ("0.5", "0.02")])
def test_a_buy_is_sized_in_the_steps_its_price_allows(price: str, step: str) -> None:
    assert size_step("BUY", m(price)) == m(step)


@given(grid_prices())
def test_a_size_step_is_the_least_one_that_keeps_the_amount_whole(price: int) -> None:
    for side, unit in (("BUY", CENT), ("SELL", SELL_AMOUNT_STEP)):
        step = size_step(side, price)
        assert step % SHARE_LOT == 0
        assert price * step % (unit * MICRO) == 0
        smaller = [n * SHARE_LOT for n in range(1, step // SHARE_LOT)]
        assert not any(price * size % (unit * MICRO) == 0 for size in smaller)


@given(grid_prices(), ticks)
def test_moving_onto_the_grid_never_worsens_the_price(price: int, tick: int) -> None:
    buy, sell = to_grid("BUY", price, tick), to_grid("SELL", price, tick)
    assert buy <= price <= sell
    assert buy % tick == sell % tick == 0
    assert sell - buy in (0, tick)


def test_the_first_problem_of_an_order_is_named() -> None:
    assert order_problem("BUY", m("0.95"), m("10"), tick=m("0.01"), least=m("5")) is None
    off_grid = order_problem("BUY", m("0.955"), m("10"), tick=m("0.01"), least=m("5"))
    assert off_grid == "price 0.955 is not a multiple of the tick 0.01"
