"""Markets: versions, outcomes, topics, fees, results, and times in the venue's three spellings."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

import pytest

from tests.warehouse.world import NOW, Market, World, at

CHANGED = Market("markets-changed")
UP_DOWN = Market("markets-up-down", ("Up", "Down"))
NO_FIRST = Market("markets-no-first", ("No", "Yes"))
THREE = Market("markets-three", ("A", "B", "C"))
TIMES = Market("markets-times")
RULED = Market("rules-in-versions")
RULES = (
    {"description": "It rains.", "resolutionSource": ""},
    {"description": "It rains.", "resolutionSource": "", "volume24hr": 5},
    {"description": "It rains.", "resolutionSource": "https://weather.test"},
    {"description": "It snows.", "resolutionSource": "https://weather.test"},
    {"description": "It rains.", "resolutionSource": ""},
    {"description": None},
)
DISPUTED, PENDING = Market("result-disputed"), Market("result-pending")
LAST_WORD, TOO_EARLY, REPEATED = (
    Market(f"result-{name}") for name in ("last-word", "too-early", "repeated")
)
DISPUTE = (
    ("proposed", ["0", "1"], False),
    ("disputed", ["0", "1"], False),
    ("proposed", ["1", "0"], False),
    ("resolved", ["1", "0"], True),
    ("resolved", ["0.9999", "0.0001"], True),
)
RESULTS = {
    "yes": (["1", "0"], [1, 0]),
    "no": (["0", "1"], [0, 1]),
    "tie": (["0.5", "0.5"], [Decimal("0.5"), Decimal("0.5")]),
    "old-maker": (["0.9999985", "0.0000015"], [1, 0]),
    "nothing": (["0", "0"], [None, None]),
    "undecided": (["0.7", "0.3"], [None, None]),
    "both": (["1", "1"], [None, None]),
    "half-known": (["0.99", "0.3"], [None, None]),
}
FEES = {
    "own": ({}, (Decimal("0.04"), 1, "market")),
    "own-without-exponent": ({"feeSchedule": {"rate": 0.02}}, (Decimal("0.02"), 1, "market")),
    "none": ({"feesEnabled": False, "feeSchedule": None}, (0, 1, "market")),
    "by-type": (
        {"feeSchedule": ..., "feeType": "sports_fees_v3"},
        (Decimal("0.05"), 1, "category_seed"),
    ),
    "by-topic": (
        {"feeSchedule": ..., "feeType": None, "feesEnabled": ...},
        (Decimal("0.04"), 1, "category_seed"),
    ),
    "charges-in-a-free-category": (
        {"feeSchedule": None, "feeType": "zero_fees"},
        (None, None, "unknown"),
    ),
    "no-topic": ({"feeSchedule": ..., "feeType": ..., "feesEnabled": ...}, None),
}
SEEN = at("08:00")


def tell(world: World) -> None:
    """Markets with every field read in some odd way."""
    world.event("topic-politics", seen=SEEN, tags=["all", "us-politics"])
    world.event("topic-mentions", seen=SEEN, tags=["politics", "mention-markets"])
    world.event("topic-none", seen=SEEN, tags=["hide-from-new"], category="Unheard of")
    world.event("topic-old", seen=SEEN, category="Pop-Culture ")

    for minute, texts in enumerate(RULES):
        world.market(RULED, seen=at(f"06:{minute:02}"), **texts)
    for minute, (status, prices, _) in enumerate(DISPUTE):
        world.market(
            DISPUTED, seen=at(f"06:{minute:02}"), closed=True, umaResolutionStatus=status,
            outcomePrices=json.dumps(prices), closedTime="2026-11-20 05:00:00+00",
        )  # fmt: skip
    world.market(
        PENDING, seen=SEEN, closed=True, umaResolutionStatus="proposed",
        outcomePrices=json.dumps(["1", "0"]), closedTime="2026-11-20 05:00:00+00",
    )  # fmt: skip

    for market, seen, closed in (
        (LAST_WORD, SEEN, "2026-08-22 08:00:00+00"),
        (TOO_EARLY, SEEN, "2026-08-22 08:00:01+00"),
        (REPEATED, at("08:00", "2026-08-22"), "2026-08-22 07:00:00+00"),
        (REPEATED, SEEN, "2026-08-22 07:00:00+00"),
    ):
        world.market(
            market, seen=seen, closed=True, umaResolutionStatus="proposed",
            outcomePrices=json.dumps(["0", "1"]), createdAt="2026-08-01T00:00:00Z",
            closedTime=closed, volume24hr=seen.month,
        )  # fmt: skip

    world.market(CHANGED, seen=at("07:00"), question="Before?", event="topic-politics")
    world.market(CHANGED, seen=SEEN, question="After?", event="topic-politics", description="Rules")
    for quotes in (UP_DOWN, NO_FIRST, THREE):
        world.market(
            quotes, seen=SEEN, event="topic-mentions", bestBid=0.2, bestAsk=0.25,
            lastTradePrice=0.24, oneDayPriceChange=0.03,
            outcomePrices=json.dumps(["0.225", "0.775", "0"][: len(quotes.outcomes)]),
        )  # fmt: skip
    world.market(
        TIMES, seen=SEEN, event="topic-old", closed=True, outcomePrices="oops",
        createdAt="2020-10-02T16:10:01.467Z", closedTime="2020-11-02 16:31:01+00",
        endDate="2020-11-04", startDate="soon", gameStartTime="2020-11-02 11:31:01-05:00",
    )  # fmt: skip
    for name, (prices, _) in RESULTS.items():
        world.market(
            Market(f"result-{name}"), seen=SEEN, closed=True, outcomePrices=json.dumps(prices),
            closedTime="2026-11-19 15:00:00+00", umaResolutionStatus="resolved",
        )  # fmt: skip
    for name, (payload, _) in FEES.items():
        world.market(
            Market(f"fee-{name}"), seen=SEEN,
            event="topic-none" if name == "no-topic" else "topic-politics", **payload,
        )  # fmt: skip


def _market(warehouse, market: Market):
    return warehouse.row("select * from core.dim_market where condition_id = ?", [market.condition])


def test_a_market_is_as_last_received_and_every_version_is_kept(warehouse):
    market = _market(warehouse, CHANGED)
    assert (market["question"], market["first_seen_at"]) == ("After?", at("07:00"))
    assert market["last_changed_at"] == SEEN
    versions = warehouse.rows(
        "select question, description from core.market_versions where condition_id = ?"
        " order by received_at",
        [CHANGED.condition],
    )
    assert [v["question"] for v in versions] == ["Before?", "After?"]
    assert versions[1]["description"] == "Rules"


@pytest.mark.parametrize(
    ("event", "category", "raw"),
    [
        ("topic-politics", "politics", None),
        ("topic-mentions", "mentions", None),
        ("topic-none", "unknown", "Unheard of"),
        ("topic-old", "culture", "Pop-Culture "),
    ],
)
def test_a_topic_comes_from_the_tags_by_the_vocabulary_s_priority(warehouse, event, category, raw):
    found = warehouse.row("select * from core.dim_event where event_id = ?", [event])
    assert (found["category"], found["category_raw"]) == (category, raw)


def test_yes_is_the_outcome_labelled_so_else_the_first_and_quotes_turn_with_it(warehouse):
    quotes = {
        row["slug"]: row
        for row in warehouse.rows(
            "select * from core.market_versions where slug like 'markets-%' and is_binary"
        )
    }
    up, second = quotes[UP_DOWN.name], quotes[NO_FIRST.name]
    assert (up["yes_token_id"], up["no_token_id"]) == UP_DOWN.tokens
    assert (up["yes_best_bid"], up["yes_best_ask"]) == (Decimal("0.2"), Decimal("0.25"))
    assert (second["yes_token_id"], second["no_token_id"]) == NO_FIRST.tokens[::-1]
    assert (second["yes_best_bid"], second["yes_best_ask"]) == (Decimal("0.75"), Decimal("0.8"))
    assert second["yes_price"] == Decimal("0.775")
    assert second["yes_last_trade_price"] == Decimal("0.76")
    assert second["yes_price_change_1d"] == Decimal("-0.03")


def test_tokens_know_their_opposite_unless_the_market_has_not_two(warehouse):
    tokens = {row["token_id"]: row for row in warehouse.rows("select * from core.dim_market_token")}
    assert tokens[NO_FIRST.yes]["is_yes"] is False
    assert tokens[NO_FIRST.yes]["opposite_token_id"] == NO_FIRST.no
    assert tokens[NO_FIRST.no]["is_yes"] is True
    assert tokens[UP_DOWN.yes]["is_yes"] is True
    assert {tokens[t]["is_yes"] for t in THREE.tokens} == {None}
    assert {tokens[t]["opposite_token_id"] for t in THREE.tokens} == {None}
    assert [tokens[t]["outcome_index"] for t in THREE.tokens] == [0, 1, 2]


def test_times_are_read_in_every_spelling_and_null_when_they_are_none(warehouse):
    market = warehouse.row(
        "select * from core.market_versions where condition_id = ?", [TIMES.condition]
    )
    assert market["created_at"] == at("16:10:01.467", "2020-10-02")
    assert market["closed_at"] == at("16:31:01", "2020-11-02")
    assert market["end_at"] == at("00:00", "2020-11-04"), "a bare date is UTC, wherever we run"
    assert market["game_start_at"] == at("16:31:01", "2020-11-02")
    assert market["start_at"] is None
    assert market["outcome_prices"] is None, "what is no list is not known"


@pytest.mark.parametrize("name", RESULTS)
def test_payouts_are_read_from_final_prices_and_unknown_unless_they_add_up_to_one(warehouse, name):
    market = Market(f"result-{name}")
    rows = warehouse.rows(
        "select * from core.fct_resolutions where condition_id = ? order by outcome_index",
        [market.condition],
    )
    assert [row["payout"] for row in rows] == RESULTS[name][1]
    assert [row["token_id"] for row in rows] == list(market.tokens)
    assert {row["resolved_at"] for row in rows} == {at("15:00", "2026-11-19")}
    assert {row["known_at"] for row in rows} == {at("15:00", "2026-11-19")}


def test_every_wording_of_the_rules_is_kept_with_its_hash_and_when_it_changed(warehouse):
    versions = warehouse.rows(
        "select * from core.market_versions where condition_id = ? order by received_at",
        [RULED.condition],
    )
    texts = [v["rules_text"] for v in versions]
    source = "https://weather.test"
    assert texts == [
        "It rains.", "It rains.", f"It rains.\n\n{source}", f"It snows.\n\n{source}",
        "It rains.", None,
    ]  # fmt: skip
    assert [v["rules_changed"] for v in versions] == [False, False, True, True, True, True]
    assert [v["rules_sha256"] for v in versions] == [
        text and hashlib.sha256(text.encode()).hexdigest() for text in texts
    ]
    assert {v["venue"] for v in versions} == {"polymarket"}


def test_an_outcome_that_may_still_turn_over_is_no_result_and_not_known_before_it_is(warehouse):
    rows = {
        (row["condition_id"], row["outcome_index"]): row
        for row in warehouse.rows("select * from core.fct_resolutions")
    }
    assert [rows[PENDING.condition, n]["payout"] for n in (0, 1)] == [None, None]
    assert [rows[DISPUTED.condition, n]["payout"] for n in (0, 1)] == [1, 0]
    result = rows[DISPUTED.condition, 0]
    assert result["resolved_at"] == at("05:00")
    assert result["received_at"] == at("06:00")
    assert result["known_at"] == at("06:03"), "when it first was as it is now, not when it closed"


def test_what_is_still_called_proposed_90_days_after_the_close_is_the_result(warehouse):
    found = {
        row["condition_id"]: (row["payout"], row["known_at"])
        for row in warehouse.rows("select * from core.fct_resolutions where outcome_index = 1")
    }
    assert found[LAST_WORD.condition] == (1, at("08:00", "2026-08-22"))
    assert found[TOO_EARLY.condition][0] is None
    assert found[REPEATED.condition] == (1, SEEN), "nobody knew it at the close"
    resolved = {
        row["condition_id"]: row["is_resolved"]
        for row in warehouse.rows(
            "select condition_id, arg_max(is_resolved, valid_from) as is_resolved"
            " from core.int_market_terms group by condition_id"
        )
    }
    assert resolved[LAST_WORD.condition]
    assert resolved[REPEATED.condition]
    assert not resolved[TOO_EARLY.condition]


def test_open_markets_have_no_result(warehouse):
    assert not warehouse.rows(
        "select * from core.fct_resolutions where condition_id = ?", [CHANGED.condition]
    )


@pytest.mark.parametrize("name", FEES)
def test_a_fee_is_the_market_s_own_else_that_of_its_category_at_the_time(warehouse, name):
    market = _market(warehouse, Market(f"fee-{name}"))
    expected = FEES[name][1] or (None, None, "unknown")
    assert (market["fee_rate"], market["fee_exponent"], market["fee_source"]) == expected


def test_fixed_fields_are_known_since_creation_and_all_others_since_receipt(warehouse):
    market = _market(warehouse, CHANGED)
    assert market["known_at"] == at("10:30:00.123456", "2026-10-01")
    version = warehouse.rows(
        "select known_at, received_at from core.market_versions where condition_id = ?",
        [CHANGED.condition],
    )
    assert all(v["known_at"] == v["received_at"] for v in version)
    assert all(v["known_at"] < NOW for v in version)
