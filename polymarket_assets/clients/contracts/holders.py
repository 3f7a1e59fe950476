"""GET /v2/holders: one holder of one token per record, into raw.data_holders.

Belongs here: the contract of a holder. The venue groups holders by token; here each is a record of
its own, numbered through the groups. Not here: the request (data_api.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.page import (
    DECODE_ERRORS,
    FieldError,
    ParsedPage,
    decode_each,
    in_order,
    malformed,
    refuse_error,
    sift,
    unknown_fields,
)
from polymarket_assets.clients.contracts.v2 import V2Page, assembled, next_cursor

ENDPOINT = "data_holders"

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("token_id", pa.string(), nullable=False),
        pa.field("wallet", pa.string(), nullable=False),
        pa.field("size", values.AMOUNT, nullable=False),
        pa.field("outcome_index", pa.int32()),
        pa.field("name", pa.string()),
        pa.field("pseudonym", pa.string()),
    ]
)

UNLABELLED = 999
_FIRST_HOLDER = re.compile(rb'"holders"\s*:\s*\[\s*(?=\{)')


class Holder(msgspec.Struct, gc=False):
    """One record."""

    token_id: str
    proxy_wallet: str
    amount: object
    outcome_index: int | None = None
    name: str | None = None
    pseudonym: str | None = None


class Group(msgspec.Struct):
    """The holders of one token."""

    token_id: str
    holders: list[msgspec.Raw] | None


KNOWN = frozenset(Holder.__struct_fields__) | {
    "bio",
    "display_username_public",
    "profile_image",
    "profile_image_optimized",
    "verified",
}

_decode_page = msgspec.json.Decoder(V2Page[Group]).decode
_decode_holder = msgspec.json.Decoder(Holder, float_hook=Decimal).decode


def parse(body: bytes) -> ParsedPage:
    """Parse a page of holders.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    try:
        page = _decode_page(body)
    except DECODE_ERRORS as error:
        raise malformed(ENDPOINT, error, body) from None
    refuse_error(ENDPOINT, page.error)
    records = [bytes(raw) for group in page.data or () for raw in group.holders or ()]
    typed, untyped = decode_each(records, _decode_holder)
    good, broken = sift(typed, _columns)
    table = assembled(
        SCHEMA,
        _columns([located.row for located in good]),
        [located.position for located in good],
        {},
    )
    return ParsedPage(
        table,
        in_order(untyped, broken),
        len(records),
        next_cursor(ENDPOINT, page.pagination),
        unknown_fields(body, _first_holder(body), KNOWN),
    )


def _first_holder(body: bytes) -> int:
    found = _FIRST_HOLDER.search(body)
    return found.end() if found else len(body)


def _columns(rows: Sequence[Holder]) -> dict[str, pa.Array]:
    """The checked columns of some records."""
    indexes = [row.outcome_index for row in rows]
    if any(index is not None and not 0 <= index <= UNLABELLED for index in indexes):
        raise FieldError("outcome_index", f"outside 0..{UNLABELLED}")
    columns: dict[str, Sequence[object]] = {
        "token_id": values.digit_ids("token_id", [row.token_id for row in rows]),
        "wallet": values.hex_ids(
            "proxy_wallet", [row.proxy_wallet for row in rows], values.WALLET_LENGTHS
        ),
        "size": values.amounts("amount", [row.amount for row in rows], low=0),
        "outcome_index": [None if index == UNLABELLED else index for index in indexes],
        "name": values.texts([row.name for row in rows]),
        "pseudonym": values.texts([row.pseudonym for row in rows]),
    }
    return {name: pa.array(column, SCHEMA.field(name).type) for name, column in columns.items()}
