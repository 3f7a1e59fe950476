"""Storms: 429 and 503 in all spellings cost few requests, bounded time, and hurt nobody else."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from polymarket_assets.clients import clob, data_api
from polymarket_assets.clients.breaker import FAILURES_TO_OPEN, LONGEST_PAUSE_S
from polymarket_assets.clients.errors import (
    BreakerOpenError,
    RateLimitedError,
    VenueError,
    VenueUnavailableError,
)
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage
from tests.clients.venue import (
    NOW,
    Answer,
    ManualTime,
    Reply,
    Request,
    ScriptedVenue,
    asking,
    gather_all,
    json_reply,
    payload,
    run,
    settings_for,
)

GOOD = json_reply(payload("data_trades"))
TOKEN = payload("clob_books")[0]["asset_id"]


def limited(retry_after: str | None) -> Reply:
    body = {"error": "Too Many Requests", "code": "rate_limited", "retryable": True}
    return json_reply(body, 429, **({"retry_after": retry_after} if retry_after else {}))


async def outcome(http: VenueHttp) -> FetchedPage | VenueError:
    try:
        return await data_api.trades_page(http, taker_only=True)
    except VenueError as error:
        return error


def ask(
    home: Path, time: ManualTime, *answers: Answer, **overrides: Any
) -> tuple[FetchedPage | VenueError, ScriptedVenue, VenueHttp]:
    async def scenario() -> tuple[FetchedPage | VenueError, ScriptedVenue, VenueHttp]:
        async with (
            ScriptedVenue.of(*answers) as venue,
            asking(settings_for(home, venue.url, **overrides), time) as http,
        ):
            return await outcome(http), venue, http

    return run(scenario())


HTTP_DATE = format_datetime(NOW + timedelta(seconds=7), usegmt=True)


@pytest.mark.parametrize(
    ("retry_after", "waited"),
    [
        ("3", 3.0),
        ("1.5", 1.5),
        ("0", 0.0),
        (HTTP_DATE, 7.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
    ],
)
def test_the_wait_the_venue_asks_for_is_kept(
    tmp_path: Path, retry_after: str, waited: float
) -> None:
    time = ManualTime()
    page, _, http = ask(tmp_path, time, limited(retry_after), GOOD)
    assert isinstance(page, FetchedPage), page
    assert sum(time.slept) == pytest.approx(waited)
    assert http.counters.rate_limited == 1


def test_a_date_to_wait_for_is_read_by_the_clock_of_the_server_that_sent_it(tmp_path: Path) -> None:
    time = ManualTime()
    skewed = NOW - timedelta(hours=5)
    reply = json_reply(
        {"error": "Too Many Requests"},
        429,
        date=format_datetime(skewed, usegmt=True),
        retry_after=format_datetime(skewed + timedelta(seconds=4), usegmt=True),
    )
    page, _, _ = ask(tmp_path, time, reply, GOOD)
    assert isinstance(page, FetchedPage)
    assert sum(time.slept) == pytest.approx(4)


@pytest.mark.parametrize("retry_after", ["31536000", "99999999999"])
def test_an_absurd_wait_is_named_and_not_begun(tmp_path: Path, retry_after: str) -> None:
    time = ManualTime()
    error, venue, _ = ask(tmp_path, time, limited(retry_after), GOOD)
    assert isinstance(error, RateLimitedError)
    assert f"Retry-After: {retry_after}" in error.cause
    assert "would pass the deadline of 60 s" in error.cause
    assert time.slept == []
    assert len(venue.requests) == 1


@pytest.mark.parametrize("retry_after", ["soon", "-5", "1e309", "9" * 40, "Wed, 99 Foo 2026"])
def test_an_unreadable_wait_is_named_and_replaced_by_backoff(
    tmp_path: Path, retry_after: str
) -> None:
    time = ManualTime()
    error, venue, _ = ask(tmp_path, time, limited(retry_after), http_attempts=3)
    assert isinstance(error, RateLimitedError)
    assert "unreadable Retry-After" in error.cause
    assert len(venue.requests) == 3
    assert 0 < sum(time.slept) <= 60


@pytest.mark.parametrize("retry_after", [None, "1", "25"])
def test_a_429_storm_costs_no_more_requests_and_time_than_allowed(
    tmp_path: Path, retry_after: str | None
) -> None:
    time = ManualTime()
    error, venue, http = ask(tmp_path, time, limited(retry_after), http_attempts=8)
    assert isinstance(error, RateLimitedError)
    assert error.status == 429
    assert len(venue.requests) <= 8
    assert time.now - 1000 <= 60
    assert http.counters.rate_limited == len(venue.requests)
    assert "lower PM_HTTP_RATE_FACTOR" in error.next_action


def test_backoff_doubles_up_to_a_limit_and_chance_decides_within_it(tmp_path: Path) -> None:
    time = ManualTime()
    ask(tmp_path, time, json_reply({}, 503), http_attempts=9, http_deadline_s=1000)
    assert time.slept == [0.5, 1, 2, 4, 8, 16, 20, 20]
    calm = ManualTime(chance=0.25)
    ask(tmp_path / "other", calm, json_reply({}, 503), http_attempts=4)
    assert calm.slept == [0.125, 0.25, 0.5]


def test_a_503_that_names_a_wait_is_waited_for(tmp_path: Path) -> None:
    time = ManualTime()
    body = {"error": "post-only mode", "code": "post_only_mode", "retry_after_seconds": 11}
    page, _, _ = ask(tmp_path, time, json_reply(body, 503, retry_after="11"), GOOD)
    assert isinstance(page, FetchedPage)
    assert time.slept == [11]


def test_a_429_stops_every_process_of_the_home_for_that_long(tmp_path: Path) -> None:
    async def scenario() -> float:
        time = ManualTime()
        async with ScriptedVenue.of(limited("30"), GOOD) as venue:
            settings = settings_for(tmp_path, venue.url, http_attempts=1)
            async with asking(settings, time) as first, asking(settings, time) as second:
                assert isinstance(await outcome(first), RateLimitedError)
                before = time.now
                assert isinstance(await outcome(second), FetchedPage)
                return time.now - before

    assert run(scenario()) == pytest.approx(30)


def test_an_absurd_wait_does_not_close_the_endpoint_for_longer_than_a_deadline(
    tmp_path: Path,
) -> None:
    async def scenario() -> float:
        time = ManualTime()
        async with (
            ScriptedVenue.of(limited("31536000"), GOOD) as venue,
            asking(settings_for(tmp_path, venue.url), time) as http,
        ):
            assert isinstance(await outcome(http), RateLimitedError)
            before = time.now
            assert isinstance(await outcome(http), FetchedPage)
            return time.now - before

    assert run(scenario()) == pytest.approx(60)


def test_a_retry_that_finds_no_slot_before_its_deadline_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PM_RATE_DATA_TRADES", "1")
    time = ManualTime()
    error, venue, _ = ask(tmp_path, time, json_reply({}, 503), http_deadline_s=8)
    assert isinstance(error, RateLimitedError)
    assert "next slot is 10 s away, past the deadline" in error.cause
    assert len(venue.requests) == 1


def test_a_call_that_gets_no_slot_gives_its_connection_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PM_RATE_DATA_TRADES", "1")
    books = json_reply(payload("clob_books")[:1])

    async def scenario() -> None:
        async with ScriptedVenue.of(json_reply({}, 503), books) as venue:
            settings = settings_for(tmp_path, venue.url, http_deadline_s=8, http_connections=1)
            async with asking(settings, ManualTime()) as http:
                assert isinstance(await outcome(http), RateLimitedError)
                async with asyncio.timeout(5):
                    await clob.books_page(http, tokens=[TOKEN])

    run(scenario())


def test_without_rates_nothing_is_shared_or_held(tmp_path: Path) -> None:
    time = ManualTime()
    page, _, _ = ask(tmp_path, time, limited("2"), GOOD, rates=False)
    assert isinstance(page, FetchedPage)
    assert time.slept == [2]
    assert not (tmp_path / "run").exists()


def test_ten_minutes_of_503_open_the_breaker_and_leave_other_endpoints_alone(
    tmp_path: Path,
) -> None:
    """The source asks again and again, as a schedule would; the venue hears little of it."""
    books = json_reply(payload("clob_books")[:1])

    def answer(request: Request) -> Reply:
        return books if request.path == "/books" else json_reply({"error": "down"}, 503)

    async def scenario() -> None:
        time = ManualTime()
        async with (
            ScriptedVenue(answer) as venue,
            asking(settings_for(tmp_path, venue.url), time) as http,
        ):
            errors = []
            while time.now < 1000 + 600:
                errors.append(await outcome(http))
                await clob.books_page(http, tokens=[TOKEN])
                time.now += 5
            asked = [r for r in venue.requests if r.path == "/v2/trades"]
            unprotected = 5 * len(errors)
            assert len(asked) <= FAILURES_TO_OPEN + 5 + 600 / LONGEST_PAUSE_S + 5 < unprotected
            opened = [e for e in errors if isinstance(e, BreakerOpenError)]
            assert opened
            assert "status 503: down" in opened[-1].cause
            assert "failures in a row" in opened[-1].cause

    run(scenario())


def test_calls_that_stood_in_the_queue_when_the_breaker_opened_wait_like_all_others(
    tmp_path: Path,
) -> None:
    time, sent = ManualTime(), []

    def answer(_: Request) -> Reply:
        sent.append(time.now)
        return json_reply({}, 503)

    async def scenario() -> None:
        async with (
            ScriptedVenue(answer) as venue,
            asking(
                settings_for(tmp_path, venue.url, http_attempts=1, http_connections=1), time
            ) as http,
        ):
            await gather_all(outcome(http) for _ in range(30))

    run(scenario())
    at_once = [moment for moment in sent if moment == 1000]
    assert FAILURES_TO_OPEN <= len(at_once) <= FAILURES_TO_OPEN + 2
    assert len(sent) < 30


def test_the_breaker_closes_with_the_first_answer_after_its_pause(tmp_path: Path) -> None:
    async def scenario() -> None:
        time = ManualTime()
        down = True
        async with (
            ScriptedVenue(lambda _: json_reply({}, 503) if down else GOOD) as venue,
            asking(
                settings_for(tmp_path, venue.url, http_attempts=10, http_deadline_s=500), time
            ) as http,
        ):
            assert isinstance(await outcome(http), VenueUnavailableError)
            assert len(venue.requests) == FAILURES_TO_OPEN
            down = False
            before = time.now
            assert isinstance(await outcome(http), FetchedPage)
            assert 0 < time.now - before <= 5.5
            before = time.now
            assert isinstance(await outcome(http), FetchedPage)
            assert time.now == before

    run(scenario())


def test_an_endpoint_that_stays_down_fails_at_once_when_its_pause_passes_the_deadline(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        time = ManualTime()
        async with (
            ScriptedVenue.of(json_reply({}, 503)) as venue,
            asking(settings_for(tmp_path, venue.url, http_deadline_s=3), time) as http,
        ):
            while len(venue.requests) < FAILURES_TO_OPEN:
                assert isinstance(await outcome(http), VenueUnavailableError)
            error = await outcome(http)
            assert isinstance(error, BreakerOpenError)
            assert error.attempts == 0
            assert "no attempt" in str(error)
            assert len(venue.requests) == FAILURES_TO_OPEN

    run(scenario())
