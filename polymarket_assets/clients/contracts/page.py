"""From the bytes of a page to its records, and what every parser gives back.

Belongs here: envelopes, the search for the records that break a contract, and the words of a
rejection. Not here: the fields of any one contract.

A page is first decoded as a whole, typed, its numbers as floats, which mostly tell what their
texts say (values.py); where they do not, once more with exact ones. Only if that fails are its
records cut apart and decoded one by one; and only if the page is no strict JSON (a NaN, a lone
surrogate) are they cut out of the text by a lenient reader, so that one bad record never takes its
neighbours with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Generic, TypeVar

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts.lenient import LenientError, elements, members
from polymarket_assets.clients.errors import MalformedPageError

# What msgspec raises on bytes from outside; the last is Decimal's, for an exponent out of range.
DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError)

_SHOWN = 160
"""Bytes of a field that a reason repeats; the row itself is kept whole."""
_MISSING = re.compile(r"missing required field `(\w+)`")
_PATH = re.compile(r" - at `\$\.(.+)`$")
_FIRST_ROW_BYTES = 200_000
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

Row = TypeVar("Row")
Envelope = TypeVar("Envelope")


class FieldError(ValueError):
    """A field breaks its contract: `field` names it, `problem` says how."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A record that broke its contract: its index in the page, why, and its bytes as received."""

    position: int
    reason: str
    row: bytes


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """What a parser made of a page: `row_count` = rows of `table` + `rejected`.

    Attributes:
        table: accepted rows, with the columns of their raw table.
        rejected: the other records, in order.
        row_count: records in the page.
        next_cursor: where the walk goes on; None on the last page.
        unknown_fields: fields that the contract does not know; where records are not taken apart
            one by one, those of the first record.
        contract: endpoint and version of the contract that read it, as in registry.py.
    """

    table: pa.Table
    rejected: tuple[RejectedRow, ...]
    row_count: int
    next_cursor: str | None = None
    unknown_fields: frozenset[str] = frozenset()
    contract: str | None = None


@dataclass(frozen=True, slots=True)
class Located(Generic[Row]):
    """A decoded record with its place in the page and its bytes."""

    position: int
    raw: bytes
    row: Row


class _ErrorBody(msgspec.Struct):
    error: object


_decode_error_body = msgspec.json.Decoder(_ErrorBody).decode


def malformed(endpoint: str, error: Exception, body: bytes) -> MalformedPageError:
    """The error for an answer that is not the page it should be, with what it says instead."""
    try:
        said = str(_decode_error_body(body).error)
    except DECODE_ERRORS:
        said = None
    # A ValidationError is JSON of another shape; every other decode error means it is none.
    undecodable = not isinstance(error, msgspec.ValidationError)
    return MalformedPageError(endpoint, str(error), undecodable=undecodable, said=said)


def refuse_error(endpoint: str, error: object) -> None:
    """Refuse a page that carries an `error`, whatever else is in it.

    Raises:
        MalformedPageError: `error` is anything but null.
    """
    if error is not None:
        raise MalformedPageError(endpoint, "the answer carries an error", said=str(error))


def open_page(
    endpoint: str,
    body: bytes,
    decode: Callable[[bytes], Envelope],
    key: str,
    rows: Callable[[Envelope], Sequence[msgspec.Raw] | None],
) -> tuple[Envelope, list[bytes]]:
    """The envelope and the bytes of its records, also when some of these are no strict JSON.

    Args:
        endpoint: name for errors.
        body: the page.
        decode: decoder of the envelope with raw records.
        key: name of the list of records.
        rows: gives that list of an envelope.

    Raises:
        MalformedPageError: the page is not such an envelope.
    """
    try:
        envelope = decode(body)
    except msgspec.ValidationError as error:
        raise malformed(endpoint, error, body) from None
    except DECODE_ERRORS as error:
        try:
            cut, rest = list_in(body, key)
            return decode(rest), cut
        except (LenientError, *DECODE_ERRORS):
            raise malformed(endpoint, error, body) from None
    return envelope, [bytes(raw) for raw in rows(envelope) or ()]


