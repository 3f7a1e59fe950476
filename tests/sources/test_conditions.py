"""Walks by condition: each history once, only of markets that lived in the window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sources.conftest import NOON
from tests.sources.platforms import FILLS, StandingPlatform, day, fills_held, notes_of
from tests.sources.venue import Asked, Feed, Fill, Venue, condition, market

TRADES = "/data/v2/trades"
AUGUST = day("2026-08-01", "2026-08-31")
GONE = (403, {"error": "forbidden"}, {})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def lived(number: int, born: str, died: str | None, **changes: Any) -> dict[str, Any]:
    """A market with its life; closed ones carry the venue's own spelling of the time."""
    if died is not None:
        changes |= {"closed": True, "closedTime": f"{died} 00:00:00+00"}
    return market(number, createdAt=f"{born}T00:00:00.5Z", **changes)


def walked(venue: Venue) -> list[tuple[str, ...]]:
    """The conditions of each request, of the pass of both sides."""
    return [tuple(a.many("condition")) for a in venue.asked if a.query["taker_only"] == "false"]


def fills(*markets: int, until: str, count: int, first: int = 0) -> list[Fill]:
    """A fill an hour back from a moment, taking turns in some markets."""
    end = at(until)
    return [
        Fill(first + n, end - timedelta(hours=n), market=markets[n % len(markets)])
        for n in range(count)
    ]


def test_a_range_of_older_days_is_walked_once_twenty_conditions_a_request(
    home: StandingPlatform, venue: Venue
) -> None:
    numbers = range(1, 46)
    home.lists(*(lived(n, "2026-07-01", "2026-09-10") for n in numbers))
    venue.answers[TRADES] = Feed(fills(*numbers, until="2026-09-09", count=300), page=50)
    run = home.run("data_trades", AUGUST)
    assert fills_held(home) == fills_held(home, taker=False) == set(range(300))
    groups = set(walked(venue))
    assert sorted(map(len, groups)) == [5, 20, 20]
    assert {c for group in groups for c in group} == {condition(n) for n in numbers}
    assert run.requests == venue.count() == 2 * (3 + 3 + 1)
    venue.asked.clear()
    for window in (day("2026-08-15"), day("2026-07-10", "2026-09-20")):
        again = home.run("data_trades", window)
        assert again.requests == venue.count() == 0
        assert notes_of(again) == ["every condition of the window is held already"]


