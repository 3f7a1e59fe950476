"""The scores of wallets, over a small built warehouse."""

from __future__ import annotations

from polymarket_assets.warehouse.wash_scores import score_wallets
from tests.warehouse.world import NOW, Market, World, at, wallet

RING = Market("wash-ring")


def tell(world: World) -> None:
    """Two wallets pass the same shares to and fro; a third buys once and keeps."""
    world.market(RING, seen=at("07:00", "2026-11-13"))
    for minute in range(120):
        match = f"0x{minute + 1:064x}"
        buyer, seller = ("ring-a", "ring-b") if minute % 2 else ("ring-b", "ring-a")
        when = at(f"{10 + minute // 60}:{minute % 60:02}", "2026-11-19")
        world.fill(RING, when, "BUY", "100", "0.5", who=buyer, transaction_hash=match)
        world.fill(
            RING, when, "SELL", "100", "0.5", who=seller, taker_only=False, transaction_hash=match
        )
    world.fill(RING, at("09:00", "2026-11-19"), "BUY", "100", "0.5", who="keeper")


def test_wallets_that_trade_in_a_ring_are_flagged_and_a_keeper_is_not(warehouse):
    scored = score_wallets(warehouse.lake, NOW)
    rows = {
        row["wallet"]: row
        for row in warehouse.rows(
            "select * from leaderboards.wash_scores where scored_at = ?", [NOW]
        )
    }
    assert len(rows) == scored > 5
    for who in ("ring-a", "ring-b"):
        assert rows[wallet(who)]["score"] > 0
        assert rows[wallet(who)]["seed_score"] > rows[wallet("keeper")]["seed_score"] == 0
    assert rows[wallet("ring-a")]["is_flagged"]
    assert not rows[wallet("keeper")]["is_flagged"]
