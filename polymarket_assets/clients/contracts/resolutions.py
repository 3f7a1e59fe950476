"""GET /v2/resolutions: the state of one market's result per record, into raw.data_resolutions.

Belongs here: the contract of a resolution. Payouts are millionths, prices 10^18 as text with "69"
for unset, a time is RFC 3339 or unix seconds as text, and fields come and go with the state. The
answer has no pages. Not here: the request (data_api.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TypeVar

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.page import (
    FieldError,
    Located,
    ParsedPage,
    decode_each,
    in_order,
    open_page,
    refuse_error,
    sift,
    unknown_fields,
)
from polymarket_assets.clients.contracts.v2 import assembled

ENDPOINT = "data_resolutions"

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("condition_id", pa.string(), nullable=False),
        pa.field("question_id", pa.string()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("was_disputed", pa.bool_()),
        pa.field("was_arbitrated", pa.bool_()),
        pa.field("proposed_price", values.AMOUNT),
        pa.field("reproposed_price", values.AMOUNT),
        pa.field("price", values.AMOUNT),
        pa.field("payouts", pa.list_(values.AMOUNT)),
        pa.field("resolution_source", pa.string()),
        pa.field("resolved_at", values.MOMENT),
        pa.field("resolved_block", pa.int64()),
        pa.field("last_update_at", values.MOMENT),
        pa.field("expected_settlement_at", values.MOMENT),
        pa.field("settlement_time_basis", pa.string()),
        pa.field("transaction_hash", pa.string()),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("payload_sha256", pa.string(), nullable=False),
    ]
)

UNSET = "69"
"""The venue's price of a proposal that was not made."""
_WEI = Decimal(10) ** 18
_MICRO = Decimal(1_000_000)
_LONGEST_PRICE = 40
_FAR = 5 * 366 * 86_400
"""Seconds ahead within which an expected settlement is believed."""

T = TypeVar("T")


class Resolution(msgspec.Struct):
    """One record; which fields it has depends on its status."""

    condition_id: str
    status: str
    question_id: str | None = None
    was_disputed: bool | None = None
    was_arbitrated: bool | None = None
    proposed_price: str | None = None
    reproposed_price: str | None = None
    price: str | None = None
    payouts: list[int] | None = None
    resolution_source: str | None = None
    resolved_at: str | None = None
    resolved_block: int | None = None
    last_update_timestamp: str | None = None
    expected_settlement_time: str | None = None
    settlement_time_basis: str | None = None
    transaction_hash: str | None = None


class Answer(msgspec.Struct):
    """The answer: a list without pages; null means no record."""

    data: list[msgspec.Raw] | None
    error: object = None


KNOWN = frozenset(Resolution.__struct_fields__) | {"extended_review", "new_version_q", "log_index"}

_decode_answer = msgspec.json.Decoder(Answer).decode
_decode_fields = msgspec.json.Decoder(Resolution).decode


def parse(body: bytes, *, conditions: frozenset[str], received_at: datetime) -> ParsedPage:
    """Parse an answer with resolutions.

    Args:
        body: the answer as received; conditions without a result yet may be missing from it.
        conditions: the markets that were asked for.
        received_at: when it was received; nothing may have happened an hour later.

    Raises:
        MalformedPageError: the answer is no such list.
    """
    answer, records = open_page(ENDPOINT, body, _decode_answer, "data", lambda page: page.data)
    refuse_error(ENDPOINT, answer.error)
    columns = partial(_columns, conditions=conditions, received_at=received_at)
    typed, untyped = decode_each(records, _decode_resolution)
    good, broken = sift(typed, columns)
    table = assembled(
        SCHEMA,
        columns([located.row for located in good]) | _payloads(good),
        [located.position for located in good],
        {},
    )
    data = body.find(b"[")
    unknown = unknown_fields(body, data, KNOWN) if data >= 0 else frozenset()
    return ParsedPage(table, in_order(untyped, broken), len(records), None, unknown)


