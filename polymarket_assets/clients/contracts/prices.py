"""GET /prices-history and POST /batch-prices-history: points of tokens, into raw.clob_prices.

Belongs here: the contract of a point: a moment and a midpoint. Not here: the request and its
windows (clob.py); filling gaps (dbt).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain

import msgspec
import numpy as np
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.lenient import LenientError, elements, members
from polymarket_assets.clients.contracts.page import (
    DECODE_ERRORS,
    FieldError,
    ParsedPage,
    RejectedRow,
    decode_each,
    in_order,
    malformed,
    refuse_error,
    reject,
    sift,
    unknown_fields,
)
from polymarket_assets.clients.errors import MalformedPageError

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("token_id", pa.string(), nullable=False),
        pa.field("event_at", values.MOMENT, nullable=False),
        pa.field("price", values.AMOUNT, nullable=False),
        pa.field("fidelity_minutes", pa.int32(), nullable=False),
        pa.field("dt", pa.date32(), nullable=False),
    ]
)


VERSION = "v1"


class Point(msgspec.Struct, gc=False):
    """One record: unix seconds and the midpoint then."""

    t: int
    p: object


class _OneToken(msgspec.Struct):
    history: list[Point] | None
    error: object = None


class _ManyTokens(msgspec.Struct):
    history: dict[str, list[Point] | None] | None
    error: object = None


class _Envelope(msgspec.Struct):
    history: msgspec.Raw
    error: object = None


KNOWN = frozenset(Point.__struct_fields__)

# First as floats, which is fast; with the hook, where they do not tell enough, as exact Decimals.
_ONE = (
    msgspec.json.Decoder(_OneToken).decode,
    msgspec.json.Decoder(_OneToken, float_hook=Decimal).decode,
)
_MANY = (
    msgspec.json.Decoder(_ManyTokens).decode,
    msgspec.json.Decoder(_ManyTokens, float_hook=Decimal).decode,
)
_envelope = msgspec.json.Decoder(_Envelope).decode
_point = msgspec.json.Decoder(Point, float_hook=Decimal).decode


def parse_one(
    body: bytes, *, token: str, fidelity_minutes: int, received_at: datetime
) -> ParsedPage:
    """Parse the history of one token, which the answer itself does not name.

    Args:
        body: the answer as received.
        token: the token asked for.
        fidelity_minutes: the resolution asked for.
        received_at: when it was received; a point may not be an hour later.

    Raises:
        MalformedPageError: the answer is no history.
    """
    contract = _Contract("clob_prices_history", frozenset({token}), fidelity_minutes, received_at)
    for decode in _ONE:
        try:
            page = decode(body)
        except DECODE_ERRORS:
            break
        refuse_error(contract.endpoint, page.error)
        if parsed := contract.whole(body, {token: page.history}):
            return parsed
    return contract.each(body, lambda history: {token: _list(history)})


def parse_many(
    body: bytes, *, tokens: frozenset[str], fidelity_minutes: int, received_at: datetime
) -> ParsedPage:
    """Parse the histories of several tokens; `position` counts through them in their order.

    Args:
        body: the answer as received.
        tokens: the tokens asked for.
        fidelity_minutes: the resolution asked for.
        received_at: when it was received; a point may not be an hour later.

    Raises:
        MalformedPageError: the answer is no such set of histories.
    """
    contract = _Contract("clob_batch_prices", tokens, fidelity_minutes, received_at)
    for decode in _MANY:
        try:
            page = decode(body)
        except DECODE_ERRORS:
            break
        refuse_error(contract.endpoint, page.error)
        if parsed := contract.whole(body, page.history or {}):
            return parsed
    return contract.each(body, members)


def _list(history: bytes) -> bytes:
    """The bytes of a list.

    Raises:
        LenientError: they are something else.
    """
    elements(history)
    return history


def _unknown(body: bytes) -> frozenset[str]:
    return unknown_fields(body, body.find(b"["), KNOWN)


@dataclass(frozen=True)
class _Contract:
    """What a request asked for, and with it how its answer becomes rows."""

    endpoint: str
    tokens: frozenset[str]
    fidelity_minutes: int
    received_at: datetime

    @property
    def name(self) -> str:
        """Endpoint and version."""
        return f"{self.endpoint}/{VERSION}"

    def whole(self, body: bytes, histories: Mapping[str, list[Point] | None]) -> ParsedPage | None:
        """The page, if every point of it is sound."""
        if not self.tokens.issuperset(histories):
            return None
        lists = [points or [] for points in histories.values()]
        try:
            columns = self._columns(list(chain(*lists)))
        except FieldError:
            return None
        owners = np.repeat(np.arange(len(lists)), [len(points) for points in lists])
        names = pa.array(list(histories), pa.string()).take(pa.array(owners, pa.int64()))
        table = self._table(names, columns, range(len(names)))
        return ParsedPage(table, (), len(names), None, _unknown(body), self.name)

    def each(self, body: bytes, split: Callable[[bytes], Mapping[str, bytes]]) -> ParsedPage:
        """Accept or reject each point by itself.

        Args:
            body: the answer.
            split: token to the bytes of its list of points, of the bytes under `history`.
        """
        names: list[str] = []
        records: list[bytes] = []
        astray: dict[int, RejectedRow] = {}
        for token, history in self._histories(body, split).items():
            try:
                points = self._points(token, history)
            except FieldError as error:
                astray[len(records)] = reject(len(records), history, error)
                points = [history]
            records += points
            names += [token] * len(points)
        typed, untyped = decode_each(records, _point)
        typed = [located for located in typed if located.position not in astray]
        untyped = [rejected for rejected in untyped if rejected.position not in astray]
        good, broken = sift(typed, self._columns)
        positions = [located.position for located in good]
        table = self._table(
            pa.array([names[position] for position in positions], pa.string()),
            self._columns([located.row for located in good]),
            positions,
        )
        return ParsedPage(
            table,
            in_order(untyped, broken, list(astray.values())),
            len(records),
            None,
            _unknown(body),
            self.name,
        )

    def _histories(
        self, body: bytes, split: Callable[[bytes], Mapping[str, bytes]]
    ) -> Mapping[str, bytes]:
        try:
            page = _envelope(body)
            refuse_error(self.endpoint, page.error)
            history = bytes(page.history)
        except msgspec.ValidationError as error:
            raise malformed(self.endpoint, error, body) from None
        except DECODE_ERRORS as error:
            try:
                history = members(body)["history"]
            except (LenientError, KeyError):
                raise malformed(self.endpoint, error, body) from None
        try:
            return split(history)
        except LenientError as error:
            raise MalformedPageError(self.endpoint, f"history: {error}") from None

    def _points(self, token: str, history: bytes) -> list[bytes]:
        if token not in self.tokens:
            raise FieldError("history", f"{token[:80]!r} is not a token that was asked for")
        try:
            return [] if history == b"null" else elements(history)
        except LenientError as error:
            raise FieldError("history", f"expected a list of points: {error}") from None

    def _columns(self, points: Sequence[Point]) -> dict[str, pa.Array]:
        seconds = values.moments("t", [point.t for point in points], self.received_at)
        return {
            "event_at": values.moment_column(seconds),
            "price": values.amount_column("p", [point.p for point in points], low=0, high=1),
            "dt": values.date_column(seconds),
        }

    def _table(
        self, tokens: pa.Array, columns: dict[str, pa.Array], positions: Sequence[int]
    ) -> pa.Table:
        arrays = columns | {
            "position": pa.array(positions, pa.int32()),
            "token_id": tokens,
            "fidelity_minutes": pa.repeat(
                pa.scalar(self.fidelity_minutes, pa.int32()), len(positions)
            ),
        }
        return pa.table([arrays[name] for name in SCHEMA.names], schema=SCHEMA)
