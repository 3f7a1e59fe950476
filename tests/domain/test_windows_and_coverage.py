"""Days, intervals and the coverage of newest-first feeds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.coverage import (
    Stretch,
    add,
    around,
    covers,
    merge,
    missing,
    settled,
)
from polymarket_assets.domain.windows import DAY, DayWindow, Interval, start_of_day

ORIGIN = datetime(2024, 1, 1, tzinfo=UTC)
MINUTES = st.integers(0, 600)


def at(minute: int) -> datetime:
    return ORIGIN + timedelta(minutes=minute)


def interval(a: int, b: int) -> Interval:
    return Interval(at(min(a, b)), at(max(a, b)))


INTERVALS = st.lists(st.builds(interval, MINUTES, MINUTES), max_size=8)


def instants(intervals: list[Interval]) -> set[int]:
    return {m for m in range(601) for i in intervals if i.start <= at(m) < i.end}


def test_a_window_spans_from_its_smallest_to_its_largest_day() -> None:
    window = DayWindow.of(["2024-03-01", "2024-02-28", "2024-02-29"])
    assert window.days == [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]
    assert str(window) == "2024-02-28...2024-03-01"
    assert str(DayWindow.of(["2024-03-01"])) == "2024-03-01"
    assert window.contains(date(2024, 2, 29))
    assert not window.contains(date(2024, 3, 2))


def test_a_window_ends_now_while_its_last_day_is_running() -> None:
    noon = start_of_day(date(2024, 3, 1)) + timedelta(hours=12)
    window = DayWindow(date(2024, 2, 29), date(2024, 3, 1))
    assert window.until(noon) == Interval(start_of_day(date(2024, 2, 29)), noon)
    assert window.until(noon + 9 * DAY).end == start_of_day(date(2024, 3, 2))
    assert DayWindow(date(2025, 1, 1), date(2025, 1, 1)).until(noon).is_empty


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends"):
        DayWindow(date(2024, 3, 2), date(2024, 3, 1))


def test_an_interval_of_naive_times_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Interval(datetime(2024, 1, 1), at(0))  # noqa: DTZ001 - the naive time is the point


def test_pieces_join_up_to_the_whole() -> None:
    pieces = list(Interval(at(0), at(100)).pieces(timedelta(minutes=30)))
    assert [p.start for p in pieces] == [at(0), at(30), at(60), at(90)]
    assert pieces[-1].end == at(100)


@given(INTERVALS)
def test_merging_keeps_exactly_the_same_instants_apart_and_in_order(held: list[Interval]) -> None:
    merged = merge(held)
    assert instants(merged) == instants(held)
    assert all(a.end < b.start for a, b in pairwise(merged))


@given(st.builds(interval, MINUTES, MINUTES), INTERVALS)
def test_what_is_missing_and_what_is_held_make_up_what_was_wanted(
    wanted: Interval, held: list[Interval]
) -> None:
    gaps = missing(wanted, held)
    assert instants(gaps) == instants([wanted]) - instants(held)
    assert not any(gap.is_empty for gap in gaps)


@given(INTERVALS)
def test_stretches_never_touch_and_keep_the_cursor_of_their_lowest_part(
    intervals: list[Interval],
) -> None:
    stretches: tuple[Stretch, ...] = ()
    for piece in intervals:
        stretches = add(stretches, Stretch(piece, cursor=piece.start.isoformat()))
    assert all(s.cursor == s.interval.start.isoformat() for s in stretches)
    assert all(a.interval.start > b.interval.end for a, b in pairwise(stretches))
    assert instants([s.interval for s in stretches]) == instants(intervals)


def test_of_two_stretches_that_end_at_one_moment_the_new_one_tells_where_to_go_on() -> None:
    held = (Stretch(interval(120, 130), "c"), Stretch(interval(50, 100), "old"))
    merged = add(held, Stretch(interval(50, 140), "new"))
    assert merged == (Stretch(interval(50, 140), "new"),)


def test_the_stretch_around_a_moment_includes_its_ends() -> None:
    held = (Stretch(interval(50, 100), "below"),)
    assert around(held, at(50)) == around(held, at(100)) == held[0]
    assert around(held, at(49)) is None


def test_what_lay_just_below_the_top_of_a_walk_is_walked_again_but_only_once() -> None:
    held = (
        Stretch(interval(95, 100), "c"),
        Stretch(interval(50, 92), "b"),
        Stretch(interval(0, 10), "a"),
    )
    kept = settled(held, at(100), timedelta(minutes=10))
    assert kept == (Stretch(interval(50, 90), "b"), Stretch(interval(0, 10), "a"))
    assert settled(kept, at(100), timedelta(minutes=10)) == kept


def test_only_a_single_stretch_without_a_gap_covers_a_window() -> None:
    held = (Stretch(interval(50, 100), "b"), Stretch(interval(0, 40), "a"))
    assert covers(held, interval(60, 100))
    assert not covers(held, interval(30, 60))
    assert covers(held, interval(7, 7))
