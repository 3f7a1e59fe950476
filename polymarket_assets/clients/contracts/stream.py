"""The CLOB's market channel: one frame of the WebSocket to typed messages, or to rejected ones.

Belongs here: the contract of each event_type. Not here: the connection, its heartbeats (the text
frames PING and PONG never come here), or what a message does to a book.

A frame is one message or a list of them (the first one is the list of books asked for). Of
`price_change` all three shapes are read, newest first: `price_changes[]` with a token each, flat
`changes[]` of one token (until September 2025), and one change in the message itself.

Source: wss://ws-subscriptions-clob.polymarket.com/ws/market.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.lenient import LenientError, elements
from polymarket_assets.clients.contracts.page import (
    DECODE_ERRORS,
    FieldError,
    RejectedRow,
    blame,
    malformed,
    refuse_nul,
    reject,
)
from polymarket_assets.clients.contracts.stream_messages import (
    BestBidAsk,
    Book,
    LastTrade,
    LevelChange,
    MarketResolved,
    Message,
    NewMarket,
    PriceChange,
    Side,
    TickSizeChange,
)

ENDPOINT = "clob_market_stream"

_SIDES: dict[str, Side] = {"BUY": "BUY", "SELL": "SELL", "buy": "BUY", "sell": "SELL"}


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame held: each message is in exactly one of `messages` and `rejected`."""

    messages: tuple[Message, ...]
    rejected: tuple[RejectedRow, ...]
    unknown_fields: frozenset[str]


class _Typed(msgspec.Struct):
    event_type: str


class _Common(msgspec.Struct, kw_only=True):
    event_type: str
    market: str
    timestamp: str


class _Level(msgspec.Struct):
    price: str
    size: str


class _Book(_Common, kw_only=True):
    asset_id: str
    bids: list[_Level]
    asks: list[_Level]
    hash: str | None = None
    tick_size: str | None = None
    last_trade_price: str | None = None
    min_order_size: str | None = None
    neg_risk: bool | None = None


class _Change(msgspec.Struct, kw_only=True):
    side: str
    price: str
    size: str
    hash: str | None = None
    best_bid: str | None = None
    best_ask: str | None = None


class _TokenChange(_Change, kw_only=True):
    asset_id: str


class _PriceChanges(_Common, kw_only=True):
    price_changes: list[_TokenChange]


class _Changes(_Common, kw_only=True):
    asset_id: str
    changes: list[_Change]
    hash: str | None = None


class _SingleChange(_TokenChange, kw_only=True):
    event_type: str
    market: str
    timestamp: str


class _LastTrade(_Common, kw_only=True):
    asset_id: str
    side: str
    price: str
    size: str
    fee_rate_bps: str | None = None
    transaction_hash: str | None = None


class _TickSizeChange(_Common, kw_only=True):
    asset_id: str
    old_tick_size: str
    new_tick_size: str
    side: str | None = None


class _BestBidAsk(_Common, kw_only=True):
    asset_id: str
    best_bid: str
    best_ask: str
    spread: str | None = None


class _NewMarket(_Common, kw_only=True):
    id: str
    question: str
    slug: str
    assets_ids: list[str]
    outcomes: list[str]
    order_price_min_tick_size: str | None = None
    description: Any = None
    event_message: Any = None
    tags: Any = None
    condition_id: str | None = None
    active: Any = None
    clob_token_ids: Any = None
    sports_market_type: Any = None
    line: Any = None
    game_start_time: Any = None
    group_item_title: Any = None
    taker_base_fee: Any = None
    fees_enabled: Any = None
    fee_schedule: Any = None


class _MarketResolved(_Common, kw_only=True):
    id: str
    assets_ids: list[str]
    winning_asset_id: str
    winning_outcome: str
    question: Any = None
    slug: Any = None
    description: Any = None
    event_message: Any = None
    outcomes: Any = None
    tags: Any = None


