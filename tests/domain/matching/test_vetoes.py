"""Vetoes that the golden pairs meet only together with others, each by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from polymarket_assets.domain.matching.judge import Judgement, judge
from polymarket_assets.domain.matching.market import MarketText, Relation
from polymarket_assets.domain.matching.slots import read_slots
from tests.domain.matching.golden.shape import kalshi, poly


def judged(a: MarketText, b: MarketText) -> Judgement:
    return judge(read_slots(a), read_slots(b))


CUP = poly(
    "Will Arsenal win the 2026 Harbor Cup?",
    'This market resolves to "Yes" if Arsenal win the 2026 Harbor Cup. Otherwise "No".',
    "2026-05-24",
)
K_CUP = kalshi(
    "Harbor Cup champion 2026?",
    "Arsenal",
    "If Arsenal wins the 2026 Harbor Cup, then the market resolves to Yes.",
    "2026-05-25T15:00",
)
OIL = poly(
    "Will Brent close above $90 on August 31?",
    'This market resolves to "Yes" if the closing price of Brent on August 31, 2026 is above $90. '
    'Otherwise "No".',
    "2026-08-31",
)
K_OIL = kalshi(
    "Brent price on Aug 31, 2026?",
    "Above $90",
    "If the closing price of Brent on Aug 31, 2026 is above 90, then the market resolves to Yes.",
    "2026-08-31T19:00",
)


def test_the_pairs_without_a_veto_are_equivalent() -> None:
    assert judged(CUP, K_CUP).relation is Relation.EQUIVALENT
    assert judged(OIL, K_OIL).relation is Relation.EQUIVALENT


def test_an_exception_of_one_side_alone_is_a_veto() -> None:
    excepted = replace(
        K_CUP,
        rules=f"{K_CUP.rules} A disqualification of Arsenal after the final will not be considered "
        "a reversal of the trophy.",
    )
    made = judged(CUP, excepted)
    assert made.vetoes == ["exceptions"]
    assert made.relation is Relation.RELATED


def test_rules_that_state_no_condition_are_a_veto() -> None:
    bare = replace(K_CUP, title=CUP.title, outcome="Yes", rules="See the exchange's rulebook.")
    made = judged(CUP, bare)
    assert "condition read from" in made.vetoes
    assert made.relation is Relation.RELATED


def test_another_edition_is_a_veto_though_both_end_together() -> None:
    later = replace(
        K_CUP, title="Harbor Cup champion 2027?", rules=K_CUP.rules.replace("2026", "2027")
    )
    made = judged(CUP, later)
    assert "edition" in made.vetoes
    assert made.relation is Relation.RELATED


@pytest.mark.parametrize("other", ["average", "settlement"])
def test_a_closing_price_is_neither_an_average_nor_a_settlement(other: str) -> None:
    made = judged(OIL, replace(K_OIL, rules=K_OIL.rules.replace("closing", other)))
    assert "observation" in made.vetoes
    assert made.relation is not Relation.EQUIVALENT


def test_up_and_down_are_two_questions() -> None:
    rules = (
        'This market resolves to "{}" if the Chainlink price of Bitcoin at the end of the hour is '
        "{} than at its start."
    )
    title = "Bitcoin Up or Down, July 3, 5PM ET"
    up = poly(title, rules.format("Up", "higher"), "2026-07-03T22:00", outcome="Up")
    down = replace(up, venue="kalshi", outcome="Down", rules=rules.format("Down", "lower"))
    assert judged(up, replace(up, venue="kalshi")).relation is Relation.EQUIVALENT
    assert judged(up, down).relation is not Relation.EQUIVALENT


def test_the_direction_of_a_change_counts() -> None:
    words = (
        "If the CPI for May 2026 {} by more than 0.3% month-over-month, then the market resolves "
        "to Yes."
    )
    rise, fall = (
        kalshi("CPI in May 2026?", "Above 0.3%", words.format(verb), "2026-06-10")
        for verb in ("rises", "falls")
    )
    assert "direction" in judged(rise, fall).vetoes
