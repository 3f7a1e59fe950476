"""The contract of a fill: each broken record is rejected alone, named, and kept as received."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.clients.contracts import trades
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.store.tables.data import DATA_TRADES
from tests.clients.contracts.mutations import broken_pages, parsed_or_refused, raw, written
from tests.clients.venue import NOW, as_bytes, payload

PAGE = payload("data_trades")
ROW: dict[str, Any] = PAGE["data"][0]
SECONDS = int(NOW.timestamp())
MISSING = object()


def parse(body: bytes, taker_only: bool = True) -> ParsedPage:
    return trades.parse(body, taker_only=taker_only, received_at=NOW)


def with_row(**changes: Any) -> dict[str, Any]:
    row = ROW | changes
    return {name: value for name, value in row.items() if value is not MISSING}


def page_of(*rows: Any) -> dict[str, Any]:
    return PAGE | {"data": list(rows)}


def only(**changes: Any) -> dict[str, Any]:
    """The row made of one record; it must be accepted."""
    page = parsed_or_refused(parse, written(page_of(with_row(**changes))))
    assert page is not None
    assert page.rejected == ()
    return page.table.to_pylist()[0]


def test_a_page_of_the_venue_becomes_rows_of_the_raw_table() -> None:
    page = parsed_or_refused(parse, as_bytes(PAGE))
    assert page is not None
    assert page.table.schema == DATA_TRADES.parser_schema
    assert page.rejected == ()
    assert page.unknown_fields == frozenset()
    assert page.next_cursor == PAGE["pagination"]["next_cursor"]
    first, second, third, combo = page.table.to_pylist()
    assert first == {
        "position": 0,
        "taker_only": True,
        "transaction_hash": ROW["transaction_hash"],
        "token_id": ROW["token_id"],
        "condition_id": ROW["condition_id"],
        "wallet": ROW["proxy_wallet"],
        "side": "BUY",
        "price": Decimal("0.520000"),
        "size": Decimal("22.840000"),
        "event_at": datetime(2026, 9, 14, 10, 24, 37, tzinfo=UTC),
        "outcome": "Yes",
        "outcome_index": 0,
        "title": "Will it rain in Ghent on September 14?",
        "slug": "will-it-rain-in-ghent-on-september-14",
        "event_slug": "rain-in-ghent",
        "name": "umbrella",
        "pseudonym": "Damp-Sparrow",
        "dt": date(2026, 9, 14),
    }
    assert (second["side"], second["outcome_index"]) == ("SELL", 1)
    assert (third["price"], third["outcome_index"], third["event_slug"]) == (1, None, None)
    assert (combo["transaction_hash"], combo["title"], combo["outcome"]) == (None, None, None)
    assert combo["price"] == Decimal("0.333333")
    assert len(combo["condition_id"]) == 64


def test_the_request_decides_whose_rows_they_are() -> None:
    assert set(parse(as_bytes(PAGE), taker_only=False).table["taker_only"].to_pylist()) == {False}


ACCEPTED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "price 0": ({"price": 0}, {"price": Decimal(0)}),
    "price 1": ({"price": raw("1.0")}, {"price": Decimal(1)}),
    "price -0.0": ({"price": raw("-0.0")}, {"price": Decimal(0)}),
    "price unknown": ({"price": None}, {"price": None}),
    "price with many digits": ({"price": raw("0.1234565")}, {"price": Decimal("0.123456")}),
    "price rounded half-even": ({"price": raw("0.1234575")}, {"price": Decimal("0.123458")}),
    "price with an exponent": ({"price": raw("5.2E-1")}, {"price": Decimal("0.52")}),
    "a digit no float holds": (
        {"size": raw("123456789012.123457")},
        {"size": Decimal("123456789012.123457")},
    ),
    "size 0": ({"size": 0}, {"size": Decimal(0)}),
    "largest size": (
        {"size": raw("999999999999.999999")},
        {"size": Decimal("999999999999.999999")},
    ),
    "tiny size": ({"size": raw("1e-400")}, {"size": Decimal(0)}),
    "lower-case side": ({"side": "sell"}, {"side": "SELL"}),
    "upper-case wallet": (
        {"proxy_wallet": "0x56687BF447DB6FFA42FFE2204A05EDAA20F55839"},
        {"wallet": "0x56687bf447db6ffa42ffe2204a05edaa20f55839"},
    ),
    "wallet with a name": ({"proxy_wallet": "redKollantai"}, {"wallet": "redKollantai"}),
    "upper-case hash": (
        {"transaction_hash": "0x" + "AB" * 32},
        {"transaction_hash": "0x" + "ab" * 32},
    ),
    "no hash": ({"transaction_hash": MISSING}, {"transaction_hash": None}),
    "hash null": ({"transaction_hash": None}, {"transaction_hash": None}),
    "combo": ({"condition_id": "0x" + "cd" * 31}, {"condition_id": "0x" + "cd" * 31}),
    "unlabelled": ({"outcome_index": 999}, {"outcome_index": None}),
    "no texts": (dict.fromkeys(["title", "slug", "name", "outcome"], MISSING), {"title": None}),
    "right-to-left, emoji, decomposed": (
        {"title": "مطر 🌧 e\u0301"},
        {"title": "مطر 🌧 e\u0301"},
    ),
    "a megabyte of title": ({"title": "x" * 1_000_000}, {"title": "x" * 1_000_000}),
    "an escaped backslash before u0000": ({"title": "a\\u0000b"}, {"title": "a\\u0000b"}),
    "a comma in a name": ({"name": "=cmd|' /C calc'!A0"}, {"name": "=cmd|' /C calc'!A0"}),
    "an hour ahead": ({"timestamp": SECONDS + 3600}, {}),
    "the first second of 2020": ({"timestamp": 1577836800}, {}),
    "repeated key, the last counts": ({"price": raw('0.1,"price":0.2')}, {"price": Decimal("0.2")}),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_an_unusual_record_is_accepted_exactly(case: str) -> None:
    changes, expected = ACCEPTED[case]
    row = only(**changes)
    assert {name: row[name] for name in expected} == expected


REJECTED: dict[str, tuple[str, Any]] = {
    "price NaN": ("price", raw("NaN")),
    "price Infinity": ("price", raw("-Infinity")),
    "price 1e309": ("price", raw("1e309")),
    "price with an impossible exponent": ("price", raw("1e400000000000000000000")),
    "price 2^70": ("price", 2**70),
    "price of 5000 digits": ("price", raw("9" * 5000)),
    "price below 0": ("price", -0.000001),
    "price above 1": ("price", raw("1.0000001")),
    "price bool": ("price", True),
    "price text": ("price", "0.52"),
    "price text with spaces": ("price", " 0.5 "),
    "price with underscore": ("price", "1_0e-1"),
    "price full-width": ("price", "０.５"),
    "price hex": ("price", "0x1"),
    "price list": ("price", [0.5]),
    "price object": ("price", {"value": 0.5}),
    "price missing": ("price", MISSING),
    "size negative": ("size", -5),
    "size beyond the column": ("size", raw("1000000000000")),
    "size that rounds beyond the column": ("size", raw("999999999999.9999999")),
    "size null": ("size", None),
    "size false": ("size", False),
    "size missing": ("size", MISSING),
    "token as a number": ("token_id", 7132104567925221259),
    "token as a long number": ("token_id", raw(ROW["token_id"])),
    "token empty": ("token_id", ""),
    "token null": ("token_id", None),
    "token hex": ("token_id", "0x9daf"),
    "token signed": ("token_id", "-1"),
    "token in other digits": ("token_id", "٣" * 70),
    "token too long": ("token_id", "1" * 79),
    "token missing": ("token_id", MISSING),
    "condition empty": ("condition_id", ""),
    "condition short": ("condition_id", "0xabc"),
    "condition without 0x": ("condition_id", "ab" * 33),
    "condition with a letter too many": ("condition_id", "0x" + "g" * 64),
    "condition with x elsewhere": ("condition_id", "0" * 65 + "x"),
    "condition null": ("condition_id", None),
    "wallet empty": ("proxy_wallet", ""),
    "wallet null": ("proxy_wallet", None),
    "wallet cut": ("proxy_wallet", "0x56687bf4"),
    "wallet with a space": ("proxy_wallet", "red Kollantai"),
    "wallet a number": ("proxy_wallet", 12),
    "wallet missing": ("proxy_wallet", MISSING),
    "hash cut": ("transaction_hash", "0xabcdef"),
    "hash a number": ("transaction_hash", 5),
    "side unknown": ("side", "HOLD"),
    "side a number": ("side", 0),
    "side missing": ("side", MISSING),
    "time in milliseconds": ("timestamp", SECONDS * 1000),
    "time in microseconds": ("timestamp", SECONDS * 10**6),
    "time in nanoseconds": ("timestamp", SECONDS * 10**9),
    "time in 1970": ("timestamp", 0),
    "time in 2106": ("timestamp", 4294967295),
    "time an hour and a second ahead": ("timestamp", SECONDS + 3601),
    "time 2^70": ("timestamp", 2**70),
    "time as text": ("timestamp", str(SECONDS)),
    "time with a fraction": ("timestamp", raw(f"{SECONDS}.0")),
    "time bool": ("timestamp", True),
    "time ISO": ("timestamp", "2026-09-14T10:24:37Z"),
    "time null": ("timestamp", None),
    "time missing": ("timestamp", MISSING),
    "index negative": ("outcome_index", -1),
    "index huge": ("outcome_index", 2**40),
    "index text": ("outcome_index", "0"),
    "title a list": ("title", ["Will it rain?"]),
    "title with a NUL": ("title", raw('"ra\\u0000in"')),
    "title with half a surrogate pair": ("title", raw('"\\ud800"')),
    "title in bad UTF-8": ("title", raw('"ra\udcffin"')),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_broken_record_is_rejected_with_its_field_and_bytes_and_its_neighbours_are_kept(
    case: str,
) -> None:
    field, value = REJECTED[case]
    broken = with_row(**{field: value})
    body = written(page_of(ROW, broken, PAGE["data"][1]))
    page = parsed_or_refused(parse, body)
    assert page is not None, "the page was refused as a whole"
    assert page.table["position"].to_pylist() == [0, 2]
    [rejected] = page.rejected
    assert rejected.position == 1
    assert rejected.row == written(broken)
    assert rejected.reason.startswith(f"{field}: ")
    shown = b"nothing" if value is MISSING else written(value)
    assert shown.decode(errors="backslashreplace")[:20] in rejected.reason
    neighbours = parse(as_bytes(page_of(ROW, PAGE["data"][1]))).table
    assert page.table.drop_columns("position").equals(neighbours.drop_columns("position"))
    assert page.next_cursor == PAGE["pagination"]["next_cursor"]


def test_a_reason_is_text_that_can_be_stored_whatever_the_record_holds() -> None:
    strange = b'{"na\x00me\xff": NaN, "title": "\xfe\x00"}'
    body = as_bytes(page_of(ROW, "here")).replace(b'"here"', strange)
    page = parsed_or_refused(parse, body)
    assert page is not None
    [rejected] = page.rejected
    assert rejected.row == strange
    assert "\\x00" in rejected.reason


@pytest.mark.parametrize("record", [None, 5, "text", [], [ROW], True, "\0"])
def test_a_record_that_is_no_object_is_rejected(record: Any) -> None:
    page = parsed_or_refused(parse, written(page_of(ROW, record)))
    assert page is not None
    [rejected] = page.rejected
    assert rejected.row == written(record)
    assert rejected.reason.startswith("row: ")


def test_equal_records_of_one_page_are_all_kept() -> None:
    page = parsed_or_refused(parse, as_bytes(page_of(ROW, ROW, ROW | {"size": 1})))
    assert page is not None
    assert page.table.num_rows == 3


WHOLE_PAGES: dict[str, Any] = {
    "not an object": b"[]",
    "null": b"null",
    "no data": as_bytes({"pagination": PAGE["pagination"]}),
    "no pagination": as_bytes({"data": []}),
    "pagination without a cursor": as_bytes({"data": [], "pagination": {"has_more": False}}),
    "pagination null": as_bytes({"data": [], "pagination": None}),
    "data an object": as_bytes(PAGE | {"data": {}}),
    "cursor a number": as_bytes(PAGE | {"pagination": {"next_cursor": 5}}),
    "cursor empty": as_bytes(PAGE | {"pagination": {"next_cursor": ""}}),
    "more and no cursor": as_bytes(PAGE | {"pagination": {"next_cursor": None, "has_more": True}}),
    "an error beside data": as_bytes(PAGE | {"error": "partial outage"}),
    "an error alone": as_bytes({"error": "Too Many Requests"}),
    "cut": as_bytes(PAGE)[:-3],
    "two pages": as_bytes(PAGE) * 2,
    "byte order mark": b"\xef\xbb\xbf" + as_bytes(PAGE),
    "UTF-16": as_bytes(PAGE).decode().encode("utf-16"),
    "empty": b"",
    "HTML": b"<html></html>",
    "100,000 lists deep": b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a price with a leading zero": written(page_of(with_row(price=raw("00.5")))),
    "a price with a plus": written(page_of(with_row(price=raw("+0.5")))),
    "a price ending in a point": written(page_of(with_row(price=raw("1.")))),
    "a title with an unknown escape": written(page_of(with_row(title=raw('"\\x"')))),
    "an unquoted cursor beside a NaN": written(page_of(with_row(price=raw("NaN")))).replace(
        b'"next_cursor":"', b'"next_cursor":e"'
    ),
}


@pytest.mark.parametrize("case", WHOLE_PAGES)
def test_what_is_no_page_is_refused_by_name(case: str) -> None:
    with pytest.raises(MalformedPageError) as caught:
        parse(WHOLE_PAGES[case])
    assert caught.value.endpoint == "data_trades"
    assert (caught.value.said is not None) == case.startswith("an error")


def test_a_row_nested_too_deeply_takes_only_a_bounded_time() -> None:
    started = time.monotonic()
    body = written(page_of(ROW, with_row(bio=raw("[" * 200_000))))
    assert parsed_or_refused(parse, body) is None
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("data", [None, []])
def test_a_page_without_records_is_a_page(data: Any) -> None:
    page = parsed_or_refused(parse, as_bytes(PAGE | {"data": data}))
    assert page is not None
    assert page.row_count == 0
    assert page.table.schema == DATA_TRADES.parser_schema
    assert page.next_cursor is not None


def test_fields_the_contract_does_not_know_are_reported_and_change_nothing() -> None:
    page = parse(as_bytes(page_of(ROW | {"fee_usd": 0.1, "builder": {"id": 1}}, ROW)))
    assert page.unknown_fields == {"fee_usd", "builder"}
    assert page.table.num_rows == 2


def test_white_space_changes_nothing() -> None:
    spaced = json.dumps(PAGE, indent=3, separators=(" ,\r", "\t:\n")).encode()
    assert parse(spaced).table.equals(parse(as_bytes(PAGE)).table)


def test_a_page_full_of_broken_records_is_searched_quickly() -> None:
    rows = [with_row(side="HOLD") if n % 3 else ROW for n in range(1000)]
    started = time.monotonic()
    page = parsed_or_refused(parse, as_bytes(page_of(*rows)))
    assert page is not None
    assert len(page.rejected) == 666
    assert time.monotonic() - started < 3


@given(st.data())
def test_whatever_comes_every_record_is_accepted_or_rejected_and_counts_add_up(
    data: st.DataObject,
) -> None:
    parsed_or_refused(parse, data.draw(broken_pages(PAGE)))


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_by_name_or_parsed(body: bytes) -> None:
    parsed_or_refused(parse, body)


@given(
    price=st.decimals(0, 1, allow_nan=False, allow_infinity=False, places=9),
    size=st.decimals(0, 10**11, allow_nan=False, allow_infinity=False, places=8),
)
def test_amounts_keep_their_digits_and_are_rounded_half_even(price: Decimal, size: Decimal) -> None:
    row = only(price=raw(f"{price:f}"), size=raw(f"{size:f}"))
    assert row["price"] == round(price, 6)
    assert row["size"] == round(size, 6)


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_broken_neighbours_never_change_a_good_row(good: list[bool]) -> None:
    rows = [
        with_row(size=n + 1) if sound else with_row(size=n + 1, price=2)
        for n, sound in enumerate(good)
    ]
    page = parsed_or_refused(parse, as_bytes(page_of(*rows)))
    assert page is not None
    kept = [n for n, sound in enumerate(good) if sound]
    assert page.table["position"].to_pylist() == kept
    assert page.table["size"].to_pylist() == [n + 1 for n in kept]
