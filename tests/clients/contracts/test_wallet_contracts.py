"""The contracts of acts, positions, holders and resolutions, and of fills as v1 spells them."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from polymarket_assets.clients.contracts import (
    activity,
    holders,
    positions,
    resolutions,
    trades,
)
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.store.tables.data import DATA_TRADES
from polymarket_assets.store.tables.shape import Table
from polymarket_assets.store.tables.wallets import (
    DATA_ACTIVITY,
    DATA_HOLDERS,
    DATA_POSITIONS,
    DATA_RESOLUTIONS,
)
from tests.clients.contracts.mutations import (
    Parse,
    broken_pages,
    parsed_or_refused,
    raw,
    written,
)
from tests.clients.venue import NOW, as_bytes
from tests.conftest import SHARED

WALLET, OTHER = "0x" + "ab" * 20, "0x" + "cd" * 20
CONDITION, QUESTION, HASH = "0x" + "1f" * 32, "0x" + "2e" * 32, "0x" + "3d" * 32
TOKEN, OPPOSITE = "7" * 77, "8" * 77
AT = int((NOW - timedelta(hours=2)).timestamp())
END = {"limit": 2, "offset": 0, "has_more": False, "next_cursor": None}
PAYLOADS = SHARED / "data" / "payloads"
RECORDED = SHARED / "data" / "recorded" / "data_api"

ACT: dict[str, Any] = {
    "proxy_wallet": WALLET, "timestamp": AT, "condition_id": CONDITION, "type": "TRADE",
    "size": 22.84, "usdc_size": 12.16184, "transaction_hash": HASH, "price": 0.52,
    "token_id": TOKEN, "side": "BUY", "outcome_index": 999, "title": "Rain?", "slug": "rain",
    "icon": "", "event_slug": "", "outcome": "Yes", "name": "gull", "pseudonym": "", "bio": "",
    "profile_image": "", "profile_image_optimized": "",
}  # fmt: skip
REDEEM = ACT | {
    "type": "REDEEM", "token_id": "", "side": "", "price": 0, "outcome": "", "usdc_size": 10,
}  # fmt: skip
V1 = {
    "proxy_wallet": "proxyWallet", "token_id": "asset", "condition_id": "conditionId",
    "event_slug": "eventSlug", "outcome_index": "outcomeIndex", "usdc_size": "usdcSize",
    "transaction_hash": "transactionHash", "profile_image": "profileImage",
    "profile_image_optimized": "profileImageOptimized",
}  # fmt: skip
POSITION: dict[str, Any] = {
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
HOLDER: dict[str, Any] = {
    "proxy_wallet": WALLET, "bio": "", "token_id": TOKEN, "pseudonym": "", "amount": 784.38,
    "display_username_public": True, "outcome_index": 0, "name": "gull", "profile_image": "",
    "profile_image_optimized": "", "verified": False,
}  # fmt: skip
FINAL: dict[str, Any] = {
    "condition_id": CONDITION, "status": "resolved", "extended_review": False,
    "was_disputed": False, "new_version_q": False, "transaction_hash": "", "log_index": "",
    "last_update_timestamp": "2026-09-09T21:19:19Z", "payouts": [1000000, 0],
    "resolution_source": "reported", "was_arbitrated": False, "resolved_block": 93522484,
    "resolved_at": "2026-09-09T21:19:19Z",
}  # fmt: skip
PENDING: dict[str, Any] = {
    "question_id": QUESTION, "condition_id": CONDITION, "status": "disputed",
    "extended_review": False, "was_disputed": True, "new_version_q": True,
    "proposed_price": "1000000000000000000", "reproposed_price": "500000000000000000",
    "price": "69", "transaction_hash": HASH, "log_index": "602",
    "last_update_timestamp": str(AT), "expected_settlement_time": "2026-10-02T00:00:00Z",
    "settlement_time_basis": "dvm_round_estimate",
}  # fmt: skip


def v1(row: dict[str, Any]) -> dict[str, Any]:
    return {V1.get(name, name): value for name, value in row.items()}


def paged(*rows: Any) -> dict[str, Any]:
    return {"data": list(rows), "pagination": END}


def grouped(*rows: Any) -> dict[str, Any]:
    half = len(rows) // 2
    return paged(*({"token_id": TOKEN, "holders": list(p)} for p in (rows[:half], rows[half:])))


@dataclass(frozen=True)
class Contract:
    """A parser, the table it fills, and how a page of some rows looks."""

    parse: Parse
    table: Table
    page: Any
    row: dict[str, Any]


TRADE_V1 = {name: value for name, value in v1(ACT).items() if name not in ("type", "usdcSize")}
CONTRACTS = {
    "activity": Contract(
        partial(activity.parse, wallet=WALLET, received_at=NOW), DATA_ACTIVITY, paged, ACT
    ),
    "activity of v1": Contract(
        partial(activity.parse_v1, wallet=WALLET, received_at=NOW),
        DATA_ACTIVITY,
        lambda *rows: list(rows),
        v1(ACT),
    ),
    "trades of v1": Contract(
        partial(trades.parse_v1, taker_only=True, received_at=NOW),
        DATA_TRADES,
        lambda *rows: list(rows),
        TRADE_V1,
    ),
    "positions": Contract(
        partial(positions.parse, wallet=WALLET, received_at=NOW), DATA_POSITIONS, paged, POSITION
    ),
    "holders": Contract(holders.parse, DATA_HOLDERS, grouped, HOLDER),
    "resolutions": Contract(
        partial(
            resolutions.parse,
            conditions=frozenset({CONDITION, "0x" + "99" * 32}),
            received_at=NOW,
        ),
        DATA_RESOLUTIONS,
        lambda *rows: {"data": list(rows)},
        PENDING,
    ),
}


@pytest.fixture(params=CONTRACTS)
def contract(request: pytest.FixtureRequest) -> Contract:
    return CONTRACTS[request.param]


def rows_of(name: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Accepted rows of a page that must have no other."""
    contract = CONTRACTS[name]
    page = parsed_or_refused(contract.parse, as_bytes(contract.page(*rows)))
    assert page is not None
    assert page.rejected == ()
    return page.table.to_pylist()


