"""The market channel: every message typed and exact, a broken one set aside alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from polymarket_assets.clients.contracts.stream import Frame, parse
from polymarket_assets.clients.contracts.stream_messages import (
    BestBidAsk,
    Book,
    LastTrade,
    LevelChange,
    MarketResolved,
    NewMarket,
    PriceChange,
    TickSizeChange,
)
from polymarket_assets.clients.errors import MalformedPageError
from tests.clients.contracts.mutations import broken_pages, raw, written
from tests.clients.venue import NOW, payload
from tests.payloads.endpoints import RECORDED

MESSAGES: dict[str, dict[str, Any]] = payload("clob_stream")
TOKEN = MESSAGES["book"]["asset_id"]
OTHER = MESSAGES["new_market"]["assets_ids"][1]
CONDITION = MESSAGES["book"]["market"]
AT = datetime(2026, 9, 14, 10, 24, 37, 260_000, tzinfo=UTC)


def read(message: Any) -> Frame:
    return parse(written(message), received_at=NOW)


def only(name: str, **changes: Any) -> Any:
    frame = read(MESSAGES[name] | changes)
    assert frame.rejected == ()
    assert frame.unknown_fields == frozenset()
    [message] = frame.messages
    return message


def change(side: str, price: str, size: str, **more: Any) -> LevelChange:
    best = {"hash": None, "best_bid": None, "best_ask": None} | more
    return LevelChange(TOKEN, side, Decimal(price), Decimal(size), **best)  # ty: ignore[invalid-argument-type] - a literal


def test_a_book_is_sorted_best_first_and_exact() -> None:
    assert only("book") == Book(
        token_id=TOKEN,
        condition_id=CONDITION,
        at=AT,
        bids=((Decimal("0.024"), Decimal("294.5")), (Decimal("0.01"), Decimal(1000))),
        asks=((Decimal("0.025"), Decimal(705)), (Decimal("0.98"), Decimal(5000))),
        hash="2fc4a3d6a98bc164e057589bcb74981852b87412",
        tick_size=Decimal("0.001"),
        last_trade_price=None,
    )
    assert len(TOKEN) == 77


def test_the_three_shapes_of_a_price_change_say_the_same() -> None:
    best = {"best_bid": Decimal("0.6"), "best_ask": Decimal("0.7"), "hash": "aa11"}
    expected = (change("BUY", "0.6", "3300", **best), change("SELL", "0.7", "0", **best))
    now = only("price_change")
    assert now == PriceChange(CONDITION, AT, expected, "price_changes")
    formerly = only("price_change_before_september_2025")
    assert formerly == PriceChange(
        CONDITION, AT, (change("BUY", "0.6", "3300"), change("SELL", "0.7", "0")), "changes"
    )
    single = only("price_change_of_2024")
    assert single == PriceChange(
        CONDITION, AT, (change("BUY", "0.6", "3300", hash="aa11"),), "single"
    )


def test_the_other_messages_are_typed_and_exact() -> None:
    assert only("last_trade_price") == LastTrade(
        TOKEN, CONDITION, AT, "SELL", Decimal("0.491"), Decimal("85.36"), Decimal(0), None
    )
    assert only("tick_size_change") == TickSizeChange(
        TOKEN, CONDITION, AT, Decimal("0.01"), Decimal("0.001")
    )
    assert only("best_bid_ask") == BestBidAsk(
        TOKEN, CONDITION, AT, Decimal("0.73"), Decimal("0.77"), Decimal("0.04")
    )
    assert only("new_market") == NewMarket(
        market_id="1031769",
        condition_id=CONDITION,
        at=AT,
        question="Will it rain in Ghent on September 14?",
        slug="rain-in-ghent-0",
        token_ids=(TOKEN, OTHER),
        outcomes=("Yes", "No"),
        tick_size=Decimal("0.01"),
    )
    assert only("market_resolved") == MarketResolved(
        "1031769", CONDITION, AT, (TOKEN, OTHER), TOKEN, "Yes"
    )


def test_a_frame_may_be_a_list_and_one_broken_message_takes_no_other_with_it() -> None:
    bad = MESSAGES["last_trade_price"] | {"price": "69"}
    frame = read([MESSAGES["book"], bad, MESSAGES["price_change"]])
    assert [type(message) for message in frame.messages] == [Book, PriceChange]
    [rejected] = frame.rejected
    assert (rejected.position, rejected.row) == (1, written(bad))
    assert rejected.reason == 'price: above 1; got "69"'
    assert read([]) == Frame((), (), frozenset())


def test_a_book_without_orders_and_prices_without_orders_are_unknown_and_not_zero() -> None:
    assert only("book", bids=[], asks=[]).bids == ()
    assert only("best_bid_ask", best_bid="", spread=raw("null")).best_bid is None


def test_new_fields_are_reported_and_new_messages_set_aside() -> None:
    frame = read(MESSAGES["book"] | {"moon_phase": "full"})
    assert (len(frame.messages), frame.unknown_fields) == (1, {"moon_phase"})
    for kind in ("eclipse", "changes", ""):
        [rejected] = read(MESSAGES["book"] | {"event_type": kind}).rejected
        assert rejected.reason.startswith("event_type: expected one of best_bid_ask, book,")


REJECTED: dict[str, tuple[str, dict[str, Any]]] = {
    "a token as a number": ("book", {"asset_id": raw(TOKEN)}),
    "a token in hex": ("book", {"asset_id": "0x9daf"}),
    "a condition cut": ("book", {"market": "0xdd22"}),
    "seconds for milliseconds": ("book", {"timestamp": "1789381477"}),
    "microseconds": ("book", {"timestamp": "1789381477260000"}),
    "a time as a number": ("book", {"timestamp": 1789381477260}),
    "a time tomorrow": ("book", {"timestamp": "1789560000000"}),
    "no time": ("book", {"timestamp": None}),
    "a level as a pair": ("book", {"bids": [["0.1", "5"]]}),
    "a price in cents": ("book", {"bids": [{"price": "2", "size": "5"}]}),
    "a size with an exponent": ("book", {"bids": [{"price": "0.02", "size": "5e3"}]}),
    "a size below zero": ("book", {"bids": [{"price": "0.02", "size": "-5"}]}),
    "full-width digits": ("book", {"bids": [{"price": "０.０２", "size": "5"}]}),
    "a bid above the ask": ("book", {"bids": [{"price": "0.5", "size": "5"}]}),
    "a size as a number": ("last_trade_price", {"size": 85.36}),
    "a side nobody knows": ("last_trade_price", {"side": "HOLD"}),
    "a letter that only looks like one": ("last_trade_price", {"side": "ſELL"}),
    "a hash cut": ("last_trade_price", {"transaction_hash": "0xabc"}),
    "changes that are an object": ("price_change", {"price_changes": {}}),
    "a tick above one": ("tick_size_change", {"new_tick_size": "10"}),
    "more tokens than outcomes": ("new_market", {"outcomes": ["Yes"]}),
    "one token twice": ("new_market", {"assets_ids": [TOKEN, TOKEN]}),
    "a stranger for a winner": ("market_resolved", {"winning_asset_id": "5"}),
    "NUL in a question": ("new_market", {"question": raw('"a\\u0000b"')}),
    "half a surrogate pair": ("new_market", {"question": raw('"\\ud800"')}),
}


@pytest.mark.parametrize("case", REJECTED)
def test_a_broken_message_is_rejected_with_its_field_and_bytes(case: str) -> None:
    name, changes = REJECTED[case]
    message = MESSAGES[name] | changes
    frame = read([message, MESSAGES["book"]])
    [rejected] = frame.rejected
    assert rejected.row == written(message)
    assert rejected.reason.split(":")[0].split(".")[0].split("[")[0] in changes
    assert len(frame.messages) == 1


@pytest.mark.parametrize("frame", [b"", b"PONG", b"null", b'"book"', b"[", b"<html>", b"[1}"])
def test_what_is_no_frame_is_refused_by_name(frame: bytes) -> None:
    with pytest.raises(MalformedPageError, match="clob_market_stream"):
        parse(frame, received_at=NOW)


@hypothesis_settings(max_examples=150)
@given(st.sampled_from(sorted(MESSAGES)), st.data())
def test_whatever_comes_each_message_is_read_or_rejected(name: str, data: st.DataObject) -> None:
    body = data.draw(broken_pages([MESSAGES[name], MESSAGES["book"]]))
    try:
        frame = parse(body, received_at=NOW)
    except MalformedPageError:
        return
    try:
        said = json.loads(body)
    except ValueError:
        said = [*frame.messages, *frame.rejected]
    count = len(said) if isinstance(said, list) else 1
    assert len(frame.messages) + len(frame.rejected) == count
    assert all(rejected.row in body and ": " in rejected.reason for rejected in frame.rejected)


@pytest.mark.parametrize(
    "name",
    [
        "ntpy_ws_book", "ntpy_ws_price_change", "ntpy_ws_price_change_v2",
        "ntpy_ws_last_trade_price", "ntpy_ws_tick_size_change", "nt_ws_market_best_bid_ask_msg",
        "nt_ws_market_new_market_msg", "nt_ws_market_resolved_msg",
    ],
)  # fmt: skip
def test_recorded_messages_are_read_whole(name: str) -> None:
    file = RECORDED / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"no recorded message: {file}")
    frame = parse(file.read_bytes(), received_at=NOW)
    said = json.loads(file.read_text())
    assert (frame.rejected, frame.unknown_fields) == ((), frozenset())
    assert len(frame.messages) == (len(said) if isinstance(said, list) else 1)
