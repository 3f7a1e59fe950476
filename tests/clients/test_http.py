"""One call to a venue: what is retried, how long, and what the error says when nothing helps."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from polymarket_assets.clients import clob, data_api
from polymarket_assets.clients.errors import (
    BodyTooLargeError,
    InvalidCursorError,
    MalformedPageError,
    RequestRefusedError,
    TlsError,
    VenueBlockedError,
    VenueError,
    VenueUnavailableError,
)
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage
from tests.clients.venue import (
    HTML,
    NOW,
    Answer,
    ManualTime,
    Reply,
    Request,
    ScriptedVenue,
    Wire,
    as_bytes,
    asking,
    gather_all,
    head,
    json_reply,
    payload,
    run,
    settings_for,
)

GOOD = json_reply(payload("data_trades"))
BODY = GOOD.body


async def trades(http: VenueHttp, **arguments: Any) -> FetchedPage:
    return await data_api.trades_page(http, taker_only=True, **arguments)


def ask_once(
    home: Path, *answers: Answer, time: ManualTime | None = None, **overrides: Any
) -> tuple[FetchedPage | VenueError, ScriptedVenue, VenueHttp]:
    """Ask for one page of trades; give it or the error, what was asked, and the counters."""

    async def scenario() -> tuple[FetchedPage | VenueError, ScriptedVenue, VenueHttp]:
        async with (
            ScriptedVenue.of(*answers) as venue,
            asking(settings_for(home, venue.url, **overrides), time or ManualTime()) as http,
        ):
            try:
                return await trades(http), venue, http
            except VenueError as error:
                return error, venue, http

    return run(scenario())


def test_a_page_carries_its_bytes_its_request_and_the_moment_it_was_received(
    tmp_path: Path,
) -> None:
    page, venue, http = ask_once(tmp_path, GOOD)
    assert isinstance(page, FetchedPage)
    assert page.response.body == BODY
    assert page.response.status == 200
    assert page.response.path == "/v2/trades"
    assert page.response.received_at == NOW
    assert json.loads(page.response.request) == {
        "method": "GET",
        "path": "/v2/trades",
        "params": {"limit": "1000", "taker_only": "true", "filter_amount": "0"},
    }
    assert page.next_cursor == page.parsed.next_cursor is not None
    agent = venue.requests[0].headers["user-agent"]
    assert agent.startswith("polymarket-assets/")
    assert agent.endswith("(+python httpx)")
    assert (http.counters.requests, http.counters.bytes) == (1, len(BODY))


PASSING_FAULTS: dict[str, Answer] = {
    "connection reset in mid-body": Wire(head(len(BODY)) + BODY[: len(BODY) // 2], "reset"),
    "connection closed without an answer": Wire(b"", "close"),
    "connection closed in mid-body": Wire(head(len(BODY)) + BODY[:-10], "close"),
    "JSON cut short under its own length": Reply(BODY[: len(BODY) // 2]),
    "chunked body that never ends properly": Wire(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n" + BODY[:16] + b"\r\n",
        "close",
    ),
    "trailing bytes": Reply(BODY + b"x"),
    "byte order mark": Reply(b"\xef\xbb\xbf" + BODY),
    "HTML page with status 200": Reply(HTML),
    "HTML page with status 403": Reply(HTML, 403),
    "error with status 200": json_reply({"error": "upstream hiccup"}),
    "error beside an empty page": json_reply(
        {"error": "oops", "data": [], "pagination": {"next_cursor": None}}
    ),
    "Too Many Requests with status 200": json_reply({"error": "Too Many Requests"}),
    "empty body": Reply(b""),
    "status 204": Reply(b"", 204),
    "status 408": Reply(b"", 408),
    "status 425": Reply(b"", 425),
    "status 429": json_reply({"error": "slow down"}, 429),
    "status 500": json_reply({"error": "boom"}, 500),
    "status 502 with HTML": Reply(HTML, 502),
    "status 503": json_reply({"error": "down", "code": "dependency_unavailable"}, 503),
    "gzip that is none": Reply(BODY, headers=(("Content-Encoding", "gzip"),)),
    "gzip cut short": Reply(gzip.compress(BODY)[:-20], headers=(("Content-Encoding", "gzip"),)),
    "an encoding nobody asked for": Reply(BODY, headers=(("Content-Encoding", "br"),)),
    "garbage instead of HTTP": Wire(b"SSH-2.0-OpenSSH_9.2\r\n", "close"),
}


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_passing_fault_is_retried_and_leaves_one_whole_page(tmp_path: Path, fault: str) -> None:
    page, venue, http = ask_once(tmp_path, PASSING_FAULTS[fault], GOOD)
    assert isinstance(page, FetchedPage), page
    assert page.response.body == BODY
    assert len(venue.requests) == 2
    assert (http.counters.requests, http.counters.retries) == (2, 1)
    assert http.counters.rate_limited == ("429" in fault or "Too Many" in fault)


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_fault_that_stays_becomes_an_error_that_names_everything(
    tmp_path: Path, fault: str
) -> None:
    error, venue, http = ask_once(tmp_path, PASSING_FAULTS[fault], http_attempts=3)
    assert isinstance(error, VenueError), fault
    assert error.endpoint == "data_trades"
    assert error.attempts == len(venue.requests) == http.counters.requests == 3
    assert error.cause
    assert error.next_action in str(error)


def test_a_gzipped_page_is_kept_decompressed(tmp_path: Path) -> None:
    page, venue, _ = ask_once(
        tmp_path, Reply(gzip.compress(BODY), headers=(("Content-Encoding", "gzip"),))
    )
    assert isinstance(page, FetchedPage)
    assert page.response.body == BODY
    assert venue.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 422, 501])
def test_a_refused_request_is_not_repeated(tmp_path: Path, status: int) -> None:
    error, venue, _ = ask_once(
        tmp_path, json_reply({"error": "required query param 'x' not provided"}, status), GOOD
    )
    assert isinstance(error, RequestRefusedError)
    assert error.status == status
    assert f"status {status}" in error.cause
    assert "required query param" in error.cause
    assert len(venue.requests) == 1


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    error, venue, _ = ask_once(
        tmp_path, Reply(b"", 302, (("Location", "http://169.254.169.254/secrets"),)), GOOD
    )
    assert isinstance(error, RequestRefusedError)
    assert "169.254.169.254" in error.cause
    assert len(venue.requests) == 1


def test_a_firewall_page_is_tried_three_times_and_named_by_its_title(tmp_path: Path) -> None:
    error, venue, _ = ask_once(tmp_path, Reply(HTML, 403), http_attempts=8)
    assert isinstance(error, VenueBlockedError)
    assert "Just a moment..." in error.cause
    assert len(venue.requests) == 3


def test_a_page_of_another_shape_is_named_and_not_asked_for_again(tmp_path: Path) -> None:
    error, venue, _ = ask_once(tmp_path, json_reply({"results": []}), GOOD)
    assert isinstance(error, MalformedPageError)
    assert "data" in error.cause
    assert len(venue.requests) == 1


def test_a_body_is_read_no_further_than_allowed_even_when_it_comes_compressed(
    tmp_path: Path,
) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    error, venue, http = ask_once(
        tmp_path, Reply(bomb, headers=(("Content-Encoding", "gzip"),)), http_max_body_mb=2
    )
    assert isinstance(error, BodyTooLargeError)
    assert "2000000 bytes" in error.cause
    assert len(venue.requests) == 1
    assert http.counters.bytes == 0


@pytest.mark.parametrize(
    "stuck",
    [
        Wire(head(len(BODY)), "hang"),
        Wire(head(len(BODY)) + BODY, drip_s=0.02),
        Wire(b"HTTP/1.1 200 OK\r\n", "hang"),
        Reply(BODY, delay_s=30),
    ],
    ids=["hang after headers", "one byte at a time", "hang in headers", "no answer"],
)
def test_an_attempt_ends_in_time_however_slowly_bytes_arrive(tmp_path: Path, stuck: Answer) -> None:
    started = time.monotonic()
    error, venue, _ = ask_once(tmp_path, stuck, http_timeout_s=0.15, http_attempts=2)
    assert time.monotonic() - started < 2
    assert isinstance(error, VenueUnavailableError)
    assert "no complete answer within 0.15 s" in error.cause
    assert len(venue.requests) == 2


def test_a_refused_connection_is_retried_and_named(tmp_path: Path) -> None:
    async def scenario() -> VenueError:
        async with ScriptedVenue.of(GOOD) as venue:
            url = venue.url
        moment = ManualTime()
        async with asking(settings_for(tmp_path, url, http_attempts=3), moment) as http:
            with pytest.raises(VenueUnavailableError) as caught:
                await trades(http)
            assert len(moment.slept) == 2
            return caught.value

    error = run(scenario())
    assert error.attempts == 3
    assert "Connect call failed" in error.cause


def test_a_tls_failure_is_not_retried(tmp_path: Path) -> None:
    greeted = 0

    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal greeted
        greeted += 1
        writer.write(b"HTTP/1.1 400 The plain HTTP request was sent to HTTPS port\r\n\r\n")
        writer.close()

    async def scenario() -> VenueError:
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        settings = settings_for(tmp_path, f"https://127.0.0.1:{port}")
        async with server, asking(settings, ManualTime()) as http:
            with pytest.raises(TlsError) as caught:
                await trades(http)
            return caught.value

    error = run(scenario())
    assert error.attempts == greeted == 1
    assert error.cause.startswith("TLS: ")


def test_proxies_of_the_environment_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    page, _, _ = ask_once(tmp_path, GOOD)
    assert isinstance(page, FetchedPage)


def test_a_refusal_while_resuming_says_that_the_cursor_is_no_longer_known(tmp_path: Path) -> None:
    async def scenario(cursor: str | None) -> VenueError:
        refusal = json_reply({"error": "invalid cursor", "code": "invalid_request"}, 400)
        async with (
            ScriptedVenue.of(refusal) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            with pytest.raises(RequestRefusedError) as caught:
                await trades(http, cursor=cursor)
            return caught.value

    assert type(run(scenario("eyJ0"))) is InvalidCursorError
    assert type(run(scenario(None))) is RequestRefusedError


def test_no_more_requests_are_in_flight_than_connections_allowed(tmp_path: Path) -> None:
    async def scenario() -> ScriptedVenue:
        async with (
            ScriptedVenue.of(Reply(BODY, delay_s=0.02)) as venue,
            asking(settings_for(tmp_path, venue.url, http_connections=3)) as http,
        ):
            await gather_all(trades(http) for _ in range(12))
            return venue

    venue = run(scenario())
    assert len(venue.requests) == 12
    assert venue.most_at_once == 3


def test_a_cancelled_call_gives_its_connection_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        arrived = asyncio.Event()

        def answer(_: Request) -> Reply:
            first = not arrived.is_set()
            arrived.set()
            return Reply(BODY, delay_s=30 if first else 0)

        async with (
            ScriptedVenue(answer) as venue,
            asking(settings_for(tmp_path, venue.url, http_connections=1)) as http,
        ):
            sent = asyncio.create_task(trades(http))
            waiting = asyncio.create_task(trades(http))
            await arrived.wait()
            for call in (waiting, sent):
                call.cancel()
            await asyncio.gather(sent, waiting, return_exceptions=True)
            async with asyncio.timeout(5):
                await trades(http)

    run(scenario())


def test_a_post_says_what_it_sends_and_is_described_with_it(tmp_path: Path) -> None:
    token = payload("clob_books")[0]["asset_id"]

    async def scenario() -> tuple[ScriptedVenue, FetchedPage]:
        async with (
            ScriptedVenue.of(Reply(b"[]", 503), json_reply(payload("clob_books")[:1])) as venue,
            asking(settings_for(tmp_path, venue.url), ManualTime()) as http,
        ):
            return venue, await clob.books_page(http, tokens=[token])

    venue, page = run(scenario())
    assert [r.headers["content-type"] for r in venue.requests] == ["application/json"] * 2
    assert venue.requests[0].body == venue.requests[1].body == as_bytes([{"token_id": token}])
    assert json.loads(page.response.request) == {
        "method": "POST",
        "path": "/books",
        "body": [{"token_id": token}],
    }
