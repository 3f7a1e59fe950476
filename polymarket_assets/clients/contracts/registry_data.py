"""The Data API's contracts of wallets and results, and what its version 1 still serves.

Belongs here: the list. Not here: what a contract demands (activity.py and the others); the fills
and boards of version 2 (registry.py).
"""

from __future__ import annotations

import msgspec

from polymarket_assets.clients.contracts import (
    activity,
    holders,
    positions,
    resolutions,
    trades,
    v2,
)
from polymarket_assets.clients.contracts.contract import Asked, Contract, Parse, required_fields
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.endpoints import (
    DATA_ACTIVITY,
    DATA_HOLDERS,
    DATA_POSITIONS,
    DATA_RESOLUTIONS,
    DATA_V1_ACTIVITY,
    DATA_V1_TRADES,
    Endpoint,
)

V1 = "v1"


def _contract(
    endpoint: Endpoint,
    parse: Parse,
    *,
    record: type[msgspec.Struct],
    known: frozenset[str],
    version: str = v2.VERSION,
    table: str | None = None,
) -> Contract:
    return Contract(
        endpoint=endpoint.name,
        version=version,
        path=endpoint.path,
        table=table or endpoint.name,
        parse=parse,
        required=required_fields(record),
        known=known,
    )


def _trades_v1(body: bytes, asked: Asked) -> ParsedPage:
    return trades.parse_v1(
        body, taker_only=asked.params["takerOnly"] == "true", received_at=asked.received_at
    )


def _activity(body: bytes, asked: Asked) -> ParsedPage:
    return activity.parse(body, wallet=asked.params["user"], received_at=asked.received_at)


def _activity_v1(body: bytes, asked: Asked) -> ParsedPage:
    return activity.parse_v1(body, wallet=asked.params["user"], received_at=asked.received_at)


def _positions(body: bytes, asked: Asked) -> ParsedPage:
    return positions.parse(body, wallet=asked.params["user"], received_at=asked.received_at)


def _resolutions(body: bytes, asked: Asked) -> ParsedPage:
    conditions = frozenset(asked.params["condition"].split(","))
    return resolutions.parse(body, conditions=conditions, received_at=asked.received_at)


ALL: tuple[Contract, ...] = (
    _contract(DATA_ACTIVITY, _activity, record=activity.Act, known=activity.KNOWN),
    _contract(DATA_POSITIONS, _positions, record=positions.Position, known=positions.KNOWN),
    _contract(
        DATA_HOLDERS,
        lambda body, _: holders.parse(body),
        record=holders.Holder,
        known=holders.KNOWN,
    ),
    _contract(
        DATA_RESOLUTIONS, _resolutions, record=resolutions.Resolution, known=resolutions.KNOWN
    ),
    _contract(
        DATA_V1_TRADES,
        _trades_v1,
        record=trades.TradeV1,
        known=trades.KNOWN_V1,
        version=V1,
        table="data_trades",
    ),
    _contract(
        DATA_V1_ACTIVITY,
        _activity_v1,
        record=activity.ActV1,
        known=activity.KNOWN_V1,
        version=V1,
        table="data_activity",
    ),
)
