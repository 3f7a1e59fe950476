"""The Data API's endpoints of wallets and results, and of version 1: an entry each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.payloads.endpoints import NOW, Sample, Special, may_be_empty, v2_pages
from tests.payloads.malformed import NULL, REJECT, Field, Kind, Record

WALLET = "0x" + "ab" * 20
CONDITION, QUESTION, HASH = "0x" + "1f" * 32, "0x" + "2e" * 32, "0x" + "3d" * 32
TOKEN, OPPOSITE = "7" * 77, "8" * 77
AT = int((NOW - timedelta(hours=2)).timestamp())
END = {"limit": 2, "offset": 0, "has_more": False, "next_cursor": None}

V1_NAMES = {
    "proxy_wallet": "proxyWallet", "token_id": "asset", "condition_id": "conditionId",
    "event_slug": "eventSlug", "outcome_index": "outcomeIndex", "usdc_size": "usdcSize",
    "transaction_hash": "transactionHash", "profile_image": "profileImage",
    "profile_image_optimized": "profileImageOptimized",
}  # fmt: skip


def spelled_v1(row: Record) -> Record:
    """A record of v2 as v1 spells it."""
    return {V1_NAMES.get(name, name): value for name, value in row.items()}


ACT: Record = {
    "proxy_wallet": WALLET, "timestamp": AT, "condition_id": CONDITION, "type": "TRADE",
    "size": 22.84, "usdc_size": 12.16184, "transaction_hash": HASH, "price": 0.52,
    "token_id": TOKEN, "side": "BUY", "outcome_index": 1, "title": "Rain?", "slug": "rain",
    "icon": "", "event_slug": "", "outcome": "Yes", "name": "gull", "pseudonym": "", "bio": "",
    "profile_image": "", "profile_image_optimized": "",
}  # fmt: skip
REDEEM = ACT | {
    "type": "REDEEM", "token_id": "", "side": "", "price": 0, "outcome": "", "usdc_size": 10,
}  # fmt: skip
FILL = {name: value for name, value in ACT.items() if name not in ("type", "usdc_size")}
POSITION: Record = {
    "proxy_wallet": WALLET, "token_id": TOKEN, "condition_id": CONDITION, "current_size": 28.09,
    "avg_price": 0.6699, "entry_cost_usdc": 18.8202, "entry_fees_usdc": 0.31053,
    "total_cost_usdc": 19.13073, "current_price": 0.715, "current_value": 20.0843,
    "total_size": 28.09, "realized_pnl": -0.5, "unrealized_pnl": None, "total_pnl": 1.264,
    "percent_pnl": 6.7161, "percent_realized_pnl": 6.7, "status": "OPEN", "redeemable": False,
    "mergeable": False, "negative_risk": True, "archived": False, "title": "Rain?", "slug": "rain",
    "icon": "", "event_id": "1142427", "event_slug": "weather", "outcome": "No",
    "outcome_index": 1, "opposite_outcome": "Yes", "opposite_token_id": OPPOSITE,
    "end_date": "2026-10-08", "last_event_at": AT, "first_entry_at": 0, "name": "gull",
    "profile_image": "", "verified": False,
}  # fmt: skip
HOLDER: Record = {
    "token_id": TOKEN, "proxy_wallet": WALLET, "bio": "", "pseudonym": "", "amount": 784.38,
    "display_username_public": True, "outcome_index": 0, "name": "gull", "profile_image": "",
    "profile_image_optimized": "", "verified": False,
}  # fmt: skip
PENDING: Record = {
    "question_id": QUESTION, "condition_id": CONDITION, "status": "disputed",
    "extended_review": False, "was_disputed": True, "new_version_q": True,
    "proposed_price": "1000000000000000000", "reproposed_price": "500000000000000000",
    "price": "69", "transaction_hash": HASH, "log_index": "602",
    "last_update_timestamp": str(AT),
    "expected_settlement_time": f"{datetime.fromtimestamp(AT, UTC):%Y-%m-%dT%H:%M:%SZ}",
    "settlement_time_basis": "dvm_round_estimate",
}  # fmt: skip
FINAL: Record = {
    "condition_id": CONDITION, "status": "resolved", "extended_review": False,
    "was_disputed": False, "new_version_q": False, "transaction_hash": "", "log_index": "",
    "last_update_timestamp": "2026-09-09T21:19:19Z", "payouts": [1000000, 0],
    "resolution_source": "reported", "was_arbitrated": False, "resolved_block": 93522484,
    "resolved_at": "2026-09-09T21:19:19Z",
}  # fmt: skip


def paged(*rows: Any) -> Record:
    """A page of v2."""
    return {"data": list(rows), "pagination": END}


def _may_lack(kind: Kind, name: str, column: str) -> Field:
    """A field that may be null or missing."""
    return Field(name, kind, column, null=NULL, missing=NULL)


_ACT_FIELDS = (
    Field("price", Kind.PRICE, "price"),
    Field("size", Kind.SIZE, "size"),
    _may_lack(Kind.SIZE, "usdc_size", "usdc_size"),
    Field("timestamp", Kind.SECONDS),
    Field("token_id", Kind.DIGITS, "token_id"),
    Field("condition_id", Kind.HEX, "condition_id"),
    Field("side", Kind.SIDE, "side"),
    may_be_empty(Kind.HEX, "transaction_hash", column="transaction_hash"),
    _may_lack(Kind.COUNT, "outcome_index", "outcome_index"),
    may_be_empty(Kind.TEXT, "title", column="title"),
)
_FILL_FIELDS = tuple(f for f in _ACT_FIELDS if f.name not in ("usdc_size", "price"))
_ACT_SWAPS = (("token_id", "condition_id"), ("timestamp", "price"), ("side", "outcome"))
_OF_ANOTHER = Special("of another wallet", {"proxy_wallet": "0x" + "cd" * 20}, REJECT, "proxy")


def _v1(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(
        Field(V1_NAMES.get(f.name, f.name), f.kind, f.column, f.null, f.missing, f.empty)
        for f in fields
    )


def _v1_swaps() -> tuple[tuple[str, str], ...]:
    return tuple((V1_NAMES.get(a, a), V1_NAMES.get(b, b)) for a, b in _ACT_SWAPS)


DATA: tuple[Sample, ...] = (
    Sample(
        contract="data_activity/v2",
        page=paged(ACT, REDEEM),
        key="data",
        params={"user": WALLET},
        fields=_ACT_FIELDS,
        swaps=_ACT_SWAPS,
        specials=(
            _OF_ANOTHER,
            Special("no type", {"type": ""}, REJECT, "type"),
        ),
        pages=v2_pages(),
    ),
    Sample(
        contract="data_v1_activity/v1",
        page=[spelled_v1(ACT), spelled_v1(REDEEM)],
        key="",
        params={"user": WALLET},
        fields=_v1(_ACT_FIELDS),
        swaps=_v1_swaps(),
    ),
    Sample(
        contract="data_v1_trades/v1",
        page=[spelled_v1(FILL), spelled_v1(FILL)],
        key="",
        params={"takerOnly": "true"},
        fields=(
            *_v1(_FILL_FIELDS),
            Field("price", Kind.PRICE, "price", null=NULL),
            Field("proxyWallet", Kind.WALLET, "wallet"),
        ),
        swaps=_v1_swaps(),
    ),
    Sample(
        contract="data_positions/v2",
        page=paged(POSITION, POSITION),
        key="data",
        params={"user": WALLET},
        fields=(
            Field("token_id", Kind.DIGITS, "token_id"),
            Field("condition_id", Kind.HEX, "condition_id"),
            Field("current_size", Kind.SIZE, "size"),
            _may_lack(Kind.PRICE, "current_price", "current_price"),
            _may_lack(Kind.SIZE, "current_value", "current_value_usd"),
            _may_lack(Kind.SIGNED, "realized_pnl", "realized_pnl_usd"),
            _may_lack(Kind.FLAG, "redeemable", "redeemable"),
            may_be_empty(Kind.TEXT, "status", column="status"),
            may_be_empty(Kind.DIGITS, "opposite_token_id", column="opposite_token_id"),
        ),
        swaps=(("token_id", "condition_id"), ("current_size", "title")),
        specials=(_OF_ANOTHER,),
        pages=v2_pages(),
    ),
    Sample(
        contract="data_holders/v2",
        page=paged({"token_id": TOKEN, "holders": [HOLDER, HOLDER]}),
        key="data",
        params={"condition": CONDITION},
        fields=(
            Field("token_id", Kind.DIGITS, "token_id"),
            Field("proxy_wallet", Kind.HEX, "wallet"),
            Field("amount", Kind.SIZE, "size"),
            _may_lack(Kind.COUNT, "outcome_index", "outcome_index"),
            may_be_empty(Kind.TEXT, "name", column="name"),
        ),
        swaps=(("token_id", "proxy_wallet"), ("amount", "name")),
        pages=v2_pages(),
        records_of=lambda page: [h for group in page["data"] for h in group["holders"]],
        page_of=lambda page, records: page | {"data": [{"token_id": TOKEN, "holders": records}]},
    ),
    Sample(
        contract="data_resolutions/v2",
        page={"data": [PENDING, FINAL]},
        key="data",
        params={"condition": CONDITION},
        fields=(
            Field("condition_id", Kind.HEX, "condition_id"),
            Field("status", Kind.TEXT, "status"),
            may_be_empty(Kind.HEX, "transaction_hash", column="transaction_hash"),
            may_be_empty(Kind.TEXT, "settlement_time_basis", column="settlement_time_basis"),
        ),
        swaps=(("condition_id", "status"), ("condition_id", "question_id")),
        specials=(
            Special("a market nobody asked for", {"condition_id": QUESTION}, REJECT, "condition"),
            Special("payouts above one", {"payouts": [1000000, 1]}, REJECT, "payouts"),
            Special("a payout below none", {"payouts": [-1, 1000001]}, REJECT, "payouts"),
            Special("a price with a point", {"proposed_price": "0.5"}, REJECT, "proposed_price"),
            Special("a time without a zone", {"resolved_at": "2026-09-09T00:00:00"}, REJECT),
        ),
        pages={"an error beside the records": ({"error": "partial outage"}, True)},
        nested=("no list", "of", "objects"),
    ),
)
