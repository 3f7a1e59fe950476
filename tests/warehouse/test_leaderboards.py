"""Leaderboards: positions, marked days and ranks, by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.warehouse.world import Market, World, at, wallet

MARKED = Market("board-marked")
OPEN = Market("board-open")
UNSEEN = Market("board-unseen")
PARTLY = Market("board-partly")
WHALES = Market("board-whales")
LABELLESS = Market("board-labelless", ("Over", "Under"))
CLOSED = {"closed": True, "closedTime": "2026-11-19 15:00:00+00"}
WON, LOST = '["1", "0"]', '["0", "1"]'
D = Decimal


def tell(world: World) -> None:
    """One wallet to follow by hand, two that tie, and some that the rules leave out."""
    world.market(MARKED, seen=at("16:00", "2026-11-19"), outcomePrices=WON, **CLOSED)
    world.fill(MARKED, at("10:00", "2026-11-17"), "BUY", "100", "0.4", who="hand")
    world.fill(MARKED, at("10:00", "2026-11-18"), "BUY", "100", "0.6", who="hand")
    world.fill(MARKED, at("11:00", "2026-11-18"), "SELL", "50", "0.7", who="hand")
    world.fill(MARKED, at("11:30", "2026-11-17"), "BUY", "10", "0.6", outcome=1, who="no-holder")

    for n, result in enumerate([WON, WON, WON, WON, LOST]):
        market = world.market(
            Market(f"board-{n}"), seen=at("16:00", "2026-11-19"), outcomePrices=result, **CLOSED
        )
        for who in ("tie-b", "tie-a"):
            for minute in ("10:00", "10:01"):
                world.fill(market, at(minute, "2026-11-18"), "BUY", "20", "0.5", who=who)

    world.market(OPEN, seen=at("07:00", "2026-11-13"))
    for minute in range(10):
        when = at(f"10:{minute:02}", "2026-11-13")
        world.fill(OPEN, when, "BUY", "100", "0.5", who="edge")
        world.fill(OPEN, when, "BUY", "1", "0.5", who="small")  # 10 fills of 0.50 USD
        if minute:
            world.fill(OPEN, when, "BUY", "100", "0.5", who="nine")
    world.price(OPEN.yes, at("23:00", "2026-11-15"), "0.55")
    world.price(OPEN.no, at("23:30", "2026-11-15"), "0.44")  # YES 0.56, and later

    world.market(PARTLY, seen=at("07:00", "2026-11-13"))
    world.fill(PARTLY, at("12:00", "2026-11-14"), "BUY", "3", "0.333333", who="partly")
    world.fill(PARTLY, at("12:01", "2026-11-14"), "SELL", "2", "0.6", who="partly")
    world.price(PARTLY.yes, at("23:00", "2026-11-15"), "0.56")

    world.market(WHALES, seen=at("07:00", "2026-11-13"))
    world.fill(WHALES, at("12:00", "2026-11-14"), "BUY", "1000", "0.499999", who="whale")
    world.fill(WHALES, at("12:01", "2026-11-14"), "BUY", "1000", "0.5", who="whale")
    world.fill(WHALES, at("12:02", "2026-11-14"), "BUY", "4000", "0.5", who="whale", outcome=1)
    world.fill(WHALES, at("12:03", "2026-11-14"), "SELL", "20000", "0.5", who="whale")

    world.market(UNSEEN, seen=at("07:00", "2026-11-13"))
    world.fill(UNSEEN, at("10:00", "2026-11-14"), "BUY", "10", "0.5", who="splitter")
    world.fill(UNSEEN, at("11:00", "2026-11-14"), "SELL", "25", "0.5", who="splitter")
    world.fill(UNSEEN, at("12:00", "2026-11-14"), "BUY", "20", "0.5", who="splitter")
    world.fill(
        LABELLESS, at("10:00", "2026-11-14"), "BUY", "10", "0.5", who="guesser",
        outcome=1, outcome_index=999,
    )  # fmt: skip


def _days(warehouse, who: str):
    return warehouse.rows(
        "select * from leaderboards.trader_daily where wallet = ? order by dt", [wallet(who)]
    )


def _ranks(warehouse, window: str):
    return warehouse.rows(
        "select * from leaderboards.leaderboard where window_name = ? and category = 'all'"
        " order by rank",
        [window],
    )


def test_a_decided_position_is_sells_less_buys_plus_payout(warehouse):
    position = warehouse.row(
        "select * from leaderboards.trader_positions where wallet = ?", [wallet("hand")]
    )
    assert (position["bought_usd"], position["sold_usd"]) == (100, 35)
    assert (position["net_shares"], position["payout"]) == (150, 1)
    assert (position["settlement_usd"], position["realized_pnl_usd"]) == (150, 85)
    assert (position["unexplained_shares"], position["is_complete"]) == (0, True)
    assert position["resolved_at"] == at("15:00", "2026-11-19")


def test_each_day_s_profit_is_cash_plus_the_change_of_worth(warehouse):
    days = [
        (str(d["dt"]), d["net_cash_usd"], d["position_value_usd"], d["pnl_usd"])
        for d in _days(warehouse, "hand")
    ]
    assert days == [
        # The last fill of the 17th was NO at 0.60: YES is worth 0.40.
        ("2026-11-17", D(-40), D(40), D(0)),
        ("2026-11-18", D(-25), D(105), D(40)),  # 150 shares at 0.70
        ("2026-11-19", D(0), D(150), D(45)),  # 150 shares at 1
    ]
    assert _days(warehouse, "hand")[2]["realized_pnl_usd"] == 85
    assert _days(warehouse, "hand")[2]["wins"] == 1


def test_holding_no_is_worth_the_rest_of_yes(warehouse):
    days = _days(warehouse, "no-holder")
    assert [d["position_value_usd"] for d in days] == [D(6), D(3), D(0)]
    assert sum(d["pnl_usd"] for d in days) == -6
    assert (days[-1]["losses"], days[-1]["realized_pnl_usd"]) == (1, D(-6))


def test_the_days_of_a_decided_wallet_add_up_to_its_realized_profit(warehouse):
    different = warehouse.rows(
        """
        select wallet, sum(pnl_usd) as marked, sum(realized_pnl_usd) as realized
        from leaderboards.trader_daily
        where wallet in (
            select wallet from leaderboards.trader_positions
            group by wallet having bool_and(payout is not null)
        )
        group by wallet
        having sum(pnl_usd) != sum(realized_pnl_usd)
        """
    )
    assert different == []


def test_an_open_position_is_marked_every_day_at_the_last_price(warehouse):
    days = {str(d["dt"]): d["position_value_usd"] for d in _days(warehouse, "edge")}
    assert days == {
        "2026-11-13": D(500),
        "2026-11-14": D(500),
        "2026-11-15": D(560),
        **{f"2026-11-{day}": D(560) for day in range(16, 21)},
    }


def test_shares_sold_that_were_never_seen_bought_make_a_wallet_incomplete(warehouse):
    position = warehouse.row(
        "select * from leaderboards.trader_positions where wallet = ?", [wallet("splitter")]
    )
    assert (position["net_shares"], position["unexplained_shares"]) == (5, 15)
    assert position["is_complete"] is False
    assert {d["is_complete"] for d in _days(warehouse, "splitter")} == {False}
    [guess] = _days(warehouse, "guesser")
    assert (guess["is_complete"], guess["pnl_usd"], guess["net_cash_usd"]) == (False, 0, -5)


def test_ranks_go_by_profit_then_wins_then_volume_then_wallet(warehouse):
    rows = _ranks(warehouse, "all")
    equal = [row for row in rows if row["pnl_usd"] == 60]
    assert [row["wallet"] for row in equal] == [wallet("tie-a"), wallet("tie-b"), wallet("edge")]
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert rows == sorted(rows, key=lambda row: -row["pnl_usd"])
    a = equal[0]
    assert (a["pnl_usd"], a["volume_usd"], a["fills"]) == (60, 100, 10)
    assert (a["win_rate"], a["wins"], a["losses"]) == (D("0.8"), 4, 1)


@pytest.mark.parametrize("who", ["nine", "small", "hand"])
def test_few_fills_or_little_volume_are_not_ranked(warehouse, who):
    assert all(row["wallet"] != wallet(who) for row in _ranks(warehouse, "all"))


@pytest.mark.parametrize(
    ("window", "fills", "pnl"),
    [("all", 10, D(60)), ("30d", 10, D(60)), ("7d", 0, D(60)), ("1d", 0, D(0))],
)
def test_a_window_of_n_days_is_the_last_n_dates(warehouse, window, fills, pnl):
    """As of the 20th, seven days are the 14th to the 20th: not the 13th."""
    row = next(r for r in _ranks(warehouse, window) if r["wallet"] == wallet("edge"))
    assert (row["fills"], row["pnl_usd"]) == (fills, pnl)
    assert str(row["as_of_date"]) == "2026-11-20"
    assert row["win_rate"] is None, "fewer than five decided markets"


def test_an_undecided_position_keeps_its_cost_and_splits_what_is_realized(warehouse):
    """2 of 3 sold at 0.60: a third of 1.00 stays as cost, to the micro-dollar."""
    position = warehouse.row(
        "select * from leaderboards.trader_positions where wallet = ?", [wallet("partly")]
    )
    assert (position["cost_usd"], position["realized_pnl_usd"]) == (D("0.333333"), D("0.533334"))
    assert (position["mark"], position["mark_source"]) == (D("0.56"), "price_history")
    assert (position["value_usd"], position["unrealized_pnl_usd"]) == (D("0.56"), D("0.226667"))


def test_realized_and_unrealized_are_cash_and_worth_for_every_position(warehouse):
    wrong = warehouse.rows(
        """
        select * from leaderboards.trader_positions
        where realized_pnl_usd + unrealized_pnl_usd != sold_usd - bought_usd + value_usd
        """
    )
    assert wrong == []
    assert warehouse.row("select count(*) as n from leaderboards.trader_positions")["n"] > 30


def test_positions_markets_events_and_days_of_a_wallet_tell_the_same(warehouse):
    different = warehouse.rows(
        """
        with days as (
            select wallet, sum(pnl_usd) as pnl_usd from leaderboards.trader_daily group by wallet
        ),
        events as (
            select wallet, sum(pnl_usd) as pnl_usd, count(*) = count(pnl_usd) as known
            from leaderboards.trader_events group by wallet
        )
        select stats.wallet, stats.pnl_usd, days.pnl_usd as by_day, events.pnl_usd as by_event
        from leaderboards.trader_stats as stats
        inner join days using (wallet)
        inner join events using (wallet)
        where events.known
            and (stats.pnl_usd != days.pnl_usd or stats.pnl_usd != events.pnl_usd)
        """
    )
    assert different == []


def test_any_board_can_be_asked_for_as_of_any_date_with_any_limits(warehouse):
    board = "from leaderboards.leaderboard_as_of(date '2026-11-18', wanted_window := '1d'{})"
    ranked = warehouse.rows(board.format("") + " order by rank")
    assert {wallet("tie-a"), wallet("tie-b")} <= {row["wallet"] for row in ranked}
    assert {str(row["as_of_date"]) for row in ranked} == {"2026-11-18"}
    few = warehouse.rows(board.format(", least_fills := 3, least_volume_usd := 0"))
    assert wallet("hand") in {row["wallet"] for row in few}, "three fills up to the 18th"
    none = warehouse.rows(board.format(", least_win_rate := 0.5"))
    assert none == [], "nothing was decided that day"


def test_todays_boards_are_those_of_the_table_macro(warehouse):
    different = warehouse.rows(
        """
        from leaderboards.leaderboard_as_of(date '2026-11-20', wanted_window := '30d')
        except
        from leaderboards.leaderboard where window_name = '30d' and category = 'all'
        """
    )
    assert different == []


def test_a_win_rate_comes_with_the_bounds_wilson_gives(warehouse):
    """4 of 5: 0.375535 to 0.963776, by Wilson's formula at 95 %."""
    stats = warehouse.row(
        "select * from leaderboards.trader_stats where wallet = ?", [wallet("tie-a")]
    )
    assert (stats["wins"], stats["losses"], stats["win_rate"]) == (4, 1, D("0.8"))
    assert (stats["win_rate_low"], stats["win_rate_high"]) == (D("0.375535"), D("0.963776"))
    assert stats["biggest_win_share"] == D("0.25"), "four equal wins"


def test_a_match_is_a_whale_by_its_own_notional_and_flows_towards_yes(warehouse):
    rows = warehouse.rows(
        "select * from leaderboards.whale_trades where wallet = ? order by event_at",
        [wallet("whale")],
    )
    assert [(r["whale_tier_usd"], r["yes_flow_usd"]) for r in rows] == [
        (500, D(500)),
        (2000, D(-2000)),  # NO bought is money against YES
        (10000, D(-10000)),
    ]
