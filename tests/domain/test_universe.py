"""The universe: whole words, whatever surrounds them, and its limits to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.universe import (
    Candidate,
    Keywords,
    Universe,
    resolves_within,
    words,
)
from polymarket_assets.store.seeds import crypto_keywords

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
COIN = "Will Bitcoin reach $150k?"


def universe(**changes: object) -> Universe:
    """Everything with 100 USD a day that ends within two weeks."""
    parts: dict[str, object] = {
        "topic": "all",
        "keywords": crypto_keywords(),
        "tags": frozenset(),
        "min_volume_24h_usd": Decimal(100),
        "lookahead": timedelta(hours=336),
        "max_resolution_days": None,
    }
    return Universe(**(parts | changes))  # ty: ignore[invalid-argument-type]


def candidate(**changes: object) -> Candidate:
    parts: dict[str, object] = {
        "text": COIN,
        "tags": frozenset({"crypto"}),
        "volume_24h_usd": Decimal(500),
        "ends_at": NOW + timedelta(days=3),
    }
    return Candidate(**(parts | changes))  # ty: ignore[invalid-argument-type]


@pytest.mark.parametrize(
    "question",
    [
        "Bitcoin Up or Down - November 20, 3PM ET",
        "Will BTC be above $100,000?",
        "ETH/USD above 4k?",
        "Will $SOL flip $XRP?",
        "Ethereum's price on Friday",
        "solana all time high by December?",
        "Will Dogecoin (DOGE) reach $1?",
        "Ripple IPO in 2026?",
        "Cardano: ADA above $2?",
        "Polygon or Matic, which is it?",
        "Arbitrum airdrop #2?",
        "Will LINK reach $40?",
        "NEAR above $10 on Sunday?",
    ],
)
def test_a_question_that_names_a_coin_is_crypto(question: str) -> None:
    assert crypto_keywords().found_in(question)


@pytest.mark.parametrize(
    "question",
    [
        "Will the senate resolve the dispute?",
        "Which method will be used?",
        "Will Canada win?",
        "Will Adam win?",
        "Is there a link between the two?",
        "Will Russia come near Kyiv?",
        "Colorado Avalanche vs. Dallas Stars",
        "Ethiopia election winner?",
        "Will Sölden host the race?",
        "Will the dot plot show two cuts?",
        "Consolation prize?",
        "",
    ],
)
def test_part_of_a_word_and_plain_words_are_not_crypto(question: str) -> None:
    assert not crypto_keywords().found_in(question)


@pytest.mark.parametrize(
    "keyword",
    ["bitcoin", "btc", "ethereum", "eth", "solana", "sol", "dogecoin", "doge", "xrp", "ripple",
     "cardano", "ada", "polygon", "matic", "arbitrum"],
)  # fmt: skip
def test_the_classic_keywords_are_found_in_any_case(keyword: str) -> None:
    assert keyword in crypto_keywords().any_case
    assert all(crypto_keywords().found_in(form) for form in (keyword, keyword.upper()))


@given(st.sampled_from(sorted(crypto_keywords().any_case)), st.text("abxyzABXYZ019é", min_size=1))
def test_a_keyword_within_a_longer_word_is_not_found(keyword: str, more: str) -> None:
    alone = Keywords.of([(keyword, False)])
    assert not alone.found_in(keyword + more)
    assert not alone.found_in(more + keyword)
    assert alone.found_in(f"{more} {keyword.title()}? {more}")


@given(st.text())
def test_words_are_parts_of_the_text_in_order(text: str) -> None:
    place = 0
    for word in words(text):
        place = text.index(word, place) + len(word)


@pytest.mark.parametrize("keyword", ["two words", "", "b-t-c", "ethé"])
def test_a_keyword_that_could_never_be_found_is_refused(keyword: str) -> None:
    with pytest.raises(ValueError, match="is not one word"):
        Keywords.of([(keyword, False)])


def test_a_topic_is_told_by_the_question_or_by_the_events_tags() -> None:
    crypto, tagged = universe(topic="crypto"), universe(topic="tags", tags=frozenset({"nba", "f1"}))
    plain = candidate(text="Will it rain?", tags=frozenset({"crypto", "nba"}))
    assert universe().holds(plain, NOW)
    assert crypto.holds(candidate(tags=frozenset()), NOW)
    assert not crypto.holds(plain, NOW), "a tag does not name a coin"
    assert tagged.holds(plain, NOW)
    assert not tagged.holds(candidate(), NOW)


def test_volume_and_end_are_limits_that_belong() -> None:
    limited = universe(max_resolution_days=7)
    assert limited.holds(candidate(volume_24h_usd=Decimal(100)), NOW)
    assert not limited.holds(candidate(volume_24h_usd=Decimal("99.999999")), NOW)
    assert not limited.holds(candidate(volume_24h_usd=None), NOW)
    assert universe(min_volume_24h_usd=Decimal(0)).holds(candidate(volume_24h_usd=None), NOW)
    for longest, within in ((timedelta(hours=336), universe()), (timedelta(days=7), limited)):
        assert within.holds(candidate(ends_at=NOW + longest), NOW)
        assert not within.holds(candidate(ends_at=NOW + longest + TICK), NOW)
    assert not universe().holds(candidate(ends_at=None), NOW)
    assert limited.holds(candidate(ends_at=NOW - timedelta(days=30)), NOW), "still trading"


@given(st.timedeltas(timedelta(days=-30), timedelta(days=30)), st.integers(1, 20))
def test_a_market_resolves_within_days_whatever_its_venue(ahead: timedelta, days: int) -> None:
    assert resolves_within(NOW + ahead, NOW, None)
    assert resolves_within(NOW + ahead, NOW, days) == (ahead <= timedelta(days=days))
    assert not resolves_within(None, NOW, days)