def test_a_page_becomes_rows_of_the_raw_table(contract: Contract) -> None:
    page = parsed_or_refused(contract.parse, as_bytes(contract.page(contract.row, contract.row)))
    assert page is not None
    assert page.table.schema == contract.table.parser_schema
    assert (page.row_count, page.rejected, page.next_cursor) == (2, (), None)
    assert page.unknown_fields == frozenset()
    more = parsed_or_refused(contract.parse, as_bytes(contract.page(contract.row | {"new": 1})))
    assert more is not None
    assert more.unknown_fields == {"new"}


def test_acts_of_both_versions_are_the_same_rows() -> None:
    first, second = rows_of("activity", ACT, REDEEM)
    assert rows_of("activity of v1", v1(ACT), v1(REDEEM)) == [first, second]
    assert (first["size"], first["usdc_size"], first["outcome_index"]) == (
        Decimal("22.84"), Decimal("12.16184"), None,
    )  # fmt: skip
    assert (second["token_id"], second["side"], second["type"]) == (None, None, "REDEEM")
    assert first["event_at"] == datetime.fromtimestamp(AT, UTC)


def test_a_fill_of_v1_is_the_row_that_v2_gives() -> None:
    fill = {name: value for name, value in ACT.items() if name not in ("type", "usdc_size")}
    page = trades.parse(as_bytes(paged(fill)), taker_only=True, received_at=NOW)
    assert page.table.to_pylist() == rows_of("trades of v1", TRADE_V1)


