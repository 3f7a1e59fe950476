"""Tables of the trade flow: approvals → intents → orders → order_events → fills.

Paper and live rows share the tables and are told apart by `mode` and `account`. Column names and
comments are part of the product: the lake shows these tables as `ledger.*`.

Belongs here: what one order leaves behind. Not here: balances, controls and the paper venue
(ledger_accounts.py); the DDL that made them (migrations/).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from polymarket_assets.domain.money import Micros
from polymarket_assets.domain.orders import OrderState
from polymarket_assets.domain.ticks import Side
from polymarket_assets.store.ledger_types import (
    Base,
    amount,
    check,
    factor,
    flag,
    instant,
    text,
    whole,
)

STATES = ", ".join(f"'{state}'" for state in OrderState)
TERMINAL_STATES = "'FILLED', 'CANCELED', 'REJECTED', 'EXPIRED', 'DENIED'"
UNSENT_STATES = "'INTENT', 'DENIED', 'EXPIRED'"


class Approval(Base):
    """One row per mode and signal: who allowed it, within which bounds, and what became of it."""

    __tablename__ = "approvals"
    __table_args__ = (
        sa.UniqueConstraint("mode", "signal_id"),
        check("mode", "mode IN ('paper', 'live')"),
        check("action", "action IN ('enter', 'exit')"),
        check("side", "side IN ('BUY', 'SELL')"),
        check(
            "state",
            "state IN ('RISK_PASSED', 'APPROVED', 'REJECTED', 'CONSUMED', 'EXPIRED')",
        ),
        check("reason", "reason IS NOT NULL OR state NOT IN ('REJECTED', 'EXPIRED')"),
        check("consumed", "(state = 'CONSUMED') = (intent_id IS NOT NULL)"),
        check(
            "bounds",
            "state = 'REJECTED' OR (price_limit IS NOT NULL AND price_limit > 0 AND price_limit < 1"
            " AND max_size IS NOT NULL AND max_size > 0 AND fee_rate IS NOT NULL"
            " AND fee_exponent IS NOT NULL AND reserved_usd IS NOT NULL)",
        ),
        sa.Index(None, "mode", "account", "state"),
        {"comment": "One row per mode and signal: the permission to trade it, or why not"},
    )

    approval_id: Mapped[str] = text("sha256 of mode and signal_id", primary_key=True)
    mode: Mapped[str] = text("paper or live")
    account: Mapped[str] = text(
        "the account it is for: 'paper', or the wallet that holds the funds"
    )
    signal_id: Mapped[str] = text("signals.signals.signal_id")
    strategy: Mapped[str] = text("strategy that proposed it")
    strategy_version: Mapped[str] = text("version of that strategy")
    action: Mapped[str] = text("enter or exit")
    condition_id: Mapped[str] = text("market")
    token_id: Mapped[str] = text("outcome token to trade")
    outcome: Mapped[str] = text("label of the outcome")
    question: Mapped[str] = text("question of the market")
    side: Mapped[Side] = text("BUY or SELL")
    price_limit: Mapped[Micros | None] = amount("worst price allowed, pUSD per share")
    max_size: Mapped[Micros | None] = amount("most shares allowed")
    reserved_usd: Mapped[Micros | None] = amount("most it may cost with fees; 0 for an exit")
    edge_after_fees: Mapped[Micros | None] = amount("the signal's edge, pUSD per share")
    suggested_usd: Mapped[Micros | None] = amount("notional the signal suggested")
    fee_rate: Mapped[Decimal | None] = factor("taker fee rate of the market")
    fee_exponent: Mapped[Decimal | None] = factor("exponent of the fee formula")
    neg_risk: Mapped[bool] = flag("whether the market belongs to a neg-risk event")
    state: Mapped[str] = text(
        "RISK_PASSED (waits for a person), APPROVED, REJECTED, CONSUMED, EXPIRED"
    )
    decided_by: Mapped[str] = text("auto:<policy> or human:<name>")
    reason: Mapped[str | None] = text("why it was rejected or expired: code and sentence")
    note: Mapped[str | None] = text("why the last step did not act on it although it was live")
    intent_id: Mapped[str | None] = text("intent that consumed it")
    lake_version: Mapped[int | None] = whole("published lake version the signal was read at")
    signal_as_of: Mapped[datetime] = instant("moment the signal speaks of")
    created_at: Mapped[datetime] = instant("when it was first judged")
    decided_at: Mapped[datetime] = instant("when its state last changed")
    expires_at: Mapped[datetime] = instant("from when on it allows nothing")


class Intent(Base):
    """One row per decision to place an order; never changed."""

    __tablename__ = "intents"
    __table_args__ = (
        sa.UniqueConstraint("approval_id"),
        sa.UniqueConstraint("mode", "strategy", "signal_id", "attempt_group"),
        check("mode", "mode IN ('paper', 'live')"),
        check("side", "side IN ('BUY', 'SELL')"),
        check("price", "price > 0 AND price < 1 AND price % tick_size = 0"),
        check("size", "size > 0 AND size % 0.01 = 0"),
        check("reserved", "reserved_usd >= 0"),
        check("time_in_force", "time_in_force = 'FAK'"),
        {"comment": "One row per decision to place an order, written before anything is signed"},
    )

    intent_id: Mapped[str] = text(
        "sha256 of what is intended: the same decision twice is one row", primary_key=True
    )
    approval_id: Mapped[str] = text("approval it used up", sa.ForeignKey("approvals.approval_id"))
    mode: Mapped[str] = text("paper or live")
    account: Mapped[str] = text("the account it trades for")
    strategy: Mapped[str] = text("strategy that proposed it")
    strategy_version: Mapped[str] = text("version of that strategy")
    signal_id: Mapped[str] = text("signals.signals.signal_id")
    condition_id: Mapped[str] = text("market")
    token_id: Mapped[str] = text("outcome token to trade")
    outcome: Mapped[str] = text("label of the outcome")
    question: Mapped[str] = text("question of the market")
    side: Mapped[Side] = text("BUY or SELL")
    price: Mapped[Micros] = amount("limit price, pUSD per share")
    size: Mapped[Micros] = amount("shares ordered")
    time_in_force: Mapped[str] = text("FAK: fill what the book shows, cancel the rest")
    attempt_group: Mapped[str] = text("tells deliberate repetitions of one decision apart")
    reserved_usd: Mapped[Micros] = amount(
        "cash set aside: limit price × size plus the worst fee; 0 for a SELL"
    )
    tick_size: Mapped[Micros] = amount("grid of prices when it was decided")
    fee_rate: Mapped[Decimal] = factor("taker fee rate of the market")
    fee_exponent: Mapped[Decimal] = factor("exponent of the fee formula")
    neg_risk: Mapped[bool] = flag("whether the market belongs to a neg-risk event")
    sizing_cap: Mapped[str] = text("the cap that decided the size")
    book_hash: Mapped[str] = text("book snapshot it was sized against")
    created_at: Mapped[datetime] = instant("when it was decided; also the order's signed timestamp")
    expires_at: Mapped[datetime] = instant("from when on it may not be sent any more")


class Order(Base):
    """One row per intent: where its one order stands; final states and signed bytes stay."""

    __tablename__ = "orders"
    __table_args__ = (
        sa.UniqueConstraint("order_hash"),
        check("state", f"state IN ({STATES})"),
        check(
            "signed",
            f"(order_hash IS NOT NULL AND body IS NOT NULL) OR state IN ({UNSENT_STATES})",
        ),
        check("reserved", "reserved_usd >= 0"),
        check("released", f"reserved_usd = 0 OR state NOT IN ({TERMINAL_STATES})"),
        check("filled", "filled_size >= 0 AND filled_usd >= 0 AND fee_usd >= 0"),
        check(
            "unfilled",
            "filled_size = 0 OR state IN ('FILLED', 'CANCELED')",
        ),
        sa.Index(None, "mode", "account", "state"),
        {"comment": "One row per intent: where its one order stands"},
    )

    intent_id: Mapped[str] = text(
        "intent it carries out", sa.ForeignKey("intents.intent_id"), primary_key=True
    )
    mode: Mapped[str] = text("paper or live")
    account: Mapped[str] = text("the account it trades for")
    state: Mapped[str] = text(
        "INTENT, SIGNED, SENDING, UNKNOWN, FILLED, CANCELED, REJECTED, EXPIRED, DENIED"
    )
    order_hash: Mapped[str | None] = text("the venue's id of the order, known before it is sent")
    body: Mapped[bytes | None] = mapped_column(
        sa.LargeBinary, comment="the signed bytes; only these are ever sent"
    )
    reserved_usd: Mapped[Micros] = amount("cash still set aside for it; 0 once it is final")
    filled_size: Mapped[Micros] = amount("shares filled")
    filled_usd: Mapped[Micros] = amount("sum of price × size over its fills")
    fee_usd: Mapped[Micros] = amount("sum of its fees")
    reason: Mapped[str | None] = text(
        "why it ended as it did, or what is not known: code and sentence"
    )
    created_at: Mapped[datetime] = instant("when it was decided")
    updated_at: Mapped[datetime] = instant("when its state last changed")


class OrderEvent(Base):
    """The journal: one row per state an order entered; never changed."""

    __tablename__ = "order_events"
    __table_args__ = (
        check("seq", "seq >= 1"),
        check("state", f"state IN ({STATES})"),
        {"comment": "Journal of orders: one row per state entered, append-only"},
    )

    intent_id: Mapped[str] = text(
        "order that moved", sa.ForeignKey("orders.intent_id"), primary_key=True
    )
    seq: Mapped[int] = whole("1, 2, 3 … within the order", primary_key=True, autoincrement=False)
    state: Mapped[str] = text("state entered")
    reason: Mapped[str | None] = text("why")
    event_at: Mapped[datetime] = instant("when")


class Fill(Base):
    """One row per fill of one of our orders; never changed."""

    __tablename__ = "fills"
    __table_args__ = (
        sa.UniqueConstraint("order_hash", "ordinal"),
        check("side", "side IN ('BUY', 'SELL')"),
        check("role", "role = 'taker'"),
        check("price", "price > 0 AND price < 1"),
        check("size", "size > 0"),
        check("notional", "notional_usd = price * size"),
        check("fee", "fee_usd >= 0"),
        {"comment": "One row per fill of one of our orders, append-only"},
    )

    fill_id: Mapped[str] = text("sha256 of order_hash and ordinal", primary_key=True)
    intent_id: Mapped[str] = text("order it belongs to", sa.ForeignKey("orders.intent_id"))
    position_id: Mapped[str] = text("position it changed", sa.ForeignKey("positions.position_id"))
    order_hash: Mapped[str] = text("the venue's id of the order")
    ordinal: Mapped[int] = whole("1, 2, 3 … within the order, best price first")
    mode: Mapped[str] = text("paper or live")
    account: Mapped[str] = text("the account that traded")
    strategy: Mapped[str] = text("strategy that proposed the order")
    condition_id: Mapped[str] = text("market")
    token_id: Mapped[str] = text("outcome token traded")
    side: Mapped[Side] = text("BUY or SELL")
    role: Mapped[str] = text("taker: we met a resting order")
    price: Mapped[Micros] = amount("pUSD per share")
    size: Mapped[Micros] = amount("shares")
    notional_usd: Mapped[Micros] = amount("price × size, exactly")
    fee_usd: Mapped[Micros] = amount("taker fee")
    event_at: Mapped[datetime] = instant("the venue's time of the match")
    recorded_at: Mapped[datetime] = instant("when the ledger learned of it")
