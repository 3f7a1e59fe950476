"""The contract of a market's trading terms: abbreviated keys, falsy ones left out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.clients.contracts.clob_market import KNOWN, parse
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.store.tables.clob import CLOB_MARKETS
from tests.clients.contracts.mutations import broken_pages, parsed_or_refused, raw, written
from tests.conftest import SHARED

CONDITION = "0x" + "a4" * 32
TOKENS = ["3" * 77, "2" * 77]
TERMS: dict[str, Any] = {
    "t": [{"t": TOKENS[0], "o": "Yes"}, {"t": TOKENS[1], "o": "No"}], "c": CONDITION,
    "mos": 5, "mts": 0.001, "mbf": 1000, "tbf": 1000, "ao": True, "nr": True, "cbos": True,
    "aot": "2025-07-03T20:36:33Z", "ibce": True, "itode": True, "sd": 3,
    "gst": "2026-11-20T18:00:00Z", "oas": 60, "fd": {"r": 0.04, "e": 1, "to": True},
    "r": {"mi": 200, "ma": 3.5, "e": True, "moas": 4}, "v": "v1",
}  # fmt: skip


def read(body: bytes) -> ParsedPage:
    return parse(body, condition=CONDITION)


def test_a_record_becomes_a_row_with_its_bytes_kept() -> None:
    page = parsed_or_refused(read, written(TERMS))
    assert page is not None
    assert page.table.schema == CLOB_MARKETS.parser_schema
    assert (page.rejected, page.unknown_fields, page.row_count) == ((), frozenset(), 1)
    assert set(TERMS) <= KNOWN
    [row] = page.table.to_pylist()
    assert row["condition_id"] == CONDITION
    assert json.loads(row["payload"]) == TERMS


def test_keys_that_are_left_out_are_no_defect() -> None:
    page = parsed_or_refused(read, written({"t": TERMS["t"], "c": CONDITION, "fd": {}}))
    assert page is not None
    assert page.table.num_rows == 1


def test_a_new_key_is_kept_and_told() -> None:
    assert read(written(TERMS | {"new": 1})).unknown_fields == {"new"}


REJECTED: dict[str, tuple[str, Any]] = {
    "another market": ("c", "0x" + "a5" * 32),
    "condition no hex": ("c", "0xzz"),
    "condition a number": ("c", 5),
    "condition missing": ("c", None),
    "tokens missing": ("t", None),
    "one token twice": ("t", [{"t": "5"}, {"t": "5"}]),
    "token a number": ("t", [{"t": 5, "o": "Yes"}]),
    "token no digits": ("t", [{"t": "0x5"}]),
    "tick text": ("mts", "0.01"),
    "tick below 0": ("mts", -0.01),
    "tick above 1": ("mts", 1.5),
    "tick NaN": ("mts", raw("NaN")),
    "size below 0": ("mos", -5),
    "size without end": ("mos", raw("1e309")),
    "fee above 1": ("fd", {"r": 700}),
    "fee text": ("fd", {"r": "0.04"}),
    "fee a number": ("fd", 0.04),
    "delay a flag": ("sd", True),
    "taker delay a number": ("itode", 150),
    "game no moment": ("gst", "tonight"),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_broken_record_is_rejected_with_its_reason(case: str) -> None:
    field, value = REJECTED[case]
    page = parsed_or_refused(read, written(TERMS | {field: value}))
    assert page is not None
    assert (page.table.num_rows, len(page.rejected)) == (0, 1)
    assert page.rejected[0].reason.startswith(field)


@pytest.mark.parametrize("body", [b"[]", b'{"error":"market not found"}', b'"none"', b"null", b""])
def test_what_is_no_record_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(MalformedPageError, match="clob_markets"):
        read(body)


@given(st.data())
def test_whatever_comes_counts_add_up(data: st.DataObject) -> None:
    parsed_or_refused(read, data.draw(broken_pages(TERMS)))


def test_the_recorded_sample_keeps_its_contract() -> None:
    sample = SHARED / "data" / "payloads" / "pm_clob_clob-markets.json"
    if not sample.is_file():
        pytest.skip(f"no recorded payloads: {sample} is needed")
    body = sample.read_bytes()
    page = parse(body, condition=json.loads(body)["c"])
    assert (page.table.num_rows, page.rejected, page.unknown_fields) == (1, (), frozenset())
