"""The contracts of Kalshi's trades, books and candles: exact, best first, never in cents."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polymarket_assets.clients.contracts import kalshi_books, kalshi_candles, kalshi_trades
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.store.tables.kalshi import KALSHI_BOOKS, KALSHI_CANDLES, KALSHI_TRADES
from tests.clients.contracts.mutations import Parse, broken_pages, parsed_or_refused, written
from tests.clients.venue import NOW, as_bytes, payload

TRADES, BOOKS, CANDLES = (payload(f"kalshi_{name}") for name in ("trades", "books", "candles"))
ASKED = frozenset({"KXRAINOSL-26SEP15-T5", "KXQUIET-26-A"})


def trades(body: bytes) -> ParsedPage:
    return kalshi_trades.parse(body, received_at=NOW)


def books(body: bytes) -> ParsedPage:
    return kalshi_books.parse(body, asked=ASKED)


def candles(body: bytes) -> ParsedPage:
    return kalshi_candles.parse_many(body, asked=ASKED, period_minutes=60, received_at=NOW)


PARSERS: dict[str, tuple[Parse, Any, Any]] = {
    "trades": (trades, KALSHI_TRADES, TRADES),
    "books": (books, KALSHI_BOOKS, BOOKS),
    "candles": (candles, KALSHI_CANDLES, CANDLES),
}


def rows(parse: Parse, body: Any) -> list[dict[str, Any]]:
    page = parsed_or_refused(parse, written(body))
    assert page is not None
    assert page.rejected == ()
    return page.table.to_pylist()


@pytest.mark.parametrize("name", PARSERS)
def test_every_record_of_a_recorded_page_is_kept(name: str) -> None:
    parse, table, body = PARSERS[name]
    page = parsed_or_refused(parse, as_bytes(body))
    assert page is not None
    assert page.table.schema == table.parser_schema
    assert page.rejected == ()
    assert page.unknown_fields == frozenset()


def test_a_trade_is_exact_and_its_taker_has_a_side_under_the_old_name_too() -> None:
    first, second = rows(trades, TRADES)
    assert (first["yes_price"], first["no_price"]) == (Decimal("0.38"), Decimal("0.62"))
    assert (second["yes_price"], second["size"]) == (Decimal("0.3825"), Decimal("0.25"))
    assert first["event_at"] == datetime(2026, 9, 15, 11, 58, 29, 50_460, tzinfo=UTC)
    assert [row["taker_outcome"] for row in (first, second)] == ["no", "yes"]
    assert (second["taker_book_side"], second["is_block_trade"]) == (None, None)


TRADES_REJECTED: dict[str, tuple[dict[str, Any], str]] = {
    "cents": ({"yes_price": 38, "no_price": 62, "yes_price_dollars": ..., "no_price_dollars": ...},
              "yes_price_dollars: missing beside the integer yes_price"),
    "integer count": ({"count": 16, "count_fp": ...}, "count_fp: missing beside the integer count"),
    "price a whole number": ({"yes_price_dollars": "38", "no_price_dollars": "62"}, "may be cents"),
    "price a number": ({"yes_price_dollars": 0.38}, "yes_price_dollars"),
    "price missing": ({"yes_price_dollars": ...}, "yes_price_dollars"),
    "prices that make no dollar": ({"no_price_dollars": "0.6300"}, "no_price_dollars"),
    "id missing": ({"trade_id": ...}, "trade_id"),
    "id empty": ({"trade_id": ""}, "trade_id"),
    "ticker null": ({"ticker": None}, "ticker"),
    "size zero": ({"count_fp": "0.00"}, "count_fp"),
    "size null": ({"count_fp": None}, "count_fp"),
    "side in capitals": ({"taker_outcome_side": "NO"}, "taker_outcome_side"),
    "time zero": ({"created_time": "0001-01-01T00:00:00Z"}, "created_time"),
    "time ahead": ({"created_time": "2026-09-15T13:30:00Z"}, "created_time"),
    "time in seconds": ({"created_time": 1789473600}, "created_time"),
    "time before Kalshi": ({"created_time": "2019-09-15T13:30:00Z"}, "created_time"),
}  # fmt: skip


@pytest.mark.parametrize("case", TRADES_REJECTED)
def test_a_broken_trade_is_kept_apart_and_takes_no_neighbour_with_it(case: str) -> None:
    changes, words = TRADES_REJECTED[case]
    good = TRADES["trades"][0]
    bad = {k: v for k, v in (good | changes).items() if v is not ...}
    page = parsed_or_refused(trades, written({"cursor": "", "trades": [good, bad, good]}))
    assert page is not None
    assert page.table.column("position").to_pylist() == [0, 2]
    assert words in page.rejected[0].reason


def test_bids_alone_become_both_sides_of_both_outcomes_best_first() -> None:
    book, quiet = rows(books, BOOKS)
    assert _prices(book["yes_bids"]) == ["0.37", "0.36", "0.01"]
    assert _prices(book["no_bids"]) == ["0.61", "0.05"]
    assert _prices(book["yes_asks"]) == ["0.39", "0.95"]
    assert _prices(book["no_asks"]) == ["0.63", "0.64", "0.99"]
    assert [level["size"] for level in book["yes_asks"]] == [Decimal("45.5"), 11]
    assert (quiet["yes_bids"], _prices(quiet["yes_asks"])) == ([], ["0.01"])


@given(
    st.lists(st.integers(1, 99), unique=True, max_size=30),
    st.lists(st.integers(1, 99), unique=True, max_size=30),
)
def test_ten_levels_are_kept_of_each_side_and_they_are_the_best(
    yes: list[int], no: list[int]
) -> None:
    crossed = yes and no and max(yes) + max(no) >= 100
    sides = {
        f"{name}_dollars": [[f"{cents / 100:.4f}", f"{cents}.00"] for cents in side]
        for name, side in (("yes", yes), ("no", no))
    }
    body = {"orderbooks": [{"ticker": "KXQUIET-26-A", "orderbook_fp": sides}]}
    page = parsed_or_refused(books, as_bytes(body))
    assert page is not None
    assert (page.table.num_rows == 0) == bool(crossed)
    for row in page.table.to_pylist():
        best = sorted(no, reverse=True)[:10]
        assert _prices(row["no_bids"]) == [_text(cents) for cents in best]
        assert _prices(row["yes_asks"]) == [_text(100 - cents) for cents in best]
        assert _prices(row["yes_bids"]) == [_text(c) for c in sorted(yes, reverse=True)[:10]]


def _text(cents: int) -> str:
    return f"{Decimal(cents) / 100:f}"


def _prices(levels: list[dict[str, Decimal]]) -> list[str]:
    return [f"{level['price'].normalize():f}" for level in levels]


BOOKS_REJECTED: dict[str, tuple[Any, str]] = {
    "cents": ({"orderbook_fp": ..., "orderbook": {"yes": [[37, 120]], "no": []}}, "orderbook_fp"),
    "level in cents": ({"orderbook_fp": {"yes_dollars": [[37, 120]]}}, "may be cents"),
    "level in whole text": ({"orderbook_fp": {"yes_dollars": [["37", "120"]]}}, "may be cents"),
    "level an object": ({"orderbook_fp": {"yes_dollars": [{"price": "0.3700"}]}}, "orderbook_fp"),
    "level of three": ({"orderbook_fp": {"yes_dollars": [["0.3700", "1.00", "x"]]}}, "yes_dollars"),
    "one price twice": (
        {"orderbook_fp": {"yes_dollars": [["0.3700", "1.00"], ["0.3700", "2.00"]]}}, "one price"),
    "no size": ({"orderbook_fp": {"no_dollars": [["0.3700", "0.00"]]}}, "without size"),
    "price of one dollar": ({"orderbook_fp": {"no_dollars": [["1.0000", "5.00"]]}}, "at 0 or 1"),
    "sides that met": (
        {"orderbook_fp": {"yes_dollars": [["0.6000", "1.00"]], "no_dollars": [["0.4000", "1.00"]]}},
        "would have met"),
    "another market": ({"ticker": "KXOTHER"}, "asked for"),
}  # fmt: skip


@pytest.mark.parametrize("case", BOOKS_REJECTED)
def test_a_broken_book_is_kept_apart_and_takes_no_neighbour_with_it(case: str) -> None:
    changes, words = BOOKS_REJECTED[case]
    good = BOOKS["orderbooks"][0]
    bad = {k: v for k, v in (good | changes).items() if v is not ...}
    page = parsed_or_refused(books, written({"orderbooks": [good, bad, good]}))
    assert page is not None
    assert page.table.column("position").to_pylist() == [0, 2]
    assert words in page.rejected[0].reason


def test_a_period_without_trades_has_null_prices_and_a_measured_zero() -> None:
    traded, quiet = rows(candles, CANDLES)
    assert (traded["price_open"], traded["size"]) == (Decimal("0.36"), Decimal("16.25"))
    assert [quiet[f"price_{point}"] for point in ("open", "high", "low", "close")] == [None] * 4
    assert (quiet["yes_bid_close"], quiet["size"]) == (Decimal("0.37"), 0)
    assert quiet["event_at"] == NOW


def test_the_historical_spelling_gives_the_same_rows() -> None:
    [group, _] = CANDLES["markets"]
    old = [
        {
            name.removesuffix("_fp"): {k.removesuffix("_dollars"): v for k, v in value.items()}
            if isinstance(value, dict)
            else value
            for name, value in candle.items()
        }
        for candle in group["candlesticks"]
    ]

    def parse(body: bytes) -> ParsedPage:
        return kalshi_candles.parse_old(
            body, ticker=group["market_ticker"], period_minutes=60, received_at=NOW
        )

    assert rows(parse, {"ticker": group["market_ticker"], "candlesticks": old}) == rows(
        candles, CANDLES
    )


CANDLES_REJECTED: dict[str, tuple[dict[str, Any], str]] = {
    "cents": ({"price": {"open": 36, "high": 38, "low": 36, "close": 38}}, "price.open_dollars"),
    "count an integer": ({"volume": 16, "volume_fp": ...}, "volume_fp"),
    "end missing": ({"end_period_ts": ...}, "end_period_ts"),
    "end in milliseconds": ({"end_period_ts": 1789470000000}, "end_period_ts"),
    "end as text": ({"end_period_ts": "1789470000"}, "end_period_ts"),
    "price above a dollar": ({"yes_bid": {"open_dollars": "1.2000"}}, "yes_bid.open"),
    "curve a list": ({"yes_ask": ["0.3700"]}, "yes_ask"),
}


@pytest.mark.parametrize("case", CANDLES_REJECTED)
def test_a_broken_candle_is_kept_apart_and_takes_no_neighbour_with_it(case: str) -> None:
    changes, words = CANDLES_REJECTED[case]
    group = CANDLES["markets"][0]
    good = group["candlesticks"][0]
    bad = {k: v for k, v in (good | changes).items() if v is not ...}
    body = {"markets": [group | {"candlesticks": [good, bad, good]}]}
    page = parsed_or_refused(candles, written(body))
    assert page is not None
    assert page.table.column("position").to_pylist() == [0, 2]
    assert words in page.rejected[0].reason


def test_a_market_whose_candles_cannot_be_read_is_one_record() -> None:
    good = CANDLES["markets"][0]
    bad = {"market_ticker": "KXOTHER", "candlesticks": good["candlesticks"]}
    page = parsed_or_refused(candles, as_bytes({"markets": [bad, good, {"candlesticks": []}]}))
    assert page is not None
    assert page.table.column("position").to_pylist() == [1, 2]
    assert [row.position for row in page.rejected] == [0, 3]


@settings(max_examples=90)
@given(st.data())
def test_whatever_a_page_holds_its_counts_add_up(data: st.DataObject) -> None:
    parse, _, body = PARSERS[data.draw(st.sampled_from(sorted(PARSERS)))]
    parsed_or_refused(parse, data.draw(broken_pages(body)))
