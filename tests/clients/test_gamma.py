"""Walks through Gamma's lists: where they start, end, and refuse to go in circles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polymarket_assets.clients import gamma
from polymarket_assets.clients.errors import CursorLoopError, InvalidCursorError
from polymarket_assets.clients.gamma import MOST_IDS, event_pages, market_pages
from polymarket_assets.clients.pages import FetchedPage
from tests.clients.venue import (
    ManualTime,
    Reply,
    Request,
    ScriptedVenue,
    asking,
    collect,
    json_reply,
    payload,
    run,
    settings_for,
)

MARKET = payload("gamma_markets")["markets"][0]
EVENT = payload("gamma_events")["events"][0]


def markets(*ids: int, cursor: str | None = None) -> Reply:
    page: dict[str, Any] = {"markets": [MARKET | {"id": str(n)} for n in ids]}
    return json_reply(page | ({"next_cursor": cursor} if cursor else {}))


def walk(home: Path, venue: ScriptedVenue, **arguments: Any) -> tuple[list[str], Exception | None]:
    """Market ids a walk gave before it ended, and the error if it ended by one."""

    async def scenario() -> tuple[list[str], Exception | None]:
        found: list[str] = []
        async with venue, asking(settings_for(home, venue.url), ManualTime()) as http:
            try:
                async for page in market_pages(http, **arguments):
                    found += page.parsed.table["market_id"].to_pylist()
            except CursorLoopError as error:
                return found, error
        return found, None

    return run(scenario())


def test_a_walk_follows_cursors_until_a_page_has_none(tmp_path: Path) -> None:
    venue = ScriptedVenue.of(markets(1, 2, cursor="a+/="), markets(3, cursor="b"), markets(4))
    assert walk(tmp_path, venue, closed=False) == (["1", "2", "3", "4"], None)
    common = (("limit", "100"), ("closed", "false"))
    assert [r.params for r in venue.requests] == [
        common,
        (*common, ("after_cursor", "a+/=")),
        (*common, ("after_cursor", "b")),
    ]
    assert {r.path for r in venue.requests} == {"/markets/keyset"}


def test_an_empty_page_in_the_middle_is_not_the_end(tmp_path: Path) -> None:
    venue = ScriptedVenue.of(markets(1, cursor="a"), markets(cursor="b"), markets(2))
    assert walk(tmp_path, venue, closed=True) == (["1", "2"], None)
    assert {r.query["closed"] for r in venue.requests} == {"true"}


@pytest.mark.parametrize(("circle", "requests"), [(("a", "a"), 2), (("a", "b", "a"), 3)])
def test_a_repeated_cursor_stops_the_walk_before_it_is_followed(
    tmp_path: Path, circle: tuple[str, ...], requests: int
) -> None:
    replies = [markets(n, cursor=cursor) for n, cursor in enumerate(circle, start=1)]
    venue = ScriptedVenue.of(*replies)
    found, error = walk(tmp_path, venue, closed=False)
    assert isinstance(error, CursorLoopError)
    assert "cursor 'a' was given a second time" in error.cause
    assert len(venue.requests) == requests
    assert len(found) == requests - 1


def test_a_walk_goes_on_at_a_cursor_and_notices_when_it_is_given_back(tmp_path: Path) -> None:
    venue = ScriptedVenue.of(markets(5, cursor="held"))
    found, error = walk(tmp_path, venue, closed=True, after_cursor="held")
    assert isinstance(error, CursorLoopError)
    assert (found, len(venue.requests)) == ([], 1)
    assert venue.requests[0].query["after_cursor"] == "held"


def test_a_cursor_the_venue_no_longer_knows_is_an_error_of_its_own(tmp_path: Path) -> None:
    refusal = json_reply({"type": "validation error", "error": "invalid after_cursor"}, 422)

    async def scenario() -> None:
        async with (
            ScriptedVenue.of(refusal) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            await collect(market_pages(http, closed=True, after_cursor="old"))

    with pytest.raises(InvalidCursorError) as caught:
        run(scenario())
    assert "start this walk from its beginning" in caught.value.next_action


@pytest.mark.parametrize(
    ("pages", "name", "path"),
    [
        (market_pages, "condition_ids", "/markets/keyset"),
        (event_pages, "id", "/events/keyset"),
    ],
)
def test_objects_can_be_asked_for_by_id(
    tmp_path: Path, pages: Callable[..., Any], name: str, path: str
) -> None:
    key = path.split("/")[1]

    async def scenario() -> tuple[Request, list[FetchedPage]]:
        async with (
            ScriptedVenue.of(json_reply({key: []})) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            found = await collect(pages(http, closed=True, ids=["x", "y"]))
            return venue.requests[0], found

    request, found = run(scenario())
    assert request.path == path
    assert request.params == (("limit", "100"), ("closed", "true"), (name, "x"), (name, "y"))
    assert [page.parsed.row_count for page in found] == [0]
    assert f'"{name}":["x","y"]' in found[0].response.request


def test_as_many_ids_as_allowed_fit_an_address_of_8_kb_and_no_more_are_taken(
    tmp_path: Path,
) -> None:
    ids = ["0x" + "ab" * 32] * MOST_IDS
    sizes: list[int] = []

    def answer(request: Request) -> Reply:
        sizes.append(sum(len(n) + len(v) + 2 for n, v in request.params) + len(request.path))
        return markets()

    assert walk(tmp_path, ScriptedVenue(answer), closed=True, ids=ids) == ([], None)
    assert sizes[0] < 8000
    with pytest.raises(ValueError, match="at most 90"):
        walk(tmp_path, ScriptedVenue(answer), closed=True, ids=[*ids, ids[0]])


def test_events_are_walked_alike(tmp_path: Path) -> None:
    replies = [
        json_reply({"events": [EVENT], "next_cursor": "n"}),
        json_reply({"events": [EVENT | {"id": "30830"}]}),
    ]

    async def scenario() -> list[FetchedPage]:
        async with (
            ScriptedVenue.of(*replies) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            return await collect(event_pages(http, closed=False))

    found = run(scenario())
    assert [p.parsed.table["event_id"].to_pylist() for p in found] == [["30828"], ["30830"]]
    assert [p.next_cursor for p in found] == ["n", None]
    assert gamma.PAGE_SIZE == 100


def test_a_walk_that_is_left_early_asks_for_nothing_more(tmp_path: Path) -> None:
    async def scenario() -> int:
        async with (
            ScriptedVenue.of(markets(1, cursor="a"), markets(2)) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            async for page in market_pages(http, closed=False):
                assert page.next_cursor == "a"
                break
            return len(venue.requests)

    assert run(scenario()) == 1