def test_unknown_numbers_of_a_position_are_null_and_zero_times_unknown() -> None:
    [row] = rows_of("positions", POSITION)
    assert (row["unrealized_pnl_usd"], row["first_entry_at"]) == (None, None)
    assert (row["size"], row["realized_pnl_usd"]) == (Decimal("28.09"), Decimal("-0.5"))


def test_prices_times_and_payouts_of_results_are_read_in_every_spelling() -> None:
    [pending] = rows_of("resolutions", PENDING)
    assert (pending["proposed_price"], pending["reproposed_price"], pending["price"]) == (
        1, Decimal("0.5"), None,
    )  # fmt: skip
    assert pending["last_update_at"] == datetime.fromtimestamp(AT, UTC)
    assert pending["expected_settlement_at"] == datetime(2026, 10, 2, tzinfo=UTC)
    assert pending["payouts"] is pending["resolved_at"] is None
    assert json.loads(pending["payload"]) == PENDING
    [final] = rows_of("resolutions", FINAL)
    assert final["payouts"] == [1, 0]
    assert final["resolved_at"] == datetime(2026, 9, 9, 21, 19, 19, tzinfo=UTC)
    thirds = rows_of("resolutions", FINAL | {"payouts": [333333, 333333, 333333]})
    assert sum(thirds[0]["payouts"]) < 1
    assert pending["payload_sha256"] != final["payload_sha256"]


REJECTED: dict[str, list[tuple[str, Any]]] = {
    "activity": [
        ("proxy_wallet", OTHER), ("proxy_wallet", None), ("timestamp", "1"), ("type", ""),
        ("timestamp", AT * 1000), ("timestamp", AT + 10**6), ("type", 7), ("size", "22"),
        ("size", -1),
        ("size", raw("NaN")), ("usdc_size", True), ("price", 1.01), ("price", None),
        ("token_id", ""), ("token_id", "0x12"), ("condition_id", ""), ("condition_id", "0x1"),
        ("side", "HOLD"), ("side", ""), ("transaction_hash", "0xzz"), ("outcome_index", -1),
        ("outcome_index", "0"), ("name", raw('"a\\u0000"')),
    ],
    "activity of v1": [
        ("proxyWallet", OTHER), ("timestamp", 1), ("type", ""), ("size", None), ("usdcSize", -1),
        ("asset", "12x"), ("conditionId", "0x1"), ("side", "HOLD"), ("transactionHash", "0x1"),
        ("outcomeIndex", 1000), ("price", raw("1e400")),
    ],
    "trades of v1": [
        ("proxyWallet", "0x1"), ("asset", ""), ("conditionId", None), ("size", "1"), ("size", -1),
        ("price", 2), ("timestamp", 1.5), ("side", ""), ("transactionHash", "0x1"),
        ("outcomeIndex", 1000),
    ],
    "positions": [
        ("proxy_wallet", OTHER), ("token_id", ""), ("condition_id", "x"), ("current_size", None),
        ("current_size", -1), ("avg_price", -1), ("current_price", 1.5), ("current_value", "1"),
        ("realized_pnl", raw("1e20")), ("redeemable", "no"), ("last_event_at", AT * 1000),
        ("opposite_token_id", "0x1"), ("event_id", 5),
    ],
    "holders": [
        ("proxy_wallet", "gull"), ("token_id", ""), ("amount", None), ("amount", -1),
        ("amount", "1"), ("outcome_index", 2000), ("name", 7),
    ],
    "resolutions": [
        ("condition_id", QUESTION), ("condition_id", None), ("status", ""), ("status", None),
        ("proposed_price", "1.5"), ("proposed_price", 1), ("price", "9" * 41),
        ("last_update_timestamp", "yesterday"), ("last_update_timestamp", "2026-09-09T21:19:19"),
        ("last_update_timestamp", str(AT * 1000)), ("expected_settlement_time", "9" * 12),
        ("payouts", [1000000, 1000000]), ("payouts", [-1, 1000001]), ("payouts", ["1000000", "0"]),
        ("payouts", 1), ("transaction_hash", "0x1"), ("was_disputed", "yes"),
        ("resolved_block", "93522484"), ("resolved_at", "2031-01-01T00:00:00Z"),
    ],
}  # fmt: skip
CASES = [(name, *change) for name, changes in REJECTED.items() for change in changes]


