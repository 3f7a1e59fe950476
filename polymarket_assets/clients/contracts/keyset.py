"""Gamma's keyset pages: objects kept whole as JSON text, after their known fields were looked at.

Belongs here: what /markets/keyset and /events/keyset have in common. Not here: the fields of a
market (markets.py) or an event (events.py), or their meaning (dbt reads the payload).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts.page import (
    DECODE_ERRORS,
    FieldError,
    ParsedPage,
    RejectedRow,
    blame,
    decode_each,
    in_order,
    open_page,
    refuse_error,
    reject,
)
from polymarket_assets.clients.contracts.values import digit_ids, iso_moment
from polymarket_assets.clients.errors import MalformedPageError

Number = float | None
"""A JSON number or nothing. It is only looked at here: the payload keeps its exact text."""
Flag = bool | None
Text = str | None


class Reference(msgspec.Struct):
    """An object inside another, of which only the id is kept."""

    id: str


class MarketsPage(msgspec.Struct):
    """A page of /markets/keyset; the last one has no `next_cursor`."""

    markets: list[msgspec.Raw]
    next_cursor: str | None = None
    error: object = None


class EventsPage(msgspec.Struct):
    """A page of /events/keyset; the last one has no `next_cursor`."""

    events: list[msgspec.Raw]
    next_cursor: str | None = None
    error: object = None


VERSION = "keyset"

Page = TypeVar("Page", MarketsPage, EventsPage)
Record = TypeVar("Record", bound=msgspec.Struct)
Accepted = TypeVar("Accepted")
_PLACE = msgspec.Raw(b"\x00")
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Payload:
    """The text that is stored for an object, and its SHA-256 (hex)."""

    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class KeysetRows(Generic[Accepted]):
    """A page taken apart: accepted objects with their places, and everything else about it."""

    positions: list[int]
    accepted: list[Accepted]
    rejected: tuple[RejectedRow, ...]
    row_count: int
    next_cursor: str | None
    unknown_fields: frozenset[str]
    contract: str

    def page(self, table: pa.Table) -> ParsedPage:
        """The page with its accepted objects as `table`."""
        return ParsedPage(
            table,
            self.rejected,
            self.row_count,
            self.next_cursor,
            self.unknown_fields,
            self.contract,
        )


class KeysetContract(Generic[Page, Record]):
    """How the pages of one listing are taken apart."""

    def __init__(
        self,
        *,
        endpoint: str,
        page: type[Page],
        key: str,
        rows: Callable[[Page], Sequence[msgspec.Raw]],
        record: type[Record],
        known: frozenset[str],
    ) -> None:
        """Prepare the decoders.

        Args:
            endpoint: name for errors.
            page: the envelope.
            key: name of the list of objects in the envelope.
            rows: gives that list.
            record: known fields of an object with their JSON types.
            known: every field the contract knows.
        """
        self._endpoint, self._key, self._rows, self._known = endpoint, key, rows, known
        self._decode_page = msgspec.json.Decoder(page).decode
        self._decode_record = msgspec.json.Decoder(record).decode

    def take_apart(
        self, body: bytes, accept: Callable[[Record, bytes], Accepted]
    ) -> KeysetRows[Accepted]:
        """Accept or reject each object of a page.

        Args:
            body: the page as received.
            accept: makes a row of an object and its bytes, or raises FieldError.

        Raises:
            MalformedPageError: the answer is no such page.
        """
        page, objects = open_page(self._endpoint, body, self._decode_page, self._key, self._rows)
        refuse_error(self._endpoint, page.error)
        if page.next_cursor == "":
            raise MalformedPageError(
                self._endpoint, "next_cursor is empty, which is neither a place nor the end"
            )
        typed, rejected = decode_each(objects, self._decode_record)
        positions, accepted = [], []
        for located in typed:
            try:
                accepted.append(accept(located.row, located.raw))
                positions.append(located.position)
            except (FieldError, UnicodeDecodeError) as error:
                # The text of a field that is not looked at may still be no UTF-8.
                cause = error if isinstance(error, FieldError) else blame(located.raw, error)
                rejected.append(reject(located.position, located.raw, cause))
        return KeysetRows(
            positions,
            accepted,
            in_order(rejected),
            len(objects),
            page.next_cursor,
            self._unknown(objects),
            f"{self._endpoint}/{VERSION}",
        )

    def _unknown(self, objects: Sequence[bytes]) -> frozenset[str]:
        found: set[str] = set()
        for raw in objects:
            with suppress(*DECODE_ERRORS):
                found.update(_decode_object(raw))
        return frozenset(found) - self._known


def words(text: str) -> list[str]:
    """The words of a text: a way to write many field names in few lines."""
    return text.split()


def with_typed_fields(
    record: type[Record], *, numbers: Sequence[str], flags: Sequence[str], texts: Sequence[str]
) -> type[Record]:
    """`record` with more optional fields of plain types, which are looked at and not used."""
    fields: list[tuple[str, object, None]] = [(name, Number, None) for name in numbers]
    fields += [(name, Flag, None) for name in flags]
    fields += [(name, Text, None) for name in texts]
    extended = msgspec.defstruct(record.__name__, fields, bases=(record,), rename=None)
    return cast("type[Record]", extended)


def payload(raw: bytes, nested: str, ids_name: str, ids: Sequence[str]) -> Payload:
    """The object as JSON with the objects under `nested` replaced by their ids.

    All other members keep their order and, digit for digit, their text. Nested objects have their
    own walk; kept here too, each of their changes would make a new version of this object.
    """
    members = _decode_object(raw)
    if nested in members:
        members[nested] = _PLACE
    text = msgspec.json.encode(members)
    if nested in members:
        # No other place can look like this one: a bare NUL is not JSON.
        old, new = b'"%s":\x00' % nested.encode(), b'"%s":' % ids_name.encode()
        text = text.replace(old, new + msgspec.json.encode(ids), 1)
    return Payload(text.decode(), hashlib.sha256(text).hexdigest())


def check_moments(named: Iterable[tuple[str, str | None]]) -> None:
    """Look at moments that are kept as text; "" stands for none."""
    for name, text in named:
        if text:
            iso_moment(name, text)


def check_references(name: str, references: Sequence[Reference] | None) -> list[str]:
    """The ids of nested objects."""
    ids = [reference.id for reference in references or ()]
    digit_ids(name, ids)
    return ids


def listed(name: str, text: str | None) -> list[str] | None:
    """A list of strings that Gamma writes as JSON inside a string; None when there is none."""
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=list[str]) or None
    except DECODE_ERRORS:
        raise FieldError(name, "expected a JSON list of strings inside a string") from None
