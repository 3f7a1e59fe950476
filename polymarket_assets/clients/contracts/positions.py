"""GET /v2/positions: one token held by one wallet per record, into raw.data_positions.

Belongs here: the contract of a position. Not here: the request (data_api.py); our own positions
from fills (dbt).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.page import FieldError, ParsedPage
from polymarket_assets.clients.contracts.v2 import V2Contract, V2Page

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("wallet", pa.string(), nullable=False),
        pa.field("token_id", pa.string(), nullable=False),
        pa.field("condition_id", pa.string(), nullable=False),
        pa.field("size", values.AMOUNT, nullable=False),
        pa.field("average_price", values.AMOUNT),
        pa.field("entry_cost_usd", values.AMOUNT),
        pa.field("entry_fees_usd", values.AMOUNT),
        pa.field("current_price", values.AMOUNT),
        pa.field("current_value_usd", values.AMOUNT),
        pa.field("bought_size", values.AMOUNT),
        pa.field("realized_pnl_usd", values.AMOUNT),
        pa.field("unrealized_pnl_usd", values.AMOUNT),
        pa.field("status", pa.string()),
        pa.field("redeemable", pa.bool_()),
        pa.field("mergeable", pa.bool_()),
        pa.field("neg_risk", pa.bool_()),
        pa.field("event_id", pa.string()),
        pa.field("event_slug", pa.string()),
        pa.field("title", pa.string()),
        pa.field("slug", pa.string()),
        pa.field("outcome", pa.string()),
        pa.field("outcome_index", pa.int32()),
        pa.field("opposite_token_id", pa.string()),
        pa.field("end_date", pa.string()),
        pa.field("first_entry_at", values.MOMENT),
        pa.field("last_event_at", values.MOMENT),
    ]
)

UNLABELLED = 999


class Position(msgspec.Struct, gc=False):
    """One record; a null number is unknown, not zero."""

    proxy_wallet: str
    token_id: str
    condition_id: str
    current_size: object
    avg_price: object = None
    entry_cost_usdc: object = None
    entry_fees_usdc: object = None
    current_price: object = None
    current_value: object = None
    total_size: object = None
    realized_pnl: object = None
    unrealized_pnl: object = None
    status: str | None = None
    redeemable: bool | None = None
    mergeable: bool | None = None
    negative_risk: bool | None = None
    event_id: str | None = None
    event_slug: str | None = None
    title: str | None = None
    slug: str | None = None
    outcome: str | None = None
    outcome_index: int | None = None
    opposite_token_id: str | None = None
    end_date: str | None = None
    first_entry_at: int | None = None
    last_event_at: int | None = None


KNOWN = frozenset(Position.__struct_fields__) | {
    "total_cost_usdc",
    "total_pnl",
    "percent_pnl",
    "percent_realized_pnl",
    "archived",
    "icon",
    "opposite_outcome",
    "name",
    "profile_image",
    "verified",
}

_CONTRACT = V2Contract(
    endpoint="data_positions", page=V2Page[Position], row=Position, known=KNOWN, schema=SCHEMA
)


def parse(body: bytes, *, wallet: str, received_at: datetime) -> ParsedPage:
    """Parse a page of a wallet's positions.

    Args:
        body: the page as received.
        wallet: whose positions were asked for.
        received_at: when it was received; no event may be an hour later.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    return _CONTRACT.parse(
        body, columns=lambda rows: _columns(rows, wallet, received_at), same={"wallet": wallet}
    )


def _columns(rows: Sequence[Position], wallet: str, received_at: datetime) -> dict[str, pa.Array]:
    """The checked columns of some records."""
    if any(row.proxy_wallet.lower() != wallet for row in rows):
        raise FieldError("proxy_wallet", "not the wallet that was asked for")

    def amounts(field: str, low: int | None = None, high: int | None = None) -> pa.Array:
        found = [getattr(row, field) for row in rows]
        return values.amount_column(field, found, low=low, high=high, optional=True)

    columns: dict[str, Sequence[object]] = {
        "token_id": values.digit_ids("token_id", [row.token_id for row in rows]),
        "condition_id": values.hex_ids(
            "condition_id", [row.condition_id for row in rows], values.CONDITION_LENGTHS
        ),
        "redeemable": [row.redeemable for row in rows],
        "mergeable": [row.mergeable for row in rows],
        "neg_risk": [row.negative_risk for row in rows],
        "outcome_index": [
            None if row.outcome_index == UNLABELLED else row.outcome_index for row in rows
        ],
        "opposite_token_id": values.where_given(
            partial(values.digit_ids, "opposite_token_id"), [row.opposite_token_id for row in rows]
        ),
    }
    for name in ("status", "event_id", "event_slug", "title", "slug", "outcome", "end_date"):
        columns[name] = values.texts([getattr(row, name) for row in rows])
    arrays = {name: pa.array(column, SCHEMA.field(name).type) for name, column in columns.items()}
    arrays |= {
        "size": values.amount_column("current_size", [row.current_size for row in rows], low=0),
        "average_price": amounts("avg_price", low=0),
        "entry_cost_usd": amounts("entry_cost_usdc"),
        "entry_fees_usd": amounts("entry_fees_usdc"),
        "current_price": amounts("current_price", low=0, high=1),
        "current_value_usd": amounts("current_value", low=0),
        "bought_size": amounts("total_size", low=0),
        "realized_pnl_usd": amounts("realized_pnl"),
        "unrealized_pnl_usd": amounts("unrealized_pnl"),
    }
    for name in ("first_entry_at", "last_event_at"):
        # Zero is the venue's word for unknown here.
        seconds = [getattr(row, name) or None for row in rows]
        values.moments(name, [second for second in seconds if second], received_at)
        arrays[name] = pa.array(seconds, pa.timestamp("s", tz="UTC")).cast(values.MOMENT)
    return arrays
