"""The lenient reader cuts JSON apart without changing a byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.clients.contracts.lenient import LenientError, elements, members
from tests.clients.contracts.mutations import values

spacing = st.sampled_from(["", " ", "\n\t", "\r\n "])


@given(st.lists(values, max_size=5), spacing, spacing)
def test_elements_are_the_bytes_between_the_commas(rows: list[Any], a: str, b: str) -> None:
    texts = [json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") for row in rows]
    body = f"[{a}".encode() + f"{a},{b}".encode().join(texts) + f"{b}]{a}".encode()
    assert elements(body) == texts


@given(st.dictionaries(st.text(), values, max_size=5), spacing, spacing)
def test_members_are_the_bytes_behind_the_names(fields: dict[str, Any], a: str, b: str) -> None:
    texts = {name: json.dumps(value).encode() for name, value in fields.items()}
    inner = f"{b},{a}".encode().join(
        json.dumps(name).encode() + f"{a}:{b}".encode() + text for name, text in texts.items()
    )
    body = f"{a}{{{b}".encode() + inner + f"{a}}}{b}".encode()
    assert members(body) == texts


def test_what_strict_json_forbids_is_cut_out_unchanged() -> None:
    body = b'{"a":NaN,"b":"\xff\\ud800","c":[-Infinity, 1e999999999999],"a":' + b"9" * 6000 + b"}"
    assert members(body) == {
        "a": b"9" * 6000,
        "b": b'"\xff\\ud800"',
        "c": b"[-Infinity, 1e999999999999]",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b'{"a"', b'{"a":', b'{"a":1', b'{"a":1,', b'{"a":1,}', b'{"a" 1}',
        b"{1:2}", b'{"a":1}x', b'{"a":1]', b"{}x", b'{"a":tru}', b'{"a":1 "b":2}',
        b'{"a":' + b"[" * 100_000 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(LenientError):
        members(body)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[", b"[1", b"[1,", b"[1,]", b"[1}", b"[]]", b"[1 2]"]
)
def test_what_is_no_array_is_refused(body: bytes) -> None:
    with pytest.raises(LenientError):
        elements(body)


def test_what_follows_an_object_may_be_left_alone() -> None:
    assert members(b'{"a":1},{"b"', whole=False) == {"a": b"1"}
    assert members(b"{} and more", whole=False) == {}
