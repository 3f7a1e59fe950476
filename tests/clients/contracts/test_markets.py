"""The contract of a market: its known fields are looked at, its text is kept digit for digit."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.clients.contracts import markets
from polymarket_assets.clients.contracts.markets import parse
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.store.tables.gamma import GAMMA_MARKETS
from tests.clients.contracts.mutations import broken_pages, parsed_or_refused, raw, written
from tests.clients.venue import as_bytes, payload

PAGE = payload("gamma_markets")
MARKET: dict[str, Any] = PAGE["markets"][0]
MISSING = object()
TOKENS = json.loads(MARKET["clobTokenIds"])


def page_of(*rows: Any) -> dict[str, Any]:
    return PAGE | {"markets": list(rows)}


def market(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (MARKET | changes).items() if value is not MISSING}


def only(**changes: Any) -> dict[str, Any]:
    page = parsed_or_refused(parse, written(page_of(market(**changes))))
    assert page is not None
    assert page.rejected == ()
    return page.table.to_pylist()[0]


def test_a_page_of_the_venue_becomes_rows_of_the_raw_table() -> None:
    page = parsed_or_refused(parse, as_bytes(PAGE))
    assert page is not None
    assert page.table.schema == GAMMA_MARKETS.parser_schema
    assert page.rejected == ()
    assert page.unknown_fields == frozenset()
    assert page.next_cursor == PAGE["next_cursor"]
    first, second = page.table.to_pylist()
    assert (first["market_id"], first["condition_id"]) == (MARKET["id"], MARKET["conditionId"])
    assert (first["closed"], second["closed"]) == (False, True)
    assert first["payload_sha256"] == hashlib.sha256(first["payload"].encode()).hexdigest()


def test_the_payload_is_the_market_with_its_events_as_ids() -> None:
    kept = json.loads(only()["payload"])
    expected = {("eventIds" if k == "events" else k): v for k, v in MARKET.items()}
    expected["eventIds"] = ["30828"]
    assert kept == expected
    assert list(kept) == list(expected)


def test_numbers_and_escapes_keep_their_exact_text() -> None:
    text = only(volumeNum=raw("14405.42433798900000000001"), question=raw('"\\u00e9t\\u00e9"'))
    assert '"volumeNum":14405.42433798900000000001' in text["payload"]
    assert '"question":"\\u00e9t\\u00e9"' in text["payload"]


def test_the_bytes_of_an_event_do_not_make_a_new_version_of_its_market() -> None:
    other = [MARKET["events"][0] | {"volume": 1, "title": "Another title"}]
    assert only(events=other) == only()
    assert only(events=[]) != only()


def test_text_that_looks_like_the_list_of_events_is_left_alone() -> None:
    slug = 'a "events":[1] b'
    assert json.loads(only(slug=slug)["payload"])["slug"] == slug


ACCEPTED: dict[str, dict[str, Any]] = {
    "no lists at all": dict.fromkeys(["outcomes", "outcomePrices", "clobTokenIds"], MISSING),
    "no tokens": {"clobTokenIds": MISSING},
    "tokens null": {"clobTokenIds": None},
    "no prices yet": {"outcomePrices": MISSING},
    "empty lists": {"outcomes": "[]", "outcomePrices": "[]", "clobTokenIds": "[]"},
    "lists written with spaces": {"outcomes": '[ "Yes" ,\n"No" ]'},
    "half-half": {"outcomePrices": '["0.5", "0.5"]'},
    "zero-zero": {"outcomePrices": '["0", "0"]'},
    "prices of the AMM": {
        "outcomePrices": '["0.000001011082052522541417308141468657552", "0.9999989889179474775"]'
    },
    "three outcomes": {
        "outcomes": '["A", "B", "C"]',
        "outcomePrices": '["0.2", "0.3", "0.5"]',
        "clobTokenIds": '["1", "2", "3"]',
    },
    "no events": {"events": MISSING},
    "fees null": {"feeSchedule": None, "feeType": None, "feesEnabled": False},
    "integers for numbers": {"bestBid": 0, "bestAsk": 1, "volumeNum": 5},
    "best ask above 1": {"bestAsk": 1.009},
    "end in 2011": {"endDate": "2011-01-01T00:00:00Z"},
    "end empty": {"endDate": ""},
    "moment with a short zone": {"closedTime": "2026-06-04 00:34:19.5+00"},
    "umaEndDate in words": {"umaEndDate": "November 3, 2020"},
    "game id a number": {"gameId": 17},
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_an_unusual_market_is_accepted(case: str) -> None:
    only(**ACCEPTED[case])


def test_a_market_that_is_not_deployed_yet_has_no_condition_id() -> None:
    row = only(conditionId="", clobTokenIds=MISSING)
    assert row["condition_id"] is None
    assert row["market_id"] == MARKET["id"]


REJECTED: dict[str, tuple[str, Any]] = {
    "id a number": ("id", 559651),
    "id empty": ("id", ""),
    "id no number": ("id", "abc"),
    "id missing": ("id", MISSING),
    "condition null": ("conditionId", None),
    "condition missing": ("conditionId", MISSING),
    "condition cut": ("conditionId", "0xdd22"),
    "condition no hex": ("conditionId", "0x" + "z" * 64),
    "closed missing": ("closed", MISSING),
    "closed text": ("closed", "false"),
    "closed number": ("closed", 0),
    "question null": ("question", None),
    "question with a NUL": ("question", raw('"ra\\u0000in"')),
    "question with half a surrogate pair": ("question", raw('"\\udc00"')),
    "question in bad UTF-8": ("question", raw('"ra\udcffin"')),
    "image in bad UTF-8": ("image", raw('"ra\udcffin"')),
    "outcomes no JSON": ("outcomes", '["Yes", "No"'),
    "outcomes a real list": ("outcomes", ["Yes", "No"]),
    "outcomes of numbers": ("outcomes", "[1, 2]"),
    "outcomes an object": ("outcomes", '{"Yes": 1}'),
    "outcomes nested deeply": ("outcomes", "[" * 50_000),
    "tokens no JSON": ("clobTokenIds", "not json"),
    "tokens of another length": ("clobTokenIds", json.dumps(TOKENS[:1])),
    "tokens as numbers": ("clobTokenIds", "[71321045679252212594, 52114319501245915516]"),
    "tokens no digits": ("clobTokenIds", '["0x1", "0x2"]'),
    "tokens empty": ("clobTokenIds", '["", ""]'),
    "one token twice": ("clobTokenIds", json.dumps(TOKENS[:1] * 2)),
    "prices of another length": ("outcomePrices", '["0.1", "0.2", "0.7"]'),
    "prices as numbers": ("outcomePrices", "[0.1, 0.9]"),
    "price above 1": ("outcomePrices", '["1.5", "0"]'),
    "price negative": ("outcomePrices", '["-0.5", "1"]'),
    "price NaN": ("outcomePrices", '["NaN", "1"]'),
    "price full-width": ("outcomePrices", '["０.5", "1"]'),
    "price with spaces": ("outcomePrices", '[" 0.5", "0.5"]'),
    "price empty": ("outcomePrices", '["", "1"]'),
    "price with two points": ("outcomePrices", '["0.5.1", "1"]'),
    "price without end": ("outcomePrices", json.dumps(["0." + "1" * 200, "1"])),
    "volume number text": ("volumeNum", "14405.42"),
    "volume text a number": ("volume", 14405.42),
    "volume infinite": ("volumeNum", raw("Infinity")),
    "volume 1e309": ("volumeNum", raw("1e309")),
    "best bid text": ("bestBid", "0.024"),
    "tick bool": ("orderPriceMinTickSize", True),
    "neg risk text": ("negRisk", "false"),
    "fees a list": ("feeSchedule", []),
    "fee rate text": ("feeSchedule", {"rate": "0.05"}),
    "end naive": ("endDate", "2026-09-15T00:00:00"),
    "end no moment": ("endDate", "soon"),
    "end a number": ("endDate", 1789473600),
    "end in month 13": ("endDate", "2026-13-01T00:00:00Z"),
    "events an object": ("events", {"id": "1"}),
    "event without id": ("events", [{"slug": "x"}]),
    "event id a number": ("events", [{"id": 30828}]),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_broken_market_is_rejected_with_its_field_and_its_neighbours_are_kept(case: str) -> None:
    field, value = REJECTED[case]
    broken = market(**{field: value})
    page = parsed_or_refused(parse, written(page_of(MARKET, broken, PAGE["markets"][1])))
    assert page is not None, "the page was refused as a whole"
    assert page.table["position"].to_pylist() == [0, 2]
    [rejected] = page.rejected
    assert rejected.row == written(broken)
    assert rejected.reason.startswith(field)
    assert page.next_cursor == PAGE["next_cursor"]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"markets":null}',
        b'{"markets":{}}',
        b'{"events":[]}',
        b'{"markets":[],"next_cursor":""}',
        b'{"markets":[],"next_cursor":7}',
        b'{"markets":[],"error":"partial outage"}',
        b'{"type":"validation error","error":"order fields are not valid"}',
        as_bytes(PAGE)[:-4],
        b"",
        b"<!DOCTYPE html>",
    ],
)
def test_what_is_no_page_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(MalformedPageError, match="gamma_markets"):
        parse(body)


def test_the_last_page_is_the_one_without_a_cursor() -> None:
    last = {name: value for name, value in PAGE.items() if name != "next_cursor"}
    assert parse(as_bytes(last)).next_cursor is None
    assert parse(as_bytes({"markets": []})).row_count == 0


def test_a_new_field_is_reported_and_kept() -> None:
    page = parse(as_bytes(page_of(market(moonPhase="full"))))
    assert page.unknown_fields == {"moonPhase"}
    assert '"moonPhase":"full"' in page.table["payload"][0].as_py()
    assert parse(as_bytes(page_of(5))).unknown_fields == frozenset()
    assert parse(as_bytes(page_of())).unknown_fields == frozenset()


def test_every_field_of_the_sample_is_known() -> None:
    assert set(MARKET) <= markets.KNOWN


@given(st.data())
def test_whatever_comes_counts_add_up(data: st.DataObject) -> None:
    parsed_or_refused(parse, data.draw(broken_pages(PAGE)))
