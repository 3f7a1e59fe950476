"""A round trades what was approved, once, and books it to the last millionth."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from polymarket_assets.executor.audit import audit
from polymarket_assets.executor.desk import AccountKey, LiveNotAvailableError
from polymarket_assets.executor.kill import kill, kill_state, unkill
from polymarket_assets.executor.portfolio import portfolio
from polymarket_assets.executor.report import as_json
from polymarket_assets.store.locks import LockHeldError, advisory_lock
from tests.executor.worlds import (
    NOON,
    Ledger,
    World,
    approve_in,
    book,
    signal,
    step_in,
    trade_in,
)

KEY = AccountKey("paper", "paper")
SHOWN = book(bids=[["0.92", "50"]], asks=[["0.94", "6"], ["0.95", "100"]])


def later(world: World, **passed: int) -> dict[str, str]:
    """Let time pass; the times of a signal given then."""
    now = world.now() + timedelta(**passed)
    world.change(now=now.isoformat())
    return {"as_of": now.isoformat(), "expires_at": (now + timedelta(minutes=30)).isoformat()}


def approval_states(ledger: Ledger) -> dict[str, str]:
    rows = ledger.rows("SELECT signal_id, state || coalesce(' ' || reason, '') FROM approvals")
    return {name: state.partition(":")[0] for name, state in rows}


def test_an_approved_signal_becomes_an_order_fills_a_position_and_cash(
    world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    approvals, step = trade_in(world, ledger)
    assert [line.state for line in approvals.approvals] == ["APPROVED"]
    [order] = step.orders
    assert (order.state, order.price, order.size) == ("FILLED", Decimal("0.95"), Decimal("10.4"))
    assert [(f.price, f.size, f.fee_usd) for f in order.fills] == [
        (Decimal("0.94"), Decimal(6), Decimal("0.01354")),
        (Decimal("0.95"), Decimal("4.4"), Decimal("0.00836")),
    ]
    assert step.cash_usd == Decimal(1000) - Decimal("9.82") - Decimal("0.0219")
    assert step.equity_usd == step.cash_usd + Decimal("10.4") * Decimal("0.92")
    assert step.positions_open == 1
    assert ledger.rows("SELECT sizing_cap, reserved_usd FROM intents") == [
        ("fixed", Decimal("9.900235"))
    ]
    assert ledger.rows("SELECT displayed FROM paper_orders") == [
        ([["0.940000", "6.000000"], ["0.950000", "100.000000"]],)
    ]


def test_a_second_round_changes_nothing(world: World, ledger: Ledger) -> None:
    world.change(signals=[signal("rain"), signal("snow")], books={"rain": SHOWN})
    trade_in(world, ledger)
    once = ledger.dump()
    approvals, step = trade_in(world, ledger)
    assert ledger.dump() == once
    assert (approvals.known, approvals.approvals, step.orders) == (2, (), ())


def test_a_held_position_is_sold_by_an_exit_and_its_profit_is_exact(
    world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    trade_in(world, ledger)
    times = later(world, hours=1)
    leave = {"action": "exit", "side": "SELL", "price_limit": "0.90", "token_id": "rain"}
    bids = book(bids=[["0.97", "4"], ["0.96", "100"]], asks=[["0.98", "9"]], hash="h2")
    world.change(signals=[signal("leave", **leave, **times)], books={"rain": bids})
    _, step = trade_in(world, ledger)
    [order] = step.orders
    assert (order.side, order.state, order.size) == ("SELL", "FILLED", Decimal("10.4"))
    proceeds = 4 * Decimal("0.97") + Decimal("6.4") * Decimal("0.96")
    profit = proceeds - order.fee_usd - Decimal("9.8419")
    engine = ledger.engine
    held = portfolio(engine, KEY)
    engine.dispose()
    assert [(p.state, p.size, p.realized_usd) for p in held.positions] == [
        ("closed", Decimal(0), profit)
    ]
    assert held.cash_usd == Decimal(1000) + profit == held.equity_usd
    assert held.unrealized_usd == 0
    assert held.peak_usd == Decimal("990.1581") + Decimal("10.4") * Decimal("0.97")


@pytest.mark.parametrize(
    ("payout", "paid"), [("1", "10.4"), ("0", "0"), ("0.5", "5.2"), ("0.333333", "3.466663")]
)
def test_a_resolved_position_is_redeemed_once(
    payout: str, paid: str, world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    trade_in(world, ledger)
    later(world, hours=1)
    world.change(payouts={"rain": payout}, books={})
    [settled] = step_in(world, ledger).settlements
    assert settled.payout_usd == Decimal(paid)
    assert settled.realized_usd == Decimal(paid) - Decimal("9.8419")
    again = step_in(world, ledger)
    assert again.settlements == ()
    assert again.positions_open == 0
    assert again.cash_usd == again.equity_usd == Decimal("990.1581") + Decimal(paid)
    assert again.problems == ()


def test_a_closed_market_keeps_its_last_bid_and_an_outage_makes_equity_unknown(
    world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    before = trade_in(world, ledger)[1]
    times = later(world, minutes=5)
    world.change(books={})
    assert step_in(world, ledger).equity_usd == before.equity_usd
    world.change(books={"rain": {**SHOWN, "bids": []}})
    assert step_in(world, ledger).equity_usd == before.cash_usd
    world.change(books={"rain": {**SHOWN, "bids": [["0.99", "1"]], "age_s": 61}})
    assert step_in(world, ledger).equity_usd == before.cash_usd
    world.change(books="connection refused", signals=[signal("snow", **times)])
    approvals, step = trade_in(world, ledger)
    assert [line.state for line in approvals.approvals] == ["APPROVED"]
    assert (step.equity_usd, step.drawdown, step.orders) == (None, None, ())
    assert step.approvals_waiting == {"book_unavailable": 1}
    world.change(books={"rain": SHOWN, "snow": SHOWN})
    assert [order.state for order in step_in(world, ledger).orders] == ["FILLED"]


@pytest.mark.parametrize(
    ("shown", "code", "final"),
    [
        ({"age_s": 61}, "stale_book", False),
        ({"bids": [["0.95", "1"]]}, "crossed_book", False),
        ({"asks": []}, "empty_book", False),
        ({"tick_size": "0.1"}, "off_grid_book", False),
        ({"asks": [["0.96", "500"]]}, "price_moved", True),
        ({"asks": [["0.95", "19"]]}, "too_small", False),
        ({"min_order_size": "11"}, "too_small", False),
        (None, "no_book", False),
        ("not a book", "bad_book", False),
    ],
)
def test_nothing_is_filled_against_a_book_that_cannot_be_trusted_or_has_moved(
    shown: dict[str, object] | str | None, code: str, final: bool, world: World, ledger: Ledger
) -> None:
    books = {} if shown is None else {"rain": shown}
    if isinstance(shown, dict):
        books = {"rain": {**SHOWN, **shown}}
    world.change(signals=[signal("rain")], books=books)
    _, step = trade_in(world, ledger)
    assert step.orders == ()
    assert step.approvals_waiting == {code: 1}
    [(state, note)] = ledger.rows("SELECT state, note FROM approvals")
    assert state == ("EXPIRED" if final else "APPROVED")
    assert note.startswith(code)
    assert ledger.rows("SELECT count(*) FROM fills") == [(0,)]


def test_an_approval_waits_until_its_time_is_over_and_then_says_why_nothing_came_of_it(
    world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain")])
    trade_in(world, ledger)
    later(world, minutes=14)
    assert step_in(world, ledger).approvals_seen == 1
    later(world, minutes=1)
    [line] = step_in(world, ledger).approvals_expired
    assert line.reason == "expired: no_book: the venue shows no book for this token"


def test_two_orders_never_share_the_depth_of_one_snapshot(world: World, ledger: Ledger) -> None:
    thin = book(bids=[["0.5", "9"]], asks=[["0.95", "30"]])
    names = ["a", "b", "c", "d", "e"]
    signals = [signal(n, token_id="rain", strategy=n) for n in names]
    world.change(signals=signals, books={"rain": thin})
    _, step = trade_in(world, ledger)
    assert [order.size for order in step.orders] == [Decimal("7.4")] * 5
    filled = [order.filled_size for order in step.orders]
    assert filled == [Decimal("7.4")] * 4 + [Decimal("0.4")]
    assert step.orders[4].state == "CANCELED"
    assert step.orders[4].reason == "unfilled: 7.000000 shares were not there up to the limit"
    times = later(world, minutes=1)
    world.change(signals=[signal("f", token_id="rain", strategy="f", **times)])
    _, step = trade_in(world, ledger)
    assert [(o.state, o.filled_size) for o in step.orders] == [("CANCELED", Decimal(0))]
    times = later(world, minutes=1)
    world.change(
        signals=[signal("g", token_id="rain", strategy="g", **times)],
        books={"rain": {**thin, "hash": "refreshed"}},
    )
    _, step = trade_in(world, ledger)
    assert [order.state for order in step.orders] == ["FILLED"]


def test_a_strategy_gets_no_second_order_in_a_token_it_is_in(world: World, ledger: Ledger) -> None:
    world.change(signals=[signal("first", token_id="rain")], books={"rain": SHOWN})
    trade_in(world, ledger)
    for minute in range(1, 4):
        times = later(world, minutes=5)
        again = signal(f"again{minute}", token_id="rain", **times)
        other = signal(f"other{minute}", token_id="rain", strategy=f"s{minute}", **times)
        world.change(signals=[again, other], books={"rain": {**SHOWN, "hash": str(minute)}})
        trade_in(world, ledger)
    states = approval_states(ledger)
    assert {states[f"again{n}"] for n in range(1, 4)} == {"REJECTED already_in"}
    assert {states[f"other{n}"] for n in range(1, 4)} == {"CONSUMED"}
    assert ledger.rows("SELECT count(*) FROM positions WHERE state = 'open'") == [(4,)]


def test_the_kill_switch_lets_nothing_out_and_stays_on_until_somebody_clears_it(
    world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    approve_in(world, ledger)
    engine = ledger.engine
    kill(engine, reason="drill", actor="ann", now=NOON)
    step = step_in(world, ledger)
    assert (step.orders, step.kill_switch, step.kill_reason) == ((), True, "drill")
    assert step.approvals_waiting == {"kill_switch": 1}
    world.change(signals=[signal("rain"), signal("snow")])
    approve_in(world, ledger)
    assert approval_states(ledger)["snow"] == "REJECTED kill_switch"
    assert step_in(world, ledger).orders == ()
    unkill(engine, reason="drill is over", actor="bob", now=NOON)
    assert [order.state for order in step_in(world, ledger).orders] == ["FILLED"]
    assert [row[1:] for row in ledger.rows("SELECT * FROM kill_switch ORDER BY 1")][1:] == [
        (True, "drill", "ann", NOON),
        (False, "drill is over", "bob", NOON),
    ]
    with pytest.raises(ValueError, match="needs a reason"):
        kill(engine, reason=" ", actor="ann", now=NOON)
    engine.dispose()


def test_a_kill_switch_that_cannot_be_read_is_on(ledger: Ledger) -> None:
    engine = ledger.engine
    ledger.execute("SET LOCAL session_replication_role = replica; DELETE FROM kill_switch")
    assert kill_state(engine).engaged
    assert kill_state(engine).reason == "the ledger has no kill switch row"
    engine.dispose()
    nowhere = Ledger(ledger.postgres, "no_such_database").engine
    state = kill_state(nowhere)
    assert state.engaged
    assert "does not answer" in state.reason
    nowhere.dispose()


def test_live_mode_is_refused_and_names_the_four_conditions(world: World, ledger: Ledger) -> None:
    with pytest.raises(LiveNotAvailableError, match="four things at once") as refusal:
        step_in(world, ledger, mode="live")
    for condition in ("PM_MODE=live", "PM_KEY_FILE", "arming record", "reconcile"):
        assert condition in str(refusal.value)
    with pytest.raises(LiveNotAvailableError):
        approve_in(world, ledger, mode="live")


def test_a_second_executor_of_an_account_is_refused_and_told_who_holds_it(
    world: World, ledger: Ledger
) -> None:
    with (
        advisory_lock(ledger.postgres, KEY.lock),
        pytest.raises(LockHeldError, match=r"executor-paper-paper.*is held by process \d+"),
    ):
        step_in(world, ledger, lock_wait_s=0.1)


def test_a_drawdown_stops_entries_and_lets_exits_pass(world: World, ledger: Ledger) -> None:
    limits = {"risk_max_drawdown": Decimal("0.001")}
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    trade_in(world, ledger, **limits)
    times = later(world, hours=1)
    leave = {"action": "exit", "side": "SELL", "price_limit": "0.10", "token_id": "rain"}
    crashed = {**SHOWN, "bids": [["0.20", "100"]], "hash": "crashed"}
    world.change(signals=[signal("snow", **times)], books={"rain": crashed, "snow": SHOWN})
    _, step = trade_in(world, ledger, **limits)
    assert step.approvals_waiting == {"max_drawdown": 1}
    assert step.drawdown is not None
    assert step.drawdown > Decimal("0.007")
    fresh = signal("hail", **times)
    world.change(signals=[fresh, signal("leave", **leave, **times)])
    _, step = trade_in(world, ledger, **limits)
    assert approval_states(ledger)["hail"] == "REJECTED max_drawdown"
    assert [(order.side, order.state) for order in step.orders] == [("SELL", "FILLED")]


def test_an_unbalanced_ledger_stops_trading_and_says_what_does_not_add_up(
    world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain"), signal("snow")], books={"rain": SHOWN})
    trade_in(world, ledger)
    damage = {
        "UPDATE cash_entries SET balance_usd = 5 WHERE seq = 3": "cash entry",
        "DELETE FROM cash_entries WHERE seq = 5": "deposits, fills and payouts add up",
        "UPDATE positions SET size = 1, bought_size = 1": "its fills and settlement leave",
        "UPDATE orders SET filled_size = 1": "does not add up to its fills",
        "UPDATE orders SET state = 'CANCELED'": "its journal says FILLED",
        "DELETE FROM order_events WHERE seq = 2": "without a gap",
        "UPDATE orders SET state = 'UNKNOWN', reserved_usd = 5000, filled_size = 0": "is reserved",
    }
    ledger.keep("sound")
    for statement, words in damage.items():
        ledger.restore("sound")
        ledger.execute(f"SET LOCAL session_replication_role = replica; {statement}")
        engine = ledger.engine
        with Session(engine) as session:
            problems = audit(session, KEY)
        engine.dispose()
        assert any(words in problem for problem in problems), (statement, problems)
    ledger.restore("sound")
    ledger.execute(
        "SET LOCAL session_replication_role = replica;"
        "UPDATE positions SET size = 1, bought_size = 1"
    )
    world.change(books={"rain": SHOWN, "snow": SHOWN})
    step = step_in(world, ledger)
    assert step.orders == ()
    assert step.approvals_waiting == {"ledger_unbalanced": 1}
    assert len(step.problems) == 1


def test_a_report_is_json(world: World, ledger: Ledger) -> None:
    world.change(signals=[signal("rain"), signal("tiny", suggested_notional="1")])
    approvals, step = trade_in(world, ledger)
    told = as_json(step)
    assert told["cash_usd"] == "1000.000000"
    assert told["at"] == NOON.isoformat()
    assert told["approvals_waiting"] == {"no_book": 1}
    assert as_json(approvals)["approvals"][0]["max_size"] in ("10.400000", None)
    assert (approvals.approved, approvals.rejections) == (1, {"too_small": 1})
    assert step.unknown == 0


def test_an_account_that_was_never_opened_is_empty(ledger: Ledger) -> None:
    engine = ledger.engine
    held = portfolio(engine, KEY)
    engine.dispose()
    assert (held.cash_usd, held.equity_usd, held.drawdown) == (0, 0, 0)
    assert (held.positions, held.open_orders) == ((), ())