_frame = msgspec.json.Decoder(list[msgspec.Raw]).decode
_typed = msgspec.json.Decoder(_Typed).decode
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def parse(frame: bytes, *, received_at: datetime) -> Frame:
    """Read one frame.

    Args:
        frame: its bytes.
        received_at: when it was received; a message may not be an hour later.

    Raises:
        MalformedPageError: it is neither a message nor a list.
    """
    messages: list[Message] = []
    rejected: list[RejectedRow] = []
    unknown: set[str] = set()
    for position, raw in enumerate(_messages(frame)):
        try:
            refuse_nul(raw)
            message, new = _message(raw, received_at)
        except FieldError as error:
            rejected.append(reject(position, raw, error))
        except DECODE_ERRORS as error:
            rejected.append(reject(position, raw, blame(raw, error)))
        else:
            messages.append(message)
            unknown |= new
    return Frame(tuple(messages), tuple(rejected), frozenset(unknown))


def _messages(frame: bytes) -> list[bytes]:
    if frame.lstrip()[:1] == b"{":
        return [frame]
    try:
        return [bytes(raw) for raw in _frame(frame)]
    except msgspec.ValidationError as error:
        raise malformed(ENDPOINT, error, frame) from None
    except DECODE_ERRORS as error:
        try:
            return elements(frame)
        except LenientError:
            raise malformed(ENDPOINT, error, frame) from None


def _message(raw: bytes, received_at: datetime) -> tuple[Message, frozenset[str]]:
    """The message, and the fields its contract does not know."""
    kind = _typed(raw).event_type
    names = _fields(raw).keys()
    shape = next((key for key in _SHAPES if key in names), "") if kind == "price_change" else ""
    if (kind, shape) not in _READERS:
        raise FieldError(
            "event_type", f"expected one of {', '.join(sorted({k for k, _ in _READERS}))}"
        )
    decode, known, read = _READERS[kind, shape]
    return read(decode(raw), received_at), frozenset(names) - known


def _head(message: Any, received_at: datetime) -> tuple[str, datetime]:
    """Condition id and time, which every message has."""
    [condition_id] = values.hex_ids("market", [message.market], values.CONDITION_LENGTHS)
    return condition_id, values.millisecond_moment("timestamp", message.timestamp, received_at)


def _token(field: str, text: str) -> str:
    return values.digit_ids(field, [text])[0]


def _tokens(field: str, texts: Sequence[str]) -> tuple[str, ...]:
    if len(set(texts)) < len(texts):
        raise FieldError(field, "one token twice")
    return tuple(values.digit_ids(field, texts))


def _amount(field: str, text: str, *, high: int | None = None) -> Decimal:
    [amount] = values.amounts(field, values.plain_decimals(field, [text]), low=0, high=high)
    return amount


def _optional(field: str, text: str | None, *, high: int | None = None) -> Decimal | None:
    return _amount(field, text, high=high) if text else None


def _side(text: str) -> Side:
    if text not in _SIDES:
        raise FieldError("side", "expected BUY or SELL")
    return _SIDES[text]


def _levels(side: str, levels: Sequence[_Level]) -> list[tuple[Decimal, Decimal]]:
    found = {
        _amount(f"{side}.price", level.price, high=1): _amount(f"{side}.size", level.size)
        for level in levels
    }
    if len(found) < len(levels):
        raise FieldError(f"{side}.price", "two levels at one price")
    return [(price, size) for price, size in found.items() if size > 0]


def _book(message: _Book, received_at: datetime) -> Book:
    condition_id, at = _head(message, received_at)
    bids = sorted(_levels("bids", message.bids), reverse=True)
    asks = sorted(_levels("asks", message.asks))
    if bids and asks and bids[0][0] >= asks[0][0]:
        raise FieldError("bids", f"best bid {bids[0][0]} is not below best ask {asks[0][0]}")
    return Book(
        _token("asset_id", message.asset_id),
        condition_id,
        at,
        tuple(bids),
        tuple(asks),
        message.hash or None,
        _optional("tick_size", message.tick_size, high=1),
        _optional("last_trade_price", message.last_trade_price, high=1),
    )


def _level_change(change: _Change, token_id: str) -> LevelChange:
    return LevelChange(
        _token("asset_id", token_id),
        _side(change.side),
        _amount("price", change.price, high=1),
        _amount("size", change.size),
        change.hash or None,
        _optional("best_bid", change.best_bid, high=1),
        _optional("best_ask", change.best_ask, high=1),
    )


