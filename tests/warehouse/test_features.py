"""Features: all 65 by hand for one moment, what makes a group unknown, and no look ahead."""

from __future__ import annotations

import csv
import hashlib
import math
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

from tests.warehouse.world import PROJECT, Market, World, at

AS_OF = at("10:30")
HAND, TWIN = Market("features-hand"), Market("features-twin")
N1, N2, N3, N4 = (Market(f"neg-{n}") for n in ("gamma", "book", "inactive", "closed"))
S1, S2 = Market("neg-old"), Market("neg-new")
STALE, PROVEN = Market("gamma-stale"), Market("gamma-proven")
OLD_BOOK, BAD_BOOK, CLOSED, CROSSED, BARE = (
    Market(f"features-{n}") for n in ("old-book", "bad-book", "closed", "crossed", "bare")
)
PAST = Market("features-past", ("Down", "Up"))
MORNING, LATE = Market("features-morning"), Market("features-late")
TIERS = {
    "T0": ["48.001", "300"],
    "T1": ["48", "12.001"],
    "T2": ["12", "4.001"],
    "T3": ["4", "1.001"],
    "T4": ["1", "0", "-5"],
}
TINY = ([("0.5", "10")], [("0.52", "10")])
HAND_BOOK = (
    [("0.58", "100"), ("0.57", "200"), ("0.56", "50"), ("0.55", "10"), ("0.54", "40"),
     ("0.53", "1000")],
    [("0.62", "300"), ("0.63", "100"), ("0.70", "20"), ("0.71", "5")],
)  # fmt: skip
QUOTES = {
    "outcomePrices": '["0.6", "0.4"]', "bestBid": 0.59, "bestAsk": 0.61, "lastTradePrice": 0.605,
    "oneHourPriceChange": 0.01, "oneDayPriceChange": 0.02, "oneWeekPriceChange": -0.03,
    "oneMonthPriceChange": 0.04, "volumeNum": 1000.5, "volume24hr": 100, "volume1wk": 400,
    "volume1mo": 900, "liquidityNum": 50, "endDate": "2026-11-20T22:30:00Z",
    "startDate": "2026-11-10T10:30:00Z", "createdAt": "2026-10-01T10:30:00Z",
}  # fmt: skip
D = Decimal
BY_HAND: dict[str, object] = {
    "price": D("0.6"), "best_bid": D("0.59"), "best_ask": D("0.61"), "spread": D("0.02"),
    "last_trade_price": D("0.605"), "price_change_1d": D("0.02"), "price_change_1w": D("-0.03"),
    "price_change_1m": D("0.04"), "volume_total": D("1000.5"), "volume_24h": D(100),
    "volume_1w": D(400), "liquidity": D(50), "category": "crypto", "neg_risk": False,
    "competitive": 0.99, "price_change_1h": D("0.01"), "volume_1m": D(900),
    "open_interest": D("77.5"),
    "bid_depth_5": D(400), "bid_depth_10": D(1400), "bid_depth_20": D(1400),
    "bid_depth_50": D(1400), "ask_depth_5": D(425), "ask_depth_10": D(425),
    "ask_depth_20": D(425), "ask_depth_50": D(425), "bid_levels": 6, "ask_levels": 4,
    "book_imbalance": 975 / 1825, "bid_wall_price": D("0.53"), "bid_wall_size": D(1000),
    "ask_wall_price": None, "ask_wall_size": None,
    "trade_count_1h": 3, "buy_count_1h": 2, "sell_count_1h": 1, "volume_1h": D("2487.5"),
    "vwap_1h": D("0.599398"), "whale_count_1h": 1, "whale_volume_1h": D(1600),
    "whale_net_flow_1h": D(1600), "time_since_whale": D(600), "buy_volume_1h": D(2460),
    "sell_volume_1h": D("27.5"), "net_flow_1h": D("2432.5"), "avg_trade_size_1h": D("829.166667"),
    "max_trade_size_1h": D(2400), "time_since_last_trade": D(600), "book_update_count_1h": None,
    "realized_vol_1h": math.sqrt(11) * math.log(1.5),
    "hours_to_close": 12.0, "day_of_week": 4, "hour_of_day": 10, "mid_price": D("0.6"),
    "microprice": D("0.59"), "spread_rel": 0.04 / 0.6, "logit_mid": math.log(1.5),
    "outcome_entropy": -0.6 * math.log(0.6) - 0.4 * math.log(0.4), "vwap_gap_1h": D("0.000602"),
    "trade_imbalance_1h": 2432.5 / 2487.5, "turnover_24h": 2.0, "mid_change_1h": D("0.1"),
    "event_yes_sum": None, "market_age_h": 1200.0, "life_elapsed_frac": 240 / 252,
}  # fmt: skip


