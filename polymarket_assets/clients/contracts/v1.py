"""Pages of the Data API v1: a bare array of camelCase records, without an envelope or a cursor.

Belongs here: what such pages have in common. Not here: the fields of a record (trades.py,
activity.py), or where a walk by offsets ends (sources/offsets.py).

An error with status 200 is an object instead of the array, and is never read as a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts.lenient import LenientError, elements
from polymarket_assets.clients.contracts.page import (
    DECODE_ERRORS,
    FieldError,
    ParsedPage,
    decode_each,
    in_order,
    malformed,
    sift,
    unknown_fields,
)
from polymarket_assets.clients.contracts.v2 import Columns, assembled, whole

Row = TypeVar("Row", bound=msgspec.Struct)

_raw_records = msgspec.json.Decoder(list[msgspec.Raw]).decode


class V1Contract(Generic[Row]):
    """How the pages of one v1 route become rows of the table its v2 successor fills."""

    def __init__(
        self,
        *,
        endpoint: str,
        page: type[list[Row]],
        row: type[Row],
        known: frozenset[str],
        schema: pa.Schema,
    ) -> None:
        """Prepare the decoders.

        Args:
            endpoint: name for errors.
            page: the array of such records.
            row: fields of a record under the table's names, renamed to the venue's.
            known: every field the contract knows, as the venue names it.
            schema: columns of the raw table, without what the writer adds.
        """
        self._endpoint, self._schema = endpoint, schema
        self._known = known
        self._names = dict(zip(row.__struct_fields__, row.__struct_encode_fields__, strict=True))
        self._decode_floats = msgspec.json.Decoder(page).decode
        # The hook makes a number with a point or exponent an exact Decimal, straight from its text.
        self._decode_exact = msgspec.json.Decoder(page, float_hook=Decimal).decode
        self._decode_row = msgspec.json.Decoder(row, float_hook=Decimal).decode

    def parse(
        self, body: bytes, *, columns: Columns[Row], same: Mapping[str, object]
    ) -> ParsedPage:
        """Parse one page; arguments and errors as of `V2Contract.parse`."""
        for decode in (self._decode_floats, self._decode_exact):
            rows = whole(body, decode)
            if rows is None:
                break
            try:
                table = assembled(self._schema, columns(rows), range(len(rows)), same)
            except FieldError:
                continue  # a float does not tell enough, or some record is broken
            return ParsedPage(table, (), len(rows), None, self._unknown(body))
        return self._parse_each(body, columns, same)

    def _parse_each(
        self, body: bytes, columns: Columns[Row], same: Mapping[str, object]
    ) -> ParsedPage:
        records = self._records(body)

        def named(rows: Sequence[Row]) -> dict[str, pa.Array]:
            try:
                return columns(rows)
            except FieldError as error:
                raise FieldError(self._names.get(error.field, error.field), error.problem) from None

        typed, untyped = decode_each(records, self._decode_row)
        good, broken = sift(typed, named)
        table = assembled(
            self._schema,
            columns([located.row for located in good]),
            [located.position for located in good],
            same,
        )
        return ParsedPage(table, in_order(untyped, broken), len(records), None, self._unknown(body))

    def _records(self, body: bytes) -> list[bytes]:
        try:
            return [bytes(raw) for raw in _raw_records(body)]
        except msgspec.ValidationError as error:
            raise malformed(self._endpoint, error, body) from None
        except DECODE_ERRORS as error:
            try:
                return elements(body)
            except LenientError:
                raise malformed(self._endpoint, error, body) from None

    def _unknown(self, body: bytes) -> frozenset[str]:
        return unknown_fields(body, 0, self._known)
