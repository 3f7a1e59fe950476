"""Calls of the Data API: filters are re-sent with every cursor, circles are noticed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from polymarket_assets.clients import data_api
from polymarket_assets.clients.errors import CursorLoopError, InvalidCursorError
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage, Trail
from tests.clients.venue import (
    Reply,
    ScriptedVenue,
    asking,
    json_reply,
    payload,
    run,
    settings_for,
)

PAGE = payload("data_trades")
BOARD = payload("data_leaderboard")
CONDITIONS = ["0x" + f"{n:064x}" for n in range(20)]


def trades(cursor: str | None, rows: int = 1) -> Reply:
    pagination = {"limit": 1000, "offset": 0, "has_more": cursor is not None, "next_cursor": cursor}
    return json_reply({"data": PAGE["data"][:rows], "pagination": pagination})


async def walk(http: VenueHttp, **filters: Any) -> list[FetchedPage]:
    """A walk as a source makes it."""
    trail, cursor, pages = Trail("test"), None, []
    while True:
        page = await data_api.trades_page(http, cursor=cursor, trail=trail, **filters)
        pages.append(page)
        cursor = page.next_cursor
        if cursor is None:
            return pages


def walked(home: Path, venue: ScriptedVenue, **filters: Any) -> list[FetchedPage]:
    async def scenario() -> list[FetchedPage]:
        async with venue, asking(settings_for(home, venue.url)) as http:
            return await walk(http, **filters)

    return run(scenario())


def test_filters_are_sent_again_with_every_cursor(tmp_path: Path) -> None:
    venue = ScriptedVenue.of(trades("one=="), trades("two"), trades(None))
    pages = walked(tmp_path, venue, taker_only=False, conditions=CONDITIONS)
    assert len(pages) == 3
    filters = (
        ("limit", "1000"),
        ("taker_only", "false"),
        ("filter_amount", "0"),
        ("condition", ",".join(CONDITIONS)),
    )
    assert [r.params for r in venue.requests] == [
        filters,
        (*filters, ("cursor", "one==")),
        (*filters, ("cursor", "two")),
    ]


def test_the_bare_feed_names_no_condition(tmp_path: Path) -> None:
    venue = ScriptedVenue.of(trades(None))
    walked(tmp_path, venue, taker_only=True)
    assert venue.requests[0].query == {"limit": "1000", "taker_only": "true", "filter_amount": "0"}


def test_short_and_empty_pages_are_not_the_end(tmp_path: Path) -> None:
    venue = ScriptedVenue.of(trades("a"), trades("b", rows=0), trades("c", rows=0), trades(None))
    pages = walked(tmp_path, venue, taker_only=True)
    assert [page.parsed.row_count for page in pages] == [1, 0, 0, 1]


@pytest.mark.parametrize("circle", [("a", "a"), ("a", "b", "a"), ("a", "b", "c", "b")])
def test_a_circle_of_cursors_ends_the_walk_by_name(tmp_path: Path, circle: tuple[str, ...]) -> None:
    venue = ScriptedVenue.of(*map(trades, circle))
    with pytest.raises(CursorLoopError, match="given a second time"):
        walked(tmp_path, venue, taker_only=True)
    assert len(venue.requests) == len(circle)


def test_a_page_that_gives_its_own_cursor_back_is_noticed_without_a_trail(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            ScriptedVenue.of(trades("same")) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            page = await data_api.trades_page(http, taker_only=True)
            await data_api.trades_page(http, taker_only=True, cursor=page.next_cursor)

    with pytest.raises(CursorLoopError, match="'same'"):
        run(scenario())


def test_a_forgotten_cursor_is_an_error_of_its_own(tmp_path: Path) -> None:
    refusal = json_reply({"error": "invalid cursor", "code": "invalid_request"}, 400)

    async def scenario() -> None:
        async with (
            ScriptedVenue.of(refusal) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            await data_api.leaderboard_page(
                http, category="overall", time_period="all", sort_by="PNL", cursor="old"
            )

    with pytest.raises(InvalidCursorError):
        run(scenario())


def test_a_leaderboard_is_asked_for_by_category_period_and_measure(tmp_path: Path) -> None:
    async def scenario() -> tuple[ScriptedVenue, FetchedPage]:
        async with (
            ScriptedVenue.of(json_reply(BOARD)) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            return venue, await data_api.leaderboard_page(
                http, category="politics", time_period="week", sort_by="VOLUME", limit=2
            )

    venue, page = run(scenario())
    assert venue.requests[0].path == "/v2/leaderboard"
    assert venue.requests[0].query == {
        "category": "politics",
        "time_period": "week",
        "sort_by": "VOLUME",
        "limit": "2",
    }
    assert page.parsed.table["category"].to_pylist() == ["politics"] * 2
    assert page.parsed.table["sort_by"].to_pylist() == ["VOLUME"] * 2


def test_more_than_the_venue_takes_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    async def scenario() -> ScriptedVenue:
        async with (
            ScriptedVenue.of(trades(None)) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            with pytest.raises(ValueError, match="21 conditions"):
                await data_api.trades_page(http, taker_only=True, conditions=[*CONDITIONS, "0x0"])
            for limit in (0, 1001):
                with pytest.raises(ValueError, match="1 to 1000"):
                    await data_api.leaderboard_page(
                        http, category="overall", time_period="day", sort_by="PNL", limit=limit
                    )
            return venue

    assert run(scenario()).requests == []
