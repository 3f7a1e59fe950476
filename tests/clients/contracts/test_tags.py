"""The contract of a tag."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.clients.contracts.tags import KNOWN, parse
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.store.tables.gamma import GAMMA_TAGS
from tests.clients.contracts.mutations import broken_pages, parsed_or_refused, raw, written

TAG: dict[str, Any] = {
    "id": "21", "label": "Crypto", "slug": "crypto", "forceShow": False,
    "publishedAt": "2023-11-02 21:20:22.13+00", "createdAt": "2023-11-02T21:20:22.134Z",
    "updatedAt": "2026-03-09T22:21:41.8Z", "requiresTranslation": False,
}  # fmt: skip
BARE: dict[str, Any] = {"id": "22"}


def test_a_list_of_tags_becomes_rows_of_the_raw_table() -> None:
    page = parsed_or_refused(parse, written([TAG, BARE]))
    assert page is not None
    assert page.table.schema == GAMMA_TAGS.parser_schema
    assert (page.rejected, page.unknown_fields, page.next_cursor) == ((), frozenset(), None)
    assert set(TAG) <= KNOWN
    assert page.table["tag_id"].to_pylist() == ["21", "22"]
    assert json.loads(page.table["payload"][0].as_py()) == TAG


def test_an_empty_list_is_a_page_without_rows() -> None:
    page = parsed_or_refused(parse, b"[]")
    assert page is not None
    assert page.row_count == 0


def test_a_new_field_is_kept_and_told() -> None:
    page = parse(written([TAG | {"colour": "red"}]))
    assert page.unknown_fields == {"colour"}
    assert json.loads(page.table["payload"][0].as_py())["colour"] == "red"


REJECTED: dict[str, tuple[str, Any]] = {
    "id a number": ("id", 21),
    "id empty": ("id", ""),
    "id null": ("id", None),
    "label a number": ("label", 5),
    "slug with a NUL": ("slug", raw('"\\u0000"')),
    "shown a text": ("forceShow", "true"),
    "creation no moment": ("createdAt", "yesterday"),
    "creation without zone": ("createdAt", "2023-11-02T21:20:22"),
    "no UTF-8": ("createdBy", raw('"\udcff"')),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_broken_tag_is_rejected_alone(case: str) -> None:
    field, value = REJECTED[case]
    page = parsed_or_refused(parse, written([TAG | {field: value}, BARE]))
    assert page is not None
    assert page.table["position"].to_pylist() == [1]
    assert page.rejected[0].reason.startswith(field)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"error":"away"}', b'{"tags":[]}', b'"none"', b"null", b""]
)
def test_what_is_no_list_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(MalformedPageError, match="gamma_tags"):
        parse(body)


@given(st.data())
def test_whatever_comes_counts_add_up(data: st.DataObject) -> None:
    parsed_or_refused(parse, data.draw(broken_pages([TAG, BARE])))
