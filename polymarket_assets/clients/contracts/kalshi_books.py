"""GET /markets/orderbooks: one order book per record, into raw.kalshi_books.

Belongs here: the contract of a book. Kalshi lists bids alone, for both outcomes, worst first; here
both outcomes have bids and asks, best first: who bids p for NO asks 1 - p for YES. The ten best
levels of a side are kept, the page has them all. Not here: the request (kalshi.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.kalshi_page import RowsContract, take_apart
from polymarket_assets.clients.contracts.kalshi_values import fixed_point, tickers
from polymarket_assets.clients.contracts.page import FieldError, ParsedPage

DEPTH = 10
"""Levels kept of each side."""

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("ticker", pa.string(), nullable=False),
        pa.field("yes_bids", values.LEVELS, nullable=False),
        pa.field("yes_asks", values.LEVELS, nullable=False),
        pa.field("no_bids", values.LEVELS, nullable=False),
        pa.field("no_asks", values.LEVELS, nullable=False),
    ]
)

Levels = list[tuple[Decimal, Decimal]]
"""(price, size), best first."""


class Sides(msgspec.Struct):
    """Bids of both outcomes, [price, size] from the worst to the best; null for none."""

    yes_dollars: list[tuple[object, object]] | None = None
    no_dollars: list[tuple[object, object]] | None = None


class Book(msgspec.Struct):
    """One record; `orderbook` is the integer-cent book of before."""

    ticker: str
    orderbook_fp: Sides | None = None
    orderbook: object = None


KNOWN = frozenset(Book.__struct_encode_fields__)
_CONTRACT = RowsContract(Book, SCHEMA)


def parse(body: bytes, *, asked: frozenset[str]) -> ParsedPage:
    """Parse an answer with books.

    Args:
        body: the answer as received; it may lack tickers that were asked for, in any order.
        asked: the tickers that were asked for.

    Raises:
        MalformedPageError: the answer has no list of books.
    """
    _, records = take_apart("kalshi_books", body, "orderbooks")
    table, rejected = _CONTRACT.rows(records, lambda rows: _columns(rows, asked))
    return _CONTRACT.page(table, rejected, records=records, known=KNOWN, next_cursor=None)


def _columns(rows: Sequence[Book], asked: frozenset[str]) -> dict[str, pa.Array]:
    """The checked columns of some books."""
    tickers("ticker", [row.ticker for row in rows])
    if not asked.issuperset(row.ticker for row in rows):
        raise FieldError("ticker", "not a market that was asked for")
    sides: dict[str, list[Levels]] = {
        name: [] for name in ("yes_bids", "yes_asks", "no_bids", "no_asks")
    }
    for row in rows:
        if row.orderbook_fp is None:
            raise FieldError(
                "orderbook_fp", "missing; an integer-cent book is not read in its place"
            )
        yes = _bids("orderbook_fp.yes_dollars", row.orderbook_fp.yes_dollars)
        no = _bids("orderbook_fp.no_dollars", row.orderbook_fp.no_dollars)
        if yes and no and yes[0][0] + no[0][0] >= 1:
            raise FieldError(
                "orderbook_fp", f"best bids {yes[0][0]} and {no[0][0]} would have met each other"
            )
        sides["yes_bids"].append(yes)
        sides["no_bids"].append(no)
        sides["yes_asks"].append([(1 - price, size) for price, size in no])
        sides["no_asks"].append([(1 - price, size) for price, size in yes])
    columns = {name: values.level_column(levels) for name, levels in sides.items()}
    return columns | {"ticker": pa.array([row.ticker for row in rows], pa.string())}


def _bids(field: str, levels: Sequence[tuple[object, object]] | None) -> Levels:
    """The best bids of one outcome, best first."""
    levels = levels or ()
    prices = fixed_point(field, [price for price, _ in levels], high=1)
    sizes = fixed_point(field, [size for _, size in levels])
    if len(set(prices)) < len(prices):
        raise FieldError(field, "two levels at one price")
    if prices and (min(prices) == 0 or max(prices) == 1):
        raise FieldError(field, "a level at 0 or 1")
    if sizes and min(sizes) == 0:
        raise FieldError(field, "a level without size")
    return sorted(zip(prices, sizes, strict=True), reverse=True)[:DEPTH]
