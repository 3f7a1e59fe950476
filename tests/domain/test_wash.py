"""Wash trading: what counts as sold again, and how scores spread over who trades with whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.wash import HOLDING, Move, is_flagged, scores, sold_again

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICK = 10_000


def move(hours: float, shares: int, price: int = 500_000) -> Move:
    return Move(NOON + timedelta(hours=hours), shares, price)


def test_shares_sold_again_soon_and_near_their_price_count_once() -> None:
    assert sold_again([move(0, 100), move(1, -60), move(2, -60)], tick=TICK) == 100
    assert sold_again([move(0, 100), move(1, -60, 510_000)], tick=TICK) == 60


@pytest.mark.parametrize(
    "moves",
    [
        [move(0, 100), move(HOLDING / timedelta(hours=1) + 0.1, -100)],
        [move(0, 100), move(1, -100, 510_001)],
        [move(0, -100), move(1, 100)],
        [move(0, 100)],
    ],
    ids=["held for a day", "more than a tick away", "sold before it was bought", "kept"],
)
def test_other_trading_does_not_count(moves: list[Move]) -> None:
    assert sold_again(moves, tick=TICK) == 0


def test_the_oldest_shares_are_sold_first() -> None:
    """The sale takes the shares held for two days, not the fresh ones."""
    assert sold_again([move(-48, 100), move(0, 100), move(1, -100)], tick=TICK) == 0


@given(st.lists(st.tuples(st.integers(-50, 50).filter(bool), st.integers(0, 40)), max_size=30))
def test_never_more_is_sold_again_than_was_bought_or_sold(steps: list[tuple[int, int]]) -> None:
    moves = [move(hour, shares) for hour, (shares, _) in enumerate(steps)]
    again = sold_again(moves, tick=TICK)
    assert 0 <= again <= sum(max(m.shares, 0) for m in moves)
    assert again <= sum(max(-m.shares, 0) for m in moves)


def test_a_ring_that_trades_inside_itself_keeps_its_score_and_a_market_maker_loses_it() -> None:
    seeds = {"a": 1.0, "b": 1.0, "maker": 1.0, **{f"u{n}": 0.0 for n in range(10)}}
    volumes = {("a", "b"): 1000.0, **{("maker", f"u{n}"): 100.0 for n in range(10)}}
    found = scores(seeds, volumes)
    assert found["a"] == found["b"] > 0.99
    assert found["maker"] < 0.01


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1), min_size=2),
    st.dictionaries(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")).filter(
            lambda pair: pair[0] < pair[1]
        ),
        st.floats(0.01, 1e6),
    ),
)
def test_a_score_is_never_above_its_seed(
    seeds: dict[str, float], volumes: dict[tuple[str, str], float]
) -> None:
    found = scores(seeds, volumes)
    assert all(0 <= found[wallet] <= seed + 1e-12 for wallet, seed in seeds.items())


@pytest.mark.parametrize(
    ("score", "net", "pnl", "flagged"),
    [(0.9, 0, 0, True), (0.8, 0, 0, False), (0.9, 60, 0, False), (0.9, 0, 60, False)],
)
def test_flagged_is_who_scores_high_holds_nothing_and_earns_nothing(
    score: float, net: float, pnl: float, flagged: bool
) -> None:
    assert is_flagged(score, net_shares=net, traded_shares=1000, pnl=pnl, volume=1000) is flagged
