"""Rules that Python and SQL share: both sides agree, whatever they are asked."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from polymarket_assets.domain.fees import FeeSchedule, taker_fee
from polymarket_assets.domain.money import MICRO
from polymarket_assets.domain.tiers import parse_boundaries, tier_of
from polymarket_assets.domain.universe import words
from polymarket_assets.simulator.world import World
from polymarket_assets.store.seeds import crypto_keywords
from tests.warehouse.macros import evaluated, expression

KEYWORDS = crypto_keywords()
PIECES = st.sampled_from(
    [*sorted(KEYWORDS.any_case), *sorted(KEYWORDS.as_written), "link", "Near", "resolve", "İnk"]
)
QUESTIONS = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=6).flatmap(
    lambda parts: st.sampled_from([" ", "", "-", "'s ", "é", "ſ", "K"]).map(
        lambda between: between.join(parts).replace("\0", "")
    )
)


def _listed(keywords: frozenset[str]) -> str:
    return "[" + ", ".join(f"'{keyword}'" for keyword in sorted(keywords)) + "]"


def _is_crypto(questions: list[str]) -> list[bool]:
    sql = expression(
        "universe.sql",
        f'is_crypto("text", "{_listed(KEYWORDS.any_case)}", "{_listed(KEYWORDS.as_written)}")',
    )
    return evaluated(sql, "text", questions, "varchar")


@settings(max_examples=60)
@given(st.lists(QUESTIONS, min_size=1, max_size=40))
def test_sql_finds_the_words_and_coins_that_python_finds(questions: list[str]) -> None:
    assert _is_crypto(questions) == [KEYWORDS.found_in(question) for question in questions]
    found = evaluated(expression("universe.sql", 'words_of("text")'), "text", questions, "varchar")
    assert found == [words(question) for question in questions]


def test_sql_and_python_agree_on_every_question_of_an_invented_venue() -> None:
    world = World(11, date(2026, 11, 18), 1, 200, 100)
    questions = [market.plan.question for market in world.markets]
    expected = [KEYWORDS.found_in(question) for question in questions]
    assert _is_crypto(questions) == expected
    is_coin = [world.plan_of(market).category == "crypto" for market in world.markets]
    missed = [
        q for q, coin, found in zip(questions, is_coin, expected, strict=True) if coin > found
    ]
    assert missed == [], "every market about a coin names it"
    assert any(expected)
    assert not all(expected)


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 10**7), min_size=4, max_size=4, unique=True),
    st.lists(st.integers(-(10**12), 10**13), max_size=20),
)
def test_sql_gives_the_tiers_that_python_gives_at_the_boundaries_too(
    thousandths: list[int], microseconds: list[int]
) -> None:
    text = ",".join(repr(n / 1000) for n in sorted(thousandths, reverse=True))
    boundaries = parse_boundaries(text)
    edges = [round(b * 3_600_000_000) + off for b in boundaries for off in (-1, 0, 1)]
    hours = [n / 3_600_000_000 for n in [*microseconds, *edges]]
    found = evaluated(
        expression("tiers.sql", 'tier_of("hours")'),
        "hours",
        [*hours, None],
        "double",
        f"set variable tier_boundaries_h = cast({json.dumps(boundaries)} as double[])",
    )
    assert found == [*(tier_of(h, boundaries) for h in hours), None]


def test_the_warehouse_marks_the_markets_that_python_would(warehouse) -> None:
    rows = warehouse.rows("select question, is_crypto from core.dim_market")
    assert [row["is_crypto"] for row in rows] == [KEYWORDS.found_in(r["question"]) for r in rows]
    seeded = warehouse.rows("select keyword, match_case from core.crypto_keywords")
    assert {row["keyword"] for row in seeded if row["match_case"]} == KEYWORDS.as_written
    assert {row["keyword"] for row in seeded if not row["match_case"]} == KEYWORDS.any_case


FILLS = st.tuples(st.integers(0, 10**14), st.integers(0, MICRO), st.integers(0, MICRO))


@settings(max_examples=30)
@given(st.lists(FILLS, min_size=1, max_size=40))
def test_sql_charges_the_fee_that_python_charges(fills: list[tuple[int, int, int]]) -> None:
    call = 'fee_of_fill("fill.price", "fill.size", "fill.rate", "1")'
    number = "decimal(18, 6)"
    charged = evaluated(
        expression("fees.sql", call),
        "fill",
        [
            {"size": Decimal(s) / MICRO, "price": Decimal(p) / MICRO, "rate": Decimal(r) / MICRO}
            for s, p, r in fills
        ],
        f"struct(size {number}, price {number}, rate {number})",
    )
    assert [int(fee * MICRO) for fee in charged] == [
        taker_fee(p, s, FeeSchedule(Decimal(r) / MICRO, Decimal(1))) for s, p, r in fills
    ]
