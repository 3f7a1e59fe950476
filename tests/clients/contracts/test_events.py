"""The contract of an event."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.clients.contracts.events import KNOWN, parse
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.store.tables.gamma import GAMMA_EVENTS
from tests.clients.contracts.mutations import broken_pages, parsed_or_refused, raw, written
from tests.clients.venue import as_bytes, payload

PAGE = payload("gamma_events")
EVENT: dict[str, Any] = PAGE["events"][0]


def test_a_page_of_the_venue_becomes_rows_of_the_raw_table() -> None:
    page = parsed_or_refused(parse, as_bytes(PAGE))
    assert page is not None
    assert page.table.schema == GAMMA_EVENTS.parser_schema
    assert page.rejected == ()
    assert page.unknown_fields == frozenset()
    assert page.next_cursor is None
    assert set(EVENT) <= KNOWN
    first, second = page.table.to_pylist()
    assert (first["event_id"], second["event_id"]) == ("30828", "30829")
    kept = json.loads(first["payload"])
    assert kept["marketIds"] == ["559651", "559652"]
    assert "markets" not in kept
    assert kept["tags"] == EVENT["tags"]
    assert json.loads(second["payload"])["marketIds"] == []


def test_a_market_that_changes_makes_no_new_version_of_its_event() -> None:
    changed = [market | {"volumeNum": 1} for market in EVENT["markets"]]
    pages = [
        parse(as_bytes({"events": [event]})).table.to_pylist()
        for event in (EVENT, EVENT | {"markets": changed})
    ]
    assert pages[0] == pages[1]


REJECTED: dict[str, tuple[str, Any]] = {
    "id a number": ("id", 30828),
    "id empty": ("id", ""),
    "id no number": ("id", "bad"),
    "title null": ("title", None),
    "title with a NUL": ("title", raw('"\\u0000"')),
    "markets text": ("markets", "none"),
    "market without id": ("markets", [{"question": "?"}]),
    "market id a number": ("markets", [{"id": 5}]),
    "tags an object": ("tags", {"slug": "weather"}),
    "tag without id": ("tags", [{"slug": "weather"}]),
    "volume text": ("volume", "n/a"),
    "volume NaN": ("volume", raw("NaN")),
    "comments text": ("commentCount", "575"),
    "neg risk a number": ("negRisk", 1),
    "end no moment": ("endDate", "2026-09-15"),
    "creation no moment": ("createdAt", "yesterday"),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_broken_event_is_rejected_alone(case: str) -> None:
    field, value = REJECTED[case]
    page = parsed_or_refused(
        parse, written({"events": [EVENT | {field: value}, PAGE["events"][1]]})
    )
    assert page is not None
    assert page.table["position"].to_pylist() == [1]
    assert page.rejected[0].reason.startswith(field)


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"markets":[]}', b'{"events":"none"}', b'{"events":[],"next_cursor":""}', b""],
)
def test_what_is_no_page_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(MalformedPageError, match="gamma_events"):
        parse(body)


@given(st.data())
def test_whatever_comes_counts_add_up(data: st.DataObject) -> None:
    parsed_or_refused(parse, data.draw(broken_pages(PAGE)))
