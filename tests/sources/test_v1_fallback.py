"""Fills over the Data API v1 while v2 is away: whole, once, resumable, and never cut in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.fills import PASSES
from tests.sources.conftest import NOON
from tests.sources.platforms import FILLS, StandingPlatform, day, fills_held, notes_of
from tests.sources.test_conditions import fills, lived
from tests.sources.venue import Asked, Feed, Fill, Venue, condition
from tests.sources.venue_v1 import FeedV1

V2, V1 = "/data/v2/trades", "/data/trades"
TODAY, BEFORE, AUGUST = day("2026-11-20"), day("2026-11-18"), day("2026-08-01", "2026-08-31")
AWAY = (503, {"error": "upstream unavailable"}, {"Retry-After": "0"})
REFUSED = (403, {"error": "forbidden"}, {})
QUICK = {"http_attempts": 2}


def down(asked: Asked) -> Any:
    """What v2 answers while it is away."""
    return AWAY


def ten_minutes_apart(count: int, until: datetime = NOON) -> list[Fill]:
    return [Fill(n, until - n * timedelta(minutes=10), taker=n % 3 > 0) for n in range(count)]


def takers(all_fills: list[Fill]) -> set[int]:
    return {fill.number for fill in all_fills if fill.taker}


def of_day(all_fills: list[Fill], text: str) -> set[int]:
    return {fill.number for fill in all_fills if f"{fill.at:%Y-%m-%d}" == text}


@pytest.mark.parametrize("status", [404, 410, 501])
def test_the_feed_is_taken_from_v1_when_v2_is_no_longer_served(
    home: StandingPlatform, venue: Venue, status: int
) -> None:
    there = ten_minutes_apart(64)
    venue.answers[V2] = lambda asked: (status, {"error": "no such route"}, {})
    venue.answers[V1] = FeedV1(there)
    run = home.run("data_trades", TODAY)
    assert fills_held(home, taker=False) == {f.number for f in there}
    assert fills_held(home) == takers(there)
    assert [note.split(":")[0] for note in notes_of(run)] == ["v2 is away, v1 is asked instead"]
    assert venue.count(V1) == 2, "one page a pass is the least"
    assert audit(home.lake, "data_trades", TODAY).problems == []
    assert home.one("select count(*) from raw.pages where path = '/trades'") == 2


def test_an_open_breaker_is_not_waited_for(home: StandingPlatform, venue: Venue) -> None:
    venue.answers[V2] = down
    venue.answers[V1] = FeedV1(ten_minutes_apart(64))
    home.run("data_trades", TODAY, changed={"http_attempts": 8})
    assert venue.count(V2) <= 12, "ten failures open it; two passes may be under way"
    assert len(fills_held(home, taker=False)) == 64


@pytest.mark.parametrize("past_cap", ["error", "repeat"])
@pytest.mark.parametrize(("clamp", "cap"), [(100, 300), (100, 10_000), (10_000, 10_000)])
def test_a_capped_window_is_cut_until_every_fill_is_held(
    home: StandingPlatform, venue: Venue, past_cap: str, clamp: int, cap: int
) -> None:
    there = [Fill(n, NOON - timedelta(hours=1, seconds=n // 40)) for n in range(1_055)]
    venue.answers[V2] = down
    feed = venue.answers[V1] = FeedV1(there, clamp=clamp, cap=cap, past_cap=past_cap)
    home.run("data_trades", TODAY, changed=QUICK)
    assert fills_held(home) == fills_held(home, taker=False) == set(range(1_055))
    assert home.one(f"select count(*) from ({FILLS})") == 2 * 1_055
    assert audit(home.lake, "data_trades", TODAY).problems == []
    if clamp == 10_000:
        assert len(feed.served) == 2
    venue.asked.clear()
    home.run("data_trades", day("2026-11-20"), changed=QUICK)
    assert venue.count(V1) == 2, "only the top of each pass is new"


@pytest.mark.parametrize("past_cap", ["error", "repeat"])
def test_a_second_with_more_fills_than_are_served_fails_by_its_name(
    home: StandingPlatform, venue: Venue, past_cap: str
) -> None:
    crowded = NOON - timedelta(hours=1)
    there = [Fill(n, crowded) for n in range(450)]
    venue.answers[V2] = down
    venue.answers[V1] = FeedV1(there, clamp=100, cap=300, past_cap=past_cap)
    failed = home.failed("data_trades", TODAY, changed=QUICK)
    assert failed.error_class == "CapReachedError"
    assert "the second 2026-11-20T11:00:00Z holds more than" in str(failed.error_message)
    assert not any(w.complete for w in home.lake.watermarks("data_trades").values())


def test_a_page_of_exactly_the_limit_is_not_taken_for_the_end(
    home: StandingPlatform, venue: Venue
) -> None:
    there = [Fill(n, NOON - timedelta(seconds=n)) for n in range(10_001)]
    venue.answers[V2] = down
    feed = venue.answers[V1] = FeedV1(there)
    home.run("data_trades", TODAY, changed=QUICK)
    assert fills_held(home) == set(range(10_001))
    assert [len(page) for page in feed.served if len(page) < 10_000] == [1, 1]


def test_a_window_the_venue_ignores_and_another_order_are_refused(
    home: StandingPlatform, venue: Venue
) -> None:
    venue.answers[V2] = down
    venue.answers[V1] = FeedV1(ten_minutes_apart(400), windows=False)
    failed = home.failed("data_trades", TODAY, changed=QUICK)
    assert "ignored start and end" in str(failed.error_message)
    home.forget()
    venue.answers[V1] = FeedV1(ten_minutes_apart(64), newest_first=False)
    failed = home.failed("data_trades", TODAY, changed=QUICK)
    assert "not newest first" in str(failed.error_message)
    assert home.one("select count(*) from raw.data_trades") == 0


def test_v2_does_not_ask_again_for_what_v1_has_given(home: StandingPlatform, venue: Venue) -> None:
    there = ten_minutes_apart(6 * 24 * 4)
    venue.answers[V2] = down
    venue.answers[V1] = FeedV1(there)
    home.run("data_trades", day("2026-11-18", "2026-11-20"), changed=QUICK)
    feed = venue.answers[V2] = Feed(there, page=100)
    venue.asked.clear()
    assert home.run("data_trades", day("2026-11-18", "2026-11-19")).requests == 0
    home.run("data_trades", TODAY)
    assert venue.count(V2) == 2, "the top of each pass"
    home.run("data_trades", day("2026-11-17"))
    assert of_day(there, "2026-11-17") <= fills_held(home, taker=False)
    assert home.one(f"select count(*) from ({FILLS}) where not taker_only") == len(
        fills_held(home, taker=False)
    )
    assert feed.served


def test_the_feed_goes_on_over_v1_where_v2_has_stopped_and_v1_where_it_was_cut_off(
    home: StandingPlatform, venue: Venue
) -> None:
    there = ten_minutes_apart(6 * 24 * 3)
    v2 = Feed(there, page=40)
    venue.answers[V2] = lambda asked: v2(asked) if venue.count(V2) <= 4 else AWAY
    v1 = FeedV1(there, clamp=100, cap=100)
    venue.answers[V1] = lambda asked: v1(asked) if venue.count(V1) <= 2 else REFUSED
    failed = home.failed("data_trades", BEFORE, changed=QUICK)
    assert failed.error_class == "RequestRefusedError"
    by_v2 = {n for page in v2.served for n in page}
    assert len(by_v2 & {n for page in v1.served for n in page}) < 12, "but the overlap at the top"
    v1.served.clear()
    venue.answers[V1], venue.answers[V2] = v1, v2
    home.run("data_trades", BEFORE)
    assert of_day(there, "2026-11-18") <= fills_held(home, taker=False)
    assert fills_held(home) >= of_day(there, "2026-11-18") & takers(there)
    assert v1.served, "what v1 has begun is ended by it"
    twice = home.one(f"select (select count(*) from raw.data_trades) - count(*) from ({FILLS})")
    assert twice < 2 * (40 + 12), "the top page of v2, and the overlaps"
    venue.asked.clear()
    assert home.run("data_trades", BEFORE).requests == 0


def test_walks_by_condition_go_on_over_v1_from_the_time_they_have_reached(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(*(lived(n, "2026-07-01", "2026-09-10") for n in (1, 2, 3)))
    there = fills(1, 2, 3, until="2026-09-09", count=300)
    v2, v1 = Feed(there, page=50), FeedV1(there, clamp=100, cap=100)
    begun: set[str] = set()

    def until_both_passes_have_begun(asked: Asked) -> Any:
        if len(begun) == len(PASSES):
            return REFUSED
        begun.add(asked.query["takerOnly"])
        return v1(asked)

    venue.answers[V2] = lambda asked: v2(asked) if venue.count(V2) <= 4 else AWAY
    venue.answers[V1] = until_both_passes_have_begun
    home.failed("data_trades", AUGUST, changed=QUICK)
    assert not any(w.complete for w in home.lake.watermarks("data_trades").values())
    venue.answers[V2], venue.answers[V1] = v2, v1
    venue.asked.clear()
    home.run("data_trades", AUGUST)
    assert fills_held(home) == fills_held(home, taker=False) == set(range(300))
    assert venue.count(V2) == 0, "v1 ends what it has begun"
    assert {tuple(a.many("market")) for a in venue.asked} == {tuple(map(condition, (1, 2, 3)))}
    numbers = home.lake.rows(
        "select walk_id, list(page_number order by received_at) from raw.pages group by 1"
    )
    assert all(found == list(range(len(found))) for _, found in numbers), "one walk, not two"
    assert audit(home.lake, "data_trades", TODAY).problems == []
    venue.asked.clear()
    assert home.run("data_trades", AUGUST).requests == 0, "nor does v2 ask again"


def test_what_v1_has_begun_is_walked_over_v2_when_v1_goes_away_too(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(lived(1, "2026-07-01", "2026-09-10"))
    there = fills(1, until="2026-09-09", count=300)
    v1 = FeedV1(there, clamp=100, cap=100)
    venue.answers[V2] = down
    venue.answers[V1] = lambda asked: v1(asked) if venue.count(V1) <= 2 else REFUSED
    home.failed("data_trades", AUGUST, changed=QUICK)
    venue.answers[V1] = lambda asked: (410, {"error": "gone"}, {})
    venue.answers[V2] = Feed(there, page=100)
    home.run("data_trades", AUGUST)
    assert fills_held(home) == fills_held(home, taker=False) == set(range(300))


def test_the_same_fill_of_both_versions_is_one_row_of_the_natural_key(
    home: StandingPlatform, venue: Venue
) -> None:
    there = ten_minutes_apart(64)
    venue.answers[V2] = Feed(there)
    home.run("data_trades", TODAY)
    home.lake.transaction(lambda connection: connection.execute("delete from raw.watermarks"))
    venue.answers[V2] = down
    venue.answers[V1] = FeedV1(there)
    home.run("data_trades", TODAY, changed=QUICK)
    assert home.one("select count(*) from raw.data_trades") == 2 * (64 + len(takers(there)))
    assert home.one(f"select count(*) from ({FILLS})") == 64 + len(takers(there))


def test_a_broken_record_of_v1_is_set_aside_under_the_name_the_venue_gave_it(
    home: StandingPlatform, venue: Venue
) -> None:
    feed = FeedV1(ten_minutes_apart(33))

    def broken(asked: Asked) -> Any:
        rows = feed(asked)
        rows[3]["asset"], rows[5]["price"] = "12x", 1.5
        del rows[7]["conditionId"]
        return rows

    venue.answers[V2], venue.answers[V1] = down, broken
    run = home.run("data_trades", TODAY, changed=QUICK)
    assert run.quarantined == 6
    reasons = {r for (r,) in home.lake.rows("select distinct reason from raw.quarantine")}
    assert reasons == {
        'asset: expected decimal digits; got "12x"',
        "price: above 1; got 1.5",
        "conditionId: missing; got nothing",
    }
    assert audit(home.lake, "data_trades", TODAY).problems == []


def test_an_error_with_status_200_is_no_empty_page_of_v1(
    home: StandingPlatform, venue: Venue
) -> None:
    venue.answers[V2] = down
    venue.answers[V1] = lambda asked: {"error": "internal"}
    failed = home.failed("data_trades", TODAY, changed=QUICK)
    assert failed.error_class == "VenueUnavailableError"
    assert "status 200 with an error" in str(failed.error_message)


def test_the_days_of_the_feed_are_walked_by_condition_where_that_asks_for_less(
    home: StandingPlatform, venue: Venue
) -> None:
    home.clock.stands_at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    there = fills(1, 2, until="2026-10-09", count=60)
    # A quiet market that ended early, and a busy one that came later.
    home.lists(
        lived(1, "2026-10-01", "2026-10-10", volumeNum=5_000),
        lived(2, "2026-10-01", "2026-10-10", volumeNum=5_000),
        lived(3, "2026-10-20", None, volumeNum=90_000_000),
    )
    venue.answers[V2] = Feed(there, page=50)
    run = home.run("data_trades", day("2026-10-05"))
    assert {tuple(a.many("condition")) for a in venue.asked} == {tuple(map(condition, (1, 2)))}
    assert "by condition, some 2 requests instead of 3602 down the feed" in notes_of(run)[0]
    assert fills_held(home) == fills_held(home, taker=False) == set(range(60))
    venue.asked.clear()
    home.run("data_trades", TODAY)
    assert {tuple(a.many("condition")) for a in venue.asked} == {()}, "today is the feed's"