def _decode_resolution(raw: bytes) -> Resolution:
    """Its typed fields; the others are kept as text, so they must be text, too."""
    raw.decode()
    return _decode_fields(raw)


def _payloads(rows: Sequence[Located[Resolution]]) -> dict[str, pa.Array]:
    return {
        "payload": pa.array([located.raw.decode() for located in rows], pa.string()),
        "payload_sha256": pa.array(
            [hashlib.sha256(located.raw).hexdigest() for located in rows], pa.string()
        ),
    }


def _columns(
    rows: Sequence[Resolution], *, conditions: frozenset[str], received_at: datetime
) -> dict[str, pa.Array]:
    """The checked columns of some records."""
    ids = values.hex_ids(
        "condition_id", [row.condition_id for row in rows], values.CONDITION_LENGTHS
    )
    if not conditions.issuperset(ids):
        raise FieldError("condition_id", "not a market that was asked for")
    if not all(row.status for row in rows):
        raise FieldError("status", "empty")
    latest = int((received_at + values.CLOCK_SKEW).timestamp())

    def each(field: str, read: Callable[[str, str], T]) -> list[T | None]:
        texts = [getattr(row, field) for row in rows]
        return [read(field, text) if text else None for text in texts]

    past, planned = partial(_moment, latest=latest), partial(_moment, latest=latest + _FAR)
    columns: dict[str, Sequence[object]] = {
        "condition_id": ids,
        "status": [row.status for row in rows],
        "question_id": values.texts([row.question_id for row in rows]),
        "was_disputed": [row.was_disputed for row in rows],
        "was_arbitrated": [row.was_arbitrated for row in rows],
        "proposed_price": each("proposed_price", _price),
        "reproposed_price": each("reproposed_price", _price),
        "price": each("price", _price),
        "payouts": [_payouts(row) for row in rows],
        "resolution_source": values.texts([row.resolution_source for row in rows]),
        "resolved_at": each("resolved_at", past),
        "resolved_block": [row.resolved_block for row in rows],
        "last_update_at": each("last_update_timestamp", past),
        "expected_settlement_at": each("expected_settlement_time", planned),
        "settlement_time_basis": values.texts([row.settlement_time_basis for row in rows]),
        "transaction_hash": values.where_given(
            partial(values.hex_ids, "transaction_hash", lengths=values.HASH_LENGTHS),
            [row.transaction_hash for row in rows],
        ),
    }
    return {name: pa.array(column, SCHEMA.field(name).type) for name, column in columns.items()}


def _payouts(row: Resolution) -> list[Decimal] | None:
    """Payout per share of each outcome, which add up to one pUSD, less what rounding cuts off."""
    if not row.payouts:
        return None
    if min(row.payouts) < 0 or not 0 <= _MICRO - sum(row.payouts) < len(row.payouts):
        raise FieldError("payouts", "expected millionths that add up to 1000000")
    return [payout / _MICRO for payout in map(Decimal, row.payouts)]


def _price(field: str, text: str) -> Decimal | None:
    """A price of 10^18 as text; negative ones are the oracle's words, kept in the payload alone."""
    if text == UNSET or text.startswith("-"):
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_PRICE:
        raise FieldError(field, "expected a whole number as text")
    [price] = values.amounts(field, [Decimal(text) / _WEI], low=0)
    return price


def _moment(field: str, text: str, *, latest: int) -> datetime:
    """RFC 3339 or unix seconds, both as text."""
    if text.isascii() and text.isdigit():
        seconds = int(text) if len(text) <= len(str(latest)) else latest + 1
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise FieldError(field, "expected RFC 3339 or unix seconds as text") from None
        if moment.tzinfo is None:
            raise FieldError(field, "a time without its zone")
        seconds = int(moment.timestamp())
    if not values.EARLIEST.timestamp() <= seconds <= latest:
        raise FieldError(field, "before 2020, too far ahead of our clock, or in another unit")
    return datetime.fromtimestamp(seconds, UTC)