def decode_each(
    rows: Sequence[bytes], decode: Callable[[bytes], Row]
) -> tuple[list[Located[Row]], list[RejectedRow]]:
    """Decode records one by one; give those that have their types, and the rejected others."""
    good: list[Located[Row]] = []
    rejected: list[RejectedRow] = []
    for position, raw in enumerate(rows):
        try:
            refuse_nul(raw)
            good.append(Located(position, raw, decode(raw)))
        except FieldError as error:
            rejected.append(reject(position, raw, error))
        except DECODE_ERRORS as error:
            rejected.append(reject(position, raw, blame(raw, error)))
    return good, rejected


def sift(
    rows: Sequence[Located[Row]], check: Callable[[Sequence[Row]], object]
) -> tuple[list[Located[Row]], list[RejectedRow]]:
    """Halve until `check` (which looks at whole columns) passes or a single record fails it."""
    try:
        check([located.row for located in rows])
    except FieldError as error:
        if len(rows) == 1:
            return [], [reject(rows[0].position, rows[0].raw, error)]
        middle = len(rows) // 2
        left, left_rejected = sift(rows[:middle], check)
        right, right_rejected = sift(rows[middle:], check)
        return left + right, left_rejected + right_rejected
    return list(rows), []


def in_order(*groups: Sequence[RejectedRow]) -> tuple[RejectedRow, ...]:
    """Rejected records in the order of the page."""
    return tuple(sorted(chain(*groups), key=lambda rejected: rejected.position))


def reject(position: int, raw: bytes, error: FieldError) -> RejectedRow:
    """A rejection whose reason names the field and shows its bytes."""
    top = re.split(r"[.\[]", error.field, maxsplit=1)[0]
    try:
        value = members(raw).get(top)
    except LenientError:
        value = raw
    shown = "nothing" if value is None else value[:_SHOWN].decode(errors="backslashreplace")
    reason = f"{error.field}: {error.problem}; got {shown}"
    # The row keeps its bytes; the reason must be text that every database can store.
    storable = reason.replace("\0", "\\x00").encode(errors="backslashreplace").decode()
    return RejectedRow(position, storable, raw)


def refuse_nul(raw: bytes) -> None:
    r"""Raise when a text holds a NUL (`\u0000`): the catalog's database cannot store one."""
    if b"u0000" in raw and _NUL.search(raw):
        try:
            fields = members(raw)
        except LenientError:
            fields = {}
        field = next((name for name, value in fields.items() if _NUL.search(value)), "row")
        raise FieldError(field, "text with a NUL character")


def has_nul(body: bytes) -> bool:
    r"""Whether some text of a page holds a NUL (`\u0000`), told from one escape to the next.

    A page has few, and looking for one character is ten times as fast as looking for six.
    """
    at = body.find(b"\\")
    while at >= 0:
        if body.startswith(b"u0000", at + 1):
            return True
        at = body.find(b"\\", at + 2)
    return False


def unknown_fields(body: bytes, list_start: int, known: frozenset[str]) -> frozenset[str]:
    """Fields of the first record of the list that starts at or after `list_start`."""
    start = body.find(b"{", list_start)
    if start < 0:
        return frozenset()
    try:
        return frozenset(members(body[start : start + _FIRST_ROW_BYTES], whole=False)) - known
    except LenientError:
        return frozenset()


def list_in(body: bytes, key: str) -> tuple[list[bytes], bytes]:
    """Cut the list under `key` out of a page that is no strict JSON.

    Returns:
        The bytes of each element, and the page with that list emptied.

    Raises:
        LenientError: the page is not even an object with such a list.
    """
    fields = members(body)
    rows = elements(fields.get(key, b""))
    fields[key] = b"[]"
    rest = b",".join(json.dumps(name).encode() + b":" + value for name, value in fields.items())
    return rows, b"{" + rest + b"}"


def blame(raw: bytes, error: Exception) -> FieldError:
    """The field of a record that a decode error is about."""
    text = str(error)
    path = _PATH.search(text)
    if missing := _MISSING.search(text):
        return FieldError(f"{path[1]}.{missing[1]}" if path else missing[1], "missing")
    if path:
        return FieldError(path[1], text[: path.start()])
    try:
        fields = members(raw)
    except LenientError:
        return FieldError("row", text)
    for name, value in fields.items():
        try:
            msgspec.json.decode(value)
        except DECODE_ERRORS as cause:
            return FieldError(name, str(cause))
    return FieldError("row", text)
