"""Fills: which rows are the same fill, how they look from YES, and what wallets' roles are."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.warehouse.world import Market, World, at, wallet

DAY = "2026-11-02"
PAGES, TWINS, NO_HASH, UNLISTED = (
    Market("fills-pages"),
    Market("fills-twins"),
    Market("fills-no-hash"),
    Market("fills-unlisted", ("Over", "Under")),
)
SIDES = Market("fills-sides", ("No", "Yes"))
EQUAL = {"transaction_hash": "0xequal", "who": "twin"}


def tell(world: World) -> None:
    """Fills that repeat, in all the ways the venue repeats them."""
    for market in (PAGES, TWINS, NO_HASH, SIDES):
        world.market(market, seen=at("08:00"), closed=True)

    # The same fill on two pages of a walk and on a later walk.
    for page, seen in (("p1", 5), ("p2", 6), ("later", 600)):
        world.fill(
            PAGES, at("10:00", DAY), "BUY", "10", "0.5", page=page, transaction_hash="0xsame",
            seen=at("10:00", DAY) + timedelta(minutes=seen),
        )  # fmt: skip

    # Two equal rows on one page, one of them again on the next, three on a later walk's page.
    for page, count in (("t1", 2), ("t2", 1), ("t3", 3)):
        for _ in range(count):
            world.fill(TWINS, at("10:00", DAY), "BUY", "4", "0.25", page=page, **EQUAL)
    # What differs in any part of the key is another fill.
    for changed in (
        {"side": "SELL"},
        {"size": "5"},
        {"price": "0.26"},
        {"who": "else"},
        {"transaction_hash": "0xother"},
        {"when": at("10:00:01", DAY)},
        {"outcome": 1},
    ):
        row = {"when": at("10:00", DAY), "side": "BUY", "size": "4", "price": "0.25", **EQUAL}
        world.fill(TWINS, page="t1", **(row | changed))

    world.fill(NO_HASH, at("11:00", DAY), "BUY", "0", "0", transaction_hash=None)
    world.fill(NO_HASH, at("11:00", DAY), "SELL", "0.3", "0.333333", transaction_hash=None)
    world.fill(
        UNLISTED, at("12:00", DAY), "SELL", "8", "0.75", outcome=1, outcome_index=999, who="maker",
        transaction_hash="0xmatch", taker_only=False,
    )  # fmt: skip
    world.fill(
        UNLISTED, at("12:00", DAY), "BUY", "8", "0.75", outcome=1, outcome_index=999, who="taker",
        transaction_hash="0xmatch",
    )  # fmt: skip
    world.fill(
        UNLISTED, at("12:30", DAY), "SELL", "1", "0.75", outcome=1, outcome_index=999, who="maker",
        transaction_hash="0xunseen", taker_only=False,
    )  # fmt: skip
    world.fill(SIDES, at("13:00", DAY), "BUY", "10", "0.3", outcome=0)
    world.fill(SIDES, at("13:01", DAY), "SELL", "10", "0.4", outcome=1)


def _fills(warehouse, market: Market, table: str = "fct_trades"):
    return warehouse.rows(
        f"select * from core.{table} where condition_id = ? order by event_at, size, side",
        [market.condition],
    )


@pytest.mark.parametrize("table", ["fct_trades", "fct_wallet_fills"])
def test_the_same_row_on_two_pages_or_walks_is_one_fill(warehouse, table):
    [fill] = _fills(warehouse, PAGES, table)
    assert fill["received_at"] == at("10:05", DAY), "the first receipt is kept"
    assert fill["page_id"].startswith("p1")
    assert (fill["n"], fill["key_quality"]) == (1, "strong")


def test_equal_rows_of_one_page_are_different_fills_and_the_most_seen_on_a_page_counts(warehouse):
    fills = _fills(warehouse, TWINS)
    equal = [f for f in fills if f["transaction_hash"] == "0xequal"]
    same = [
        f
        for f in equal
        if (f["side"], f["size"], f["price"], f["outcome"], f["wallet"], f["event_at"])
        == ("BUY", Decimal(4), Decimal("0.25"), "Yes", wallet("twin"), at("10:00", DAY))
    ]
    assert sorted(f["n"] for f in same) == [1, 2, 3]
    assert len(fills) == 3 + 7, "each part of the key tells fills apart"
    assert len({f["fill_id"] for f in fills}) == len(fills)


def test_a_fill_without_a_hash_is_kept_with_a_weak_key_and_so_is_one_of_size_zero(warehouse):
    nothing, something = _fills(warehouse, NO_HASH)
    assert (nothing["size"], nothing["notional_usd"], nothing["key_quality"]) == (0, 0, "weak")
    assert something["notional_usd"] == Decimal("0.100000"), "0.0999999 rounded to six decimals"


def test_a_fill_of_a_market_the_lists_never_showed_makes_a_missing_market(warehouse):
    [fill] = _fills(warehouse, UNLISTED)
    assert (fill["market_status"], fill["outcome"], fill["outcome_index"]) == (
        "missing",
        "Under",
        None,
    )
    assert fill["yes_price"] is None, "which token is YES is not known"
    market = warehouse.row("select * from core.dim_market where condition_id = ?", [
        UNLISTED.condition
    ])  # fmt: skip
    assert market["metadata_status"] == "missing"
    assert market["question"] == "Will fills-unlisted happen?"
    assert (market["fee_source"], market["category"]) == ("unknown", "unknown")


def test_roles_come_from_the_list_of_takers_and_are_unknown_without_it(warehouse):
    roles = {
        (f["transaction_hash"], f["wallet"]): f["role"]
        for f in _fills(warehouse, UNLISTED, "fct_wallet_fills")
    }
    assert roles == {
        ("0xmatch", wallet("taker")): "taker",
        ("0xmatch", wallet("maker")): "maker",
        ("0xunseen", wallet("maker")): None,
    }


def test_a_fill_on_the_no_token_is_turned_over_wherever_no_stands_among_the_outcomes(warehouse):
    no, yes = _fills(warehouse, SIDES)
    assert (no["is_yes"], no["yes_side"], no["yes_price"]) == (False, "SELL", Decimal("0.7"))
    assert no["yes_notional_usd"] == Decimal(7)
    assert (yes["is_yes"], yes["yes_side"], yes["yes_price"]) == (True, "SELL", Decimal("0.4"))


def test_a_fill_is_known_when_received_or_five_minutes_after_it_happened(warehouse):
    [late] = _fills(warehouse, PAGES)
    assert late["known_at"] == at("10:05", DAY)
    live = _fills(warehouse, SIDES)[0]
    assert live["known_at"] == at("13:01", DAY), "received after a minute"


def test_traders_are_known_by_wallet_with_their_fills_counted(warehouse):
    maker = warehouse.row("select * from core.dim_trader where wallet = ?", [wallet("maker")])
    assert (maker["name"], maker["fills"], maker["taker_fills"]) == ("maker", 2, 0)
    assert maker["first_fill_at"] == at("12:00", DAY)
    assert maker["is_ranked_by_venue"] is False
