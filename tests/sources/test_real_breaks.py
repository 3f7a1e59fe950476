"""Changes of the venue that have happened, replayed: none of them makes data silently wrong."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from polymarket_assets.sources.audit import audit
from tests.sources.conftest import NOON
from tests.sources.platforms import StandingPlatform, day
from tests.sources.venue import Asked, Feed, Fill, Listing, Venue, event, market

MARKETS, EVENTS = "/gamma/markets/keyset", "/gamma/events/keyset"
TODAY = day("2026-11-20")
KINDS = {"gamma_markets": (MARKETS, "markets", market), "gamma_events": (EVENTS, "events", event)}
HELD = """
select {key}, arg_max(payload ->> '$.closed', received_at)
from raw.{source}
group by 1
order by 1
"""


def held(home: StandingPlatform, source: str) -> list[tuple[Any, ...]]:
    return home.lake.rows(HELD.format(source=source, key=source[6:-1] + "_id"))


def listing(source: str) -> Listing:
    """Seven open and five closed objects, three a page."""
    _, key, make = KINDS[source]
    first = 1000
    return Listing(key, [make(n, closed=n > first + 7) for n in range(first + 1, first + 13)])


def defaulting(listing: Listing, default: bool | None) -> Any:
    """The list when nothing is said of `closed`: only closed ones, only open ones, or all."""

    def answer(asked: Asked) -> Any:
        if "closed" in asked.query:
            return listing(asked)
        if default is None:
            everything = [o | {"closed": True} for o in listing.objects]
            return {listing.key: everything}
        return listing(Asked(asked.path, asked.query | {"closed": str(default).lower()}, None))

    return answer


@pytest.mark.parametrize("source", KINDS)
def test_when_closed_changes_its_default_nothing_changes_for_us(
    home: StandingPlatform, venue: Venue, source: str
) -> None:
    path, *_ = KINDS[source]
    seen = []
    for default in (None, True):
        home.forget(source)
        venue.asked.clear()
        venue.answers[path] = defaulting(listing(source), default)
        run = home.run(source, TODAY)
        assert [asked.query["closed"] for asked in venue.asked] == ["false"] * 3 + ["true"] * 2
        assert (run.accepted, run.quarantined) == (12, 0)
        seen.append(held(home, source))
    assert seen[0] == seen[1]
    assert sum(closed == "true" for _, closed in seen[0]) == 5


@pytest.mark.parametrize("fresh", [False, True], ids=["the same cursor", "a new cursor each time"])
def test_a_list_that_knows_no_offset_and_ignores_our_cursor_is_noticed_at_its_second_page(
    home: StandingPlatform, venue: Venue, fresh: bool
) -> None:
    source, path = ("gamma_events", EVENTS) if fresh else ("gamma_markets", MARKETS)
    whole = listing(source)
    refusal = (422, {"type": "validation error", "error": "offset is not supported"}, {})

    def first_page_for_ever(asked: Asked) -> Any:
        query = {name: value for name, value in asked.query.items() if name != "after_cursor"}
        page = whole(Asked(asked.path, query, None))
        return page | ({"next_cursor": f"signed-{venue.count()}"} if fresh else {})

    venue.answers[path] = first_page_for_ever
    failed = home.failed(source, TODAY)
    assert failed.error_class == "CursorLoopError"
    assert (failed.pages, venue.count()) == (1, 2), "its first page is kept, and no third asked for"
    if fresh:
        assert "came a second time, under another cursor" in str(failed.error_message)
    venue.answers[path] = lambda asked: refusal if "offset" in asked.query else whole(asked)
    home.clock.passes(hours=1)
    home.run(source, TODAY)
    assert len(held(home, source)) == 12
    assert audit(home.lake, source, TODAY).problems == []


def test_a_new_field_is_kept_and_warned_of_once(
    home: StandingPlatform, venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    whole = listing("gamma_markets")
    for found in whole.objects[4:]:
        found["moonPhase"] = "full"
    venue.answers[MARKETS] = whole
    with caplog.at_level(logging.WARNING, logger="polymarket_assets.sources"):
        run = home.run("gamma_markets", TODAY)
    told = [record.getMessage() for record in caplog.records if "moonPhase" in record.getMessage()]
    [warning] = told
    assert "/markets/keyset sends a field that its contract does not know: moonPhase" in warning
    assert json.loads(run.notes or "{}")["unknown_fields"] == ["moonPhase"]
    assert run.accepted == 12
    assert home.one("select count(*) from raw.gamma_markets where payload like '%moonPhase%'") == 8


RETYPED = {"1005": {"id": 1005}, "1006": {"closed": "false"}, "1011": {"question": None}}


def test_required_fields_that_are_retyped_or_gone_set_those_records_aside(
    home: StandingPlatform, venue: Venue
) -> None:
    whole = listing("gamma_markets")

    def changed(asked: Asked) -> Any:
        page = whole(asked)
        return page | {"markets": [o | RETYPED.get(o["id"], {}) for o in page["markets"]]}

    venue.answers[MARKETS] = changed
    run = home.run("gamma_markets", TODAY)
    assert (run.outcome, run.accepted, run.quarantined) == ("ok", 9, 3)
    reasons = home.lake.rows(
        "select split_part(reason, ':', 1) from ops.open_quarantine order by 1"
    )
    assert reasons == [("closed",), ("id",), ("question",)]
    assert audit(home.lake, "gamma_markets", TODAY).problems == []


def test_a_page_names_the_contract_that_read_it(home: StandingPlatform, venue: Venue) -> None:
    venue.answers[MARKETS] = listing("gamma_markets")
    venue.answers["/data/v2/trades"] = Feed([Fill(1, NOON - timedelta(minutes=1))])
    home.run("gamma_markets", TODAY)
    home.run("data_trades", TODAY)
    assert home.lake.rows("select distinct source, contract from raw.pages order by 1") == [
        ("data_trades", "data_trades/v2"),
        ("gamma_markets", "gamma_markets/keyset"),
    ]
