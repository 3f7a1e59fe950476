"""Signals: one exact row per strategy, and everything that must prevent one."""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from tests.warehouse.world import NOW, Market, World, at

YES, NO = Market("signal-yes"), Market("signal-no", ("Up", "Down"))
LISTED, SNAPPED = at("11:50"), at("11:55")
FAVOURITE = ([("0.94", "80"), ("0.93", "10")], [("0.95", "100"), ("0.96", "500")])
LONGSHOT = ([("0.05", "80")], [("0.06", "100")])
ORDINARY = {"endDate": "2026-11-20T20:00:00Z", "negRisk": True}
PREVENTED = {
    "placeholder": ({"negRiskOther": True}, FAVOURITE),
    "proposed": ({"umaResolutionStatus": "proposed"}, FAVOURITE),
    "not-accepting": ({"acceptingOrders": False}, FAVOURITE),
    "no-order-book": ({"enableOrderBook": False}, FAVOURITE),
    "closed": ({"closed": True}, FAVOURITE),
    "too-far": ({"endDate": "2026-11-21T12:00:00Z"}, FAVOURITE),
    "ended": ({"endDate": "2026-11-20T11:55:00Z"}, FAVOURITE),
    "no-end": ({"endDate": ...}, FAVOURITE),
    "fee-unknown": ({"feeSchedule": ..., "feeType": ..., "feesEnabled": ...}, FAVOURITE),
    "fee-eats-edge": ({"feeSchedule": {"rate": 0.25, "exponent": 1}}, FAVOURITE),
    "three-outcomes": (
        {"outcomes": '["A", "B", "C"]', "clobTokenIds": '["1", "2", "3"]'},
        FAVOURITE,
    ),
    "too-cheap": ({}, ([("0.90", "80")], [("0.91", "100")])),
    "too-dear": ({}, ([("0.985", "80")], [("0.995", "100")])),
    "wide": ({}, ([("0.92", "80")], [("0.95", "100")])),
    "thin": ({}, ([("0.94", "80")], [("0.95", "49")])),
    "no-edge": ({}, ([("0.93", "80")], [("0.95", "100")])),
    "large-orders-only": ({}, ([("0.94", "80")], [("0.95", "100")])),
}


def tell(world: World) -> None:
    """Two markets with a signal each, and many that lack one thing."""
    event = world.event("signal-event", seen=LISTED, negRisk=True)
    for market, book in ((YES, FAVOURITE), (NO, LONGSHOT)):
        world.market(market, seen=LISTED, event=event, **ORDINARY)
        world.book(market.yes, SNAPPED, *book, tick="0.01")
        # An earlier snapshot would have made one too: only the newest counts.
        world.book(market.yes, SNAPPED - timedelta(minutes=2), *book, tick="0.01")
    for name, (payload, book) in PREVENTED.items():
        market = world.market(Market(f"prevented-{name}"), seen=LISTED, **ORDINARY | payload)
        tick = "0.005" if name == "too-dear" else "0.01"
        world.book(market.yes, SNAPPED, *book, tick=tick)
    for row in world.rows["raw.clob_books"]:
        if row["token_id"] == Market("prevented-large-orders-only").yes:
            row["min_order_size"] = Decimal(11)
    late = world.market(Market("prevented-too-old"), seen=at("11:30"), **ORDINARY)
    world.book(late.yes, at("11:44"), *FAVOURITE)
    moved = world.market(Market("prevented-book-gone"), seen=LISTED, **ORDINARY)
    world.book(moved.yes, SNAPPED, *FAVOURITE)
    world.book(moved.yes, at("11:58"), [("0.96", "1")], [("0.95", "1")])


def _signal(warehouse, market: Market):
    return warehouse.row("select * from signals.signals where condition_id = ?", [market.condition])


