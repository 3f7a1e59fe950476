"""GET /v2/activity and its predecessor /activity: one act of one wallet, into raw.data_activity.

Belongs here: the contract of an act, per version. Not here: the requests (data_api.py,
data_api_v1.py). An unknown type is kept: the venue invents new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.page import FieldError, ParsedPage
from polymarket_assets.clients.contracts.v1 import V1Contract
from polymarket_assets.clients.contracts.v2 import V2Contract, V2Page

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("wallet", pa.string(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("event_at", values.MOMENT, nullable=False),
        pa.field("transaction_hash", pa.string()),
        pa.field("condition_id", pa.string()),
        pa.field("token_id", pa.string()),
        pa.field("side", pa.string()),
        pa.field("size", values.AMOUNT, nullable=False),
        pa.field("usdc_size", values.AMOUNT),
        pa.field("price", values.AMOUNT),
        pa.field("outcome", pa.string()),
        pa.field("outcome_index", pa.int32()),
        pa.field("title", pa.string()),
        pa.field("slug", pa.string()),
        pa.field("event_slug", pa.string()),
        pa.field("name", pa.string()),
        pa.field("dt", pa.date32(), nullable=False),
    ]
)

TRADE = "TRADE"
UNLABELLED = 999
_SIDES = ("BUY", "SELL")


class Act(msgspec.Struct, gc=False):
    """One record; `""` stands for what an act of its type does not have."""

    proxy_wallet: str
    type: str
    timestamp: int
    size: object
    usdc_size: object = None
    price: object = None
    transaction_hash: str | None = None
    condition_id: str | None = None
    token_id: str | None = None
    side: str | None = None
    outcome: str | None = None
    outcome_index: int | None = None
    title: str | None = None
    slug: str | None = None
    event_slug: str | None = None
    name: str | None = None


class ActV1(
    msgspec.Struct,
    gc=False,
    rename={
        "proxy_wallet": "proxyWallet",
        "usdc_size": "usdcSize",
        "transaction_hash": "transactionHash",
        "condition_id": "conditionId",
        "token_id": "asset",
        "outcome_index": "outcomeIndex",
        "event_slug": "eventSlug",
    },
):
    """One record of v1, under the names of v2."""

    proxy_wallet: str
    type: str
    timestamp: int
    size: object
    usdc_size: object = None
    price: object = None
    transaction_hash: str | None = None
    condition_id: str | None = None
    token_id: str | None = None
    side: str | None = None
    outcome: str | None = None
    outcome_index: int | None = None
    title: str | None = None
    slug: str | None = None
    event_slug: str | None = None
    name: str | None = None


KNOWN = frozenset(Act.__struct_fields__) | {
    "icon",
    "pseudonym",
    "bio",
    "profile_image",
    "profile_image_optimized",
}
KNOWN_V1 = frozenset(ActV1.__struct_encode_fields__) | {
    "icon",
    "pseudonym",
    "bio",
    "profileImage",
    "profileImageOptimized",
}

_CONTRACT = V2Contract(
    endpoint="data_activity", page=V2Page[Act], row=Act, known=KNOWN, schema=SCHEMA
)
_CONTRACT_V1 = V1Contract(
    endpoint="data_v1_activity",
    page=list[ActV1],
    row=ActV1,
    known=KNOWN_V1,
    schema=SCHEMA,
)


def parse(body: bytes, *, wallet: str, received_at: datetime) -> ParsedPage:
    """Parse a page of v2.

    Args:
        body: the page as received.
        wallet: whose acts were asked for.
        received_at: when it was received; an act may not be an hour later.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    return _CONTRACT.parse(
        body, columns=lambda rows: _columns(rows, wallet, received_at), same={"wallet": wallet}
    )


def parse_v1(body: bytes, *, wallet: str, received_at: datetime) -> ParsedPage:
    """Parse a page of v1; arguments and errors as of `parse`."""
    return _CONTRACT_V1.parse(
        body, columns=lambda rows: _columns(rows, wallet, received_at), same={"wallet": wallet}
    )


def _columns(
    rows: Sequence[Act | ActV1], wallet: str, received_at: datetime
) -> dict[str, pa.Array]:
    """The checked columns of some records."""
    if any(row.proxy_wallet.lower() != wallet for row in rows):
        raise FieldError("proxy_wallet", "not the wallet that was asked for")
    seconds = values.moments("timestamp", [row.timestamp for row in rows], received_at)
    columns = {
        "type": _types(rows),
        "transaction_hash": values.where_given(
            partial(values.hex_ids, "transaction_hash", lengths=values.HASH_LENGTHS),
            [row.transaction_hash for row in rows],
        ),
        "condition_id": values.where_given(
            partial(values.hex_ids, "condition_id", lengths=values.CONDITION_LENGTHS),
            [row.condition_id for row in rows],
        ),
        "token_id": values.where_given(
            partial(values.digit_ids, "token_id"), [row.token_id for row in rows]
        ),
        "side": values.where_given(_sides, [row.side for row in rows]),
        "outcome": values.texts([row.outcome for row in rows]),
        "outcome_index": _indexes([row.outcome_index for row in rows]),
        "title": values.texts([row.title for row in rows]),
        "slug": values.texts([row.slug for row in rows]),
        "event_slug": values.texts([row.event_slug for row in rows]),
        "name": values.texts([row.name for row in rows]),
    }
    arrays = {name: pa.array(column, SCHEMA.field(name).type) for name, column in columns.items()}
    return arrays | {
        "size": values.amount_column("size", [row.size for row in rows], low=0),
        "usdc_size": values.amount_column(
            "usdc_size", [row.usdc_size for row in rows], low=0, optional=True
        ),
        "price": values.amount_column(
            "price", [row.price for row in rows], low=0, high=1, optional=True
        ),
        "event_at": values.moment_column(seconds),
        "dt": values.date_column(seconds),
    }


def _types(rows: Sequence[Act | ActV1]) -> list[str]:
    """Types in upper case; a trade needs the fields that make one."""
    for row in rows:
        if not row.type:
            raise FieldError("type", "empty")
        if not row.type.isascii():
            raise FieldError("type", "expected ASCII letters")
        if row.type.upper() == TRADE:
            for field in ("token_id", "condition_id", "side"):
                if not getattr(row, field):
                    raise FieldError(field, "a trade without one")
            if row.price is None:
                raise FieldError("price", "a trade without one")
    return [row.type.upper() for row in rows]


def _sides(sides: Sequence[str]) -> list[str]:
    # Only ASCII: some other letters become ASCII ones in upper case.
    upper = [side.upper() if side.isascii() else side for side in sides]
    if not set(_SIDES).issuperset(upper):
        raise FieldError("side", "expected BUY or SELL")
    return upper


def _indexes(indexes: Sequence[int | None]) -> list[int | None]:
    if any(index is not None and not 0 <= index <= UNLABELLED for index in indexes):
        raise FieldError("outcome_index", f"outside 0..{UNLABELLED}")
    return [None if index == UNLABELLED else index for index in indexes]
