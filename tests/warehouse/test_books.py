"""Books: depth, walls, what makes one unusable, and a NO token's book turned over."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.warehouse.world import Market, World, at

SEEN = at("09:00")
BOOKS = {
    # name: (bids, asks, tick, last trade, token)
    "plain": (
        [("0.58", "100"), ("0.57", "200"), ("0.56", "50"), ("0.55", "10"), ("0.54", "40"),
         ("0.53", "1000")],
        [("0.62", "300"), ("0.63", "100"), ("0.70", "20"), ("0.71", "5")],
        "0.01", None, 0,
    ),
    "unordered": ([("0.10", "5"), ("0.30", "0"), ("0.20", "7")], [("0.9", "1"), ("0.8", "2")],
                  "0.01", None, 0),
    "mirrored": ([("0.30", "100"), ("0.29", "7")], [("0.33", "50")], "0.01", None, 1),
    "one-sided": ([], [("0.02", "10")], "0.01", None, 0),
    "empty": ([], [], "0.01", None, 0),
    "crossed": ([("0.6", "10")], [("0.6", "10")], "0.01", None, 0),
    "off-grid": ([("0.5013", "10")], [("0.6", "10")], "0.0025", None, 0),
    "on-fine-grid": ([("0.5025", "10")], [("0.6", "10")], "0.0025", None, 0),
    "ghost": ([("0.01", "10")], [("0.99", "10")], "0.01", "0.5", 0),
    "really-wide": ([("0.01", "10")], [("0.99", "10")], "0.01", "0.97", 0),
    "tied-walls": ([("0.50", "10"), ("0.48", "2000"), ("0.47", "2000"), ("0.46", "10"),
                    ("0.45", "10"), ("0.44", "10"),
                    ("0.39", "9000")], [("0.52", "1")], "0.01", None, 0),
    "small-wall": ([("0.50", "10"), ("0.49", "10"), ("0.48", "900")], [("0.52", "1")], "0.01",
                   None, 0),
}  # fmt: skip


def tell(world: World) -> None:
    """One book of each kind."""
    for name, (bids, asks, tick, last, token) in BOOKS.items():
        market = world.market(Market(f"book-{name}"), seen=at("08:59"))
        world.book(market.tokens[token], SEEN, bids, asks, tick=tick, last=last)
    world.book("123", SEEN, [("0.5", "1")], [], condition="0xunknown")


def _book(warehouse, name: str):
    market = Market(f"book-{name}")
    return warehouse.row("select * from core.fct_books where condition_id = ?", [market.condition])


def test_depth_levels_imbalance_and_microprice_are_those_counted_by_hand(warehouse):
    book = _book(warehouse, "plain")
    assert [book[f"bid_depth_{n}"] for n in (5, 10, 20, 50)] == [400, 1400, 1400, 1400]
    assert [book[f"ask_depth_{n}"] for n in (5, 10, 20, 50)] == [425] * 4
    assert (book["bid_levels"], book["ask_levels"]) == (6, 4)
    assert book["book_imbalance"] == pytest.approx((1400 - 425) / 1825)
    assert (book["best_bid"], book["best_ask"]) == (Decimal("0.58"), Decimal("0.62"))
    assert (book["spread"], book["mid_price"]) == (Decimal("0.04"), Decimal("0.6"))
    assert book["microprice"] == Decimal("0.59"), "(0.58 x 300 + 0.62 x 100) / 400"
    assert book["is_usable"] is True


def test_a_wall_is_large_near_and_worth_something(warehouse):
    book = _book(warehouse, "plain")
    assert (book["bid_wall_price"], book["bid_wall_size"]) == (Decimal("0.53"), 1000)
    assert book["ask_wall_price"] is None, "300 shares at 0.62 are worth less than 500 USD"
    tied = _book(warehouse, "tied-walls")
    assert tied["bid_wall_price"] == Decimal("0.48"), "the nearer of two; 0.39 is too far away"
    assert _book(warehouse, "small-wall")["bid_wall_size"] is None, "432 USD"


def test_levels_are_sorted_whatever_order_they_came_in_and_none_is_empty(warehouse):
    book = _book(warehouse, "unordered")
    assert (book["best_bid"], book["best_bid_size"]) == (Decimal("0.2"), 7)
    assert (book["best_ask"], book["best_ask_size"]) == (Decimal("0.8"), 2)
    assert book["bid_levels"] == 2


def test_a_no_token_s_book_is_turned_over(warehouse):
    book = _book(warehouse, "mirrored")
    assert book["is_mirrored"] is True
    assert (book["best_bid"], book["best_bid_size"]) == (Decimal("0.67"), 50)
    assert (book["best_ask"], book["best_ask_size"]) == (Decimal("0.7"), 100)
    assert (book["bid_levels"], book["ask_levels"], book["ask_depth_5"]) == (1, 2, 107)


def test_an_empty_side_has_depth_zero_and_no_price(warehouse):
    book = _book(warehouse, "one-sided")
    assert (book["bid_depth_50"], book["bid_levels"], book["book_imbalance"]) == (0, 0, -1)
    assert [book[c] for c in ("best_bid", "spread", "mid_price", "microprice")] == [None] * 4
    assert book["is_usable"] is True
    assert _book(warehouse, "empty")["book_imbalance"] is None


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("crossed", "is_crossed"),
        ("off-grid", "is_off_grid"),
        ("ghost", "is_ghost"),
        ("on-fine-grid", None),
        ("really-wide", None),
    ],
)
def test_a_book_that_can_not_be_true_is_flagged_and_not_usable(warehouse, name, flag):
    book = _book(warehouse, name)
    flags = [f for f in ("is_crossed", "is_off_grid", "is_ghost") if book[f]]
    assert flags == ([flag] if flag else [])
    assert book["is_usable"] is (flag is None)


def test_a_book_of_an_unknown_token_is_kept_under_the_condition_the_venue_named(warehouse):
    book = warehouse.row("select * from core.fct_books where token_id = '123'")
    assert (book["condition_id"], book["is_mirrored"]) == ("0xunknown", False)
