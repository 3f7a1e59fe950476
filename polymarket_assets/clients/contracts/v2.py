"""Pages of the Data API v2: one envelope, and parsing that is fast as long as nothing is wrong.

Belongs here: what /v2 pages have in common. Not here: the fields of a record (trades.py,
leaderboard.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts.page import (
    DECODE_ERRORS,
    FieldError,
    ParsedPage,
    decode_each,
    has_nul,
    in_order,
    open_page,
    refuse_error,
    sift,
    unknown_fields,
)
from polymarket_assets.clients.errors import MalformedPageError

VERSION = "v2"

T = TypeVar("T")
Row = TypeVar("Row", bound=msgspec.Struct)
_RECORDS = re.compile(rb'"data"\s*:\s*\[\s*(?=\{)')
Columns = Callable[[Sequence[Row]], dict[str, pa.Array]]


class Pagination(msgspec.Struct):
    """Paging of v2: the walk ends at `next_cursor: null` and nowhere else."""

    next_cursor: str | None
    has_more: bool | None = None


class V2Page(msgspec.Struct, Generic[T]):
    """A page; `data: null` means no record."""

    data: list[T] | None
    pagination: Pagination
    error: object = None


class V2Contract(Generic[Row]):
    """How the pages of one v2 route become rows."""

    def __init__(
        self,
        *,
        endpoint: str,
        page: type[V2Page[Row]],
        row: type[Row],
        known: frozenset[str],
        schema: pa.Schema,
    ) -> None:
        """Prepare the decoders.

        Args:
            endpoint: name for errors.
            page: the envelope of such records.
            row: fields of a record with their JSON types; an exact number is an `object`.
            known: every field the contract knows.
            schema: columns of the raw table, without what the writer adds.
        """
        self._endpoint, self._known, self._schema = endpoint, known, schema
        self._name = f"{endpoint}/{VERSION}"
        self._decode_floats = msgspec.json.Decoder(page).decode
        # The hook makes a number with a point or exponent an exact Decimal, straight from its text.
        self._decode_exact = msgspec.json.Decoder(page, float_hook=Decimal).decode
        self._decode_row = msgspec.json.Decoder(row, float_hook=Decimal).decode
        self._decode_raw = msgspec.json.Decoder(V2Page[msgspec.Raw]).decode

    def parse(
        self, body: bytes, *, columns: Columns[Row], same: Mapping[str, object]
    ) -> ParsedPage:
        """Parse one page.

        Args:
            body: the page as received.
            columns: checks records and gives their columns, or raises FieldError.
            same: columns that have one value for the whole page.

        Raises:
            MalformedPageError: the answer is no such page.
        """
        for decode in (self._decode_floats, self._decode_exact):
            page = whole(body, decode)
            if page is None:
                break
            refuse_error(self._endpoint, page.error)
            rows = page.data or []
            try:
                table = assembled(self._schema, columns(rows), range(len(rows)), same)
            except FieldError:
                continue  # a float does not tell enough, or some record is broken
            cursor = next_cursor(self._endpoint, page.pagination)
            return ParsedPage(table, (), len(rows), cursor, self._unknown(body), self._name)
        return self._parse_each(body, columns, same)

    def _parse_each(
        self, body: bytes, columns: Columns[Row], same: Mapping[str, object]
    ) -> ParsedPage:
        page, records = open_page(
            self._endpoint, body, self._decode_raw, "data", lambda page: page.data
        )
        refuse_error(self._endpoint, page.error)
        typed, untyped = decode_each(records, self._decode_row)
        good, broken = sift(typed, columns)
        table = assembled(
            self._schema,
            columns([located.row for located in good]),
            [located.position for located in good],
            same,
        )
        return ParsedPage(
            table,
            in_order(untyped, broken),
            len(records),
            next_cursor(self._endpoint, page.pagination),
            self._unknown(body),
            self._name,
        )

    def _unknown(self, body: bytes) -> frozenset[str]:
        data = _RECORDS.search(body)
        return unknown_fields(body, data.end(), self._known) if data else frozenset()


def whole(body: bytes, decode: Callable[[bytes], T]) -> T | None:
    """A page decoded at once; None when its records need a closer look."""
    if has_nul(body):
        return None
    try:
        return decode(body)
    except DECODE_ERRORS:
        return None


def assembled(
    schema: pa.Schema,
    columns: dict[str, pa.Array],
    positions: Sequence[int],
    same: Mapping[str, object],
) -> pa.Table:
    """The table of accepted records.

    Args:
        schema: its columns, in order.
        columns: the checked columns of the records.
        positions: their places in the page.
        same: columns that have one value for the whole page.
    """
    arrays = {name: pa.repeat(value, len(positions)) for name, value in same.items()}
    arrays |= columns
    arrays["position"] = pa.array(positions, pa.int32())
    return pa.table([arrays[name] for name in schema.names], schema=schema)


def next_cursor(endpoint: str, pagination: Pagination) -> str | None:
    """Where the walk goes on; None at its end.

    Raises:
        MalformedPageError: the page says that more follows, but not where.
    """
    cursor = pagination.next_cursor
    if cursor == "" or (cursor is None and pagination.has_more):
        raise MalformedPageError(
            endpoint, f"next_cursor is {cursor!r} though has_more is {pagination.has_more}"
        )
    return cursor
