"""What a step tells people and programs: frozen reports that turn into JSON.

Belongs here: the shapes of reports. Not here: printing them (cli.py, defs/).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from polymarket_assets.domain.money import from_micros
from polymarket_assets.store.ledger_accounts import Position
from polymarket_assets.store.ledger_tables import Approval, Fill, Intent, Order


@dataclass(frozen=True)
class ApprovalLine:
    """One approval: what is allowed, or why not."""

    approval_id: str
    signal_id: str
    strategy: str
    action: str
    question: str
    outcome: str
    token_id: str
    side: str
    price_limit: Decimal | None
    max_size: Decimal | None
    state: str
    reason: str | None
    expires_at: datetime


@dataclass(frozen=True)
class ApprovalReport:
    """What one round of approving did.

    Attributes:
        mode: paper or live.
        account: whose approvals.
        at: the platform's time of the round.
        lake_version: published version the signals were read at.
        kill_switch: whether it was on, which rejects everything.
        signals: live signals read.
        held: of these, signals to do nothing.
        known: of these, signals judged in an earlier round.
        approvals: those judged now.
    """

    mode: str
    account: str
    at: datetime
    lake_version: int | None
    kill_switch: bool
    signals: int
    held: int
    known: int
    approvals: tuple[ApprovalLine, ...]

    @property
    def approved(self) -> int:
        """How many may be acted upon, at once or after a person's word."""
        return sum(line.state != "REJECTED" for line in self.approvals)

    @property
    def rejections(self) -> dict[str, int]:
        """How many were rejected, by code of the reason."""
        return codes(line.reason for line in self.approvals if line.state == "REJECTED")


@dataclass(frozen=True)
class FillLine:
    """One fill."""

    fill_id: str
    price: Decimal
    size: Decimal
    notional_usd: Decimal
    fee_usd: Decimal


@dataclass(frozen=True)
class OrderLine:
    """One order and its fills."""

    intent_id: str
    order_hash: str | None
    strategy: str
    question: str
    outcome: str
    token_id: str
    side: str
    price: Decimal
    size: Decimal
    state: str
    reason: str | None
    filled_size: Decimal
    filled_usd: Decimal
    fee_usd: Decimal
    fills: tuple[FillLine, ...]


@dataclass(frozen=True)
class SettlementLine:
    """One position redeemed."""

    position_id: str
    strategy: str
    question: str
    outcome: str
    token_id: str
    payout_per_share: Decimal
    size: Decimal
    payout_usd: Decimal
    realized_usd: Decimal


@dataclass(frozen=True)
class PositionLine:
    """One position with its profit; unrealised profit is at the bid, null without one."""

    position_id: str
    strategy: str
    question: str
    outcome: str
    token_id: str
    state: str
    size: Decimal
    cost_usd: Decimal
    mark_price: Decimal | None
    value_usd: Decimal | None
    unrealized_usd: Decimal | None
    realized_usd: Decimal
    fees_usd: Decimal
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class PortfolioReport:
    """One account now.

    Attributes:
        mode: paper or live.
        account: whose.
        cash_usd: cash held.
        reserved_usd: of it, set aside for open orders.
        equity_usd: cash plus open positions at the bid; null when a bid is not known.
        peak_usd: highest equity ever.
        drawdown: fall from the peak as a fraction; null with equity.
        realized_usd: profit realised in all positions.
        unrealized_usd: profit open positions would add at the bid; null when a bid is not known.
        positions: open ones, then closed ones, newest first.
        open_orders: orders that are not final.
    """

    mode: str
    account: str
    cash_usd: Decimal
    reserved_usd: Decimal
    equity_usd: Decimal | None
    peak_usd: Decimal
    drawdown: Decimal | None
    realized_usd: Decimal
    unrealized_usd: Decimal | None
    positions: tuple[PositionLine, ...]
    open_orders: tuple[OrderLine, ...]


