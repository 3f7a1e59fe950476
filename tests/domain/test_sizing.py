"""A size is the smallest cap rounded down to what can be ordered, or nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.fees import FeeSchedule
from polymarket_assets.domain.money import CENT, MICRO, SHARE_LOT
from polymarket_assets.domain.risk import Refusal
from polymarket_assets.domain.sizing import (
    Cap,
    Quote,
    Sized,
    shares_for,
    shares_with_fee,
    size_order,
    worst_cost,
)
from polymarket_assets.domain.ticks import order_problem
from tests.domain.amounts import grid_prices, m, ticks

FREE = FeeSchedule(Decimal(0), Decimal(1))


def quote(price: str, *, tick: str = "0.01", rate: str = "0", least: str = "5") -> Quote:
    return Quote(m(price), m(tick), m(least), FeeSchedule(Decimal(rate), Decimal(1)))


@pytest.mark.parametrize(
    ("budget", "price", "shares"),
    [
        ("2.03", "0.58", "3.5000"),
        ("9.98", "0.985", "10.1319"),
        ("25", "0.51", "49.0196"),
    ],
)
def test_a_budget_buys_whole_lots_without_a_float_losing_one(
    budget: str, price: str, shares: str
) -> None:
    assert shares_for(m(budget), m(price), lot=100) == m(shares)


def test_a_balance_of_two_dollars_is_floored_to_cents_after_the_fee() -> None:
    small = quote("0.99", rate="0.04", least="1")
    sized = size_order("BUY", small, [Cap("cash", shares_with_fee(m("2.00"), small))])
    assert sized == Sized(m("2"), "cash")
    assert worst_cost(m("2"), small) <= m("2.00")


@pytest.mark.parametrize(
    ("caps", "price", "answer"),
    [
        ([("fixed", "10.52")], "0.95", Sized(m("10.4"), "fixed")),
        ([("fixed", "10.52"), ("depth", "7.77")], "0.95", Sized(m("7.6"), "depth")),
        ([("fixed", "8"), ("depth", "8")], "0.95", Sized(m("8"), "fixed")),
        ([("fixed", "10.49")], "0.96", Sized(m("10.25"), "fixed")),
    ],
)
def test_the_smallest_cap_binds_and_is_named(
    caps: list[tuple[str, str]], price: str, answer: Sized
) -> None:
    assert size_order("BUY", quote(price), [Cap(n, m(s)) for n, s in caps]) == answer


@pytest.mark.parametrize(
    ("shares", "price", "words"),
    [
        ("4.99", "0.95", "below the minimum of 5 shares"),
        ("0", "0.95", "below the minimum"),
        ("-3", "0.95", "below the minimum"),
        ("10.49", "0.9531", "size 0 is below the minimum"),
        ("9", "0.10", "notional 0.9 is below 1 pUSD"),
    ],
)
def test_what_falls_below_a_minimum_is_skipped_and_never_rounded_up(
    shares: str, price: str, words: str
) -> None:
    tick = "0.0001" if len(price) == 6 else "0.01"
    answer = size_order("BUY", quote(price, tick=tick), [Cap("depth", m(shares))])
    assert isinstance(answer, Refusal)
    assert answer.code == "too_small"
    assert "after the cap depth" in answer.text
    assert words in answer.text


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    tick = draw(ticks)
    rate = draw(st.sampled_from(["0", "0.04", "0.07", "0.25"]))
    exponent = draw(st.sampled_from(["0.5", "1", "2"]))
    schedule = FeeSchedule(Decimal(rate), Decimal(exponent))
    return Quote(draw(grid_prices(tick)), tick, m("5"), schedule)


@given(quotes(), st.integers(-(10**7), 10**10))
def test_a_budget_with_fees_is_never_exceeded_and_hardly_left_unused(
    offer: Quote, budget: int
) -> None:
    size = shares_with_fee(budget, offer)
    assert size % SHARE_LOT == 0
    assert size == 0 or worst_cost(size, offer) <= budget
    # Only the lot, and the room kept for fees rounding up, may be left over.
    unused = budget - worst_cost(size, offer)
    slack = min(offer.price // offer.tick, max(budget, 0) // offer.price + 1) * 500 + MICRO
    assert size > 0 or budget <= slack + offer.price or budget <= 0
    assert unused <= slack + offer.price or budget <= 0


@given(quotes(), st.lists(st.integers(-(10**6), 10**10), min_size=1, max_size=6))
def test_a_size_obeys_every_cap_and_every_rule_of_form(offer: Quote, caps: list[int]) -> None:
    named = [Cap(f"cap{n}", shares) for n, shares in enumerate(caps)]
    answer = size_order("BUY", offer, named)
    if isinstance(answer, Sized):
        assert answer.size <= min(caps)
        assert offer.price * answer.size % (CENT * MICRO) == 0
        assert (
            order_problem("BUY", offer.price, answer.size, tick=offer.tick, least=offer.least)
            is None
        )
