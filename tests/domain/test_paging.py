"""What pages prove: order, caps, and the time a newest-first feed covers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.coverage import missing
from polymarket_assets.domain.paging import (
    FeedPage,
    PageSeen,
    breaks,
    capped,
    holes,
    proved,
    reaches,
    spoken,
)
from polymarket_assets.domain.windows import Interval

TOP = datetime(2026, 11, 20, 12, tzinfo=UTC)
FLOOR = datetime(2026, 10, 1, tzinfo=UTC)
OVERLAP = timedelta(minutes=10)


def walk(count: int, *, first: int = 0) -> list[PageSeen]:
    """A whole walk: a page an hour, each at the cursor of the one before."""
    return [
        PageSeen(
            page_id=f"p{n}",
            walk_id="walk",
            number=n - first,
            asked=f"c{n}" if n > first else None,
            next_cursor=f"c{n + 1}" if n < first + count - 1 else None,
            rows=10,
            newest=TOP - n * timedelta(hours=1) - timedelta(minutes=1),
            oldest=TOP - (n + 1) * timedelta(hours=1),
        )
        for n in range(first, first + count)
    ]


def offsets(*rows: int, limit: int = 500) -> list[PageSeen]:
    return [
        PageSeen(
            page_id=str(n), walk_id="walk", number=n, rows=count, sha256=str(n), offset=n * limit,
            limit=limit,
        )
        for n, count in enumerate(rows)
    ]  # fmt: skip


def test_a_whole_walk_has_no_break() -> None:
    assert breaks(walk(5), 5) == []
    assert breaks([*walk(5), walk(5)[3]], 5) == [], "a page asked for twice is no harm"
    resumed = [replace(page, asked="c9") if page.number == 0 else page for page in walk(3)]
    assert breaks(resumed, 3) != []
    assert breaks(resumed, 3, given={"c9"}) == []


@given(st.integers(2, 9), st.data())
def test_any_page_that_is_missing_is_named(count: int, data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, count - 1))
    pages = [page for page in walk(count) if page.number != gone]
    assert breaks(pages, count)[0] == f"page {gone} of {count} is not held"


def test_a_walk_that_met_a_cap_is_told_from_one_that_ended() -> None:
    assert capped(offsets(500, 500, 17)) == []
    assert capped(offsets(500, 500, 0)) == []
    assert capped(walk(3)) == []
    assert "ended on a full page at offset 500" in capped(offsets(500, 500))[0]
    assert "exactly 10,000 rows" in capped(offsets(*[500] * 20, 0))[0]
    repeating = [*offsets(500, 500), replace(offsets(0, 0, 17)[2], sha256="0")]
    [words] = capped(repeating)
    assert words.startswith("page 2 (offset 1000), the last, repeats page 0 (offset 0)")
    by_time = replace(offsets(3)[0], number=3, since=FLOOR, until=TOP)
    assert capped([*repeating, by_time]) == [], "it went on by time"


def feed(pages: list[PageSeen], *, top: datetime = TOP, finished: bool = True) -> list[FeedPage]:
    return [
        FeedPage(page, top, FLOOR, ends=page.next_cursor is None, finished=finished)
        for page in pages
    ]


def test_a_feed_that_was_walked_to_its_end_proves_all_it_served() -> None:
    assert missing(Interval(FLOOR, TOP), proved(reaches(feed(walk(6))), OVERLAP)) == []


@given(st.integers(3, 12), st.data())
def test_a_hole_lies_exactly_where_pages_are_missing(count: int, data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.integers(0, count - 2), max_size=count - 2))
    pages = [page for page in walk(count) if page.number not in gone]
    found = holes([Interval(FLOOR, TOP)], reaches(feed(pages)), OVERLAP)
    for number in range(count - 1):
        middle = TOP - number * timedelta(hours=1) - timedelta(minutes=30)
        inside = any(hole.interval.start <= middle < hole.interval.end for hole in found)
        assert inside == (number in gone)


def test_an_empty_page_leads_on_and_proves_nothing_itself() -> None:
    pages = walk(4)
    pages[1] = replace(pages[1], rows=0, newest=None, oldest=None)
    # The page behind it holds what it did not.
    pages[2] = replace(pages[2], newest=pages[0].oldest)
    assert holes([Interval(FLOOR, TOP)], reaches(feed(pages)), OVERLAP) == []


def test_time_below_the_start_of_a_walk_is_certain_once_a_later_one_came_by() -> None:
    early = feed(walk(3, first=10), top=TOP - timedelta(hours=10))
    wanted = [Interval(TOP - timedelta(hours=11), TOP - timedelta(hours=10))]
    assert holes(wanted, reaches(early), OVERLAP) == [], "the newest walk is taken at its word"
    late = feed([replace(page, walk_id="late", page_id=f"l{page.number}") for page in walk(2)])
    late[1] = replace(late[1], ends=False)
    [hole] = holes(wanted, reaches([*early, *late]), OVERLAP)
    assert hole.interval == Interval(TOP - timedelta(hours=10) - OVERLAP, TOP - timedelta(hours=10))
    under_way = [replace(page, finished=False) for page in late]
    assert holes(wanted, reaches([*early, *under_way]), OVERLAP) == []


def test_windows_of_an_offset_walk_prove_what_they_were_asked_for() -> None:
    hour = timedelta(hours=1)
    first = [
        replace(p, since=TOP - 4 * hour, until=TOP, oldest=TOP - (p.number + 1) * hour)
        for p in offsets(500, 500)
    ]
    rest = replace(offsets(17)[0], page_id="rest", number=2, since=TOP - 4 * hour)
    rest = replace(rest, until=TOP - 2 * hour + timedelta(seconds=1), oldest=TOP - 3 * hour)
    pages = [FeedPage(page, TOP, TOP - 4 * hour, ends=False) for page in first]
    wanted = [Interval(TOP - 4 * hour, TOP)]
    ended = FeedPage(rest, TOP, TOP - 4 * hour, ends=True)
    assert holes(wanted, reaches([*pages, ended]), OVERLAP) == []
    [hole] = holes(wanted, reaches(pages), OVERLAP)
    assert hole.interval == Interval(TOP - 4 * hour, TOP - 2 * hour + timedelta(seconds=1))


def test_numbers_are_spoken_as_runs() -> None:
    assert spoken([3]) == "3"
    assert spoken([1, 2, 3, 7]) == "1-3, 7"
    assert spoken(list(range(0, 20, 2))) == "0, 2, 4, 6, 8 and 5 more"
