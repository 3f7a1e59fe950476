"""GET /v2/trades and its predecessor /trades: one fill of one wallet per record.

Both fill raw.data_trades, spelled alike but for the names of their fields, so that a fill is the
same row whichever of them gave it. Belongs here: the contract of a fill, per version. Not here: the
requests (data_api.py, data_api_v1.py), or which of two equal fills are one (dbt).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.page import FieldError, ParsedPage
from polymarket_assets.clients.contracts.v1 import V1Contract
from polymarket_assets.clients.contracts.v2 import V2Contract, V2Page

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("taker_only", pa.bool_(), nullable=False),
        pa.field("transaction_hash", pa.string()),
        pa.field("token_id", pa.string(), nullable=False),
        pa.field("condition_id", pa.string(), nullable=False),
        pa.field("wallet", pa.string(), nullable=False),
        pa.field("side", pa.string(), nullable=False),
        pa.field("price", values.AMOUNT),
        pa.field("size", values.AMOUNT, nullable=False),
        pa.field("event_at", values.MOMENT, nullable=False),
        pa.field("outcome", pa.string()),
        pa.field("outcome_index", pa.int32()),
        pa.field("title", pa.string()),
        pa.field("slug", pa.string()),
        pa.field("event_slug", pa.string()),
        pa.field("name", pa.string()),
        pa.field("pseudonym", pa.string()),
        pa.field("dt", pa.date32(), nullable=False),
    ]
)

UNLABELLED = 999
"""The venue's outcome_index of a fill it has not labelled yet."""
_SIDES = frozenset({"BUY", "SELL"})


class Trade(msgspec.Struct, gc=False):
    """One record. `size` and `price` are any JSON value here; `values.numbers` looks closer."""

    proxy_wallet: str
    side: str
    token_id: str
    condition_id: str
    size: object
    price: object
    timestamp: int
    transaction_hash: str | None = None
    outcome: str | None = None
    outcome_index: int | None = None
    title: str | None = None
    slug: str | None = None
    event_slug: str | None = None
    name: str | None = None
    pseudonym: str | None = None


class TradeV1(
    msgspec.Struct,
    gc=False,
    rename={
        "proxy_wallet": "proxyWallet",
        "token_id": "asset",
        "condition_id": "conditionId",
        "transaction_hash": "transactionHash",
        "outcome_index": "outcomeIndex",
        "event_slug": "eventSlug",
    },
):
    """One record of v1, under the names of v2."""

    proxy_wallet: str
    side: str
    token_id: str
    condition_id: str
    size: object
    price: object
    timestamp: int
    transaction_hash: str | None = None
    outcome: str | None = None
    outcome_index: int | None = None
    title: str | None = None
    slug: str | None = None
    event_slug: str | None = None
    name: str | None = None
    pseudonym: str | None = None


KNOWN_V1 = frozenset(TradeV1.__struct_encode_fields__) | {
    "icon",
    "bio",
    "profileImage",
    "profileImageOptimized",
}
KNOWN = frozenset(Trade.__struct_fields__) | {
    "icon",
    "bio",
    "profile_image",
    "profile_image_optimized",
}

_CONTRACT = V2Contract(
    endpoint="data_trades", page=V2Page[Trade], row=Trade, known=KNOWN, schema=SCHEMA
)

_CONTRACT_V1 = V1Contract(
    endpoint="data_v1_trades",
    page=list[TradeV1],
    row=TradeV1,
    known=KNOWN_V1,
    schema=SCHEMA,
)


def parse(body: bytes, *, taker_only: bool, received_at: datetime) -> ParsedPage:
    """Parse a page of fills.

    Args:
        body: the page as received.
        taker_only: what the request asked for; the records do not say it.
        received_at: when it was received; a fill may not be an hour later.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    return _CONTRACT.parse(
        body,
        columns=lambda rows: _columns(rows, received_at),
        same={"taker_only": taker_only},
    )


def parse_v1(body: bytes, *, taker_only: bool, received_at: datetime) -> ParsedPage:
    """Parse a page of v1; arguments and errors as of `parse`."""
    return _CONTRACT_V1.parse(
        body,
        columns=lambda rows: _columns(rows, received_at),
        same={"taker_only": taker_only},
    )


def _columns(rows: Sequence[Trade | TradeV1], received_at: datetime) -> dict[str, pa.Array]:
    """The checked columns of some records."""
    seconds = values.moments("timestamp", [row.timestamp for row in rows], received_at)
    columns = {
        "transaction_hash": _hashes([row.transaction_hash for row in rows]),
        "token_id": values.digit_ids("token_id", [row.token_id for row in rows]),
        "condition_id": values.hex_ids(
            "condition_id", [row.condition_id for row in rows], values.CONDITION_LENGTHS
        ),
        "wallet": values.wallets("proxy_wallet", [row.proxy_wallet for row in rows]),
        "side": _sides([row.side for row in rows]),
        "outcome": values.texts([row.outcome for row in rows]),
        "outcome_index": _indexes([row.outcome_index for row in rows]),
        "title": values.texts([row.title for row in rows]),
        "slug": values.texts([row.slug for row in rows]),
        "event_slug": values.texts([row.event_slug for row in rows]),
        "name": values.texts([row.name for row in rows]),
        "pseudonym": values.texts([row.pseudonym for row in rows]),
    }
    arrays = {name: pa.array(column, SCHEMA.field(name).type) for name, column in columns.items()}
    return arrays | {
        "price": values.amount_column(
            "price", [row.price for row in rows], low=0, high=1, optional=True
        ),
        "size": values.amount_column("size", [row.size for row in rows], low=0),
        "event_at": values.moment_column(seconds),
        "dt": values.date_column(seconds),
    }


def _hashes(hashes: Sequence[str | None]) -> Sequence[str | None]:
    """Transaction hashes; a fill without one is kept, its key is only weaker."""
    known = [value for value in hashes if value]
    lower = values.hex_ids("transaction_hash", known, values.HASH_LENGTHS)
    if len(lower) == len(hashes):
        return lower
    rest = iter(lower)
    return [next(rest) if value else None for value in hashes]


def _sides(sides: Sequence[str]) -> Sequence[str]:
    if _SIDES.issuperset(sides):
        return sides
    # Only ASCII: some other letters become ASCII ones in upper case.
    upper = [side.upper() if side.isascii() else side for side in sides]
    if not _SIDES.issuperset(upper):
        raise FieldError("side", "expected BUY or SELL")
    return upper


def _indexes(indexes: Sequence[int | None]) -> Sequence[int | None]:
    found = set(indexes)
    if any(index is not None and not 0 <= index <= UNLABELLED for index in found):
        raise FieldError("outcome_index", f"outside 0..{UNLABELLED}")
    if UNLABELLED not in found:
        return indexes
    return [None if index == UNLABELLED else index for index in indexes]
