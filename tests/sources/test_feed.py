"""The bare feed of fills: walked once, from the top, with jumps over what is held."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.feed import feed_start
from tests.sources.conftest import NOON
from tests.sources.platforms import StandingPlatform, day, fills_held, notes_of
from tests.sources.venue import Asked, Feed, Fill, Venue

TRADES = "/data/v2/trades"
TODAY, YESTERDAY, BEFORE = day("2026-11-20"), day("2026-11-19"), day("2026-11-18")
STEP = timedelta(minutes=30)


def half_hourly(until: datetime, count: int, *, first: int = 0) -> list[Fill]:
    """One fill every half hour back from `until`; every third is a maker's."""
    return [
        Fill(first + n, until - n * STEP, market=n % 4 + 1, taker=n % 3 > 0) for n in range(count)
    ]


def of(feed: Feed, window: DayWindow, *, taker: bool = False) -> set[int]:
    """Numbers of the fills of some days."""
    return {f.number for f in feed.fills if window.contains(f.at.date()) and f.taker >= taker}


def holds(home: StandingPlatform, feed: Feed, window: DayWindow) -> bool:
    """Whether both passes hold every fill of some days."""
    return all(
        fills_held(home, taker=taker) >= of(feed, window, taker=taker) for taker in (False, True)
    )


@pytest.fixture
def feed(venue: Venue) -> Feed:
    """Four days of fills up to noon."""
    feed = Feed(half_hourly(NOON, 4 * 48))
    venue.answers[TRADES] = feed
    return feed


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-20T12:00", "2026-10-01"),
        ("2026-01-31T23:59", "2025-12-01"),
        ("2024-03-01T00:00", "2024-02-01"),
    ],
)
def test_the_feed_begins_with_the_previous_month(now: str, start: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC, second=59)
    assert feed_start(moment) == datetime.fromisoformat(start).replace(tzinfo=UTC)


