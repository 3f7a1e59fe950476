"""POST /books: one order book per record, into raw.clob_books.

Belongs here: the contract of a book. The venue lists levels worst first, all numbers as text; here
they are sorted best first and exact. Not here: the request (clob.py), filling orders (executor).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.lenient import LenientError, elements
from polymarket_assets.clients.contracts.page import (
    DECODE_ERRORS,
    FieldError,
    ParsedPage,
    decode_each,
    in_order,
    malformed,
    reject,
    unknown_fields,
)

ENDPOINT = "clob_books"
VERSION = "v1"

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("token_id", pa.string(), nullable=False),
        pa.field("condition_id", pa.string()),
        pa.field("book_at", values.MOMENT),
        pa.field("hash", pa.string()),
        pa.field("bids", values.LEVELS, nullable=False),
        pa.field("asks", values.LEVELS, nullable=False),
        pa.field("min_order_size", values.AMOUNT),
        pa.field("tick_size", values.AMOUNT),
        pa.field("neg_risk", pa.bool_()),
        pa.field("last_trade_price", values.AMOUNT),
    ]
)

_SIDES = ("bids", "asks")

Levels = list[tuple[Decimal, Decimal]]
"""(price, size), best first."""


class Level(msgspec.Struct, gc=False):
    """Price and total size of the orders at it."""

    price: str
    size: str


class Book(msgspec.Struct):
    """One record; `timestamp` is unix milliseconds as text."""

    market: str
    asset_id: str
    timestamp: str
    bids: list[Level]
    asks: list[Level]
    hash: str | None = None
    min_order_size: str | None = None
    tick_size: str | None = None
    neg_risk: bool | None = None
    last_trade_price: str | None = None


KNOWN = frozenset(Book.__struct_fields__)

_raw_books = msgspec.json.Decoder(list[msgspec.Raw]).decode
_book = msgspec.json.Decoder(Book).decode


@dataclass(frozen=True, slots=True)
class _Row:
    position: int
    token_id: str
    condition_id: str
    book_at: datetime
    hash: str | None
    bids: Levels
    asks: Levels
    min_order_size: Decimal | None
    tick_size: Decimal | None
    neg_risk: bool | None
    last_trade_price: Decimal | None


def parse(body: bytes, *, tokens: frozenset[str], received_at: datetime) -> ParsedPage:
    """Parse an answer with books.

    Args:
        body: the answer as received; it may lack tokens that were asked for, in any order.
        tokens: the tokens that were asked for.
        received_at: when it was received; a book may not be an hour later.

    Raises:
        MalformedPageError: the answer is no list.
    """
    records = _records(body)
    typed, rejected = decode_each(records, _book)
    rows = []
    for located in typed:
        try:
            rows.append(_row(located.position, located.row, tokens, received_at))
        except FieldError as error:
            rejected.append(reject(located.position, located.raw, error))
    columns = {
        field.name: [getattr(row, field.name) for row in rows]
        for field in SCHEMA
        if field.type != values.LEVELS
    }
    arrays = {name: pa.array(column, SCHEMA.field(name).type) for name, column in columns.items()}
    arrays |= {side: values.level_column([getattr(row, side) for row in rows]) for side in _SIDES}
    table = pa.table([arrays[name] for name in SCHEMA.names], schema=SCHEMA)
    return ParsedPage(
        table,
        in_order(rejected),
        len(records),
        None,
        unknown_fields(body, 0, KNOWN),
        f"{ENDPOINT}/{VERSION}",
    )


def _records(body: bytes) -> list[bytes]:
    try:
        return [bytes(raw) for raw in _raw_books(body)]
    except msgspec.ValidationError as error:
        raise malformed(ENDPOINT, error, body) from None
    except DECODE_ERRORS as error:
        try:
            return elements(body)
        except LenientError:
            raise malformed(ENDPOINT, error, body) from None


def _row(position: int, book: Book, tokens: frozenset[str], received_at: datetime) -> _Row:
    values.digit_ids("asset_id", [book.asset_id])
    if book.asset_id not in tokens:
        raise FieldError("asset_id", "not a token that was asked for")
    [condition_id] = values.hex_ids("market", [book.market], values.CONDITION_LENGTHS)
    bids = sorted(_levels("bids", book.bids), reverse=True)
    asks = sorted(_levels("asks", book.asks))
    if bids and asks and bids[0][0] >= asks[0][0]:
        raise FieldError("bids", f"best bid {bids[0][0]} is not below best ask {asks[0][0]}")
    return _Row(
        position=position,
        token_id=book.asset_id,
        condition_id=condition_id,
        book_at=values.millisecond_moment("timestamp", book.timestamp, received_at),
        hash=book.hash or None,
        bids=bids,
        asks=asks,
        min_order_size=_optional("min_order_size", book.min_order_size),
        tick_size=_optional("tick_size", book.tick_size, high=1),
        neg_risk=book.neg_risk,
        last_trade_price=_optional("last_trade_price", book.last_trade_price, high=1),
    )


def _levels(side: str, levels: Sequence[Level]) -> Levels:
    prices = values.plain_decimals(f"{side}.price", [level.price for level in levels])
    sizes = values.plain_decimals(f"{side}.size", [level.size for level in levels])
    if len(set(prices)) < len(prices):
        raise FieldError(f"{side}.price", "two levels at one price")
    if sizes and min(sizes) == 0:
        raise FieldError(f"{side}.size", "a level without size")
    return list(
        zip(
            values.amounts(f"{side}.price", prices, low=0, high=1),
            values.amounts(f"{side}.size", sizes),
            strict=True,
        )
    )


def _optional(name: str, text: str | None, *, high: int | None = None) -> Decimal | None:
    """A decimal that may be missing or ""."""
    if not text:
        return None
    [amount] = values.amounts(name, values.plain_decimals(name, [text]), high=high)
    return amount
