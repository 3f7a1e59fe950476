"""Strategies that bet, off by default: what makes each fire, near misses, and their settings."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from polymarket_assets.warehouse.strategy_settings import change_settings, settings_of
from tests.warehouse.quotes import FAR, LISTED, SNAPPED, cost, quote, signals_of, spoil
from tests.warehouse.world import NOW, Market, World, at, wallet

D = Decimal
OFF = ("mean_reversion", "term_structure", "intra_market_arbitrage", "copy_trading", "cross_venue")
COPY = {"events_min": "3", "win_rate_low_min": "0.4"}


def decide(engine: sa.Engine) -> None:
    """Enable every strategy in the ledger before the build."""
    for name in OFF:
        values = COPY if name == "copy_trading" else {}
        change_settings(
            engine, name, enabled=True, values=values, actor="cli:tester", now=at("09:00")
        )


def tell(world: World) -> None:
    """Moves and leaders that make signals, and near misses."""
    _tell_jumps(world)
    _tell_leaders(world)


JUMPS: dict[str, dict[str, Any]] = {
    "enter": {"now": ("0.79", "0.81")},
    "exit-back": {"jumped": "10:30", "now": ("0.59", "0.61")},
    "exit-on": {"jumped": "10:30", "now": ("0.95", "0.97")},
    "exit-late": {"jumped": "05:27", "also": "04:58", "now": ("0.79", "0.81")},
    "hold": {"jumped": "10:30", "now": ("0.79", "0.81")},
    "bought": {"now": ("0.79", "0.81"), "volume": "1000"},
    "wide": {"now": ("0.77", "0.83")},
    "small": {"now": ("0.56", "0.58")},
    "near-the-end": {"now": ("0.79", "0.81"), "endDate": "2026-11-20T20:00:00Z"},
    "unknown-volatility": {"now": ("0.79", "0.81"), "bars": 20},
    "wild": {"now": ("0.79", "0.81"), "amplitude": "0.20"},
    "siblings-moved": {"now": ("0.79", "0.81"), "sibling": "0.20"},
    "siblings-stayed": {"now": ("0.79", "0.81"), "sibling": "0.50"},
}


def _tell_jumps(world: World) -> None:
    for name, told in JUMPS.items():
        market = Market(f"jump-{name}")
        event = None
        if sibling := told.get("sibling"):
            event = world.event(f"jump-{name}", seen=LISTED, negRisk=True, marketIds=["1", "2"])
            mid = D(sibling)
            quote(world, f"jump-sibling-{name}", str(mid - D("0.01")), str(mid + D("0.01")),
                   event=event, negRisk=True)  # fmt: skip
        ends = {"endDate": told["endDate"]} if "endDate" in told else {}
        body = FAR | ends | {"negRisk": event is not None}
        world.market(market, seen=at("00:00", "2026-11-18"), event=event, **body)
        world.market(market, seen=LISTED, event=event, volume=1, **body)
        amplitude = D(told.get("amplitude", "0.01"))
        for bar in range(told.get("bars", 30)):
            mid = D("0.5") + amplitude * (bar % 2)
            _mid(world, market, at("06:10", "2026-11-19") + timedelta(minutes=30 * bar), mid)
        # Of two snapshots in one step of the volatility only the later counts.
        _mid(world, market, at("06:35", "2026-11-19"), D("0.3"))
        jumped = at(told["jumped"]) if "jumped" in told else SNAPPED
        _mid(world, market, jumped - timedelta(minutes=35), D("0.5"))
        if also := told.get("also"):
            _mid(world, market, at(also), D("0.5"))
        if jumped != SNAPPED:
            _mid(world, market, jumped, D("0.8"))
        world.book(market.yes, SNAPPED, [(told["now"][0], "400")], [(told["now"][1], "400")])
        spoil(world, market, event=event, negRisk=event is not None)
        world.fill(market, jumped - timedelta(minutes=6), "BUY", told.get("volume", "50"), "0.7")


def _mid(world: World, market: Market, when: datetime, mid: Decimal) -> None:
    world.book(market.yes, when, [(str(mid - D("0.01")), "400")], [(str(mid + D("0.01")), "400")])


@pytest.mark.parametrize("name", ["enter", "siblings-stayed"])
def test_a_thin_jump_is_faded_at_the_ask_of_the_other_side(warehouse, name):
    [signal] = signals_of(warehouse, "mean_reversion", market := Market(f"jump-{name}"))
    assert (signal["action"], signal["side"]) == ("enter", "BUY")
    assert (signal["token_id"], signal["price_limit"]) == (market.no, D("0.21"))
    # Back to 0.34 or down to 0.04 at the bid, 0.7 to 0.3, each after the fee.
    left = D("0.7") * (2 * D("0.34") - cost("0.34")) + D("0.3") * (2 * D("0.04") - cost("0.04"))
    assert abs(signal["edge_after_fees"] - (left - cost("0.21"))) < D("0.000002")
    assert signal["confidence"] == D("0.7")
    assert "moved by 0.3 within 30.0 minutes" in signal["reason"]


@pytest.mark.parametrize(
    ("name", "action", "bid", "why"),
    [
        ("exit-back", "exit", "0.39", "taken back: leave"),
        ("exit-on", "exit", "0.03", "it went on by 0.16"),
        ("exit-late", "exit", "0.19", "6.0 h are over"),
        ("hold", "hold", "0.19", "wait"),
    ],
)
def test_a_faded_move_is_left_or_waited_for(warehouse, name, action, bid, why):
    [signal] = signals_of(warehouse, "mean_reversion", market := Market(f"jump-{name}"))
    assert (signal["action"], signal["side"], signal["token_id"]) == (action, "SELL", market.no)
    assert signal["price_limit"] == D(bid)
    assert why in signal["reason"]
    for unknown in ("edge_after_fees", "confidence", "suggested_size", "suggested_notional_usd"):
        assert signal[unknown] is None


@pytest.mark.parametrize(
    "name",
    ["bought", "wide", "small", "near-the-end", "unknown-volatility", "wild", "siblings-moved"],
)
def test_each_of_these_moves_is_left_alone(warehouse, name):
    assert signals_of(warehouse, "mean_reversion", Market(f"jump-{name}")) == []


CLOSED = {"closed": True, "closedTime": "2026-11-18 15:00:00+00"}
WON = '["1", "0"]'
COPIED: dict[str, dict[str, Any]] = {
    "bought": {},
    "sold": {"side": "SELL"},
    "small": {"size": "40"},
    "fell": {"now": ("0.54", "0.56")},
    "dear": {"now": ("0.61", "0.62")},
    "old": {"when": "11:30"},
    "not-known": {"when": "11:54", "seen": "11:57"},
    "by-a-maker": {"taker_only": False, "transaction_hash": "0x" + "7" * 64},
    "by-a-loser": {"who": "copy-loser"},
    "by-a-newcomer": {"who": "copy-newcomer"},
    "by-a-market-maker": {"who": "copy-maker"},
    "by-one-lucky-event": {"who": "copy-lucky"},
}


def _tell_leaders(world: World) -> None:
    for n in range(4):
        market = world.market(
            Market(f"copy-past-{n}"), seen=at("16:00", "2026-11-18"), outcomePrices=WON, **CLOSED
        )
        when = at("10:00", "2026-11-17")
        if n < 3:
            world.fill(market, when, "BUY", "20", "0.5", who="copy-leader")
            world.fill(market, when, "BUY", "20", "0.5", who="copy-loser", outcome=1)
            shares = "80" if n else "20"
            world.fill(market, when, "BUY", shares if n == 1 else "20", "0.5", who="copy-lucky")
            match = f"0x{n + 4242:064x}"
            world.fill(market, when, "BUY", "20", "0.5", who="copy-crowd", transaction_hash=match)
            world.fill(market, when, "BUY", "20", "0.5", who="copy-maker", taker_only=False,
                       transaction_hash=match)  # fmt: skip
        if n:
            world.fill(market, when, "BUY", "20", "0.5", who="copy-newcomer")
    # Its third decided event came after midnight: it is no leader today.
    late = world.market(
        Market("copy-past-4"), seen=at("10:00"), outcomePrices=WON, closed=True,
        closedTime="2026-11-20 09:00:00+00",
    )  # fmt: skip
    for row in [r for r in world.rows["raw.data_trades"] if r["wallet"] == wallet("copy-newcomer")]:
        if row["condition_id"] == Market("copy-past-3").condition:
            row |= {"condition_id": late.condition, "token_id": late.yes, "slug": late.name}
    world.fill(Market("copy-past-0"), at("10:05", "2026-11-17"), "BUY", "1", "0.5",
               who="copy-crowd", transaction_hash="0x" + "7" * 64)  # fmt: skip
    for name, told in COPIED.items():
        market = quote(world, f"copy-{name}", *told.get("now", ("0.58", "0.60")))
        more = {key: told[key] for key in ("taker_only", "transaction_hash") if key in told}
        seen = {"seen": at(told["seen"])} if "seen" in told else {}
        world.fill(
            market, at(told.get("when", "11:50")), told.get("side", "BUY"), told.get("size", "200"),
            "0.6", who=told.get("who", "copy-leader"), **seen, **more,
        )  # fmt: skip


def test_what_a_leader_bought_is_bought_while_it_costs_no_more(warehouse):
    [signal] = signals_of(warehouse, "copy_trading", market := Market("copy-bought"))
    assert (signal["action"], signal["side"], signal["token_id"]) == ("enter", "BUY", market.yes)
    assert signal["leader_wallet"] == wallet("copy-leader")
    assert signal["price_limit"] == D("0.60")
    assert signal["edge_after_fees"] == D("0.63") - cost("0.60")
    # A twentieth of the leader's 120 USD at 0.60, less than 10 USD and a quarter of the depth.
    assert signal["suggested_size"] == 10
    assert "3 decided events, 3 won" in signal["reason"]


def test_what_a_leader_sold_is_left(warehouse):
    [signal] = signals_of(warehouse, "copy_trading", Market("copy-sold"))
    assert (signal["action"], signal["side"], signal["price_limit"]) == ("exit", "SELL", D("0.58"))


@pytest.mark.parametrize("name", list(COPIED)[2:])
def test_each_of_these_is_not_copied(warehouse, name):
    assert signals_of(warehouse, "copy_trading", Market(f"copy-{name}")) == []


def test_a_build_reads_the_settings_of_the_ledger_and_signs_with_them(warehouse, ledger):
    held = settings_of(ledger, "copy_trading")
    rows = warehouse.rows("select * from signals.strategy_settings where strategy = 'copy_trading'")
    values = {row["name"]: row["value"] for row in rows}
    assert values == {"enabled": "true", **held.values}
    assert (values["events_min"], values["fill_min_usd"]) == ("3", "50")
    assert {row["params_hash"] for row in rows} == {held.params_hash}
    assert {(row["settings_version"], row["changed_by"]) for row in rows} == {(1, "cli:tester")}
    [signal] = signals_of(warehouse, "copy_trading", Market("copy-bought"))
    assert signal["params_hash"] == held.params_hash


def test_what_nobody_changed_follows_the_seed(warehouse):
    rows = warehouse.rows("select * from signals.strategy_settings where strategy = 'longshot_no'")
    assert all(row["value"] == row["default_value"] for row in rows)
    assert {row["settings_version"] for row in rows} == {0}


def test_no_signal_is_of_a_moment_later_than_the_build(warehouse):
    found = warehouse.row(
        "select count(*) as n, max(as_of) as newest, count(distinct strategy) as strategies"
        " from signals.signals"
    )
    assert found["newest"] <= NOW
    assert found["strategies"] == len(OFF) + 3
