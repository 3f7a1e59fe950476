"""A holding keeps its whole cost, so profit always equals what cash says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.money import MICRO, notional
from polymarket_assets.domain.positions import Holding
from tests.domain.amounts import grid_prices, lots, m

trades = st.lists(
    st.tuples(
        st.sampled_from(["BUY", "SELL"]),
        grid_prices(),
        lots,
        st.integers(0, 1000).map(lambda n: n * 10),
    ),
    max_size=12,
)
payouts = st.sampled_from([0, MICRO // 2, MICRO])


def test_the_worked_average_cost_comes_out() -> None:
    held = (
        Holding()
        .bought(m("100"), m("40"), 0)
        .bought(m("100"), m("60"), 0)
        .sold(m("50"), m("35"), 0)
    )
    assert held.realized == m("10")
    assert held.size == m("150")
    assert held.unrealized(m("0.65")) == m("22.5")


def test_fees_belong_to_the_cost_of_a_buy_and_reduce_a_sale() -> None:
    held = Holding().bought(m("100"), m("50"), m("1"))
    assert held.cost == m("51")
    assert held.sold(m("100"), m("90"), m("0.36")).realized == m("38.64")


@given(trades, grid_prices(), payouts)
def test_profit_is_cash_out_less_cash_in_plus_value_after_every_trade(
    steps: list[tuple[str, int, int, int]], mark: int, payout: int
) -> None:
    held, flow = Holding(), 0
    for side, price, wanted, fee in steps:
        size = wanted if side == "BUY" else min(wanted, held.size)
        if not size:
            continue
        amount = notional(price, size)
        if side == "BUY":
            held, flow = held.bought(size, amount, fee), flow - amount - fee
        else:
            held, flow = held.sold(size, amount, fee), flow + amount - fee
        assert held.size >= 0
        assert held.cost >= 0
        assert held.realized + held.unrealized(mark) == flow + held.value(mark)
    assert held.settled(payout).realized == flow + held.payout(payout)
    assert held.settled(payout).size == held.settled(payout).cost == 0


def test_more_than_is_held_cannot_be_sold() -> None:
    with pytest.raises(ValueError, match="cannot sell"):
        Holding().bought(m("1"), m("0.5"), 0).sold(m("2"), m("1"), 0)


def test_a_payout_that_is_no_whole_millionth_loses_the_fraction() -> None:
    assert Holding(size=m("10.01")).payout(333_333) == m("3.336663")
