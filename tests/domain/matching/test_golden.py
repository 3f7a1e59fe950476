"""The matcher against pairs whose relation is known; `pytest -s` prints the figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from polymarket_assets.domain.matching.blocking import blocking_key, candidates
from polymarket_assets.domain.matching.judge import judge
from polymarket_assets.domain.matching.market import MarketText, Relation
from polymarket_assets.domain.matching.slots import read_slots
from tests.domain.matching.golden import HOLDOUT, TUNED
from tests.domain.matching.measures import Measured, measure, wilson_low

TRAPS = {
    "above vs at least", "touch vs close", "by vs on", "ET vs UTC midnight",
    "announced vs effective", "OPM notice vs funding lapse", "nominee vs winner",
    "in 2026 vs before 2027", "regulation vs incl. overtime", "postponed rules", "price source",
    "CPI release", "season vs game", "candidate vs party", "polarity flip", "bucket vs cumulative",
    "same title, other year", "market count",
}  # fmt: skip
EQUIVALENT = [p for p in (*TUNED, *HOLDOUT) if p.relation is Relation.EQUIVALENT]


@pytest.fixture(scope="module")
def tuned() -> Measured:
    return measure(TUNED)


@pytest.fixture(scope="module")
def holdout() -> Measured:
    return measure(HOLDOUT)


def test_the_set_is_large_hard_and_covers_every_trap() -> None:
    pairs = [*TUNED, *HOLDOUT]
    assert len(pairs) >= 200
    assert sum(bool(pair.trap) for pair in pairs) >= len(pairs) / 2
    assert all(pair.relation is not Relation.EQUIVALENT for pair in pairs if pair.trap)
    assert {pair.trap for pair in TUNED} >= TRAPS
    assert len(HOLDOUT) >= 0.2 * len(pairs)
    assert len({(p.a.key, p.a.rules, p.b.key, p.b.rules) for p in pairs}) == len(pairs)


def test_what_is_called_equivalent_is(tuned: Measured) -> None:
    print(f"\ntuned: {tuned}")
    assert [pair.why for pair in tuned.wrong] == []
    assert tuned.precision >= 0.99
    assert tuned.recall >= 0.95
    assert tuned.exact >= 0.95


def test_what_is_called_equivalent_is_so_too_where_nothing_was_tuned(holdout: Measured) -> None:
    print(f"\nholdout: {holdout}")
    both = len(measure(TUNED).claimed) + len(holdout.claimed)
    print(f"both: 95% Wilson bound of precision {wilson_low(both, both):.4f} ({both} claimed)")
    assert [pair.why for pair in holdout.wrong] == []
    assert holdout.recall >= 0.8


def test_no_implication_is_claimed_that_is_not_there(tuned: Measured, holdout: Measured) -> None:
    for pair, made in (*tuned.judged, *holdout.judged):
        if made.relation not in {Relation.RELATED, Relation.DIFFERENT}:
            assert made.relation is pair.relation, (pair.why, made.as_json())


def test_every_trap_is_named_by_a_difference(tuned: Measured) -> None:
    for pair, made in tuned.judged:
        if pair.trap:
            assert made.as_json()["differences"], pair.why


def test_blocking_lets_every_equivalent_pair_through() -> None:
    """Each pair alone among all other markets of the set, so that common words are common."""
    left = [blocking_key(pair.a) for pair in (*TUNED, *HOLDOUT)]
    right = [blocking_key(pair.b) for pair in (*TUNED, *HOLDOUT)]
    found = set(candidates(left, right))
    lost = [
        pair.a.title
        for i, pair in enumerate((*TUNED, *HOLDOUT))
        if pair.relation is Relation.EQUIVALENT and (i, i) not in found
    ]
    assert lost == []
    assert len(found) < 0.1 * len(left) * len(right)


def _everywhere(
    pattern: str, put: Callable[[re.Match[str]], str]
) -> Callable[[MarketText], MarketText]:
    def change(market: MarketText) -> MarketText:
        texts = (market.title, market.outcome, market.rules)
        title, outcome, rules = (re.sub(pattern, put, text) for text in texts)
        return replace(market, title=title, outcome=outcome, rules=rules)

    return change


def _in_condition(pattern: str, put: str) -> Callable[[MarketText], MarketText]:
    def change(market: MarketText) -> MarketText:
        condition, then, rest = market.rules.partition(", then the market")
        return replace(market, rules=re.sub(pattern, put, condition) + then + rest)

    return change


MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
CHANGES: dict[str, Callable[[MarketText], MarketText]] = {
    "a year later": _everywhere(r"\b20(2\d)\b", lambda m: f"20{int(m[1]) + 1}"),
    "the next day": _everywhere(
        rf"\b({MONTHS})(\w*) (\d+)(?=,| UTC|\b)",
        lambda m: f"{m[1]}{m[2]} {int(m[3]) % 28 + 1}",
    ),
    "another threshold": _everywhere(
        r"(?<=above |below )\$?(\d[\d,]*(?:\.\d+)?)",
        lambda m: f"{float(m[1].replace(',', '')) * 2}",
    ),
    "at or above": _in_condition(r"\bis above\b|\bis greater than\b", "is at or above"),
    "not strict": _in_condition(r"\bis at or above\b", "is above"),
    "denied": _in_condition(r"\b(is|wins?|are) (?=\w)", "does not "),
    "UTC": _in_condition(r"\bE[DS]?T\b", "UTC"),
    "only announced": _in_condition(
        r"^If (.*?) (wins|completes|leaves|joins|is|makes)\b", r"If \1 announces that it \2"
    ),
    "nominated": _in_condition(r"\bwins\b", "is nominated for"),
    "another name": _everywhere(
        rf"(?<=[a-z] )(?!{MONTHS}|Yes|The)([A-Z][a-z]{{3,}})", lambda _: "Zyxgard"
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_one_changed_slot_makes_equivalent_markets_something_else(change: str) -> None:
    survived, tried = [], 0
    for pair in EQUIVALENT:
        changed = CHANGES[change](pair.b)
        # Where both sides count whole things, "above 84" and "at or above 84" still differ.
        if changed.rules != pair.b.rules:
            tried += 1
            if judge(read_slots(pair.a), read_slots(changed)).relation is Relation.EQUIVALENT:
                survived.append((pair.a.title, changed.rules))
    print(f"\n{change}: {tried} pairs changed, {len(survived)} still called equivalent")
    assert tried >= 3
    assert survived == []


def test_a_market_is_equivalent_to_its_copy_on_the_other_venue() -> None:
    for pair in (*TUNED, *HOLDOUT):
        for market in (pair.a, pair.b):
            if pair.trap == "market count":
                continue
            copy = replace(market, venue="elsewhere", market_id="copy")
            assert _relation(market, copy) is Relation.EQUIVALENT, market.title


def _relation(a: MarketText, b: MarketText) -> Relation:
    return judge(read_slots(a), read_slots(b)).relation
