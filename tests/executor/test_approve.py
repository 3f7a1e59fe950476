"""Each signal is judged once, against the account and what was approved before it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from polymarket_assets.executor.approve import decide
from polymarket_assets.executor.desk import AccountKey
from polymarket_assets.executor.portfolio import portfolio
from tests.executor.worlds import NOON, Ledger, World, approve_in, book, signal, step_in, trade_in

KEY = AccountKey("paper", "paper")
SHOWN = book(bids=[["0.92", "50"]], asks=[["0.94", "6"], ["0.95", "100"]])


def judged(world: World, ledger: Ledger, **overrides: object) -> dict[str, str]:
    """What became of each signal judged now: its state, or the code of the reason against it."""
    report = approve_in(world, ledger, **overrides)
    return {
        line.signal_id: line.state if line.reason is None else line.reason.partition(":")[0]
        for line in report.approvals
    }


def test_an_approval_binds_price_size_cost_and_time(world: World, ledger: Ledger) -> None:
    world.change(signals=[signal("rain", price_limit="0.957")])
    [line] = approve_in(world, ledger).approvals
    assert line.price_limit == Decimal("0.95")
    assert line.max_size == Decimal("10.4")
    assert line.expires_at == NOON + timedelta(minutes=15)
    columns = "reserved_usd, decided_by, lake_version, mode, signal_as_of"
    [row] = ledger.rows(f"SELECT {columns} FROM approvals")
    assert row == (Decimal("9.900235"), "auto:paper-v1", 7, "paper", NOON)


def test_an_approval_never_outlives_its_signal(world: World, ledger: Ledger) -> None:
    soon = NOON + timedelta(minutes=3)
    world.change(signals=[signal("rain", expires_at=soon.isoformat())])
    [line] = approve_in(world, ledger).approvals
    assert line.expires_at == soon


def test_judging_twice_adds_nothing(world: World, ledger: Ledger) -> None:
    world.change(signals=[signal("rain"), signal("snow", suggested_notional="1")])
    approve_in(world, ledger)
    once = ledger.dump()
    report = approve_in(world, ledger)
    assert (report.signals, report.known, report.approvals) == (2, 2, ())
    assert ledger.dump() == once


def test_the_best_edge_per_dollar_comes_first_and_the_limit_stops_the_rest(
    world: World, ledger: Ledger
) -> None:
    world.change(
        signals=[
            signal("worst", edge_after_fees="0.01"),
            signal("best", edge_after_fees="0.009", price_limit="0.50"),
            signal("second", edge_after_fees="0.02"),
        ]
    )
    answers = judged(world, ledger, risk_max_positions=2)
    assert answers == {"best": "APPROVED", "second": "APPROVED", "worst": "max_positions"}


@pytest.mark.parametrize(
    ("limit", "sizes"),
    [
        ({"risk_max_total_usd": Decimal(15)}, ["10.4", "5.2"]),
        ({"paper_cash_usd": Decimal(15)}, ["10.4", "5.2"]),
        ({"sizing_fixed_usd": Decimal(20), "risk_max_position_usd": Decimal(8)}, ["8.4", "8.4"]),
        ({"sizing_fixed_usd": Decimal(8)}, ["8.4", "8.4"]),
    ],
)
def test_a_size_shrinks_to_the_room_that_is_left(
    limit: dict[str, Decimal], sizes: list[str], world: World, ledger: Ledger
) -> None:
    big = {"suggested_notional": "20"} if "risk_max_position_usd" in limit else {}
    world.change(signals=[signal("a", **big), signal("b", edge_after_fees="0.009", **big)])
    report = approve_in(world, ledger, **limit)
    assert [line.max_size for line in report.approvals] == [Decimal(size) for size in sizes]


def test_what_is_approved_but_not_spent_counts_in_the_next_round(
    world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("a")])
    assert judged(world, ledger, risk_max_total_usd=Decimal(12)) == {"a": "APPROVED"}
    world.change(signals=[signal("a"), signal("b")])
    assert judged(world, ledger, risk_max_total_usd=Decimal(12)) == {"b": "too_small"}


def test_both_outcomes_of_a_market_share_its_limit(world: World, ledger: Ledger) -> None:
    one = {"condition_id": "one market"}
    world.change(signals=[signal("yes", **one), signal("no", strategy="longshot_no", **one)])
    answers = judged(world, ledger, risk_max_position_usd=Decimal(12))
    assert sorted(answers.values()) == ["APPROVED", "too_small"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fee_rate": None}, "incomplete"),
        ({"side": "SELL"}, "bad_side"),
        ({"as_of": (NOON + timedelta(minutes=1)).isoformat()}, "from_future"),
        ({"action": "exit", "side": "SELL"}, "nothing_held"),
        ({"suggested_notional": "4"}, "too_small"),
        ({"price_limit": "0.009"}, "bad_price"),
    ],
)
def test_a_signal_that_cannot_be_traded_is_rejected_with_its_reason(
    changes: dict[str, str | None], code: str, world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain", **changes)])
    assert judged(world, ledger) == {"rain": code}
    assert step_in(world, ledger).approvals_seen == 0


def test_only_the_newest_word_of_a_strategy_on_a_token_counts(world: World, ledger: Ledger) -> None:
    earlier = (NOON - timedelta(minutes=5)).isoformat()
    old = signal("old", token_id="rain", edge_after_fees="0.05", as_of=earlier)
    world.change(signals=[old, signal("new", token_id="rain")])
    assert judged(world, ledger) == {"old": "superseded", "new": "APPROVED"}


def test_a_signal_to_hold_is_no_proposal(world: World, ledger: Ledger) -> None:
    world.change(signals=[signal("rain", action="hold")])
    report = approve_in(world, ledger)
    assert (report.signals, report.held, report.approvals) == (1, 1, ())


def test_an_exit_is_approved_once_for_what_is_held(world: World, ledger: Ledger) -> None:
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    trade_in(world, ledger)
    leave = {"action": "exit", "side": "SELL", "token_id": "rain", "price_limit": "0.90"}
    other = {**leave, "strategy": "longshot_no"}
    world.change(signals=[signal("a", **leave), signal("b", **leave), signal("c", **other)])
    assert judged(world, ledger) == {
        "a": "APPROVED",
        "b": "already_leaving",
        "c": "nothing_held",
    }
    [row] = ledger.rows("SELECT max_size, reserved_usd FROM approvals WHERE signal_id = 'a'")
    assert row == (Decimal("10.4"), 0)


def test_without_the_automatic_policy_a_person_decides(world: World, ledger: Ledger) -> None:
    names = ["yes", "no", "late"]
    world.change(signals=[signal(n) for n in names], books=dict.fromkeys(names, SHOWN))
    report = approve_in(world, ledger, approval_auto=False)
    assert {line.state for line in report.approvals} == {"RISK_PASSED"}
    assert step_in(world, ledger).orders == ()
    ids = {line.signal_id: line.approval_id for line in report.approvals}
    engine = ledger.engine
    words = {"actor": "ann", "reason": "looked at it", "now": NOON}
    assert decide(engine, ids["yes"], allow=True, **words).state == "APPROVED"
    assert decide(engine, ids["no"], allow=False, **words).state == "REJECTED"
    for name, allow in (("no", True), ("yes", True), ("unknown", True)):
        with pytest.raises(LookupError, match="cannot be decided"):
            decide(engine, ids.get(name, name), allow=allow, **words)
    too_late = {**words, "now": NOON + timedelta(minutes=15)}
    with pytest.raises(LookupError, match="out of its time"):
        decide(engine, ids["late"], allow=True, **too_late)
    assert [order.question for order in step_in(world, ledger).orders] == ["Will yes happen?"]
    [row] = ledger.rows("SELECT decided_by, reason FROM approvals WHERE signal_id = 'no'")
    assert row == ("human:ann", "by_hand: looked at it")
    engine.dispose()


def test_an_approval_withdrawn_by_a_person_is_not_acted_upon(world: World, ledger: Ledger) -> None:
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    [line] = approve_in(world, ledger).approvals
    engine = ledger.engine
    decide(engine, line.approval_id, allow=False, actor="ann", reason="no", now=NOON)
    assert step_in(world, ledger).orders == ()
    assert portfolio(engine, KEY).positions == ()
    engine.dispose()


def test_reservations_of_live_approvals_never_exceed_the_cash(world: World, ledger: Ledger) -> None:
    world.change(signals=[signal(f"s{n}") for n in range(30)])
    limits = {"risk_max_positions": 100, "paper_cash_usd": Decimal(95)}
    answers = judged(world, ledger, **limits)
    assert list(answers.values()).count("APPROVED") == 10
    [(total,)] = ledger.rows("SELECT sum(reserved_usd) FROM approvals WHERE state = 'APPROVED'")
    assert total <= 95


def basket(*prices: str, **changes: object) -> list[dict[str, object]]:
    """Legs of one basket, ten shares each."""
    return [
        signal(
            f"leg {n}",
            strategy="ladder",
            price_limit=price,
            suggested_notional=str(Decimal(price) * 10),
            basket_id="pair",
            basket_legs=len(prices),
            **changes,
        )
        for n, price in enumerate(prices)
    ]


def test_the_legs_of_a_basket_are_allowed_together_in_one_size(
    world: World, ledger: Ledger
) -> None:
    world.change(signals=basket("0.60", "0.35"))
    lines = approve_in(world, ledger, sizing_fixed_usd=Decimal(5)).approvals
    assert [line.state for line in lines] == ["APPROVED", "APPROVED"]
    # 5 USD buy 8.3 shares at 0.60 and 14.2 at 0.35, in whole cents; 8.2 is the most both can be.
    assert {line.max_size for line in lines} == {Decimal("8.2")}


def test_a_basket_with_a_leg_that_is_refused_is_refused_whole_and_costs_nothing(
    world: World, ledger: Ledger
) -> None:
    legs = basket("0.60", "0.35")
    legs[1] |= {"fee_rate": None}
    alone = signal("alone", edge_after_fees="0.001", suggested_notional="900")
    world.change(signals=[*legs, alone])
    found = judged(world, ledger, risk_max_total_usd=Decimal(10), sizing_fixed_usd=Decimal(900))
    assert found == {"leg 0": "basket_broken", "leg 1": "incomplete", "alone": "APPROVED"}
    assert ledger.rows("SELECT max_size FROM approvals WHERE signal_id = 'alone'")[0][0] > 10


def test_a_basket_whose_other_leg_is_gone_is_refused(world: World, ledger: Ledger) -> None:
    world.change(signals=basket("0.60", "0.35")[:1])
    assert judged(world, ledger) == {"leg 0": "basket_broken"}


def test_a_basket_that_is_too_small_in_its_common_size_is_refused(
    world: World, ledger: Ledger
) -> None:
    legs = basket("0.60", "0.05")
    legs[0] |= {"suggested_notional": "6"}
    world.change(signals=legs)
    # Ten shares at 0.05 are half a dollar, less than a marketable order may be.
    assert set(judged(world, ledger).values()) == {"basket_broken", "too_small"}


def test_a_pair_with_a_leg_on_a_venue_we_do_not_trade_at_is_refused(
    world: World, ledger: Ledger
) -> None:
    legs = basket("0.60", "0.35")
    legs[1] |= {"venue": "kalshi"}
    world.change(signals=legs)
    assert judged(world, ledger) == {"leg 0": "basket_broken", "leg 1": "venue_not_traded"}


def test_a_hold_trades_nothing_and_ends_the_exit_before_it(world: World, ledger: Ledger) -> None:
    earlier = (NOON - timedelta(minutes=5)).isoformat()
    world.change(
        signals=[
            signal("leave", token_id="rain", action="exit", side="SELL", as_of=earlier),
            signal("stay", token_id="rain", action="hold", side="SELL"),
        ]
    )
    report = approve_in(world, ledger)
    assert report.held == 1
    assert [line.reason.partition(":")[0] for line in report.approvals] == ["superseded"]
