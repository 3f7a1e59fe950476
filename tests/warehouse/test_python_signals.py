"""Python strategies over the built warehouse: rows of the contract, exits, failures, the union."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from polymarket_assets.store.ledger_accounts import Position
from polymarket_assets.warehouse.python_signals import LIFE, propose
from polymarket_assets.warehouse.strategy_settings import change_settings, settings_of
from tests.strategies.packages import GOOD, install
from tests.warehouse.quotes import FAR, LISTED, SNAPPED, cost, quote
from tests.warehouse.world import NOW, PROJECT, Market, World, at

D = Decimal
BUY, SOLD, QUIET = Market("flow-buy"), Market("flow-sold"), Market("flow-quiet")
JOINED = Market("flow-joined")


def tell(world: World) -> None:
    """Markets with an hour of flow, and what an earlier run left in signals.python_signals."""
    for market, side, size in ((BUY, "BUY", "4000"), (SOLD, "SELL", "4000"), (QUIET, "BUY", "10")):
        world.market(market, seen=LISTED, **FAR)
        world.fill(market, at("11:30"), side, size, "0.5")
        heavy, light = ("4000", "1000") if side == "BUY" else ("1000", "4000")
        world.book(market.yes, SNAPPED, [("0.50", heavy)], [("0.51", light)])
    quote(world, JOINED.name, "0.50", "0.51")
    key = f"1|{JOINED.condition}|live|{int(SNAPPED.timestamp() * 1_000_000)}"
    for name, ago in (("live", 0), ("expired", 20)):
        as_of = SNAPPED - timedelta(minutes=ago)
        world.add(
            "signals.python_signals", signal_id=name, strategy="flow_follow", strategy_version="1",
            params_hash="0" * 64, action="enter", venue="polymarket",
            condition_id=JOINED.condition, token_id=JOINED.yes, outcome="Yes", side="BUY",
            price_limit=D("0.51"), edge_after_fees=D("0.01"), confidence=D("0.6"),
            suggested_notional_usd=D("5.1"), suggested_size=D(10), reason="by hand", as_of=as_of,
            expires_at=as_of + LIFE, feature_snapshot_key=hashlib.md5(key.encode()).hexdigest(),
            tick_size=D("0.01"), min_order_size=D(5), fee_rate=D("0.04"), fee_exponent=D(1),
            neg_risk=False, question="Will flow-joined happen?",
        )  # fmt: skip


@pytest.fixture
def proposals(warehouse, ledger: sa.Engine) -> Iterator[Any]:
    """Runs the enabled Python strategies at NOW; afterwards the table is as the build saw it."""
    held = warehouse.rows("select * from signals.python_signals")

    def run() -> tuple[dict[str, Any], dict[str, str]]:
        done = propose(warehouse.lake, ledger, mode="paper", now=NOW)
        rows = warehouse.rows("select * from signals.python_signals order by condition_id")
        assert sum(done.signals.values()) == len(rows)
        return {row["token_id"]: row for row in rows}, dict(done.failures)

    yield run
    warehouse.lake.transaction(lambda c: c.execute("delete from signals.python_signals"))
    world = World()
    for row in held:
        world.add("signals.python_signals", **row)
    world.write(warehouse.lake)


@pytest.fixture
def enabled(ledger: sa.Engine) -> Iterator[None]:
    """flow_follow enabled."""
    change_settings(ledger, "flow_follow", enabled=True, actor="cli:tester", now=NOW)
    yield
    change_settings(ledger, "flow_follow", enabled=False, actor="cli:tester", now=NOW)


@pytest.fixture
def package(
    enabled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """Installs a package with the strategy found_one, beside flow_follow, which is enabled."""
    with monkeypatch.context() as patch:
        yield lambda source: install(tmp_path, patch, "found_one", source)


def test_signals_of_python_live_as_long_as_those_of_dbt() -> None:
    text = (PROJECT / "dbt_project.yml").read_text()
    assert re.findall(r"signal_life_s: (\d+)", text) == [str(int(LIFE.total_seconds()))]


def test_the_union_has_the_live_rows_of_python_strategies(warehouse) -> None:
    rows = warehouse.rows("select * from signals.signals where strategy = 'flow_follow'")
    assert [row["signal_id"] for row in rows] == ["live"]


def test_a_proposal_becomes_a_row_of_the_contract(warehouse, ledger, proposals, enabled) -> None:
    rows, failures = proposals()
    assert failures == {}
    assert set(rows) == {BUY.yes, SOLD.no}
    row = rows[BUY.yes]
    held = settings_of(ledger, "flow_follow")
    assert (row["action"], row["side"], row["price_limit"]) == ("enter", "BUY", D("0.51"))
    assert row["confidence"] == D("0.535")
    assert row["edge_after_fees"] == D("0.535") - cost("0.51")
    assert (row["suggested_size"], row["suggested_notional_usd"]) == (D("19.6"), D("9.996"))
    assert (row["as_of"], row["expires_at"]) == (SNAPPED, SNAPPED + LIFE)
    assert row["params_hash"] == held.params_hash
    parts = ["flow_follow", "1", held.params_hash, BUY.condition, BUY.yes, "BUY", "enter"]
    text = "|".join([*parts, f"{SNAPPED:%Y-%m-%dT%H:%M:%S.%fZ}"])
    assert row["signal_id"] == hashlib.sha256(text.encode()).hexdigest()
    [snapshot] = warehouse.rows(
        "select condition_id, as_of from features.market_snapshots where feature_snapshot_key = ?",
        [row["feature_snapshot_key"]],
    )
    assert snapshot == {"condition_id": BUY.condition, "as_of": SNAPPED}


def test_what_is_held_is_kept_or_left_and_not_bought_again(ledger, proposals, enabled) -> None:
    with Session(ledger) as session, session.begin():
        # NO of a market whose takers buy YES, and NO of one whose takers sell it.
        session.add_all([_position(BUY), _position(SOLD)])
    try:
        rows, failures = proposals()
    finally:
        with Session(ledger) as session, session.begin():
            session.execute(sa.delete(Position))
    assert failures == {}
    assert {token: row["action"] for token, row in rows.items()} == {
        BUY.yes: "enter",
        BUY.no: "exit",
        SOLD.no: "hold",
    }
    leave = rows[BUY.no]
    assert (leave["side"], leave["price_limit"]) == ("SELL", D("0.49"))
    assert "trade against it" in leave["reason"]
    assert leave["edge_after_fees"] is leave["suggested_size"] is None


def _position(market: Market) -> Position:
    return Position(
        position_id=f"held-{market.name}", mode="paper", account="paper", strategy="flow_follow",
        condition_id=market.condition, token_id=market.no, outcome="No", question="?",
        state="open", size=10_000_000, cost_usd=5_000_000, bought_size=10_000_000,
        bought_usd=5_000_000, sold_size=0, sold_usd=0, settled_size=0, payout_usd=0, fees_usd=0,
        realized_usd=0, opened_at=at("10:00"),
    )  # fmt: skip


def test_a_disabled_strategy_proposes_nothing(proposals) -> None:
    assert proposals() == ({}, {})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("for snapshot in snapshots", "for snapshot in snapshots[7]"), "TypeError"),
        (("side.ask, D", 'Decimal("0.515"), D'), "not a multiple of the tick 0.01"),
        (("Decimal(1), ", "Decimal(2), "), "chance 2 is not between 0 and 1"),
        (("side.token_id", '"7"'), "token 7 is not of that market"),
        (('"just so"', '" "'), "gives no reason"),
        (("in snapshots", "in [*snapshots, *snapshots]"), "is proposed twice"),
        (("in snapshots", "in map(replace, snapshots)"), "a snapshot it made itself"),
    ],
)
def test_a_strategy_that_fails_is_named_and_stops_no_other(
    package, ledger: sa.Engine, proposals, change: tuple[str, str], told: str
) -> None:
    assert change[0] in GOOD
    package(GOOD.replace(*change))
    change_settings(ledger, "found_one", enabled=True, actor="cli:tester", now=NOW)
    try:
        rows, failures = proposals()
    finally:
        change_settings(ledger, "found_one", enabled=False, actor="cli:tester", now=NOW)
    assert {row["strategy"] for row in rows.values()} == {"flow_follow"}
    assert told in failures["found_one"]


def test_a_package_that_cannot_be_loaded_stops_no_build(proposals, package) -> None:
    package("import nothing_of_this_name")
    rows, failures = proposals()
    assert rows == {}
    assert "nothing_of_this_name" in failures["registry"]