def tell(world: World) -> None:
    """Markets around 10:30, and one past day."""
    _tell_proofs(world)
    for market in (HAND, TWIN):
        _tell_hand(world, market)
    _tell_future(world, TWIN)
    _tell_neg_risk(world)
    _tell_doubts(world)
    _tell_past(world)
    for tier, hours in TIERS.items():
        for h in hours:
            end = AS_OF + timedelta(hours=float(h))
            world.market(Market(f"{tier}-{h}"), seen=AS_OF, endDate=end.isoformat())


def _tell_proofs(world: World) -> None:
    for source in ("gamma_markets", "gamma_events"):
        world.walk(source, started=at("10:20"), ended=at("10:21"))
        world.walk(source, started=at("10:25"), ended=at("10:26"), complete=False, walk_id="cut")
    # Fills of 15 November were never collected; a failed run and one of 2019 prove nothing.
    november = [at("00:00", f"2026-11-{day:02}") for day in (1, 8, 15, 16)]
    world.run("data_trades", covered=(november[0], november[1]), started=at("01:00"))
    world.run("data_trades", covered=(november[1], november[2]), started=at("01:01"))
    world.run("data_trades", covered=(november[2], november[3]), started=at("01:02"),
              outcome="failed")  # fmt: skip
    world.run("data_trades", covered=(november[3], at("10:25")), started=at("10:25"))
    world.run("data_trades", covered=(at("00:00"), at("11:55")), started=at("11:55"))


def _tell_hand(world: World, market: Market) -> None:
    event = world.event(
        f"{market.name}-event", seen=at("09:15"), tags=["crypto"], competitive=0.99,
        openInterest=77.5, liquidity=10,
    )  # fmt: skip
    world.market(market, seen=at("09:20"), event=event, bestBid=0.49, bestAsk=0.51,
                 createdAt=QUOTES["createdAt"])  # fmt: skip
    world.market(market, seen=at("10:00"), event=event, **QUOTES)
    world.book(market.yes, AS_OF, *HAND_BOOK)
    world.fill(market, at("10:00"), "BUY", "100", "0.6")
    world.fill(market, at("10:05"), "BUY", "0", "0.6")
    world.fill(market, at("10:10"), "BUY", "50", "0.45", outcome=1)
    world.fill(market, at("10:20"), "SELL", "4000", "0.4", outcome=1)
    world.fill(market, at("09:30"), "BUY", "10", "0.6")  # an hour old: outside (9:30, 10:30]
    for minute in range(12):
        price = "0.6" if minute % 2 else "0.5"
        world.price(market.yes, at(f"10:{minute + 1:02}"), price, minutes=1)


def _tell_future(world: World, market: Market) -> None:
    """What becomes known after 10:30, of every source."""
    later = AS_OF + timedelta(seconds=1)
    event = world.event(f"{market.name}-event", seen=later, tags=["sports"], competitive=0.1)
    world.market(market, seen=later, event=event,
                 **QUOTES | {"closed": True, "outcomePrices": '["1", "0"]'})  # fmt: skip
    world.book(market.yes, later, [("0.9", "1")], [("0.95", "1")])
    world.fill(market, at("10:29"), "BUY", "5000", "0.9", seen=at("10:45"))  # known at 10:34
    world.fill(market, at("10:40"), "BUY", "5000", "0.9")
    world.price(market.yes, at("10:31"), "0.9", minutes=1)


