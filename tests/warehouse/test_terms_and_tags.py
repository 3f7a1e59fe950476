"""Staging of the CLOB's trading terms and of Gamma's tags."""

from __future__ import annotations

from decimal import Decimal

from tests.warehouse.world import Market, World, at

FULL, BARE = Market("terms-full"), Market("terms-bare")
SEEN = at("06:00")


def tell(world: World) -> None:
    """A market with every term, one with nearly none, and a tag that was renamed."""
    tokens = [{"t": token, "o": o} for token, o in zip(FULL.tokens, FULL.outcomes, strict=True)]
    world.terms(
        FULL, seen=SEEN, t=tokens, mos=5, mts=0.001, nr=True, ao=True, aot="2026-11-01T10:00:00Z",
        cbos=True, itode=True, sd=3, gst="2026-11-20T18:00:00Z", fd={"r": 0.07, "e": 1, "to": True},
    )  # fmt: skip
    world.terms(FULL, seen=at("07:00"), t=tokens, mos=5, mts=0.01)
    world.terms(BARE, seen=SEEN, t=[], mts=0.01, mos=15, fd={"to": True})
    world.tag("21", seen=SEEN, slug="crypto", label="Crypto", createdAt="2023-11-02T21:00:00Z")
    world.tag("21", seen=at("07:00"), slug="crypto", label="Coins", forceShow=True)


def _terms(warehouse, market: Market):
    return warehouse.rows(
        "select * from staging.stg_clob_markets where condition_id = ? order by received_at",
        [market.condition],
    )


def test_terms_are_read_from_their_abbreviations_version_by_version(warehouse):
    first, second = _terms(warehouse, FULL)
    assert first["token_ids"] == list(FULL.tokens)
    assert first["outcomes"] == ["Yes", "No"]
    assert (first["tick_size"], first["min_order_size"]) == (Decimal("0.001"), 5)
    assert (first["fee_rate"], first["fee_exponent"]) == (Decimal("0.07"), 1)
    assert (first["has_taker_delay"], first["sports_delay_s"]) == (True, 3)
    assert first["is_fee_taker_only"]
    assert first["neg_risk"]
    assert first["is_accepting_orders"]
    assert first["is_book_cleared_at_start"]
    assert first["game_start_at"] == at("18:00")
    assert first["accepting_orders_since_at"] == at("10:00", "2026-11-01")
    assert (second["tick_size"], second["known_at"]) == (Decimal("0.01"), at("07:00"))


def test_a_key_the_venue_leaves_out_is_false_or_nothing_but_a_tick_is_unknown(warehouse):
    [bare] = _terms(warehouse, BARE)
    assert (bare["fee_rate"], bare["fee_exponent"], bare["sports_delay_s"]) == (0, 0, 0)
    flags = ("neg_risk", "is_accepting_orders", "has_taker_delay", "is_book_cleared_at_start")
    assert [bare[flag] for flag in flags] == [False] * 4
    assert (bare["game_start_at"], bare["accepting_orders_since_at"]) == (None, None)


def test_every_version_of_a_tag_is_kept(warehouse):
    rows = warehouse.rows(
        "select * from staging.stg_gamma_tags where tag_id = '21' order by received_at"
    )
    assert [row["label"] for row in rows] == ["Crypto", "Coins"]
    assert [row["is_always_shown"] for row in rows] == [None, True]
    assert rows[0]["created_at"] == at("21:00", "2023-11-02")
