"""Walking a book: never better than it, never deeper, and each displayed share once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from polymarket_assets.domain.book import (
    Level,
    OrderBook,
    book_problem,
    depth_within,
    walk,
    within,
)
from polymarket_assets.domain.fees import FeeSchedule, taker_fee
from polymarket_assets.domain.money import SHARE_LOT, notional
from polymarket_assets.domain.sizing import shares_for
from tests.domain.amounts import NOW, book, books, grid_prices, lots, m

MINUTE = timedelta(seconds=60)
ASKS = [("0.50", "100"), ("0.51", "50"), ("0.53", "200")]
sides = st.sampled_from(["BUY", "SELL"])


def test_the_worked_walk_takes_two_levels_and_pays_a_fee_on_each() -> None:
    levels = walk(book(asks=ASKS), "BUY", m("0.53"), m("120"), {})
    assert levels == (Level(m("0.50"), m("100")), Level(m("0.51"), m("20")))
    assert sum(notional(x.price, x.size) for x in levels) == m("60.20")
    fees = FeeSchedule(Decimal("0.04"), Decimal(1))
    assert [taker_fee(x.price, x.size, fees) for x in levels] == [m("1.00000"), m("0.19992")]


def test_the_worked_walk_ends_where_the_book_does() -> None:
    levels = walk(book(asks=ASKS), "BUY", m("0.53"), m("400"), {})
    assert sum(x.size for x in levels) == m("350")
    assert sum(notional(x.price, x.size) for x in levels) == m("181.50")
    fees = FeeSchedule(Decimal("0.04"), Decimal(1))
    assert sum(taker_fee(x.price, x.size, fees) for x in levels) == m("3.49260")


def test_the_worked_market_buy_spends_its_budget_level_by_level() -> None:
    rest = shares_for(m("25"), m("0.51"), lot=100)
    levels = walk(book(asks=ASKS), "BUY", m("0.53"), m("100") + rest, {})
    assert sum(x.size for x in levels) == m("149.0196")
    assert sum(notional(x.price, x.size) for x in levels) <= m("75")


@given(books(), sides, grid_prices(), lots)
def test_a_fill_is_within_the_limit_never_better_than_the_book_and_never_deeper(
    snapshot: OrderBook, side: str, limit: int, size: int
) -> None:
    levels = walk(snapshot, side, limit, size, {})
    displayed = {level.price: level.size for level in snapshot.facing(side)}
    assert sum(x.size for x in levels) <= size
    for level in levels:
        assert within(side, level.price, limit)
        assert 0 < level.size <= displayed[level.price]
        assert level.size % SHARE_LOT == 0
    assert [x.price for x in levels] == [
        x.price for x in snapshot.facing(side) if x.price in {y.price for y in levels}
    ]


@given(books(), sides, grid_prices(), st.lists(lots, min_size=1, max_size=5))
def test_orders_on_one_snapshot_together_take_no_more_than_it_displays(
    snapshot: OrderBook, side: str, limit: int, sizes: list[int]
) -> None:
    taken: dict[int, int] = {}
    for size in sizes:
        for level in walk(snapshot, side, limit, size, taken):
            taken[level.price] = taken.get(level.price, 0) + level.size
    for level in snapshot.facing(side):
        assert taken.get(level.price, 0) <= level.size
    together = walk(snapshot, side, limit, sum(sizes), {})
    assert sum(taken.values()) == sum(x.size for x in together)


@given(books(), grid_prices(), lots, lots)
def test_a_larger_order_never_pays_less_on_average(
    snapshot: OrderBook, limit: int, first: int, second: int
) -> None:
    small, large = sorted((first, second))

    def average(size: int) -> tuple[int, int]:
        levels = walk(snapshot, "BUY", limit, size, {})
        return sum(x.price * x.size for x in levels), sum(x.size for x in levels)

    (cheap, few), (dear, many) = average(small), average(large)
    assume(few)
    assert cheap * many <= dear * few


@given(books(), sides, grid_prices())
def test_the_depth_within_a_limit_is_what_the_largest_order_would_get(
    snapshot: OrderBook, side: str, limit: int
) -> None:
    depth = depth_within(snapshot, side, limit, {})
    assert depth == sum(x.size for x in walk(snapshot, side, limit, 10**18, {}))


@given(books(), sides, st.randoms(use_true_random=False))
def test_levels_may_come_in_any_order(snapshot: OrderBook, side: str, chance: object) -> None:
    pairs = [(x.price, x.size) for x in (*snapshot.bids, *snapshot.asks)]
    bids, asks = pairs[: len(snapshot.bids)], pairs[len(snapshot.bids) :]
    chance.shuffle(bids)
    chance.shuffle(asks)
    again = OrderBook.of(
        "token",
        bids,
        asks,
        tick_size=snapshot.tick_size,
        min_order_size=snapshot.min_order_size,
        book_at=NOW,
        received_at=NOW,
        venue_hash="snapshot",
    )
    assert again == snapshot


@pytest.mark.parametrize(
    ("snapshot", "side", "code"),
    [
        (book(asks=ASKS, received_at=NOW - timedelta(seconds=61)), "BUY", "stale_book"),
        (book(asks=ASKS, book_at=NOW - timedelta(days=3)), "BUY", None),
        (book(asks=ASKS, book_at=NOW + timedelta(hours=1)), "BUY", "stale_book"),
        (book(asks=ASKS, received_at=NOW + timedelta(hours=1)), "BUY", "stale_book"),
        (book(asks=ASKS, bids=[("0.50", "1")]), "BUY", "crossed_book"),
        (book(asks=ASKS, bids=[("0.52", "1")]), "SELL", "crossed_book"),
        (book(asks=ASKS), "SELL", "empty_book"),
        (book(bids=[("0.40", "9")]), "BUY", "empty_book"),
        (book(asks=[("0.505", "9")]), "BUY", "off_grid_book"),
        (book(asks=[("1.00", "9")]), "BUY", "off_grid_book"),
        (book(asks=ASKS, bids=[("0.49", "1")]), "SELL", None),
    ],
)
def test_a_book_that_must_not_be_traded_against_says_why(
    snapshot: OrderBook, side: str, code: str | None
) -> None:
    problem = book_problem(snapshot, side, NOW, MINUTE)
    assert (problem or "").partition(":")[0] == (code or "")


def test_a_price_shown_twice_or_a_negative_size_is_no_book() -> None:
    with pytest.raises(ValueError, match="shows a price twice"):
        book(asks=[("0.50", "1"), ("0.5", "2")])
    with pytest.raises(ValueError, match="negative size"):
        book(asks=[("0.50", "-1")])


def test_a_level_without_size_is_no_level() -> None:
    assert book(asks=[("0.50", "0"), ("0.51", "2")]).asks == (Level(m("0.51"), m("2")),)


def test_a_book_without_a_hash_is_named_by_its_content() -> None:
    same = book(asks=ASKS, name=None), book(asks=ASKS[::-1], name="")
    assert same[0].snapshot == same[1].snapshot
    assert book(asks=ASKS[:2], name=None).snapshot != same[0].snapshot
    assert book(asks=ASKS).best_bid is None
    assert book(bids=[("0.4", "1"), ("0.3", "1")]).best_bid == m("0.4")
