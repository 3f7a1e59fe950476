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
import numpy as np
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.lenient import LenientError, elements
from polymarket_assets.clients.contracts.page import (
    DECODE_ERRORS,
    FieldError,
    ParsedPage,
    decode_each,
    has_nul,
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

_NAME = f"{ENDPOINT}/{VERSION}"
_SIDES = ("bids", "asks")
_BEYOND_ALL = 2_000_000
"""Millionths no price reaches."""

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

_books = msgspec.json.Decoder(list[Book]).decode
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
    if (table := _whole(body, tokens, received_at)) is not None:
        return ParsedPage(table, (), len(table), None, _unknown(body), _NAME)
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
        _unknown(body),
        _NAME,
    )


def _unknown(body: bytes) -> frozenset[str]:
    return unknown_fields(body, 0, KNOWN)


def _whole(body: bytes, tokens: frozenset[str], received_at: datetime) -> pa.Table | None:
    """All books at once, column by column; None when some of them need a closer look."""
    if has_nul(body):
        return None
    try:
        books = _books(body)
        columns = _columns(books, tokens, received_at)
    except (*DECODE_ERRORS, FieldError):
        return None
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _columns(
    books: Sequence[Book], tokens: frozenset[str], received_at: datetime
) -> dict[str, pa.Array]:
    """The checked columns of some books."""
    ids = values.digit_ids("asset_id", [book.asset_id for book in books])
    if not tokens.issuperset(ids):
        raise FieldError("asset_id", "not a token that was asked for")
    conditions = values.hex_ids("market", [b.market for b in books], values.CONDITION_LENGTHS)
    moments = [values.millisecond_moment("timestamp", b.timestamp, received_at) for b in books]
    bids, best_bids = _side("bids", [book.bids for book in books], best=-1)
    asks, best_asks = _side("asks", [book.asks for book in books], best=1)
    if np.any(best_bids >= best_asks):
        raise FieldError("bids", "best bid is not below best ask")
    plain = {
        "position": range(len(books)),
        "token_id": ids,
        "condition_id": conditions,
        "book_at": moments,
        "hash": [book.hash or None for book in books],
        "neg_risk": [book.neg_risk for book in books],
    }
    return {name: pa.array(column, SCHEMA.field(name).type) for name, column in plain.items()} | {
        "bids": bids,
        "asks": asks,
        "min_order_size": _amounts("min_order_size", [b.min_order_size for b in books]),
        "tick_size": _amounts("tick_size", [b.tick_size for b in books], high=1),
        "last_trade_price": _amounts(
            "last_trade_price", [b.last_trade_price for b in books], high=1
        ),
    }


def _side(side: str, levels: Sequence[list[Level]], *, best: int) -> tuple[pa.Array, np.ndarray]:
    """One side of all books, and each one's best price in millionths.

    Args:
        side: its name.
        levels: the levels of each book, in any order.
        best: 1 where the lowest price is the best, -1 where it is the highest. A book without
            levels has a best price that crosses none.
    """
    counts = np.array([len(of_book) for of_book in levels], np.int64)
    every = [level for of_book in levels for level in of_book]
    prices = values.millionths(
        f"{side}.price",
        values.plain_floats(f"{side}.price", [level.price for level in every]),
        low=0,
        high=1,
    )
    sizes = values.millionths(
        f"{side}.size", values.plain_floats(f"{side}.size", [level.size for level in every])
    )
    owners = np.repeat(np.arange(len(levels)), counts)
    order = np.lexsort((prices * best, owners))
    prices, sizes = prices[order], sizes[order]
    if np.any((np.diff(prices) == 0) & (np.diff(owners) == 0)):
        raise FieldError(f"{side}.price", "two levels at one price")
    if not np.all(sizes):
        raise FieldError(f"{side}.size", "a level without size")
    ends = np.cumsum(counts)
    bests = np.full(len(levels), best * _BEYOND_ALL)
    bests[counts > 0] = prices[(ends - counts)[counts > 0]]
    column = values.levels_of(
        pa.array(np.concatenate(([0], ends)), pa.int32()),
        values.column_of_millionths(prices),
        values.column_of_millionths(sizes),
    )
    return column, bests


def _amounts(name: str, texts: Sequence[str | None], *, high: int | None = None) -> pa.Array:
    """Decimals that may be missing or ""."""
    given = [text for text in texts if text]
    floats = iter(values.plain_floats(name, given).tolist())
    return values.amount_column(
        name, [next(floats) if text else None for text in texts], high=high, optional=True
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