def _tell_neg_risk(world: World) -> None:
    event = world.event("neg", seen=at("10:15"), negRisk=True, tags=["politics"])
    same = {"event": event, "negRisk": True}
    world.market(N1, seen=at("10:22"), bestBid=0.29, bestAsk=0.31, **same)
    world.market(N2, seen=at("10:22"), bestBid=0.6, bestAsk=0.62, **same)
    world.book(N2.yes, AS_OF, [("0.64", "10")], [("0.66", "10")])
    world.market(N3, seen=at("10:22"), active=False, bestBid=0.4, bestAsk=0.42, **same)
    world.market(N4, seen=at("10:10"), bestBid=0.1, bestAsk=0.12, **same)
    world.market(N4, seen=at("10:23"), closed=True, outcomePrices='["0", "1"]', **same)
    stale = {"event": world.event("neg-stale", seen=at("08:00", "2026-11-18")), "negRisk": True}
    world.market(S1, seen=at("08:00", "2026-11-18"), bestBid=0.4, bestAsk=0.42, **stale)
    world.market(S2, seen=at("10:00", "2026-11-18"), bestBid=0.5, bestAsk=0.52, **stale)


def _tell_doubts(world: World) -> None:
    world.market(STALE, seen=at("08:00", "2026-11-18"), **QUOTES)
    world.book(STALE.yes, at("10:00", "2026-11-18"), *TINY)
    world.market(PROVEN, seen=at("08:00"), **QUOTES)
    world.book(PROVEN.yes, AS_OF, *TINY)
    world.market(OLD_BOOK, seen=AS_OF, **QUOTES)
    world.book(OLD_BOOK.yes, AS_OF - timedelta(seconds=301), *TINY)
    world.market(BAD_BOOK, seen=at("10:29"), **QUOTES)
    world.book(BAD_BOOK.yes, at("10:29"), *TINY)
    world.book(BAD_BOOK.yes, AS_OF, [("0.6", "1")], [("0.5", "1")])
    world.market(CLOSED, seen=at("10:20"), **QUOTES)
    world.market(CLOSED, seen=at("10:29"), **QUOTES | {"closed": True})
    world.book(CLOSED.yes, AS_OF, *TINY)
    world.market(CROSSED, seen=AS_OF, **QUOTES | {"bestBid": 0.63})
    world.market(
        BARE, seen=AS_OF, createdAt="2026-11-20T10:00:00Z", bestBid=0, bestAsk=1, lastTradePrice=0,
        volumeNum=0, oneHourPriceChange=0.5, feeSchedule=..., feeType=..., feesEnabled=...,
    )  # fmt: skip


def _tell_past(world: World) -> None:
    world.market(PAST, seen=at("08:00"), closed=True, outcomePrices='["0", "1"]',
                 closedTime="2026-11-15 23:00:00+00")  # fmt: skip
    for day, when in (("2026-11-12", "13:05"), ("2026-11-12", "13:58"), ("2026-11-15", "20:10")):
        world.fill(PAST, at(when, day), "BUY", "10", "0.4", seen=at("08:00"))
    world.price(PAST.yes, at("13:00:05", "2026-11-12"), "0.44")
    world.price(PAST.no, at("13:00:05", "2026-11-12"), "0.56")
    world.price(PAST.yes, at("23:00:05", "2026-11-15"), "0")  # the settlement
    for market, when in ((MORNING, "06:10"), (LATE, "06:58")):
        world.fill(market, at(when), "BUY", "10", "0.4", seen=at("09:00"))
        world.market(market, seen=at("09:00"))


def _snapshot(warehouse, market: Market, as_of: datetime = AS_OF):
    return warehouse.row(
        "select * from features.market_snapshots where condition_id = ? and as_of = ?",
        [market.condition, as_of],
    )


def test_all_65_features_are_those_computed_by_hand(warehouse):
    snapshot = _snapshot(warehouse, HAND)
    assert len(BY_HAND) == 65
    wrong = {
        name: (snapshot[name], expected)
        for name, expected in BY_HAND.items()
        if not _equal(snapshot[name], expected)
    }
    assert wrong == {}
    assert (snapshot["mid_source"], snapshot["as_of_kind"], snapshot["tier"]) == (
        "book", "live", "T2",
    )  # fmt: skip
    assert (snapshot["fee_rate"], snapshot["fee_source"]) == (D("0.04"), "market")


def _equal(got: object, expected: object) -> bool:
    if isinstance(expected, float):
        return isinstance(got, float) and math.isclose(got, expected, rel_tol=1e-12)
    return type(got) is type(expected) and got == expected


def _registry() -> list[dict[str, str]]:
    with (PROJECT / "seeds" / "feature_registry.csv").open() as file:
        return list(csv.DictReader(file))


