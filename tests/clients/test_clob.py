"""Calls of the CLOB: what they send, and the caps they keep."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from polymarket_assets.clients import clob
from polymarket_assets.clients.pages import FetchedPage
from tests.clients.venue import ScriptedVenue, asking, json_reply, payload, run, settings_for

START = datetime(2026, 9, 1, tzinfo=UTC)
END = START + timedelta(days=15)
TOKENS = list(payload("clob_batch_prices")["history"])


def called(
    home: Path, answer: Any, call: Callable[[Any], Any]
) -> tuple[ScriptedVenue, FetchedPage]:
    async def scenario() -> tuple[ScriptedVenue, FetchedPage]:
        async with (
            ScriptedVenue.of(json_reply(answer)) as venue,
            asking(settings_for(home, venue.url)) as http,
        ):
            return venue, await call(http)

    return run(scenario())


def test_books_are_asked_for_by_token_and_missing_ones_are_simply_absent(tmp_path: Path) -> None:
    books = payload("clob_books")
    tokens = [*(book["asset_id"] for book in books), "404"]
    venue, page = called(tmp_path, books, lambda http: clob.books_page(http, tokens=tokens))
    [request] = venue.requests
    assert (request.method, request.path) == ("POST", "/books")
    assert json.loads(request.body) == [{"token_id": token} for token in tokens]
    assert sorted(page.parsed.table["token_id"].to_pylist()) == sorted(tokens[:2])
    assert page.next_cursor is None


def test_price_history_is_asked_for_in_unix_seconds(tmp_path: Path) -> None:
    venue, page = called(
        tmp_path,
        payload("clob_prices_history"),
        lambda http: clob.prices_page(
            http, token=TOKENS[0], start=START, end=END, fidelity_minutes=10
        ),
    )
    [request] = venue.requests
    assert (request.method, request.path) == ("GET", "/prices-history")
    assert request.query == {
        "market": TOKENS[0],
        "startTs": str(int(START.timestamp())),
        "endTs": str(int(END.timestamp())),
        "fidelity": "10",
    }
    assert set(page.parsed.table["fidelity_minutes"].to_pylist()) == {10}


def test_the_history_of_many_tokens_is_one_request(tmp_path: Path) -> None:
    venue, page = called(
        tmp_path,
        payload("clob_batch_prices"),
        lambda http: clob.batch_prices_page(
            http, tokens=TOKENS, start=START, end=END, fidelity_minutes=60
        ),
    )
    [request] = venue.requests
    assert (request.method, request.path) == ("POST", "/batch-prices-history")
    assert json.loads(request.body) == {
        "markets": TOKENS,
        "start_ts": int(START.timestamp()),
        "end_ts": int(END.timestamp()),
        "fidelity": 60,
    }
    assert page.parsed.row_count == 3


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda http: clob.books_page(http, tokens=[]), "0 tokens"),
        (lambda http: clob.books_page(http, tokens=["1"] * 501), "1 to 500"),
        (
            lambda http: clob.batch_prices_page(
                http, tokens=["1"] * 21, start=START, end=END, fidelity_minutes=60
            ),
            "1 to 20",
        ),
        (
            lambda http: clob.prices_page(
                http, token="1", start=START, end=END + timedelta(seconds=1), fidelity_minutes=60
            ),
            "windows of up to 15 d",
        ),
        (
            lambda http: clob.prices_page(
                http, token="1", start=START, end=START, fidelity_minutes=60
            ),
            "windows of up to 15 d",
        ),
    ],
)
def test_more_than_the_venue_takes_is_refused_before_it_is_sent(
    tmp_path: Path, call: Callable[[Any], Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        called(tmp_path, [], call)
