"""GET /v2/leaderboard: one wallet per record, into raw.data_leaderboard.

Belongs here: the contract of a rank. Not here: the request (data_api.py); our own boards (dbt).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.page import FieldError, ParsedPage
from polymarket_assets.clients.contracts.v2 import V2Contract, V2Page

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("category", pa.string(), nullable=False),
        pa.field("time_period", pa.string(), nullable=False),
        pa.field("sort_by", pa.string(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
        pa.field("wallet", pa.string(), nullable=False),
        pa.field("user_name", pa.string()),
        pa.field("pnl_usd", values.AMOUNT),
        pa.field("volume_shares", values.AMOUNT),
        pa.field("verified", pa.bool_()),
    ]
)

_LAST_RANK = 2**31 - 1


class Rank(msgspec.Struct, gc=False):
    """One record; a null number is unknown, not zero."""

    rank: int
    user_id: str
    pnl: object
    volume: object
    user_name: str | None = None
    verified: bool | None = None


KNOWN = frozenset(Rank.__struct_fields__) | {"profile_image", "x_username"}

_CONTRACT = V2Contract(
    endpoint="data_leaderboard", page=V2Page[Rank], row=Rank, known=KNOWN, schema=SCHEMA
)


def parse(body: bytes, *, category: str, time_period: str, sort_by: str) -> ParsedPage:
    """Parse a page of a leaderboard; the arguments are what the request asked for.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    return _CONTRACT.parse(
        body,
        columns=_columns,
        same={"category": category, "time_period": time_period, "sort_by": sort_by},
    )


def _columns(rows: Sequence[Rank]) -> dict[str, pa.Array]:
    """The checked columns of some records."""
    ranks = [row.rank for row in rows]
    if any(not 1 <= rank <= _LAST_RANK for rank in ranks):
        raise FieldError("rank", "expected a whole number from 1")
    wallets = values.hex_ids("user_id", [row.user_id for row in rows], values.WALLET_LENGTHS)
    columns = {
        "rank": ranks,
        "wallet": wallets,
        "user_name": values.texts([row.user_name for row in rows]),
        "verified": [row.verified for row in rows],
    }
    arrays = {name: pa.array(column, SCHEMA.field(name).type) for name, column in columns.items()}
    return arrays | {
        "pnl_usd": values.amount_column("pnl", [row.pnl for row in rows], optional=True),
        "volume_shares": values.amount_column(
            "volume", [row.volume for row in rows], low=0, optional=True
        ),
    }
