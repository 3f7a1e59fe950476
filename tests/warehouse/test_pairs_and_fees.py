"""Splits, merges, redemptions, conversions and fees in a wallet's profit, by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.warehouse.test_features import PAST
from tests.warehouse.test_wallets import act
from tests.warehouse.world import Market, World, at, wallet

D = Decimal
DAY = "2026-11-18"
SPLIT, AVERAGE, PAIRS, ODD, SWAPPED = (
    Market(f"pairs-{n}") for n in ("split", "average", "merged", "odd", "converted")
)
AT_ONCE = [f"at-once-{number}" for number in range(6)]
LOST = {"closed": True, "closedTime": "2026-11-19 15:00:00+00", "outcomePrices": '["0", "1"]'}


def tell(world: World) -> None:
    """One wallet for each thing that may happen to shares besides a fill."""
    for market in (SPLIT, AVERAGE, PAIRS, ODD):
        world.market(market, seen=at("08:00", DAY))
    world.market(SPLIT, seen=at("16:00", "2026-11-19"), **LOST)
    _act(world, SPLIT, "SPLIT", "10:00", "100", who="pair-splitter")
    world.fill(SPLIT, at("10:01", DAY), "SELL", "100", "0.90", who="pair-splitter")
    redeemed = at("16:00", "2026-11-19")
    _act(world, SPLIT, "REDEEM", "10:30", "100", who="pair-splitter", event_at=redeemed)

    world.fill(AVERAGE, at("10:00", DAY), "BUY", "100", "0.40", who="average")
    world.fill(AVERAGE, at("10:01", DAY), "BUY", "100", "0.60", who="average")
    world.fill(AVERAGE, at("10:02", DAY), "SELL", "50", "0.70", who="average")
    world.price(AVERAGE.yes, at("12:00", DAY), "0.65")

    world.fill(PAIRS, at("10:00", DAY), "BUY", "10", "0.40", who="merger")
    world.fill(PAIRS, at("10:00", DAY), "BUY", "10", "0.50", who="merger", outcome=1)
    _act(world, PAIRS, "MERGE", "10:05", "10", who="merger")
    # Fifteen pairs are merged, ten and twelve shares were bought: five pairs were split, unseen.
    world.fill(PAIRS, at("10:00", DAY), "BUY", "10", "0.40", who="unseen")
    world.fill(PAIRS, at("10:01", DAY), "BUY", "12", "0.50", who="unseen", outcome=1)
    _act(world, PAIRS, "MERGE", "10:05", "15", who="unseen")

    world.fill(AVERAGE, at("09:00", DAY), "BUY", "2000000", "0.40", who="giant")
    world.fill(AVERAGE, at("09:01", DAY), "SELL", "1000000", "0.50", who="giant")

    # Of two fills of one second nobody says which was first; their ids are hashes.
    for who in AT_ONCE:
        for side, price in (("SELL", "0.50"), ("BUY", "0.40")):
            world.fill(AVERAGE, at("09:02", DAY), side, "10", price, who=who)

    _act(world, ODD, "SPLIT", "09:00", "1.000001", who="odd")
    world.fill(ODD, at("10:00", DAY), "SELL", "1.000001", "0.3", who="odd", taker_only=False)
    world.fill(ODD, at("10:00", DAY), "BUY", "0.3", "0.01", who="dust")

    event = world.event("converted", seen=at("08:00", DAY), negRisk=True)
    world.market(SWAPPED, seen=at("08:00", DAY), event=event, negRisk=True)
    for who in ("converter", "bystander"):
        world.fill(SWAPPED, at("10:00", DAY), "BUY", "10", "0.40", who=who, outcome=1)
    _act(
        world, SWAPPED, "CONVERSION", "10:10", "10", who="converter", condition_id=None,
        event_slug="event-converted",
    )  # fmt: skip


def _act(world: World, market: Market, kind: str, when: str, size: str, **values: Any) -> None:
    who = values.pop("who")
    moment = values.pop("event_at", at(when, DAY))
    act(
        world, kind, when, 0, f"pairs-{kind}-{who}",
        **{
            "wallet": wallet(who), "size": D(size), "usdc_size": D(size),
            "condition_id": market.condition, "event_at": moment, "dt": moment.date(),
            "transaction_hash": f"0x{kind}{who}", **values,
        },
    )  # fmt: skip


def _positions(warehouse, who: str) -> list[dict[str, Any]]:
    return warehouse.rows(
        "select * from leaderboards.trader_positions where wallet = ? order by is_yes desc",
        [wallet(who)],
    )


def _market(warehouse, who: str) -> dict[str, Any]:
    return warehouse.row(
        "select * from leaderboards.trader_markets where wallet = ?", [wallet(who)]
    )


def test_a_split_pair_is_both_tokens_bought_at_a_half(warehouse):
    yes, no = _positions(warehouse, "pair-splitter")
    assert (yes["bought_usd"], yes["sold_usd"], yes["realized_pnl_usd"]) == (50, 90, 40)
    assert (no["bought_usd"], no["settlement_usd"], no["realized_pnl_usd"]) == (50, 100, 50)
    assert [p["split_shares"] for p in (yes, no)] == [100, 100]
    assert [p["fills"] for p in (yes, no)] == [1, 0]
    assert {(p["unexplained_shares"], p["is_complete"]) for p in (yes, no)} == {(0, True)}


def test_a_redemption_is_what_the_position_was_worth_already_and_the_fee_stands_beside(warehouse):
    market = _market(warehouse, "pair-splitter")
    assert (market["net_cash_usd"], market["realized_pnl_usd"]) == (-10, 90)
    assert (market["redeemed_usd"], market["volume_usd"]) == (100, 90)
    assert market["realized_pnl_usd"] - market["fees_usd"] == D("89.64"), "100 x 0.04 x 0.9 x 0.1"


def test_a_sale_takes_its_part_of_the_average_cost(warehouse):
    [position] = _positions(warehouse, "average")
    assert (position["cost_usd"], position["realized_pnl_usd"]) == (75, 10)
    assert (position["mark"], position["unrealized_pnl_usd"]) == (D("0.65"), D("22.5"))
    assert position["pnl_usd"] == D("32.5") == D(35) - D(100) + D("97.5")


def test_a_position_of_millions_is_counted_to_the_micro_dollar_too(warehouse):
    [position] = _positions(warehouse, "giant")
    assert (position["cost_usd"], position["realized_pnl_usd"]) == (400_000, 100_000)
    assert position["fees_usd"] == 2_000_000 * D("0.0096") + 1_000_000 * D("0.01")


def test_shares_bought_and_sold_in_one_second_leave_no_cost(warehouse):
    positions = [position for who in AT_ONCE for position in _positions(warehouse, who)]
    assert {(p["net_shares"], p["cost_usd"]) for p in positions} == {(0, 0)}
    assert {(p["realized_pnl_usd"], p["unexplained_shares"]) for p in positions} == {(1, 0)}
    assert len(positions) == len(AT_ONCE)


def test_a_merge_sells_both_tokens_at_a_half(warehouse):
    market = _market(warehouse, "merger")
    assert (market["net_cash_usd"], market["cost_usd"], market["realized_pnl_usd"]) == (1, 0, 1)
    assert {p["net_shares"] for p in _positions(warehouse, "merger")} == {0}


def test_a_merge_proves_a_split_that_was_not_seen(warehouse):
    yes, no = _positions(warehouse, "unseen")
    assert [p["split_shares"] for p in (yes, no)] == [5, 5]
    assert [p["net_shares"] for p in (yes, no)] == [0, 2]
    assert {(p["unexplained_shares"], p["is_complete"]) for p in (yes, no)} == {(0, True)}
    assert _market(warehouse, "unseen")["net_cash_usd"] == 15 - 4 - 6 - 5


def test_an_odd_micro_dollar_of_a_pair_is_not_lost(warehouse):
    yes, no = _positions(warehouse, "odd")
    assert (yes["bought_usd"], no["bought_usd"]) == (D("0.500001"), D("0.500000"))


def test_a_conversion_makes_the_wallet_s_positions_of_the_event_incomplete(warehouse):
    complete = {
        who: _positions(warehouse, who)[0]["is_complete"] for who in ("converter", "bystander")
    }
    assert complete == {"converter": False, "bystander": True}


def test_takers_pay_by_the_schedule_known_then_and_makers_nothing(warehouse):
    rows = warehouse.rows(
        "select wallet, role, fee_usd, fee_source from core.fct_wallet_fills"
        " where condition_id in (?, ?)",
        [ODD.condition, SPLIT.condition],
    )
    found = {row["wallet"]: tuple(row.values())[1:] for row in rows}
    assert found[wallet("pair-splitter")] == ("taker", D("0.36"), "market")
    assert found[wallet("dust")] == ("taker", D("0.00012"), "market"), "0.00011880 of a dollar"
    assert found[wallet("odd")][1:] == (None, None), "not on the takers' list: no role, no fee"
    late = warehouse.rows(
        "select distinct fee_usd, fee_source from core.fct_wallet_fills where condition_id = ?",
        [PAST.condition],
    )
    assert late == [{"fee_usd": None, "fee_source": "unknown"}], "its terms came after its fills"


def test_the_days_of_a_wallet_with_pairs_add_up_to_its_profit_too(warehouse):
    names = [wallet(who) for who in ("pair-splitter", "merger", "unseen", "odd", "average")]
    different = warehouse.rows(
        """
        select wallet, sum(days.pnl_usd) as by_day, any_value(stats.pnl_usd) as in_all
        from leaderboards.trader_daily as days
        inner join leaderboards.trader_stats as stats using (wallet)
        where wallet in (select unnest($1))
        group by wallet
        """,
        [names],
    )
    assert len(different) == len(names)
    assert [row for row in different if row["by_day"] != row["in_all"]] == []