def test_today_again_asks_only_for_what_is_new(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    first = home.run("data_trades", TODAY)
    assert holds(home, feed, TODAY)
    assert first.requests == venue.count() == 2 + 3
    assert first.data_until == NOON
    venue.asked.clear()
    home.clock.passes(hours=1)
    feed.fills += half_hourly(NOON + 2 * STEP, 2, first=1000)
    again = home.run("data_trades", TODAY)
    assert venue.count() == 2, "one page a pass: it reaches down to what is held"
    assert holds(home, feed, TODAY)
    assert again.data_until == NOON + 2 * STEP


def test_a_range_of_past_days_is_asked_for_once(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    home.run("data_trades", day("2026-11-18", "2026-11-19"))
    rows = home.one("select count(*) from raw.data_trades")
    venue.asked.clear()
    again = home.run("data_trades", day("2026-11-18", "2026-11-19"))
    assert venue.count() == again.requests == again.pages == 0
    assert home.one("select count(*) from raw.data_trades") == rows
    assert sorted(notes_of(again)) == ["feed:all: held already", "feed:taker: held already"]


def test_single_days_in_any_order_give_what_one_range_gives(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    for window in (TODAY, BEFORE, YESTERDAY):
        home.run("data_trades", window)
    below_the_top = [tuple(a.query.items()) for a in venue.asked if "cursor" in a.query]
    assert len(set(below_the_top)) == len(below_the_top), "only the top was asked for twice"
    one_by_one = home.lake.rows("select distinct taker_only, transaction_hash from raw.data_trades")
    home.forget()
    home.run("data_trades", day("2026-11-18", "2026-11-20"))
    in_one = home.lake.rows("select distinct taker_only, transaction_hash from raw.data_trades")
    assert set(one_by_one) == set(in_one)
    assert holds(home, feed, day("2026-11-18", "2026-11-20"))


def test_a_walk_jumps_over_what_is_held(home: StandingPlatform, venue: Venue, feed: Feed) -> None:
    home.run("data_trades", TODAY)
    home.clock.passes(days=1)
    feed.fills += half_hourly(NOON + timedelta(days=1), 48, first=1000)
    home.run("data_trades", day("2026-11-21"))
    feed.served.clear()
    home.run("data_trades", TODAY)
    assert holds(home, feed, TODAY)
    held = {fill.number for fill in feed.fills if fill.at < NOON - timedelta(hours=5)}
    assert not held.intersection(*feed.served), "the morning is not asked for again"
    assert len(feed.served) == 2 * (1 + 2), "the top, then what lies between the two days"
    venue.asked.clear()
    assert home.run("data_trades", TODAY).requests == venue.count() == 0


def test_a_fill_that_becomes_visible_late_is_caught(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    late = Fill(1000, NOON - timedelta(minutes=4))
    feed.fills += [late, Fill(1001, NOON - timedelta(minutes=1))]
    feed.hidden.add(late.number)
    home.run("data_trades", TODAY)
    assert late.number not in fills_held(home, taker=False)
    feed.hidden.clear()
    home.clock.passes(minutes=5)
    # A page of the second walk ends just above the late fill, within what the first had walked.
    feed.fills += [Fill(2000 + n, NOON + timedelta(minutes=1, seconds=n)) for n in range(28)]
    home.run("data_trades", TODAY)
    assert [2000, 0, 1001] in [page[-3:] for page in feed.served]
    assert late.number in fills_held(home, taker=False)


def test_a_walk_that_was_cut_off_goes_on_where_it_stopped(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    home.run("data_trades", BEFORE)
    whole, asked = fills_held(home, taker=False), venue.count()
    home.forget()
    venue.asked.clear()
    venue.answers[TRADES] = lambda asked: feed(asked) if venue.count() <= 8 else GONE
    failed = home.failed("data_trades", BEFORE)
    assert failed.error_class == "RequestRefusedError"
    assert failed.requests - venue.count() in (0, 1), "the other pass's last may be on its way"
    assert "status 403: refused" in str(failed.error_message)
    assert failed.pages == home.one("select count(*) from raw.pages") == 8
    refused = venue.count() - 8
    venue.answers[TRADES] = feed
    home.run("data_trades", BEFORE)
    assert fills_held(home, taker=False) == whole
    assert venue.count() <= asked + refused + 2, "once more only the top of each pass"


GONE = (403, {"error": "refused"}, {})


def test_a_forgotten_cursor_costs_a_walk_from_the_top_and_doubles_nothing(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    home.run("data_trades", TODAY)
    feed.generation += 1
    run = home.run("data_trades", BEFORE)
    assert sorted(notes_of(run)) == [
        "feed:all: the venue forgot our cursor, walked from the top",
        "feed:taker: the venue forgot our cursor, walked from the top",
    ]
    assert holds(home, feed, day("2026-11-18", "2026-11-20"))
    assert audit(home.lake, "data_trades", TODAY).problems == []
    venue.asked.clear()
    assert home.run("data_trades", day("2026-11-18", "2026-11-19")).requests == 0


def test_a_forgotten_cursor_is_not_needed_while_days_are_only_added(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    home.run("data_trades", day("2026-11-18", "2026-11-20"))
    feed.generation += 1
    home.clock.passes(hours=1)
    assert notes_of(home.run("data_trades", TODAY)) == []


def test_empty_pages_in_the_middle_are_not_the_end(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    home.run("data_trades", TODAY)
    feed.empty_before = lambda asked: True
    feed.served.clear()
    run = home.run("data_trades", day("2026-11-18", "2026-11-20"))
    assert feed.served.count([]) == len(feed.served) / 2
    assert json.loads(run.notes or "")["unknown_fields"] == []
    assert holds(home, feed, day("2026-11-18", "2026-11-20"))
    pages = [page for page in feed.served if page]
    assert len(pages) == len({tuple(page) for page in pages}), "no page twice"


def test_one_wrong_timestamp_does_not_end_a_walk(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    def with_a_wrong_time(asked: Asked) -> Any:
        page = feed(asked)
        page["data"][len(page["data"]) // 2]["timestamp"] = 1_600_000_000
        return page

    venue.answers[TRADES] = with_a_wrong_time
    home.run("data_trades", BEFORE)
    assert holds(home, feed, BEFORE)


def test_polling_a_quiet_feed_does_not_grow_the_table(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    home.run("data_trades", TODAY)
    rows = home.one("select count(*) from raw.data_trades")
    for _ in range(2):
        home.clock.passes(minutes=5)
        poll = home.run("data_trades", TODAY)
        assert (poll.pages, poll.rows, poll.accepted, poll.unchanged) == (2, 20, 0, 20)
    assert home.one("select count(*) from raw.data_trades") == rows
    found = audit(home.lake, "data_trades", TODAY)
    assert (found.problems, found.unchanged) == ([], 40)


def test_a_feed_that_ends_is_held_down_to_its_start(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    home.run("data_trades", day("2026-10-01", "2026-10-05"))
    venue.asked.clear()
    assert home.run("data_trades", day("2026-10-03", "2026-11-19")).requests == 0
    assert venue.count() == 0


def test_days_that_have_not_begun_or_are_no_longer_served_are_not_empty_days(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    assert notes_of(home.run("data_trades", day("2026-11-21"))) == [
        "2026-11-21 has not begun: nothing to fetch"
    ]
    assert notes_of(home.run("data_trades", day("2023-01-01"))) == [
        "2023-01-01: not served, the venue keeps three years"
    ]
    assert venue.count() == 0
    half = notes_of(home.run("data_trades", day("2023-11-01", "2024-01-01")))
    assert half[0] == (
        "2023-11-01...2024-01-01: not served before 2023-11-21, the venue keeps three years"
    )


def test_whatever_the_order_of_runs_and_cuts_nothing_is_lost(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    chance = random.Random(11)
    number = 5000
    for _ in range(6):
        for _ in range(chance.randrange(12)):
            home.clock.passes(minutes=chance.choice([1, 20, 60]))
            number += 1
            feed.fills.append(Fill(number, home.clock.look(), taker=chance.random() < 0.7))
        first = chance.choice([BEFORE.first, YESTERDAY.first, TODAY.first])
        window = DayWindow(first, chance.choice([d for d in DAYS if d >= first]))
        limit = venue.count() + chance.choice([3, 1000])
        venue.answers[TRADES] = _refusing_after(venue, feed, limit)
        try:
            run = home.run("data_trades", window)
        except RuntimeError:
            continue
        assert holds(home, feed, window), (window, run)
    assert audit(home.lake, "data_trades", day("2026-11-20", "2026-11-22")).problems == []


DAYS = [BEFORE.first, YESTERDAY.first, TODAY.first]


def _refusing_after(venue: Venue, feed: Feed, limit: int) -> Callable[[Asked], Any]:
    return lambda asked: feed(asked) if venue.count() <= limit else GONE
