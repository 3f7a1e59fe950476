"""Price history: which requests are made, and that nothing is asked for twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.coverage import merge, missing
from polymarket_assets.domain.windows import DAY, Interval
from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.prices import GROUP, LONGEST, due_requests
from tests.sources.platforms import StandingPlatform, day, notes_of
from tests.sources.venue import Asked, Venue, market

PRICES = "/clob/batch-prices-history"
TODAY = day("2026-11-20")
ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = 3600


def interval(first: int, length: int) -> Interval:
    return Interval(ORIGIN + first * DAY, ORIGIN + (first + length) * DAY)


LIVES = st.dictionaries(
    st.integers(0, 60).map(str),
    st.tuples(
        st.builds(interval, st.integers(0, 50), st.integers(1, 45)),
        st.lists(st.builds(interval, st.integers(0, 90), st.integers(1, 20)), max_size=3),
    ),
    max_size=60,
)


@given(LIVES)
def test_requests_ask_for_exactly_what_is_missing_within_the_venues_limits(
    tokens: dict[str, tuple[Interval, list[Interval]]],
) -> None:
    lives = {token: life for token, (life, _) in tokens.items()}
    held = {token: intervals for token, (_, intervals) in tokens.items()}
    requests = due_requests(lives, held)
    asked: dict[str, list[Interval]] = {token: [] for token in lives}
    for request in requests:
        assert 1 <= len(request.tokens) <= GROUP
        assert DAY <= request.interval.end - request.interval.start <= LONGEST
        for token in request.tokens:
            asked[token].append(request.interval.intersect(lives[token]))
    for token, life in lives.items():
        assert merge(asked[token]) == missing(life, held[token])
        assert sum((i.end - i.start for i in asked[token]), timedelta()) == sum(
            (i.end - i.start for i in missing(life, held[token])), timedelta()
        ), "nothing twice"


def test_tokens_that_lived_at_different_times_share_requests() -> None:
    lives = {str(n): interval(n % 10, 5) for n in range(200)}
    assert len(due_requests(lives, {})) == 200 / GROUP
    long = {str(n): interval(0, 30) for n in range(200)}
    assert len(due_requests(long, {})) == 2 * 200 / GROUP


def hourly(asked: Asked) -> Any:
    """A point on every hour from start to end, both included."""
    start, end = asked.body["start_ts"], asked.body["end_ts"]
    points = [{"t": t, "p": 0.5} for t in range(-(-start // HOUR) * HOUR, end + 1, HOUR)]
    return {"history": dict.fromkeys(asked.body["markets"], points)}


def windows(venue: Venue) -> list[tuple[str, str, int]]:
    """First and last second asked for, and how many tokens, by request."""
    spoken = "%m-%dT%H:%M:%S"
    return sorted(
        (
            datetime.fromtimestamp(a.body["start_ts"], UTC).strftime(spoken),
            datetime.fromtimestamp(a.body["end_ts"], UTC).strftime(spoken),
            len(a.body["markets"]),
        )
        for a in venue.asked
    )


def tokens_of(*numbers: int) -> set[str]:
    return {token for n in numbers for token in json.loads(market(n)["clobTokenIds"])}


def test_prices_are_asked_for_over_a_markets_life_and_once(
    home: StandingPlatform, venue: Venue
) -> None:
    born = {"createdAt": "2026-10-30T10:00:00Z"}
    home.lists(
        market(1, volumeNum=5, **born),
        market(2, volumeNum=5, **born, closed=True, closedTime="2026-11-03 08:00:00+00"),
        market(3, volumeNum=0, **born),
        market(4, volume="7.5", createdAt="2026-11-19T23:59:00Z"),
        market(5, volumeNum=5, createdAt="2026-12-01T00:00:00Z"),
        market(6, **born),
    )
    venue.answers[PRICES] = hourly
    first = home.run("clob_prices", day("2026-11-02", "2026-11-20"))
    assert windows(venue) == [
        ("11-02T00:00:00", "11-16T23:59:59", 4),
        ("11-17T00:00:00", "11-20T11:59:59", 4),
    ]
    asked = set().union(*(a.body["markets"] for a in venue.asked))
    assert asked == tokens_of(1, 2, 4)
    assert first.data_until == datetime(2026, 11, 20, 12, tzinfo=UTC)
    venue.asked.clear()
    again = home.run("clob_prices", day("2026-11-10", "2026-11-20"))
    assert venue.count() == again.requests == 0
    assert notes_of(again) == ["every price of the window is held already"]
    home.clock.passes(minutes=67)
    home.lists(market(1, volumeNum=6, **born), market(3, volumeNum=1, **born))
    home.run("clob_prices", TODAY)
    assert windows(venue) == [
        ("11-20T00:00:00", "11-20T13:06:59", 2),
        ("11-20T12:00:00", "11-20T13:06:59", 4),
    ]
    points = home.lake.rows(
        "select count(*), count(distinct (token_id, event_at)) from raw.clob_prices"
    )
    assert points[0][0] == points[0][1], "no point twice"
    assert audit(home.lake, "clob_prices", TODAY).problems == []


def test_prices_before_the_venue_kept_any_are_not_served(
    home: StandingPlatform, venue: Venue
) -> None:
    run = home.run("clob_prices", day("2022-01-01", "2022-11-30"))
    assert notes_of(run) == [
        "2022-01-01...2022-11-30: not served, price history begins in December 2022"
    ]
    assert venue.count() == 0


def test_a_failed_request_leaves_the_others_and_only_it_is_repeated(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(*(market(n, volumeNum=5, createdAt="2026-11-01T00:00:00Z") for n in range(1, 61)))
    broken = json.loads(market(3)["clobTokenIds"])[0]
    venue.answers[PRICES] = lambda asked: (
        (400, {"error": "Invalid payload"}, {})
        if broken in asked.body["markets"]
        else hourly(asked)
    )
    one_at_a_time = {"http_connections": 1}
    failed = home.failed("clob_prices", TODAY, changed=one_at_a_time)
    assert failed.error_class == "RequestRefusedError"
    assert "Invalid payload" in str(failed.error_message)
    asked_before = [a.body for a in venue.asked]
    venue.asked.clear()
    venue.answers[PRICES] = hourly
    home.run("clob_prices", TODAY)
    repeated = [a.body for a in venue.asked if a.body in asked_before]
    assert len(repeated) <= 1
    assert home.one("select count(*) from raw.clob_prices") == 120 * 12
