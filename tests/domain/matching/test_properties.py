"""What holds for any two texts: symmetry, determinism, identity, one spelling."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from polymarket_assets.domain.matching.blocking import blocking_key, candidates
from polymarket_assets.domain.matching.judge import Judgement, judge
from polymarket_assets.domain.matching.market import MarketText, Relation
from polymarket_assets.domain.matching.normal import normalise, stem, words
from polymarket_assets.domain.matching.similarity import cosine, letter_groups, token_set
from polymarket_assets.domain.matching.slots import read_slots
from tests.domain.matching.golden import HOLDOUT, TUNED

GOLDEN = [market for pair in (*TUNED, *HOLDOUT) for market in (pair.a, pair.b)]
golden = st.sampled_from(GOLDEN)
free = st.builds(
    MarketText,
    venue=st.just("free"),
    market_id=st.text(max_size=5),
    title=st.text(max_size=80),
    outcome=st.text(max_size=20),
    rules=st.text(max_size=200),
    closes_at=st.none() | st.datetimes(timezones=st.just(UTC)),
)
markets = golden | free


def judged(a: MarketText, b: MarketText) -> Judgement:
    return judge(read_slots(a), read_slots(b))


@given(markets, markets)
@settings(max_examples=300)
def test_the_relation_read_backwards_is_the_reversed_one(a: MarketText, b: MarketText) -> None:
    there, back = judged(a, b), judged(b, a)
    assert back.relation is there.relation.reversed
    assert back.score == there.score
    assert sorted(back.vetoes) == sorted(there.vetoes)


@given(markets, markets)
def test_judging_twice_gives_the_same(a: MarketText, b: MarketText) -> None:
    assert judged(a, b) == judged(a, b)
    assert 0 <= judged(a, b).score <= 1


@given(golden)
def test_a_market_is_equivalent_to_itself(market: MarketText) -> None:
    assume(market.outcome != "No" and market.siblings is None)
    assert judged(market, market).relation is Relation.EQUIVALENT


@given(golden, st.sampled_from([str.upper, lambda t: t.replace(" ", "  "), lambda t: f"\u200b{t}"]))
def test_case_and_spaces_do_not_matter_to_numbers_and_dates(market: MarketText, change) -> None:
    changed = read_slots(replace(market, rules=change(market.rules)))
    as_is = read_slots(market)
    assert (changed.interval, changed.window) == (as_is.interval, as_is.window)


@given(st.text())
@settings(max_examples=500)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.sampled_from(GOLDEN))
def test_normalising_texts_of_markets_twice_changes_nothing_more(market: MarketText) -> None:
    for text in (market.title, market.outcome, market.rules):
        assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=15))
def test_a_word_and_its_plural_have_one_stem(word: str) -> None:
    assume(len(word) > 3 and word[-1] not in "suihxzy" and not word.endswith(("e", "o")))
    assume(word[-1] != word[-2] and not word.endswith(("ing", "ed")))
    assert stem(f"{word}s") == stem(word)


@given(st.sets(st.text(max_size=3)), st.sets(st.text(max_size=3)), st.text(), st.text())
def test_measures_are_symmetric_and_bounded(a: set[str], b: set[str], x: str, y: str) -> None:
    assert token_set(a, b) == token_set(b, a)
    assert 0 <= token_set(a, b) <= 1
    assert token_set(a, a) == (1 if a else 0)
    one, two = letter_groups(x), letter_groups(y)
    assert cosine(one, two) == cosine(two, one)
    assert -1e-9 <= cosine(one, two) <= 1 + 1e-9


@given(st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_the_order_of_rows_does_not_matter_to_blocking(chance: random.Random) -> None:
    left = [pair.a for pair in (*TUNED, *HOLDOUT)]
    right = [pair.b for pair in (*TUNED, *HOLDOUT)]

    def pairs() -> set[tuple[str, str]]:
        found = candidates([blocking_key(m) for m in left], [blocking_key(m) for m in right])
        return {(left[i].market_id, right[j].market_id) for i, j in found}

    before = pairs()
    chance.shuffle(left)
    chance.shuffle(right)
    assert pairs() == before


def test_a_changed_word_changes_the_hash_and_a_moved_date_does_not() -> None:
    market = GOLDEN[0]
    moved = replace(market, closes_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert moved.rules_sha256 == market.rules_sha256
    for changed in (
        replace(market, rules=market.rules + " "),
        replace(market, title=market.title.lower()),
        replace(market, outcome="No"),
    ):
        assert changed.rules_sha256 != market.rules_sha256


def test_words_are_not_empty() -> None:
    assert words(normalise("Will BTC hit $1.5M by Jun 30?")) == [
        "will", "btc", "hit", "1500000", "by", "jun", "30",
    ]  # fmt: skip