def _price_changes(message: _PriceChanges, received_at: datetime) -> PriceChange:
    changes = tuple(_level_change(change, change.asset_id) for change in message.price_changes)
    return PriceChange(*_head(message, received_at), changes, "price_changes")


def _changes(message: _Changes, received_at: datetime) -> PriceChange:
    changes = tuple(_level_change(change, message.asset_id) for change in message.changes)
    return PriceChange(*_head(message, received_at), changes, "changes")


def _single_change(message: _SingleChange, received_at: datetime) -> PriceChange:
    change = _level_change(message, message.asset_id)
    return PriceChange(*_head(message, received_at), (change,), "single")


def _last_trade(message: _LastTrade, received_at: datetime) -> LastTrade:
    hashes = [message.transaction_hash] if message.transaction_hash else []
    [transaction_hash] = values.hex_ids("transaction_hash", hashes, values.HASH_LENGTHS) or [None]
    return LastTrade(
        _token("asset_id", message.asset_id),
        *_head(message, received_at),
        _side(message.side),
        _amount("price", message.price, high=1),
        _amount("size", message.size),
        _optional("fee_rate_bps", message.fee_rate_bps),
        transaction_hash,
    )


def _tick_size_change(message: _TickSizeChange, received_at: datetime) -> TickSizeChange:
    return TickSizeChange(
        _token("asset_id", message.asset_id),
        *_head(message, received_at),
        _amount("old_tick_size", message.old_tick_size, high=1),
        _amount("new_tick_size", message.new_tick_size, high=1),
    )


def _best_bid_ask(message: _BestBidAsk, received_at: datetime) -> BestBidAsk:
    return BestBidAsk(
        _token("asset_id", message.asset_id),
        *_head(message, received_at),
        _optional("best_bid", message.best_bid, high=1),
        _optional("best_ask", message.best_ask, high=1),
        _optional("spread", message.spread, high=1),
    )


def _new_market(message: _NewMarket, received_at: datetime) -> NewMarket:
    if len(message.assets_ids) != len(message.outcomes):
        raise FieldError("outcomes", f"not as many as the {len(message.assets_ids)} tokens")
    return NewMarket(
        _token("id", message.id),
        *_head(message, received_at),
        message.question,
        message.slug,
        _tokens("assets_ids", message.assets_ids),
        tuple(message.outcomes),
        _optional("order_price_min_tick_size", message.order_price_min_tick_size, high=1),
    )


def _market_resolved(message: _MarketResolved, received_at: datetime) -> MarketResolved:
    tokens = _tokens("assets_ids", message.assets_ids)
    if message.winning_asset_id not in tokens:
        raise FieldError("winning_asset_id", "none of the market's tokens")
    return MarketResolved(
        _token("id", message.id),
        *_head(message, received_at),
        tokens,
        message.winning_asset_id,
        message.winning_outcome,
    )


_Reader: TypeAlias = tuple[Callable[[bytes], Any], frozenset[str], Callable[..., Message]]


def _reader(struct: type[msgspec.Struct], read: Callable[..., Message]) -> _Reader:
    decode = msgspec.json.Decoder(struct).decode
    return decode, frozenset(struct.__struct_encode_fields__), read


_SHAPES = ("price_changes", "changes")
"""Lists a price_change may carry, the newer one first; without one it is a change itself."""
_READERS: dict[tuple[str, str], _Reader] = {
    ("book", ""): _reader(_Book, _book),
    ("price_change", "price_changes"): _reader(_PriceChanges, _price_changes),
    ("price_change", "changes"): _reader(_Changes, _changes),
    ("price_change", ""): _reader(_SingleChange, _single_change),
    ("last_trade_price", ""): _reader(_LastTrade, _last_trade),
    ("tick_size_change", ""): _reader(_TickSizeChange, _tick_size_change),
    ("best_bid_ask", ""): _reader(_BestBidAsk, _best_bid_ask),
    ("new_market", ""): _reader(_NewMarket, _new_market),
    ("market_resolved", ""): _reader(_MarketResolved, _market_resolved),
}
