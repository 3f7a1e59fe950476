"""Positions, orders, fills and profit, read from a ledger in which the executor has traded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from polymarket_assets.executor.report import StepReport
from polymarket_assets.serving import portfolio
from polymarket_assets.serving.tables import plain
from tests.serving.homes import House, Trades

READERS: dict[str, Callable[..., Any]] = {
    "positions": portfolio.positions,
    "orders": portfolio.orders,
    "fills": portfolio.fills,
    "pnl": portfolio.pnl,
}


def printed(what: str, rows: Any) -> str:
    """What a person sees at 100 columns."""
    out = StringIO()
    portfolio.render_rows(what, rows, Console(file=out, width=100))
    return out.getvalue()


def of(rows: list[dict[str, Any]], strategy: str) -> dict[str, Any]:
    """The only row of a strategy."""
    (found,) = [row for row in rows if row["strategy"] == strategy]
    return found


def test_a_position_is_worth_what_the_best_bid_pays(traded: Trades) -> None:
    rows = portfolio.positions(traded.house.settings)
    held = of(rows, "longshot_yes")
    assert (held["state"], held["outcome"]) == ("open", "Yes")
    assert held["value_usd"] == held["size"] * Decimal("0.94")
    assert held["unrealized_usd"] == held["value_usd"] - held["cost_usd"]


def test_a_settled_position_has_its_profit(traded: Trades) -> None:
    rows = portfolio.positions(traded.house.settings)
    settled = of(rows, "longshot_no")
    paid = of(portfolio.fills(traded.house.settings), "longshot_no")
    assert settled["state"] == "closed"
    assert settled["realized_usd"] == paid["size"] - paid["notional_usd"] - paid["fee_usd"]
    assert [row["state"] for row in rows] == ["open", "closed"]


def test_orders_say_what_was_paid_and_why_they_ended(traded: Trades) -> None:
    rows = portfolio.orders(traded.house.settings)
    assert [row["created_at"] for row in rows] == sorted(
        (row["created_at"] for row in rows), reverse=True
    )
    filled = of(rows, "longshot_yes")
    assert filled["average_price"] == Decimal("0.95")
    assert filled["filled_usd"] == filled["filled_size"] * Decimal("0.95")
    missed = of(rows, "momentum")
    assert missed["average_price"] is None
    assert missed["filled_size"] == 0
    assert missed["state"] != "FILLED"
    assert missed["reason"]


def test_profit_adds_up_to_what_equity_gained(traded: Trades) -> None:
    found = portfolio.pnl(traded.house.settings)
    assert found["equity_usd"] - Decimal(1000) == found["total_usd"]
    assert found["total_usd"] == found["realized_usd"] + found["unrealized_usd"]
    assert found["realized_usd"] == sum(s["realized_usd"] for s in found["strategies"])
    assert (found["positions_open"], found["positions_closed"]) == (1, 1)
    assert found["fees_usd"] == sum(
        row["fee_usd"] for row in portfolio.fills(traded.house.settings)
    )


def test_an_unknown_bid_makes_profit_unknown_and_not_zero(traded: Trades) -> None:
    """A bid is unknown only before the first mark, which the ledger's rows are set back to."""
    with traded.without_marks():
        found = portfolio.pnl(traded.house.settings)
        rows = portfolio.positions(traded.house.settings)
    assert found["unrealized_usd"] is None
    assert found["total_usd"] is None
    assert of(found["strategies"], "longshot_yes")["unrealized_usd"] is None
    assert "–" in printed("positions", rows)
    assert "profit –" in printed("pnl", found)


def test_approvals_are_counted_by_state(traded: Trades) -> None:
    counted = portfolio.read_approvals(traded.house.engine, traded.house.settings)
    assert counted == {"CONSUMED": 3, "REJECTED": 1}


@pytest.mark.parametrize("what", READERS)
def test_each_view_fits_100_columns_and_its_facts_fit_in_json(traded: Trades, what: str) -> None:
    rows = READERS[what](traded.house.settings)
    words = printed(what, rows)
    assert max(map(len, words.splitlines())) <= 100
    assert "longshot_yes" in words
    assert json.loads(json.dumps(plain(rows)))


@pytest.mark.parametrize("what", ["positions", "orders", "fills"])
def test_nothing_yet_is_said_in_words(what: str) -> None:
    assert f"no {what} yet" in printed(what, [])


def test_an_account_that_never_traded_has_nothing_and_lost_nothing(house: House) -> None:
    other = house.settings
    found = portfolio.read_pnl(house.engine, other)
    assert set(found) >= {"cash_usd", "equity_usd", "total_usd", "strategies"}


def step_words(step: StepReport) -> str:
    out = StringIO()
    portfolio.render_step(step, Console(file=out, width=100))
    return out.getvalue()


def test_a_step_prints_its_orders_settlements_and_what_it_left(traded: Trades) -> None:
    bought, settled = traded.steps
    words = step_words(bought)
    assert "3 approvals" in words
    assert "longshot_yes" in words
    assert "settled" not in words
    words = step_words(settled)
    assert "settled" in words
    assert "Will calm happen?" in words
    loud = replace(
        settled, kill_switch=True, kill_reason="odd", problems=("cash",), approvals_waiting={"a": 2}
    )
    words = step_words(loud)
    assert "kill switch on: odd" in words
    assert "the ledger does not balance: cash" in words
    assert "not acted upon: 2 × a" in words
