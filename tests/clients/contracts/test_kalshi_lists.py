"""The contracts of Kalshi's lists: objects kept whole, and no integer cents taken for dollars."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polymarket_assets.clients.contracts import kalshi_lists
from polymarket_assets.clients.contracts.kalshi_values import CENT_TWINS
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.store.tables.kalshi import KALSHI_EVENTS, KALSHI_MARKETS, KALSHI_SERIES
from tests.clients.contracts.mutations import broken_pages, parsed_or_refused, raw, written
from tests.clients.venue import as_bytes, payload

MARKETS = payload("kalshi_markets")
MARKET: dict[str, Any] = MARKETS["markets"][0]
LISTS = {
    "markets": (kalshi_lists.parse_markets, KALSHI_MARKETS, MARKETS),
    "events": (kalshi_lists.parse_events, KALSHI_EVENTS, payload("kalshi_events")),
    "series": (kalshi_lists.parse_series, KALSHI_SERIES, payload("kalshi_series")),
}
lists = pytest.mark.parametrize("name", LISTS)


def market(**changes: Any) -> bytes:
    """A page of one market; `...` leaves a field out."""
    body = {name: value for name, value in (MARKET | changes).items() if value is not ...}
    return written({"cursor": "", "markets": [body]})


def parsed(body: bytes) -> ParsedPage:
    page = parsed_or_refused(kalshi_lists.parse_markets, body)
    assert page is not None
    return page


def reason(**changes: Any) -> str:
    page = parsed(market(**changes))
    assert page.table.num_rows == 0
    return page.rejected[0].reason


@lists
def test_every_object_of_a_recorded_page_is_kept(name: str) -> None:
    parse, table, body = LISTS[name]
    page = parsed_or_refused(parse, as_bytes(body))
    assert page is not None
    assert page.table.schema == table.parser_schema
    assert page.rejected == ()
    assert page.row_count == len(body[name])
    assert page.unknown_fields == frozenset()


def test_a_market_is_kept_digit_for_digit_with_its_ids() -> None:
    row, over = parsed(as_bytes(MARKETS)).table.to_pylist()
    assert json.loads(row["payload"]) == MARKET
    assert (row["ticker"], row["event_ticker"]) == (MARKET["ticker"], MARKET["event_ticker"])
    assert (row["status"], over["status"]) == ("active", "finalized")


def test_nested_markets_are_named_in_their_event_and_left_out() -> None:
    page = kalshi_lists.parse_events(as_bytes(payload("kalshi_events")))
    event = json.loads(page.table.to_pylist()[0]["payload"])
    assert event["market_tickers"] == ["KXRAINOSL-26SEP15-T5"]
    assert "markets" not in event


@pytest.mark.parametrize("cursor", ["", None, ...])
def test_a_walk_ends_at_an_empty_a_null_or_a_missing_cursor(cursor: Any) -> None:
    body = {"markets": [MARKET]} | ({} if cursor is ... else {"cursor": cursor})
    assert kalshi_lists.parse_markets(as_bytes(body)).next_cursor is None
    assert kalshi_lists.parse_markets(as_bytes(MARKETS)).next_cursor == "Q2dZSW9lV3k"


def test_a_list_that_is_null_is_empty_and_one_that_is_missing_is_no_page() -> None:
    assert kalshi_lists.parse_markets(b'{"markets": null, "cursor": ""}').row_count == 0
    with pytest.raises(MalformedPageError):
        kalshi_lists.parse_markets(b'{"cursor": ""}')


@pytest.mark.parametrize(
    "body",
    [
        {"code": "too_many_requests", "message": "Too Many Requests"},
        {"error": {"code": "too_many_requests", "message": "Too Many Requests"}},
        {"error": "Too Many Requests", "markets": []},
    ],
)
def test_an_error_is_never_read_as_an_empty_list(body: Any) -> None:
    with pytest.raises(MalformedPageError) as caught:
        kalshi_lists.parse_markets(as_bytes(body))
    assert "Too Many Requests" in str(caught.value.said)


@pytest.mark.parametrize(
    ("old", "new"), [(o, n) for o, n in CENT_TWINS.items() if n in MARKET], ids=str
)
def test_integer_cents_are_refused_by_name_and_never_read_as_dollars(old: str, new: str) -> None:
    assert reason(**{old: 37, new: ...}).startswith(f"{new}: missing beside the integer {old}")


def test_a_market_of_the_transition_carries_both_and_the_dollars_count() -> None:
    both = {old: 37 for old, new in CENT_TWINS.items() if new in MARKET}
    [row] = parsed(market(**both, response_price_units="usd_cent")).table.to_pylist()
    assert json.loads(row["payload"])["yes_bid_dollars"] == "0.3700"


@pytest.mark.parametrize(
    "value", [37, 0.37, "37", "1", "0,37", "-0.3700", "1.0100", "٠.37", "NaN", ""]
)
@pytest.mark.parametrize("field", ["yes_bid_dollars", "last_price_dollars"])
def test_a_price_is_fixed_point_text_between_0_and_1_dollar(field: str, value: Any) -> None:
    assert reason(**{field: value}).startswith(field)


REJECTED: dict[str, tuple[str, Any]] = {
    "ticker missing": ("ticker", ...),
    "ticker a number": ("ticker", 5),
    "ticker empty": ("ticker", ""),
    "ticker with a comma": ("ticker", "A,B"),
    "ticker with a space": ("ticker", "A B"),
    "event missing": ("event_ticker", ...),
    "status null": ("status", None),
    "status empty": ("status", ""),
    "title a list": ("title", ["x"]),
    "volume a number": ("volume_fp", 1804.25),
    "volume negative": ("volume_fp", "-1.00"),
    "count huge": ("open_interest_fp", "1234567890123.00"),
    "time a number": ("close_time", 1789473600),
    "time in words": ("close_time", "soon"),
    "time without zone": ("open_time", "2026-09-15T12:00:00"),
    "ranges an object": ("price_ranges", {"start": "0.0000"}),
    "range without step": ("price_ranges", [{"start": "0.0000", "end": "1.0000"}]),
    "range in cents": ("price_ranges", [{"start": "0", "end": "100", "step": "1"}]),
    "rules a number": ("rules_primary", 7),
    "text with NUL": ("title", "a\0b"),
    "lone surrogate": ("title", raw('"\\ud800"')),
    "NaN": ("floor_strike", raw("NaN")),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_market_that_breaks_the_contract_is_kept_apart_with_its_reason(case: str) -> None:
    field, value = REJECTED[case]
    page = parsed(written({"cursor": "", "markets": [MARKET, _changed(field, value), MARKET]}))
    assert page.table.num_rows == 2
    assert page.rejected[0].position == 1
    assert field.split("_")[0] in page.rejected[0].reason


def _changed(field: str, value: Any) -> dict[str, Any]:
    return {k: v for k, v in (MARKET | {field: value}).items() if v is not ...}


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "", None, ...])
def test_a_time_that_was_never_set_is_no_fault(time: Any) -> None:
    assert parsed(market(updated_time=time)).rejected == ()


def test_a_new_field_and_a_new_status_are_kept_and_told() -> None:
    page = parsed(market(status="paused_for_review", new_field={"a": 1}))
    assert page.unknown_fields == {"new_field"}
    assert json.loads(page.table.to_pylist()[0]["payload"])["new_field"] == {"a": 1}


@settings(max_examples=60)
@given(st.data())
def test_whatever_a_page_holds_its_counts_add_up(data: st.DataObject) -> None:
    parse, _, body = LISTS[data.draw(st.sampled_from(sorted(LISTS)))]
    parsed_or_refused(parse, data.draw(broken_pages(body)))
