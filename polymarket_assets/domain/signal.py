"""A strategy's proposal, as the signals contract gives it, in the executor's exact units.

Belongs here: the frozen type and what can be wrong with a proposal by itself. Not here: reading it
(executor/signals.py) or judging it against an account (risk.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from polymarket_assets.domain.fees import FeeSchedule
from polymarket_assets.domain.money import Micros
from polymarket_assets.domain.risk import Refusal
from polymarket_assets.domain.sizing import Quote
from polymarket_assets.domain.ticks import Side, price_problem, to_grid

Action = Literal["enter", "exit", "hold"]


@dataclass(frozen=True)
class Signal:
    """One row of signals.signals; prices, sizes and money in micro-units, None where unknown.

    Signals of one strategy with the same `basket_id` are legs that only make sense together.
    """

    signal_id: str
    strategy: str
    strategy_version: str
    action: Action
    condition_id: str
    token_id: str
    outcome: str
    question: str
    side: Side
    price_limit: Micros | None
    edge_after_fees: Micros | None
    suggested_notional: Micros | None
    as_of: datetime
    expires_at: datetime
    tick_size: Micros | None
    min_order_size: Micros | None
    fee_rate: Decimal | None
    fee_exponent: Decimal | None
    neg_risk: bool
    venue: str = "polymarket"
    basket_id: str | None = None
    basket_legs: int | None = None


def quote_of(signal: Signal, now: datetime) -> Quote | Refusal:
    """What `signal` offers to trade at, or why nobody can act on it.

    A signal that is incomplete, contradictory or out of its time is refused; an unknown fee is not
    a fee of zero.
    """
    if signal.venue != "polymarket":
        return Refusal("venue_not_traded", f"no order of ours reaches {signal.venue}")
    if signal.side != ("BUY" if signal.action == "enter" else "SELL"):
        return Refusal("bad_side", f"{signal.action} cannot {signal.side}; there is no shorting")
    if signal.as_of > now:
        return Refusal("from_future", f"it is as of {signal.as_of.isoformat()}, later than now")
    if signal.expires_at <= now:
        return Refusal("signal_expired", f"it expired at {signal.expires_at.isoformat()}")
    return _quote(signal)


def _quote(signal: Signal) -> Quote | Refusal:
    price, tick, least = signal.price_limit, signal.tick_size, signal.min_order_size
    rate, exponent = signal.fee_rate, signal.fee_exponent
    if price is None or not tick or least is None or rate is None or exponent is None:
        return Refusal("incomplete", "the signal lacks its price limit, tick, minimum size or fee")
    if not 0 <= rate <= 1 or exponent < 0:
        return Refusal("bad_fee", f"fee rate {rate} with exponent {exponent} is not a fee")
    on_grid = to_grid(signal.side, price, tick)
    problem = price_problem(on_grid, tick)
    if problem:
        return Refusal("bad_price", problem)
    return Quote(on_grid, tick, least, FeeSchedule(rate, exponent))