def test_only_markets_that_lived_in_the_window_are_walked(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(
        lived(1, "2026-01-01", "2026-07-31"),  # may trade until a day later, no longer
        lived(2, "2026-01-01", "2026-08-01"),
        lived(3, "2026-09-01", None),  # may have traded since a day earlier, not longer
        lived(4, "2026-09-02", None),
        lived(6, "2026-08-10", "2026-08-11"),
        market(7),
        market(8, conditionId=""),
    )
    venue.answers[TRADES] = Feed([])
    home.run("data_trades", AUGUST)
    assert set(walked(venue)[0]) == {condition(n) for n in (2, 3, 6, 7)}


def test_a_walk_that_was_cut_off_goes_on_with_exactly_its_conditions(
    home: StandingPlatform, venue: Venue
) -> None:
    listing = [lived(n, "2026-07-01", None) for n in (1, 2, 3)]
    home.lists(*listing)
    feed = Feed(fills(1, 2, 3, 4, until="2026-08-20", count=60))
    venue.answers[TRADES] = lambda asked: feed(asked) if venue.count() <= 4 else GONE
    failed = home.failed("data_trades", AUGUST)
    assert (failed.error_class, failed.pages) == ("RequestRefusedError", 4)
    cut = {
        (w.cursor, *w.state["conditions"])
        for scope, w in home.lake.watermarks("data_trades").items()
        if not w.complete
    }
    assert cut
    listing.append(lived(4, "2026-06-01", None))
    home.clock.passes(hours=1)
    home.lists(*listing)
    venue.answers[TRADES] = feed
    home.run("data_trades", AUGUST)
    asked = {(a.query.get("cursor"), *a.many("condition")) for a in venue.asked}
    assert cut <= asked, "the same filters and the same cursor"
    assert set(walked(venue)) == {tuple(condition(n) for n in (1, 2, 3)), (condition(4),)}
    assert fills_held(home) == fills_held(home, taker=False) == set(range(60))
    numbers = home.lake.rows(
        "select walk_id, list(page_number order by received_at) from raw.pages"
        " where source = 'data_trades' group by 1"
    )
    assert all(found == list(range(len(found))) for _, found in numbers), "one walk, not two"


def test_a_walk_of_weeks_ago_is_finished_and_then_brought_up_to_the_window(
    home: StandingPlatform, venue: Venue
) -> None:
    home.clock.stands_at = at("2026-08-20")
    home.lists(lived(1, "2026-05-01", None))
    feed = Feed(fills(1, until="2026-08-20", count=60), starts=at("2026-07-01"))
    venue.answers[TRADES] = lambda asked: feed(asked) if venue.count() <= 4 else GONE
    home.failed("data_trades", day("2026-05-01", "2026-06-30"))
    home.clock.stands_at = NOON
    feed.fills += fills(1, until="2026-08-31", count=30, first=1000)
    feed.starts = at("2026-10-01")
    venue.answers[TRADES] = feed
    home.run("data_trades", day("2026-05-01", "2026-08-31"))
    assert fills_held(home) == {*range(60), *range(1000, 1030)}


def test_a_market_that_closes_later_is_walked_again_only_for_its_new_part(
    home: StandingPlatform, venue: Venue
) -> None:
    home.clock.stands_at = at("2026-06-10")
    home.lists(lived(1, "2026-01-01", None))
    feed = Feed(fills(1, until="2026-04-20", count=200), starts=at("2026-05-01"))
    venue.answers[TRADES] = feed
    home.run("data_trades", day("2026-01-01", "2026-04-30"))
    feed.fills += fills(1, until="2026-08-29", count=30, first=1000)
    feed.starts = at("2026-10-01")
    home.clock.stands_at = NOON
    home.lists(lived(1, "2026-01-01", "2026-08-30"))
    venue.asked.clear()
    home.run("data_trades", day("2026-01-01", "2026-09-30"))
    assert fills_held(home) == {*range(200), *range(1000, 1030)}
    assert len(walked(venue)) == 4, "three new pages, and the one that reaches what is held"
    venue.asked.clear()
    home.clock.passes(days=300)
    assert home.run("data_trades", day("2026-01-01", "2027-06-30")).requests == 0


def test_what_the_feed_has_given_is_not_walked_by_condition(
    home: StandingPlatform, venue: Venue
) -> None:
    home.clock.stands_at = at("2026-09-30")
    venue.answers[TRADES] = Feed([], starts=at("2026-08-01"))
    home.run("data_trades", day("2026-08-01", "2026-09-29"))
    home.clock.stands_at = NOON
    home.lists(
        lived(1, "2026-08-05", "2026-09-20"),
        lived(2, "2026-07-05", "2026-09-20"),
        lived(3, "2026-08-05", None),
    )
    venue.asked.clear()
    home.run("data_trades", day("2026-08-03", "2026-09-25"))
    assert walked(venue) == []
    home.run("data_trades", day("2026-07-20", "2026-09-25"))
    assert walked(venue) == [(condition(2),)]


def test_one_window_may_take_the_feed_and_the_walks(home: StandingPlatform, venue: Venue) -> None:
    home.lists(lived(1, "2026-08-05", None), lived(2, "2026-10-10", None))
    feed = Feed(
        fills(1, until="2026-09-20", count=20)
        + fills(1, 2, until="2026-11-20T11:00", count=20, first=1000)
        + [Fill(2000, at("2026-11-01"), market=77)],
        starts=at("2026-10-01"),
    )
    venue.answers[TRADES] = feed
    home.run("data_trades", day("2026-09-01", "2026-11-20"))
    assert fills_held(home) == {*range(20), *range(1000, 1020), 2000}
    assert set(walked(venue)) == {(), (condition(1),)}, "the second began within the feed"


def test_a_walk_that_is_led_in_a_circle_does_not_keep_the_others_from_their_end(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(*(lived(n, "2026-07-01", None) for n in range(1, 42)))
    feed = Feed(fills(*range(1, 42), until="2026-08-20", count=410), page=50)
    circle = condition(1)

    def circling(asked: Asked) -> Any:
        page = feed(asked)
        if circle in asked.many("condition") and "cursor" in asked.query:
            page["pagination"]["next_cursor"] = asked.query["cursor"]
        return page

    venue.answers[TRADES] = circling
    failed = home.failed("data_trades", AUGUST)
    assert failed.error_class == "CursorLoopError"
    assert "given a second time" in str(failed.error_message)
    assert notes_of(failed) == ["2 walks by condition failed; the others are held"]
    complete = home.lake.rows(
        "select split_part(scope, ':', 2), count(distinct scope) filter (complete) from"
        " raw.watermarks where source = 'data_trades' group by 1 order by 1"
    )
    assert complete == [("all", 2), ("taker", 2)]
    venue.asked.clear()
    failed = home.failed("data_trades", AUGUST)
    assert venue.count() == 2, "only the circle is tried again"
    venue.answers[TRADES] = feed
    home.run("data_trades", AUGUST)
    assert fills_held(home) == fills_held(home, taker=False) == set(range(410))


def test_a_forgotten_cursor_starts_the_walk_of_its_conditions_anew(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(lived(1, "2026-07-01", None))
    feed = Feed(fills(1, until="2026-08-20", count=60))
    venue.answers[TRADES] = lambda asked: feed(asked) if venue.count() <= 4 else GONE
    home.failed("data_trades", AUGUST)
    feed.generation += 1
    venue.answers[TRADES] = feed
    run = home.run("data_trades", AUGUST)
    assert {note.split(": ")[1] for note in notes_of(run)} == {
        "the venue forgot our cursor, walked anew"
    }
    assert fills_held(home) == fills_held(home, taker=False) == set(range(60))
    assert home.one(f"select count(*) from ({FILLS})") == 2 * 60
