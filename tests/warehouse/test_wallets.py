"""Staging of what wallets did and hold and how markets ended."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.warehouse.world import Market, World, at, wallet

SPLIT = Market("split-market")
ENDING = Market("ending-market")
WHO = wallet("walrus")


def act(world: World, kind: str, when: str, position: int, page: str, **values: Any) -> None:
    """One act on one page, received at 11:00 or as said."""
    moment = at(when)
    world.add(
        "raw.data_activity",
        **{
            "page_id": page,
            "position": position,
            "wallet": WHO,
            "type": kind,
            "event_at": moment,
            "transaction_hash": "0x" + "5a" * 32,
            "condition_id": SPLIT.condition,
            "size": Decimal(10),
            "usdc_size": Decimal(10),
            "price": Decimal(0),
            "received_at": at("11:00"),
            "dt": moment.date(),
            **values,
        },
    )


def page(world: World, page_id: str, walk: str) -> None:
    """A page in raw.pages."""
    world.add(
        "raw.pages",
        page_id=page_id,
        source="data_positions",
        scope="wallet",
        walk_id=walk,
        page_number=0,
        path="/v2/positions",
        request="{}",
        status=200,
        received_at=at("11:00"),
        sha256=page_id,
        bytes=1,
        body=b"{}",
        row_count=1,
        accepted=1,
        unchanged=0,
        quarantined=0,
        dt=at("11:00").date(),
    )


def tell(world: World) -> None:
    # Two equal splits on one page are two; the page again, of another walk, tells nothing new.
    for again in ("page-a", "page-b"):
        for position in (0, 1):
            act(world, "SPLIT", "10:00", position, again)
    act(world, "REDEEM", "10:30", 2, "page-a", transaction_hash=None)
    act(world, "REWARD", "10:31", 3, "page-a", condition_id=None, price=None)
    for page_id, walk, token, received in (
        ("pos-1", "walk-1", SPLIT.yes, at("11:00")),
        ("pos-2", "walk-1", SPLIT.no, at("11:00", "2026-11-20") + timedelta(seconds=2)),
        ("pos-3", "walk-2", SPLIT.yes, at("11:10")),
    ):
        page(world, page_id, walk)
        for position in (0, 1):  # the boards of a walk may repeat a row
            world.add(
                "raw.data_positions",
                page_id=page_id,
                position=position,
                wallet=WHO,
                token_id=token,
                condition_id=SPLIT.condition,
                size=Decimal(10),
                end_date="2026-12-01",
                opposite_token_id="",
                received_at=received,
                dt=received.date(),
            )
    for position, (name, size) in enumerate((("ann", 5), ("bob", 9), ("cat", 5), ("bob", 9))):
        world.add(
            "raw.data_holders",
            page_id="hold-1",
            position=position,
            token_id=SPLIT.yes,
            wallet=wallet(name),
            size=Decimal(size),
            received_at=at("11:00"),
            dt=at("11:00").date(),
        )
    for received, status, payouts, resolved in (
        ("11:20", "proposed", None, None),
        ("11:40", "resolved", [Decimal(1), Decimal(0)], at("11:30")),
    ):
        world.add(
            "raw.data_resolutions",
            page_id=f"res-{status}",
            position=0,
            condition_id=ENDING.condition,
            status=status,
            payouts=payouts,
            resolved_at=resolved,
            last_update_at=at("11:10") if resolved is None else resolved,
            payload="{}",
            payload_sha256=status,
            received_at=at(received),
            dt=at(received).date(),
        )


def test_equal_acts_of_one_page_are_two_and_those_of_another_page_the_same(warehouse):
    rows = warehouse.rows(
        "select activity_type, n, key_quality, page_id, cash_usd from staging.stg_data_activity"
        " where wallet = ? order by event_at, n",
        [WHO],
    )
    assert [(r["activity_type"], r["n"], r["key_quality"]) for r in rows] == [
        ("SPLIT", 1, "strong"), ("SPLIT", 2, "strong"), ("REDEEM", 1, "weak"),
        ("REWARD", 1, "strong"),
    ]  # fmt: skip
    assert {r["page_id"] for r in rows} == {"page-a"}


def test_an_act_is_known_minutes_after_it_happened(warehouse):
    rows = warehouse.rows(
        "select distinct known_at - event_at as later from staging.stg_data_activity"
        " where wallet = ?",
        [WHO],
    )
    assert [r["later"] for r in rows] == [timedelta(minutes=5)]


def test_the_pages_of_a_walk_are_one_snapshot_of_positions(warehouse):
    rows = warehouse.rows(
        "select snapshot_id, token_id, opposite_token_id, end_at, known_at = received_at as live"
        " from staging.stg_data_positions where wallet = ? order by snapshot_id, received_at",
        [WHO],
    )
    assert [(r["snapshot_id"], r["token_id"]) for r in rows] == [
        ("walk-1", SPLIT.yes), ("walk-1", SPLIT.no), ("walk-2", SPLIT.yes),
    ]  # fmt: skip
    assert {r["opposite_token_id"] for r in rows} == {None}
    assert {r["end_at"] for r in rows} == {at("00:00", "2026-12-01")}
    assert all(r["live"] for r in rows)


def test_equal_holders_share_a_rank_and_a_repeated_one_counts_once(warehouse):
    rows = warehouse.rows(
        "select wallet, holder_rank from staging.stg_data_holders where token_id = ?"
        " order by holder_rank, wallet",
        [SPLIT.yes],
    )
    assert [(r["wallet"], r["holder_rank"]) for r in rows] == [
        (wallet("bob"), 1), (wallet("ann"), 2), (wallet("cat"), 2),
    ]  # fmt: skip


def test_a_result_is_known_since_the_chain_had_it(warehouse):
    rows = warehouse.rows(
        "select status, is_final, payouts, known_at from staging.stg_data_resolutions"
        " where condition_id = ? order by received_at",
        [ENDING.condition],
    )
    assert [tuple(r.values()) for r in rows] == [
        ("proposed", False, None, at("11:10")),
        ("resolved", True, [Decimal(1), Decimal(0)], at("11:30")),
    ]
