"""Tiers: half-open at every boundary, and snapshots as often as each asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.tiers import (
    TIERS,
    hours_between,
    is_due,
    parse_boundaries,
    parse_intervals,
    tier_of,
)

BOUNDARIES = parse_boundaries("48,12,4,1")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("hours", "above", "at"),
    [(48, "T0", "T1"), (12, "T1", "T2"), (4, "T2", "T3"), (1, "T3", "T4")],
)
def test_a_boundary_belongs_to_the_nearer_tier(hours: int, above: str, at: str) -> None:
    end = NOW + timedelta(hours=hours)
    assert tier_of(hours_between(NOW, end), BOUNDARIES) == at
    assert tier_of(hours_between(NOW, end + TICK), BOUNDARIES) == above
    assert tier_of(hours_between(NOW, end - TICK), BOUNDARIES) == at


def test_the_last_tier_goes_on_past_the_end_and_the_first_has_no_limit() -> None:
    assert tier_of(hours_between(NOW, NOW - timedelta(days=400)), BOUNDARIES) == "T4"
    assert tier_of(hours_between(NOW, NOW + timedelta(days=4000)), BOUNDARIES) == "T0"


@given(st.lists(st.floats(0.01, 1000), min_size=4, max_size=4, unique=True), st.floats(-99, 2000))
def test_tiers_follow_each_other_as_the_end_comes_near(numbers: list[float], hours: float) -> None:
    boundaries = parse_boundaries(",".join(map(repr, sorted(numbers, reverse=True))))
    tier = TIERS.index(tier_of(hours, boundaries))
    edges = (float("inf"), *boundaries, float("-inf"))
    assert edges[tier + 1] < hours <= edges[tier]


@pytest.mark.parametrize(
    "text",
    ["48,12,4", "48,12,4,1,0.5", "48,12,12,1", "1,4,12,48", "48,12,4,0", "48,12,4,x", "", "nan"],
)
def test_boundaries_that_do_not_fall_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected 4 numbers|must be below"):
        parse_boundaries(text)


@pytest.mark.parametrize("text", ["3600,300,300,300", "3600,300,300,300,-1", "1,2,3,4,inf"])
def test_intervals_are_one_for_each_tier(text: str) -> None:
    with pytest.raises(ValueError, match="expected 5 numbers"):
        parse_intervals(text)


def test_a_snapshot_is_due_after_its_interval_and_at_the_tick_nearest_to_it() -> None:
    hour, slack = timedelta(hours=1), timedelta(seconds=150)
    assert is_due(None, NOW, hour, slack)
    assert is_due(NOW - hour + slack, NOW, hour, slack)
    assert not is_due(NOW - hour + slack + TICK, NOW, hour, slack)


@given(st.lists(st.integers(-60, 60), min_size=40, max_size=60))
def test_a_schedule_that_ticks_unevenly_takes_a_book_at_every_tick_and_one_an_hour(
    jitter: list[int],
) -> None:
    step, slack = timedelta(minutes=5), timedelta(seconds=150)
    ticks = [NOW + n * step + timedelta(seconds=j) for n, j in enumerate(jitter)]
    taken: dict[timedelta, list[int]] = {step: [], timedelta(hours=1): []}
    for interval, rounds in taken.items():
        last = None
        for number, tick in enumerate(ticks):
            if is_due(last, tick, interval, slack):
                rounds.append(number)
                last = tick
    assert taken[step] == list(range(len(ticks)))
    assert taken[timedelta(hours=1)] == list(range(0, len(ticks), 12))
