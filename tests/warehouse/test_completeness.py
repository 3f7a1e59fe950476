"""Whether the fills held of a market are all: our volume against the venue's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.warehouse.world import NOW, Market, World, at, wallet

SEEN = at("08:00")
CASES = {
    "whole": ({"volumeNum": 101.9}, True),
    "more-than-the-venue": ({"volumeNum": 60}, True),
    "short": ({"volumeNum": 120}, False),
    "unnamed": ({}, None),
    "never-traded": ({"volumeNum": 0}, True),
    "seen-after-the-fills": ({"volumeNum": 120}, None),
}


def market(case: str) -> Market:
    return Market(f"complete-{case}")


def tell(world: World) -> None:
    """100 USD of fills in each market but one, and what the venue says it was."""
    world.run("data_trades", covered=(at("00:00"), at("11:00")), started=at("11:00"))
    for case, (volume, _) in CASES.items():
        late = case == "seen-after-the-fills"
        world.market(market(case), seen=NOW + timedelta(days=30) if late else SEEN, **volume)
        if case != "never-traded":
            world.fill(market(case), at("07:00"), "BUY", "200", "0.5", who=f"buyer-{case}")


@pytest.mark.parametrize("case", CASES)
def test_our_volume_says_whether_the_fills_of_a_market_are_all(warehouse, case: str) -> None:
    found = warehouse.row(
        "select trades_complete from core.dim_market where condition_id = ?",
        [market(case).condition],
    )
    assert found["trades_complete"] is CASES[case][1]


@pytest.mark.parametrize("case", ["whole", "short", "unnamed"])
def test_a_position_is_incomplete_where_fills_of_its_market_are_known_to_be_missing(
    warehouse, case: str
) -> None:
    found = warehouse.row(
        "select is_complete from leaderboards.trader_positions where wallet = ?",
        [wallet(f"buyer-{case}")],
    )
    assert found["is_complete"] is (case != "short")