def test_the_registry_describes_exactly_these_65():
    registry = _registry()
    assert [row["name"] for row in registry] == list(BY_HAND)
    assert all(row["definition"] and row["null_rule"] and row["source"] for row in registry)


def test_the_contract_and_the_docs_of_the_65_are_those_of_the_registry(warehouse):
    """Of the table and of the steps that have a feature."""
    nodes = warehouse.manifest["nodes"]
    tables = [
        nodes[f"model.polymarket.{name}"]["columns"]
        for name in ("market_snapshots", "int_snapshot_quotes")
    ]
    for row in _registry():
        rule = row["null_rule"][0].lower() + row["null_rule"][1:]
        words = f"{row['number']}. {row['definition']} ({row['unit']}). Null: {rule}."
        found = [columns[row["name"]] for columns in tables if row["name"] in columns]
        assert {column["description"] for column in found} == {words}
        assert found[0]["data_type"] == row["dtype"].lower()


def test_a_value_outside_the_range_of_the_registry_is_named(warehouse):
    """By dbt's own test, of a table in which one value of each feature was made too large."""
    node = warehouse.manifest["nodes"]["test.polymarket.features_lie_in_their_ranges"]
    bounded = {row["name"]: row for row in _registry() if row["least"] or row["most"]}
    beyond = ", ".join(
        f"{row['most'] or row['least']} {'+' if row['most'] else '-'} 1 as {name}"
        for name, row in bounded.items()
    )
    sql = node["compiled_code"].replace('"lake"."features"."market_snapshots"', "made")
    with duckdb.connect() as connection:
        connection.execute(f"create table made as select {beyond}")
        found = connection.execute(sql).fetchall()
    assert sorted(found) == sorted((name, 1) for name in bounded)
    assert len(bounded) > 50


def test_what_becomes_known_later_changes_nothing(warehouse):
    hand, twin = _snapshot(warehouse, HAND), _snapshot(warehouse, TWIN)
    own = {"feature_snapshot_key", "condition_id", "yes_token_id", "no_token_id", "event_id",
           "book_id"}  # fmt: skip
    different = {k: (hand[k], twin[k]) for k in hand if k not in own and hand[k] != twin[k]}
    assert different == {}


def test_a_row_is_about_each_receipt_of_a_book_or_of_a_changed_open_market(warehouse):
    rows = warehouse.rows(
        "select as_of, as_of_kind from features.market_snapshots where condition_id = ?"
        " order by as_of",
        [TWIN.condition],
    )
    moments = [at("09:20"), at("10:00"), AS_OF, AS_OF + timedelta(seconds=1)]
    assert rows == [{"as_of": moment, "as_of_kind": "live"} for moment in moments]


def test_gamma_is_unknown_as_a_group_without_a_recent_proof_that_it_was_current(warehouse):
    stale = _snapshot(warehouse, STALE, at("10:00", "2026-11-18"))
    assert (stale["gamma_ok"], stale["gamma_age_s"]) == (False, 7200)
    assert {stale[name] for name in list(BY_HAND)[:18]} == {None}
    assert stale["mid_price"] == D("0.51"), "the book is fresh"
    assert stale["hours_to_close"] is not None, "the end date known then is still known"
    proven = _snapshot(warehouse, PROVEN)
    assert (proven["gamma_ok"], proven["gamma_age_s"]) == (True, 600)
    assert proven["price"] == D("0.6"), "unchanged since 8:00, as a walk at 10:20 proves"


@pytest.mark.parametrize(("market", "age"), [(OLD_BOOK, 301), (BAD_BOOK, 0)])
def test_an_old_or_impossible_book_is_no_book(warehouse, market, age):
    snapshot = _snapshot(warehouse, market)
    assert (snapshot["book_ok"], snapshot["book_age_s"]) == (False, age)
    assert {snapshot[name] for name in list(BY_HAND)[18:33]} == {None}
    assert snapshot["microprice"] is None
    assert (snapshot["mid_price"], snapshot["mid_source"]) == (D("0.6"), "gamma")


def test_a_closed_market_s_fields_are_unknown_since_they_tell_the_answer(warehouse):
    snapshot = _snapshot(warehouse, CLOSED)
    assert snapshot["gamma_ok"] is False
    assert {snapshot[name] for name in list(BY_HAND)[:18]} == {None}


