"""Kalshi's pages: a list under a name and a cursor that ends as an empty string.

Belongs here: what all of Kalshi's pages have in common: envelope, cursor, the two shapes of an
error, and how records become checked columns. Not here: the fields of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts.page import (
    DECODE_ERRORS,
    ParsedPage,
    RejectedRow,
    decode_each,
    in_order,
    open_page,
    refuse_error,
    sift,
)
from polymarket_assets.clients.errors import MalformedPageError

Row = TypeVar("Row", bound=msgspec.Struct)
Columns = Callable[[Sequence[Row]], dict[str, pa.Array]]


class Envelope(msgspec.Struct):
    """A page: its lists by any of their names, a cursor, and what an error would carry."""

    events: list[msgspec.Raw] | None = None
    series: list[msgspec.Raw] | None = None
    markets: list[msgspec.Raw] | None = None
    trades: list[msgspec.Raw] | None = None
    orderbooks: list[msgspec.Raw] | None = None
    candlesticks: list[msgspec.Raw] | None = None
    ticker: str | None = None
    cursor: str | None = None
    error: object = None
    code: object = None
    message: object = None


_decode_envelope = msgspec.json.Decoder(Envelope).decode
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def take_apart(endpoint: str, body: bytes, key: str) -> tuple[Envelope, list[bytes]]:
    """The envelope of a page and the bytes of its records.

    Args:
        endpoint: name for errors.
        body: the page as received.
        key: name of the list of records.

    Raises:
        MalformedPageError: the answer carries an error, flat or nested, or has no such list.
    """
    page, records = open_page(
        endpoint, body, _decode_envelope, key, lambda envelope: getattr(envelope, key)
    )
    refuse_error(endpoint, page.error)
    # open_page gives no records for a list that is null, which Kalshi means as an empty one.
    if getattr(page, key) is None and not _has(body, key):
        said = page.message or page.code
        raise MalformedPageError(
            endpoint, f"the answer has no {key!r}", said=None if said is None else str(said)
        )
    return page, records


def _has(body: bytes, key: str) -> bool:
    try:
        return key in _decode_object(body)
    except DECODE_ERRORS:
        return False


def cursor_of(page: Envelope) -> str | None:
    """Where the walk goes on; the end is an empty string, and null or nothing is taken as one."""
    return page.cursor or None


def unknown_in(records: Sequence[bytes], known: frozenset[str]) -> frozenset[str]:
    """Fields of the first record that the contract does not know."""
    try:
        return frozenset(_decode_object(records[0])) - known if records else frozenset()
    except DECODE_ERRORS:
        return frozenset()


class RowsContract(Generic[Row]):
    """How records with exact values become the columns of a raw table."""

    def __init__(self, row: type[Row], schema: pa.Schema) -> None:
        """Prepare the decoder.

        Args:
            row: fields of a record with their JSON types; an exact number is an `object`.
            schema: columns of the raw table, without what the writer adds.
        """
        self._decode = msgspec.json.Decoder(row).decode
        self._schema = schema

    def rows(
        self, records: Sequence[bytes], columns: Columns[Row]
    ) -> tuple[pa.Table, tuple[RejectedRow, ...]]:
        """Accept or reject each record.

        Args:
            records: their bytes.
            columns: checks records and gives their columns but `position`, or raises FieldError.
        """
        typed, untyped = decode_each(records, self._decode)
        good, broken = sift(typed, columns)
        arrays = columns([located.row for located in good])
        arrays["position"] = pa.array([located.position for located in good], pa.int32())
        table = pa.table([arrays[name] for name in self._schema.names], schema=self._schema)
        return table, in_order(untyped, broken)

    def page(
        self,
        table: pa.Table,
        rejected: tuple[RejectedRow, ...],
        *,
        records: Sequence[bytes],
        known: frozenset[str],
        next_cursor: str | None,
    ) -> ParsedPage:
        """The parsed page of those rows."""
        return ParsedPage(table, rejected, len(records), next_cursor, unknown_in(records, known))
