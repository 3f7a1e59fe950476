"""The contract of a rank."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.clients.contracts import leaderboard
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.store.tables.data import DATA_LEADERBOARD
from tests.clients.contracts.mutations import broken_pages, parsed_or_refused, raw, written
from tests.clients.venue import as_bytes, payload

PAGE = payload("data_leaderboard")
ROW: dict[str, Any] = PAGE["data"][0]


def parse(body: bytes) -> ParsedPage:
    return leaderboard.parse(body, category="overall", time_period="week", sort_by="PNL")


def test_a_page_of_the_venue_becomes_rows_of_the_raw_table() -> None:
    page = parsed_or_refused(parse, as_bytes(PAGE))
    assert page is not None
    assert page.table.schema == DATA_LEADERBOARD.parser_schema
    assert page.next_cursor is None
    assert page.unknown_fields == frozenset()
    first, second = page.table.to_pylist()
    assert first == {
        "position": 0,
        "category": "overall",
        "time_period": "week",
        "sort_by": "PNL",
        "rank": 1,
        "wallet": ROW["user_id"],
        "user_name": "umbrella",
        "pnl_usd": Decimal("2492743.867760"),
        "volume_shares": Decimal("12942959.982390"),
        "verified": False,
    }
    assert (second["user_name"], second["pnl_usd"], second["verified"]) == (None, -1156.5, True)


def test_an_unknown_amount_is_null_and_not_zero() -> None:
    page = parsed_or_refused(
        parse, as_bytes(PAGE | {"data": [ROW | {"pnl": None, "volume": None}]})
    )
    assert page is not None
    [row] = page.table.to_pylist()
    assert row["pnl_usd"] is row["volume_shares"] is None


REJECTED: dict[str, tuple[str, Any]] = {
    "rank text": ("rank", "1"),
    "rank 0": ("rank", 0),
    "rank negative": ("rank", -3),
    "rank huge": ("rank", 2**31),
    "rank null": ("rank", None),
    "rank bool": ("rank", True),
    "rank with a fraction": ("rank", 1.5),
    "wallet a name": ("user_id", "gull"),
    "wallet cut": ("user_id", "0x56687bf4"),
    "wallet null": ("user_id", None),
    "profit text": ("pnl", "12.5"),
    "profit NaN": ("pnl", raw("NaN")),
    "profit 1e309": ("pnl", raw("1e309")),
    "profit beyond the column": ("pnl", -(10**12)),
    "volume negative": ("volume", -1),
    "volume bool": ("volume", False),
    "volume a list": ("volume", []),
    "name a number": ("user_name", 7),
    "name with a NUL": ("user_name", raw('"a\\u0000"')),
    "verified text": ("verified", "yes"),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_broken_rank_is_rejected_alone(case: str) -> None:
    field, value = REJECTED[case]
    page = parsed_or_refused(
        parse, written(PAGE | {"data": [PAGE["data"][1], ROW | {field: value}]})
    )
    assert page is not None
    assert page.table["position"].to_pylist() == [0]
    assert page.rejected[0].reason.startswith(f"{field}: ")


@pytest.mark.parametrize("field", ["rank", "user_id", "pnl", "volume"])
def test_a_missing_field_is_named(field: str) -> None:
    row = {name: value for name, value in ROW.items() if name != field}
    page = parsed_or_refused(parse, as_bytes(PAGE | {"data": [row]}))
    assert page is not None
    assert page.rejected[0].reason == f"{field}: missing; got nothing"


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data":[]}', b"<html>", as_bytes(PAGE)[:-1]])
def test_what_is_no_page_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(MalformedPageError, match="data_leaderboard"):
        parse(body)


@given(st.data())
def test_whatever_comes_counts_add_up(data: st.DataObject) -> None:
    parsed_or_refused(parse, data.draw(broken_pages(PAGE)))