@dataclass(frozen=True)
class StepReport:
    """What one executor step did.

    Attributes:
        mode: paper or live.
        account: whose.
        at: the platform's time at its start.
        kill_switch: whether it was on at the end, which lets nothing out.
        kill_reason: why, when it was.
        recovered: orders an earlier step had left open.
        approvals_seen: live approvals found.
        approvals_expired: approvals whose time ended, with the reason.
        approvals_waiting: live approvals not acted upon, by code of the reason.
        orders: orders placed or recovered by this step.
        settlements: positions redeemed by this step.
        problems: what the ledger's audit found; anything here stops trading.
        cash_usd: cash held at the end.
        equity_usd: cash plus positions at the bid; null when a bid is not known.
        peak_usd: highest equity ever.
        drawdown: fall from the peak as a fraction; null with equity.
        positions_open: how many.
    """

    mode: str
    account: str
    at: datetime
    kill_switch: bool
    kill_reason: str
    recovered: int
    approvals_seen: int
    approvals_expired: tuple[ApprovalLine, ...]
    approvals_waiting: Mapping[str, int]
    orders: tuple[OrderLine, ...]
    settlements: tuple[SettlementLine, ...]
    problems: tuple[str, ...]
    cash_usd: Decimal
    equity_usd: Decimal | None
    peak_usd: Decimal
    drawdown: Decimal | None
    positions_open: int

    @property
    def unknown(self) -> int:
        """Orders whose outcome is not proven: somebody should look."""
        return sum(order.state == "UNKNOWN" for order in self.orders)


def as_json(value: Any) -> Any:
    """A report as JSON values: amounts as text, times as RFC 3339."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): as_json(item) for name, item in value.items()}
    return value


def codes(reasons: Any) -> dict[str, int]:
    """How often each reason's code occurs, the most frequent first."""
    return dict(Counter((reason or "").partition(":")[0] for reason in reasons).most_common())


def approval_line(approval: Approval) -> ApprovalLine:
    """One approval's row as a line."""
    return ApprovalLine(
        approval_id=approval.approval_id,
        signal_id=approval.signal_id,
        strategy=approval.strategy,
        action=approval.action,
        question=approval.question,
        outcome=approval.outcome,
        token_id=approval.token_id,
        side=approval.side,
        price_limit=amount(approval.price_limit),
        max_size=amount(approval.max_size),
        state=approval.state,
        reason=approval.reason,
        expires_at=approval.expires_at,
    )


def order_line(order: Order, intent: Intent, fills: list[Fill]) -> OrderLine:
    """One order's rows as a line."""
    return OrderLine(
        intent_id=order.intent_id,
        order_hash=order.order_hash,
        strategy=intent.strategy,
        question=intent.question,
        outcome=intent.outcome,
        token_id=intent.token_id,
        side=intent.side,
        price=from_micros(intent.price),
        size=from_micros(intent.size),
        state=order.state,
        reason=order.reason,
        filled_size=from_micros(order.filled_size),
        filled_usd=from_micros(order.filled_usd),
        fee_usd=from_micros(order.fee_usd),
        fills=tuple(
            FillLine(
                fill.fill_id,
                from_micros(fill.price),
                from_micros(fill.size),
                from_micros(fill.notional_usd),
                from_micros(fill.fee_usd),
            )
            for fill in fills
        ),
    )


def position_line(position: Position) -> PositionLine:
    """One position's row as a line."""
    worth = None
    if position.state == "open" and position.mark_price is not None:
        worth = position.size * position.mark_price // 1_000_000
    return PositionLine(
        position_id=position.position_id,
        strategy=position.strategy,
        question=position.question,
        outcome=position.outcome,
        token_id=position.token_id,
        state=position.state,
        size=from_micros(position.size),
        cost_usd=from_micros(position.cost_usd),
        mark_price=amount(position.mark_price),
        value_usd=amount(worth),
        unrealized_usd=amount(None if worth is None else worth - position.cost_usd),
        realized_usd=from_micros(position.realized_usd),
        fees_usd=from_micros(position.fees_usd),
        opened_at=position.opened_at,
        closed_at=position.closed_at,
    )


def amount(value: int | None) -> Decimal | None:
    """Micro-units as a Decimal; unknown stays unknown."""
    return None if value is None else from_micros(value)