def test_missing_and_crossed_quotes_are_unknown_not_zero(warehouse):
    bare = _snapshot(warehouse, BARE)
    names = ("best_bid", "best_ask", "spread", "last_trade_price", "price_change_1h", "mid_price",
             "spread_rel", "logit_mid", "outcome_entropy", "hours_to_close", "tier", "liquidity",
             "turnover_24h", "life_elapsed_frac", "competitive", "open_interest")  # fmt: skip
    assert {name: bare[name] for name in names} == dict.fromkeys(names)
    assert (bare["volume_total"], bare["category"], bare["market_age_h"]) == (0, "unknown", 0.5)
    assert (bare["fee_rate"], bare["fee_source"]) == (None, "unknown")
    crossed = _snapshot(warehouse, CROSSED)
    assert (crossed["is_gamma_crossed"], crossed["spread"], crossed["mid_price"]) == (
        True, None, None,
    )  # fmt: skip


def test_an_hour_without_fills_counts_zero_only_where_fills_were_collected(warehouse):
    covered = _snapshot(warehouse, PROVEN)
    assert (covered["trades_ok"], covered["trade_count_1h"], covered["volume_1h"]) == (True, 0, 0)
    assert [covered[n] for n in ("vwap_1h", "avg_trade_size_1h", "time_since_whale")] == [None] * 3
    uncovered = _snapshot(warehouse, PAST, at("21:00", "2026-11-15"))
    assert uncovered["trades_ok"] is False
    assert {uncovered[name] for name in list(BY_HAND)[33:50]} == {None}


def test_the_sum_over_an_event_takes_each_active_outcome_s_own_mid(warehouse):
    both = _snapshot(warehouse, N2)
    assert both["event_yes_sum"] == D("0.95"), "0.30 of Gamma and 0.65 of the book"
    assert _snapshot(warehouse, N1, at("10:22"))["event_yes_sum"] == D("1.02"), "N4 still open"
    stale = _snapshot(warehouse, S2, at("10:00", "2026-11-18"))
    assert (stale["mid_price"], stale["event_yes_sum"]) == (D("0.51"), None)


def test_a_past_hour_knows_fills_and_prices_but_no_list_or_book(warehouse):
    past = _snapshot(warehouse, PAST, at("14:00", "2026-11-12"))
    assert past["as_of_kind"] == "backfill"
    assert past["trade_count_1h"] == 1, "the fill of 13:58 was known at 14:03"
    assert (past["mid_price"], past["mid_source"]) == (D("0.44"), "history")
    assert {past[name] for name in list(BY_HAND)[:33]} == {None}
    assert (past["hours_to_close"], past["tier"]) == (None, None)
    assert past["market_age_h"] == pytest.approx((42 * 24) + 3.5, abs=0.001)
    hours = warehouse.rows(
        "select as_of from features.market_snapshots where condition_id = ? order by 1",
        [PAST.condition],
    )
    assert [row["as_of"] for row in hours] == [at("14:00", "2026-11-12"), at("21:00", "2026-11-15")]


def test_the_hours_before_a_market_was_seen_live_are_those_whose_fills_were_known_by_then(
    warehouse,
):
    rows = warehouse.rows(
        "select condition_id, as_of_kind, as_of from features.market_snapshots"
        " where condition_id in (?, ?) order by as_of",
        [MORNING.condition, LATE.condition],
    )
    assert [tuple(row.values()) for row in rows[:1]] == [
        (MORNING.condition, "backfill", at("07:00"))
    ], "nobody knew at 7:00 of the fill of 6:58"
    assert {(row["as_of_kind"], row["as_of"]) for row in rows[1:]} == {("live", at("09:00"))}


@pytest.mark.parametrize(("tier", "hours"), [(t, h) for t, hs in TIERS.items() for h in hs])
def test_tiers_are_half_open(warehouse, tier, hours):
    snapshot = _snapshot(warehouse, Market(f"{tier}-{hours}"))
    assert (snapshot["tier"], snapshot["hours_to_close"]) == (tier, pytest.approx(float(hours)))


def test_the_key_is_that_of_version_market_kind_and_moment(warehouse):
    text = f"1|{HAND.condition}|live|{int(AS_OF.timestamp()) * 10**6}"
    key = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    assert _snapshot(warehouse, HAND)["feature_snapshot_key"] == key
