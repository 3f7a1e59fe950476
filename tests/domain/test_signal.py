"""A signal that nobody can act on says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from polymarket_assets.domain.risk import Refusal
from polymarket_assets.domain.signal import Signal, quote_of
from polymarket_assets.domain.sizing import Quote
from tests.domain.amounts import NOW, m

SIGNAL = Signal(
    signal_id="s",
    strategy="longshot_yes",
    strategy_version="1",
    action="enter",
    condition_id="market",
    token_id="token",
    outcome="Yes",
    question="Will it?",
    side="BUY",
    price_limit=m("0.953"),
    edge_after_fees=m("0.01"),
    suggested_notional=m("10"),
    as_of=NOW,
    expires_at=NOW + timedelta(minutes=15),
    tick_size=m("0.01"),
    min_order_size=m("5"),
    fee_rate=Decimal("0.04"),
    fee_exponent=Decimal(1),
    neg_risk=False,
)


def test_a_complete_signal_gives_a_quote_on_the_grid_in_its_own_favour() -> None:
    quote = quote_of(SIGNAL, NOW)
    assert isinstance(quote, Quote)
    assert quote.price == m("0.95")
    leaving = quote_of(replace(SIGNAL, action="exit", side="SELL"), NOW)
    assert isinstance(leaving, Quote)
    assert leaving.price == m("0.96")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price_limit": None}, "incomplete"),
        ({"tick_size": None}, "incomplete"),
        ({"tick_size": 0}, "incomplete"),
        ({"min_order_size": None}, "incomplete"),
        ({"fee_rate": None}, "incomplete"),
        ({"fee_exponent": None}, "incomplete"),
        ({"fee_rate": Decimal(2)}, "bad_fee"),
        ({"fee_exponent": Decimal(-1)}, "bad_fee"),
        ({"price_limit": m("0.005")}, "bad_price"),
        ({"price_limit": m("1.2")}, "bad_price"),
        ({"side": "SELL"}, "bad_side"),
        ({"action": "exit"}, "bad_side"),
        ({"as_of": NOW + timedelta(seconds=1)}, "from_future"),
        ({"expires_at": NOW}, "signal_expired"),
    ],
)
def test_a_signal_nobody_can_act_on_says_why(changes: dict[str, object], code: str) -> None:
    answer = quote_of(replace(SIGNAL, **changes), NOW)
    assert isinstance(answer, Refusal)
    assert answer.code == code