@pytest.mark.parametrize(("name", "field", "value"), CASES)
def test_a_broken_record_is_rejected_alone_or_fails_its_page_by_name(
    name: str, field: str, value: Any
) -> None:
    contract = CONTRACTS[name]
    body = written(contract.page(contract.row, contract.row | {field: value}))
    page = parsed_or_refused(contract.parse, body)
    if page is None:
        assert name == "holders", "only groups are taken whole"
        with pytest.raises(MalformedPageError, match="data_holders"):
            contract.parse(body)
        return
    assert page.table["position"].to_pylist() == [0]
    assert page.rejected[0].reason.startswith(f"{field}"), page.rejected[0].reason


@pytest.mark.parametrize("body", [b"{}", b'{"data":7}', b"<html>", b"", b'{"error":"no"}'])
def test_what_is_no_page_is_refused_by_name(contract: Contract, body: bytes) -> None:
    with pytest.raises(MalformedPageError, match="data_"):
        contract.parse(body)


def test_a_cut_page_is_refused(contract: Contract) -> None:
    with pytest.raises(MalformedPageError):
        contract.parse(as_bytes(contract.page(contract.row, contract.row))[:-1])


@hypothesis_settings(max_examples=40)
@given(st.data())
@pytest.mark.parametrize("name", CONTRACTS)
def test_whatever_comes_counts_add_up(name: str, data: st.DataObject) -> None:
    contract = CONTRACTS[name]
    page = contract.page(contract.row, contract.row | {"title": "Rain, or \u2603?"})
    parsed_or_refused(contract.parse, data.draw(broken_pages(page)))


# --- recorded ------------------------------------------------------------------------------------


def recorded(path: str) -> bytes:
    file = PAYLOADS / path
    if not file.is_file():
        pytest.skip(f"no recorded data: {file} is needed")
    return file.read_bytes()


def test_recorded_pages_keep_their_contracts() -> None:
    late = datetime(2026, 11, 20, tzinfo=UTC)
    wallet = "0x379a410a36c101e3b8dfb6c90d1176eb0def4b1a"
    pages = [
        activity.parse(recorded("pm_data_v2_activity.json"), wallet=wallet, received_at=late),
        positions.parse(recorded("pm_data_v2_positions.json"), wallet=wallet, received_at=late),
        holders.parse(recorded("pm_data_v2_holders.json")),
        trades.parse_v1(
            recorded("pm_data_v1_trade_2026-08.json"), taker_only=True, received_at=late
        ),
    ]
    assert [page.row_count for page in pages] == [2, 1, 4, 1]
    for name in ("pm_data_v2_resolutions.json", "pm_data_v2_resolutions_pending.json"):
        body = recorded(name)
        ids = frozenset(row["condition_id"] for row in json.loads(body)["data"])
        pages.append(resolutions.parse(body, conditions=ids, received_at=late))
    for page in pages:
        assert page.rejected == ()
        assert page.unknown_fields == frozenset()


@pytest.mark.parametrize(("name", "count"), [("onchain", 500), ("whale1", 99)])
def test_recorded_activity_keeps_its_contract(name: str, count: int) -> None:
    file = RECORDED / f"activity_{name}.json.gz"
    if not file.is_file():
        pytest.skip(f"no recorded data: {file} is needed")
    body = gzip.decompress(file.read_bytes())
    wallet = json.loads(body)[0]["proxyWallet"]
    page = activity.parse_v1(body, wallet=wallet, received_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert (page.row_count, page.rejected, page.unknown_fields) == (count, (), frozenset())
