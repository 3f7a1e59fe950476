"""GET /markets/trades and /historical/trades: one trade per record, into raw.kalshi_trades.

Belongs here: the contract of a trade. Not here: the request (kalshi.py), which windows are walked
(sources).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.kalshi_page import RowsContract, cursor_of, take_apart
from polymarket_assets.clients.contracts.kalshi_values import (
    CENT_TWINS,
    Integers,
    event_moments,
    fixed_point,
    refuse_integers,
    tickers,
)
from polymarket_assets.clients.contracts.page import FieldError, ParsedPage

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("trade_id", pa.string(), nullable=False),
        pa.field("ticker", pa.string(), nullable=False),
        pa.field("yes_price", values.AMOUNT, nullable=False),
        pa.field("no_price", values.AMOUNT, nullable=False),
        pa.field("size", values.AMOUNT, nullable=False),
        pa.field("taker_outcome", pa.string()),
        pa.field("taker_book_side", pa.string()),
        pa.field("is_block_trade", pa.bool_()),
        pa.field("event_at", values.MOMENT, nullable=False),
        pa.field("dt", pa.date32(), nullable=False),
    ]
)
_OUTCOMES = frozenset({"yes", "no", None})
_BOOK_SIDES = frozenset({"bid", "ask", None})


class Trade(Integers, kw_only=True):
    """One record; `taker_side` is the former name of `taker_outcome_side`."""

    trade_id: str
    ticker: str
    created_time: str
    count_fp: object = None
    yes_price_dollars: object = None
    no_price_dollars: object = None
    taker_outcome_side: str | None = None
    taker_side: str | None = None
    taker_book_side: str | None = None
    is_block_trade: bool | None = None


KNOWN = frozenset(Trade.__struct_encode_fields__) | frozenset(CENT_TWINS)
_CONTRACT = RowsContract(Trade, SCHEMA)


def parse(body: bytes, *, received_at: datetime) -> ParsedPage:
    """Parse a page of trades.

    Args:
        body: the page as received.
        received_at: when it was received; a trade may not be an hour later.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    page, records = take_apart("kalshi_trades", body, "trades")
    table, rejected = _CONTRACT.rows(records, lambda rows: _columns(rows, received_at))
    return _CONTRACT.page(
        table, rejected, records=records, known=KNOWN, next_cursor=cursor_of(page)
    )


def _columns(rows: Sequence[Trade], received_at: datetime) -> dict[str, pa.Array]:
    """The checked columns of some records."""
    for row in rows:
        refuse_integers(row)
    yes = fixed_point("yes_price_dollars", [row.yes_price_dollars for row in rows], high=1)
    no = fixed_point("no_price_dollars", [row.no_price_dollars for row in rows], high=1)
    if any(a + b != 1 for a, b in zip(yes, no, strict=True)):
        raise FieldError("no_price_dollars", "does not make one dollar with yes_price_dollars")
    happened = event_moments("created_time", [row.created_time for row in rows], received_at)
    columns: dict[str, Sequence[object]] = {
        "trade_id": tickers("trade_id", [row.trade_id for row in rows]),
        "ticker": tickers("ticker", [row.ticker for row in rows]),
        "yes_price": yes,
        "no_price": no,
        "size": _sizes([row.count_fp for row in rows]),
        "taker_outcome": _one_of(
            "taker_outcome_side",
            [row.taker_outcome_side or row.taker_side or None for row in rows],
            _OUTCOMES,
        ),
        "taker_book_side": _one_of(
            "taker_book_side", [row.taker_book_side or None for row in rows], _BOOK_SIDES
        ),
        "is_block_trade": [row.is_block_trade for row in rows],
        "event_at": happened,
        "dt": [moment.date() for moment in happened],
    }
    return {name: pa.array(column, SCHEMA.field(name).type) for name, column in columns.items()}


def _sizes(counts: Sequence[object]) -> list[Decimal]:
    sizes = fixed_point("count_fp", counts)
    if sizes and min(sizes) == 0:
        raise FieldError("count_fp", "a trade without size")
    return sizes


def _one_of(
    field: str, texts: Sequence[str | None], allowed: frozenset[str | None]
) -> Sequence[str | None]:
    if not allowed.issuperset(texts):
        raise FieldError(field, f"expected {' or '.join(sorted(filter(None, allowed)))}")
    return texts
