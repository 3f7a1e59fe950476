"""The contract of a price point, of one token and of many."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.clients.contracts import prices
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.store.tables.clob import CLOB_PRICES
from tests.clients.contracts.mutations import broken_pages, parsed_or_refused, raw, written
from tests.clients.venue import NOW, as_bytes, payload

ONE = payload("clob_prices_history")
MANY = payload("clob_batch_prices")
FIRST, EMPTY, SECOND = MANY["history"]
POINT: dict[str, Any] = ONE["history"][0]
SECONDS = int(NOW.timestamp())


def parse_one(body: bytes) -> ParsedPage:
    return prices.parse_one(body, token=FIRST, fidelity_minutes=60, received_at=NOW)


def parse_many(body: bytes) -> ParsedPage:
    tokens = frozenset(MANY["history"])
    return prices.parse_many(body, tokens=tokens, fidelity_minutes=60, received_at=NOW)


def test_the_history_of_one_token_becomes_rows_of_the_raw_table() -> None:
    page = parsed_or_refused(parse_one, as_bytes(ONE))
    assert page is not None
    assert page.table.schema == CLOB_PRICES.parser_schema
    assert (page.rejected, page.next_cursor, page.unknown_fields) == ((), None, frozenset())
    first, *_, last = page.table.to_pylist()
    assert first == {
        "position": 0,
        "token_id": FIRST,
        "event_at": datetime(2026, 9, 13, 12, 0, 9, tzinfo=UTC),
        "price": Decimal("0.205000"),
        "fidelity_minutes": 60,
        "dt": date(2026, 9, 13),
    }
    assert last["price"] == 1


def test_the_histories_of_many_tokens_are_counted_through_in_their_order() -> None:
    page = parsed_or_refused(parse_many, as_bytes(MANY))
    assert page is not None
    assert page.table.schema == CLOB_PRICES.parser_schema
    assert page.table["token_id"].to_pylist() == [FIRST, FIRST, SECOND]
    assert page.table["position"].to_pylist() == [0, 1, 2]


@pytest.mark.parametrize("empty", [[], None])
def test_no_points_are_an_answer(empty: Any) -> None:
    for parse, history in (
        (parse_one, empty),
        (parse_many, {FIRST: empty}),
        (parse_many, {}),
        (parse_many, None),
    ):
        page = parsed_or_refused(parse, as_bytes({"history": history}))
        assert page is not None
        assert page.row_count == 0


def one(*points: Any) -> dict[str, Any]:
    return {"history": list(points)}


def many(*points: Any) -> dict[str, Any]:
    return {"history": {FIRST: [], SECOND: list(points)}}


REJECTED: dict[str, tuple[str, Any]] = {
    "price text": ("p", "0.5"),
    "price null": ("p", None),
    "price NaN": ("p", raw("NaN")),
    "price infinite": ("p", raw("1e309")),
    "price negative": ("p", -0.1),
    "price above 1": ("p", 1.5),
    "price bool": ("p", True),
    "time text": ("t", "1789300809"),
    "time in milliseconds": ("t", SECONDS * 1000),
    "time ahead": ("t", SECONDS + 3601),
    "time zero": ("t", 0),
    "time with a fraction": ("t", 1789300809.5),
    "time null": ("t", None),
}


@pytest.mark.parametrize("case", REJECTED)
@pytest.mark.parametrize(("parse", "page_of"), [(parse_one, one), (parse_many, many)])
def test_a_broken_point_is_rejected_alone(
    case: str, parse: Callable[[bytes], ParsedPage], page_of: Callable[..., dict[str, Any]]
) -> None:
    field, value = REJECTED[case]
    page = parsed_or_refused(parse, written(page_of(POINT, POINT | {field: value}, POINT)))
    assert page is not None
    assert page.table["position"].to_pylist() == [0, 2]
    assert page.rejected[0].reason.startswith(f"{field}: ")


@pytest.mark.parametrize("point", [{"t": 1789300809}, {"p": 0.5}, [1789300809, 0.5], None, 7])
def test_a_point_of_another_shape_is_rejected_alone(point: Any) -> None:
    page = parsed_or_refused(parse_one, as_bytes(one(point, POINT)))
    assert page is not None
    assert page.table.num_rows == len(page.rejected) == 1


def test_a_token_nobody_asked_for_is_rejected_whole() -> None:
    page = parsed_or_refused(
        parse_many, as_bytes({"history": {"12345": [POINT, POINT], FIRST: [POINT]}})
    )
    assert page is not None
    assert page.table["position"].to_pylist() == [1]
    assert "'12345' is not a token that was asked for" in page.rejected[0].reason
    assert page.rejected[0].row == as_bytes([POINT, POINT])


def test_a_token_without_points_beside_a_broken_one_is_no_record() -> None:
    body = as_bytes({"history": {FIRST: None, EMPTY: [], SECOND: [POINT | {"p": 2}, POINT]}})
    page = parsed_or_refused(parse_many, body)
    assert page is not None
    assert page.table["position"].to_pylist() == [1]


@pytest.mark.parametrize("history", ["none", 5, {"t": 1}, True])
def test_a_token_without_a_list_is_rejected_whole(history: Any) -> None:
    page = parsed_or_refused(parse_many, as_bytes({"history": {FIRST: history, SECOND: [POINT]}}))
    assert page is not None
    assert page.table["token_id"].to_pylist() == [SECOND]
    assert page.rejected[0].reason.startswith("history: expected a list of points")


def test_a_new_field_is_reported() -> None:
    assert parse_one(as_bytes(one(POINT | {"v": 3}))).unknown_fields == {"v"}
    assert parse_many(as_bytes(many(POINT | {"v": 3}))).unknown_fields == {"v"}


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"history":5}',
        b'{"history":"none"}',
        b"{\"error\":\"invalid filters: 'startTs' and 'endTs' interval is too long\"}",
        b'{"history":[],"error":"partial"}',
        b'{"history":NaN}',
        b'{"nothing":NaN}',
        b'{"history":[',
        b"",
    ],
)
@pytest.mark.parametrize("parse", [parse_one, parse_many])
def test_what_is_no_history_is_refused_by_name(
    body: bytes, parse: Callable[[bytes], ParsedPage]
) -> None:
    with pytest.raises(MalformedPageError, match="clob_"):
        parse(body)


def test_the_two_shapes_are_not_taken_for_each_other() -> None:
    with pytest.raises(MalformedPageError):
        parse_one(as_bytes(MANY))
    with pytest.raises(MalformedPageError):
        parse_many(as_bytes(ONE))


@given(st.data())
def test_whatever_comes_counts_add_up(data: st.DataObject) -> None:
    parsed_or_refused(parse_one, data.draw(broken_pages(ONE)))
    parsed_or_refused(parse_many, data.draw(broken_pages(MANY)))
