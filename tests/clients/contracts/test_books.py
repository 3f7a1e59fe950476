"""The contract of an order book: best first, exact, and never crossed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.clients.contracts import books
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.store.tables.clob import CLOB_BOOKS
from tests.clients.contracts.mutations import broken_pages, parsed_or_refused, raw, written
from tests.clients.venue import NOW, as_bytes, payload

PAGE = payload("clob_books")
BOOK: dict[str, Any] = PAGE[1]
TOKENS = frozenset(book["asset_id"] for book in PAGE)
MILLISECONDS = int(NOW.timestamp()) * 1000


def parse(body: bytes) -> ParsedPage:
    return books.parse(body, tokens=TOKENS, received_at=NOW)


def levels(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"price": price, "size": size} for price, size in pairs]


def only(**changes: Any) -> dict[str, Any]:
    page = parsed_or_refused(parse, written([BOOK | changes]))
    assert page is not None
    assert page.rejected == ()
    return page.table.to_pylist()[0]


def test_an_answer_of_the_venue_becomes_rows_with_the_best_level_first() -> None:
    page = parsed_or_refused(parse, as_bytes(PAGE))
    assert page is not None
    assert page.table.schema == CLOB_BOOKS.parser_schema
    assert page.rejected == ()
    assert page.next_cursor is None
    assert page.unknown_fields == frozenset()
    one_sided, book = page.table.to_pylist()
    assert [(str(b["price"]), str(b["size"])) for b in book["bids"]] == [
        ("0.024000", "294.000000"),
        ("0.022000", "125.500000"),
        ("0.010000", "1000.000000"),
    ]
    assert [str(a["price"]) for a in book["asks"]] == ["0.025000", "0.200000", "0.980000"]
    assert book["book_at"] == datetime(2026, 9, 14, 10, 24, 37, 260_000, tzinfo=UTC)
    assert book["token_id"] == BOOK["asset_id"]
    assert book["condition_id"] == BOOK["market"]
    assert (book["min_order_size"], book["tick_size"]) == (5, Decimal("0.001"))
    assert (book["neg_risk"], book["last_trade_price"]) == (False, Decimal("0.025"))
    assert (one_sided["bids"], one_sided["last_trade_price"]) == ([], None)


def test_levels_are_sorted_in_whatever_order_they_come() -> None:
    row = only(bids=list(reversed(BOOK["bids"])), asks=sorted(BOOK["asks"], key=str))
    assert row == only()


def test_an_old_book_lacks_the_market_s_rules() -> None:
    old = {
        k: v for k, v in BOOK.items() if k in ("market", "asset_id", "timestamp", "bids", "asks")
    }
    page = parsed_or_refused(parse, as_bytes([old]))
    assert page is not None
    [row] = page.table.to_pylist()
    assert row["tick_size"] is row["neg_risk"] is row["hash"] is None


@pytest.mark.parametrize("side", ["bids", "asks"])
def test_a_price_off_the_tick_grid_is_the_venue_s_to_judge(side: str) -> None:
    price = "0.0225" if side == "bids" else "0.0275"
    assert str(only(**{side: levels((price, "0.000001"))})[side][0]["price"]).startswith(price)


REJECTED: dict[str, tuple[str, Any]] = {
    "token a number": ("asset_id", 71321045679252212594),
    "token empty": ("asset_id", ""),
    "token not asked for": ("asset_id", "12345"),
    "condition null": ("market", None),
    "condition empty": ("market", ""),
    "condition no hex": ("market", "0x" + "q" * 64),
    "time a number": ("timestamp", MILLISECONDS),
    "time in seconds": ("timestamp", str(MILLISECONDS // 1000)),
    "time in microseconds": ("timestamp", f"{MILLISECONDS}000"),
    "time ahead": ("timestamp", str(MILLISECONDS + 3_601_000)),
    "time in words": ("timestamp", "soon"),
    "time in other digits": ("timestamp", "١٧٨٩٣٨١٤٧٧٢٦٠"),
    "time negative": ("timestamp", "-178938147726"),
    "time empty": ("timestamp", ""),
    "bids null": ("bids", None),
    "bids an object": ("bids", {"0.01": "1000"}),
    "level without size": ("bids", [{"price": "0.01"}]),
    "level a pair": ("asks", [["0.98", "5000"]]),
    "price a number": ("bids", [{"price": 0.01, "size": "5"}]),
    "price NaN": ("bids", levels(("NaN", "5"))),
    "price Infinity": ("asks", levels(("Infinity", "5"))),
    "price full-width": ("asks", levels(("０.98", "5"))),
    "price with underscore": ("asks", levels(("0.9_8", "5"))),
    "price with exponent": ("asks", levels(("9e-1", "5"))),
    "price negative": ("bids", levels(("-0.01", "5"))),
    "price above 1": ("asks", levels(("1.01", "5"))),
    "price empty": ("asks", levels(("", "5"))),
    "price a point": ("asks", levels((".", "5"))),
    "size negative": ("bids", levels(("0.01", "-5"))),
    "size zero": ("bids", levels(("0.01", "0.0"))),
    "size too large": ("bids", levels(("0.01", "1000000000000"))),
    "two levels at one price": ("bids", levels(("0.01", "5"), ("0.010", "6"))),
    "crossed": ("bids", levels(("0.03", "5"))),
    "locked": ("bids", levels(("0.025", "5"))),
    "tick a number": ("tick_size", 0.001),
    "tick in words": ("tick_size", "fine"),
    "tick above 1": ("tick_size", "10"),
    "smallest order NaN": ("min_order_size", "NaN"),
    "last price above 1": ("last_trade_price", "2"),
    "neg risk text": ("neg_risk", "false"),
    "hash a number": ("hash", raw("1e999")),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_broken_book_is_rejected_with_its_field_and_its_neighbours_are_kept(case: str) -> None:
    field, value = REJECTED[case]
    broken = BOOK | {field: value}
    page = parsed_or_refused(parse, written([PAGE[0], broken]))
    assert page is not None
    assert page.table["position"].to_pylist() == [0]
    [rejected] = page.rejected
    assert rejected.reason.startswith(field)
    assert rejected.row == written(broken)


@pytest.mark.parametrize("field", ["market", "asset_id", "timestamp", "bids", "asks"])
def test_a_missing_field_is_named(field: str) -> None:
    book = {name: value for name, value in BOOK.items() if name != field}
    page = parsed_or_refused(parse, as_bytes([book]))
    assert page is not None
    assert page.rejected[0].reason == f"{field}: missing; got nothing"


def test_an_answer_that_is_no_strict_json_loses_only_its_broken_book() -> None:
    page = parsed_or_refused(parse, written([PAGE[0], BOOK | {"neg_risk": raw("NaN")}]))
    assert page is not None
    assert page.table.num_rows == 1
    assert page.rejected[0].reason.startswith("neg_risk: ")


def test_no_book_at_all_is_an_answer() -> None:
    page = parsed_or_refused(parse, b"[]")
    assert page is not None
    assert page.row_count == 0
    assert page.table.schema == CLOB_BOOKS.parser_schema


@pytest.mark.parametrize(
    "body", [b"{}", b"null", b'{"error":"Payload exceeds the limit"}', b"[{]", b"", b"[NaN"]
)
def test_what_is_no_list_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(MalformedPageError, match="clob_books"):
        parse(body)


@given(st.data())
def test_whatever_comes_counts_add_up(data: st.DataObject) -> None:
    parsed_or_refused(parse, data.draw(broken_pages(PAGE)))


@given(
    st.lists(
        st.tuples(
            st.dictionaries(
                st.decimals("0.001", "0.999", places=3),
                st.decimals("0.01", "99999999", places=8),
                max_size=8,
            ),
            st.decimals("0.001", "0.999", places=3),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_books_read_together_are_those_read_one_by_one(
    made: list[tuple[dict[Decimal, Decimal], Decimal]],
) -> None:
    """A broken one among them is what makes each be looked at by itself."""
    page = [
        BOOK
        | {
            "bids": levels(*((str(p), str(s)) for p, s in sizes.items() if p < middle)),
            "asks": levels(*((str(p), str(s)) for p, s in sizes.items() if p >= middle)),
        }
        for sizes, middle in made
    ]
    together = parse(as_bytes(page))
    one_by_one = parse(as_bytes([*page, BOOK | {"asset_id": "1"}]))
    assert together.rejected == ()
    assert len(one_by_one.rejected) == 1
    assert together.table.equals(one_by_one.table)