def _chance(mid: float) -> Decimal:
    log_odds = math.log(mid / (1 - mid)) + 0.25
    chance = Decimal(1 / (1 + math.exp(-log_odds)))
    return chance.quantize(Decimal("0.000001"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("market", "strategy", "token", "outcome"),
    [
        (YES, "longshot_yes", 0, "Yes"),
        (NO, "longshot_no", 1, "Down"),
    ],
)
def test_a_favourite_near_its_end_is_bought_at_the_ask(warehouse, market, strategy, token, outcome):
    signal = _signal(warehouse, market)
    chance = _chance(0.945)
    assert signal["strategy"] == strategy
    assert (signal["action"], signal["side"]) == ("enter", "BUY")
    assert (signal["token_id"], signal["outcome"]) == (market.tokens[token], outcome)
    assert signal["price_limit"] == Decimal("0.95")
    assert signal["confidence"] == chance
    assert signal["edge_after_fees"] == chance - Decimal("0.95") - Decimal("0.0019")
    # 10 USD at 0.95 are 10.52 shares; a quarter of the 100 or 80 displayed is more.
    assert signal["suggested_size"] == Decimal("10.52")
    assert signal["suggested_notional_usd"] == Decimal("9.994")
    assert (signal["as_of"], signal["expires_at"]) == (SNAPPED, SNAPPED + timedelta(minutes=15))
    assert (signal["tick_size"], signal["min_order_size"]) == (Decimal("0.01"), 5)
    assert (signal["fee_rate"], signal["fee_exponent"]) == (Decimal("0.04"), 1)
    assert (signal["neg_risk"], signal["event_id"]) == (True, "signal-event")
    assert signal["question"] == f"Will {market.name} happen?"
    for words in (f"{outcome} is asked at 0.95", "8.1 h before the scheduled end", "0.9519"):
        assert words in signal["reason"]


def test_a_signal_is_identified_by_all_it_rests_on(warehouse):
    signal = _signal(warehouse, YES)
    parameters = warehouse.rows(
        "select name, value from signals.strategy_parameters where strategy = 'longshot_yes'"
        " and name != 'enabled'"
    )
    text = "|".join(sorted(f"{p['name']}={p['value']}" for p in parameters))
    params_hash = hashlib.sha256(text.encode()).hexdigest()
    as_of = f"{signal['as_of'].astimezone(NOW.tzinfo):%Y-%m-%dT%H:%M:%S.%fZ}"
    parts = ["longshot_yes", "1", params_hash, YES.condition, YES.yes, "BUY", "enter", as_of]
    assert signal["params_hash"] == params_hash
    assert signal["signal_id"] == hashlib.sha256("|".join(parts).encode()).hexdigest()
    snapshot = warehouse.row(
        "select as_of, as_of_kind from features.market_snapshots where feature_snapshot_key = ?",
        [signal["feature_snapshot_key"]],
    )
    assert snapshot == {"as_of": SNAPPED, "as_of_kind": "live"}


@pytest.mark.parametrize("name", [*PREVENTED, "too-old", "book-gone"])
def test_each_of_these_prevents_a_signal(warehouse, name):
    market = Market(f"prevented-{name}")
    assert not warehouse.rows(
        "select * from signals.signals where condition_id = ?", [market.condition]
    )


def test_the_union_is_the_strategies_and_nothing_else(warehouse):
    rows = warehouse.rows(
        "select strategy, condition_id from signals.signals where strategy like 'longshot%'"
    )
    assert {(r["strategy"], r["condition_id"]) for r in rows} == {
        ("longshot_yes", YES.condition),
        ("longshot_no", NO.condition),
    }
    assert len(rows) == 2
    tables = ["longshot_yes", "longshot_no", "mean_reversion", "term_structure", "copy_trading"]
    tables += ["intra_market_arbitrage", "cross_venue", "python_signals"]
    of_all = " union all ".join(
        f"select signal_id from signals.{name} where expires_at > '{NOW}'" for name in tables
    )
    [both] = warehouse.rows(f"select list(signal_id order by signal_id) as ids from ({of_all})")
    [union] = warehouse.rows(
        "select list(signal_id order by signal_id) as ids from signals.signals"
    )
    assert both == union
