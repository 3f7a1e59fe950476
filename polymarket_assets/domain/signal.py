"""A strategy's proposal, as the signals contract gives it, in the executor's exact units.

Belongs here: the frozen type and what can be wrong with a proposal by itself. Not here: reading it
(executor/signals.py) or judging it against an account (risk.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from polymarket_assets.domain.money import MICRO, Micros
from polymarket_assets.domain.risk import Refusal
from polymarket_assets.domain.ticks import Side

Action = Literal["enter", "exit", "hold"]


@dataclass(frozen=True)
class Signal:
    """One row of signals.signals; prices, sizes and money in micro-units, None where unknown."""

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
    suggested_size: Micros | None
    as_of: datetime
    expires_at: datetime
    tick_size: Micros | None
    min_order_size: Micros | None
    fee_rate: Decimal | None
    fee_exponent: Decimal | None
    neg_risk: bool


def signal_problem(signal: Signal, now: datetime) -> Refusal | None:
    """Why `signal` cannot be acted upon by anyone: incomplete, contradictory or out of its time."""
    missing = [
        name
        for name in ("price_limit", "tick_size", "min_order_size", "fee_rate", "fee_exponent")
        if getattr(signal, name) is None
    ]
    if missing:
        return Refusal("incomplete", f"the signal does not say its {', '.join(missing)}")
    if signal.price_limit is not None and not 0 < signal.price_limit < MICRO:
        return Refusal("bad_price", "the price limit is not between 0 and 1")
    if signal.side != ("BUY" if signal.action == "enter" else "SELL"):
        return Refusal("bad_side", f"{signal.action} cannot {signal.side}; there is no shorting")
    if signal.as_of > now:
        return Refusal("from_future", f"it is as of {signal.as_of.isoformat()}, later than now")
    if signal.expires_at <= now:
        return Refusal("signal_expired", f"it expired at {signal.expires_at.isoformat()}")
    return None
