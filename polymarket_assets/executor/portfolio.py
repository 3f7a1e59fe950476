"""An account as people see it: positions, open orders, cash, equity, profit.

Belongs here: reading for display; nothing is written. Not here: marking (mark.py), which the step
does.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from polymarket_assets.domain.money import Micros, from_micros
from polymarket_assets.executor.account import cash, open_orders, reserved
from polymarket_assets.executor.desk import AccountKey
from polymarket_assets.executor.report import (
    OrderLine,
    PortfolioReport,
    amount,
    order_line,
    position_line,
)
from polymarket_assets.store.ledger_accounts import Equity, Position
from polymarket_assets.store.ledger_tables import Fill, Intent, Order


def portfolio(engine: sa.Engine, key: AccountKey) -> PortfolioReport:
    """The account as of the last step; an account never opened is empty."""
    with Session(engine) as session:
        equity = session.get(Equity, (key.mode, key.account))
        positions = tuple(
            position_line(position)
            for position in session.scalars(
                sa.select(Position)
                .where(Position.mode == key.mode, Position.account == key.account)
                .order_by(Position.state.desc(), Position.opened_at.desc(), Position.position_id)
            )
        )
        opened = [line for line in positions if line.state == "open"]
        unknown = any(line.unrealized_usd is None for line in opened)
        return PortfolioReport(
            mode=key.mode,
            account=key.account,
            cash_usd=from_micros(cash(session, key)),
            reserved_usd=from_micros(reserved(session, key)),
            equity_usd=amount(equity.equity_usd) if equity else from_micros(0),
            peak_usd=from_micros(equity.peak_usd if equity else 0),
            drawdown=drawdown(equity.equity_usd, equity.peak_usd) if equity else Decimal(0),
            realized_usd=sum((line.realized_usd for line in positions), Decimal(0)),
            unrealized_usd=None
            if unknown
            else sum((line.unrealized_usd or Decimal(0) for line in opened), Decimal(0)),
            positions=positions,
            open_orders=order_lines(
                session, [order.intent_id for order, _ in open_orders(session, key)]
            ),
        )


def order_lines(session: Session, intent_ids: Sequence[str]) -> tuple[OrderLine, ...]:
    """The orders of `intent_ids` with their fills, in that order."""
    fills: dict[str, list[Fill]] = {intent_id: [] for intent_id in intent_ids}
    for fill in session.scalars(
        sa.select(Fill).where(Fill.intent_id.in_(intent_ids)).order_by(Fill.ordinal)
    ):
        fills[fill.intent_id].append(fill)
    return tuple(
        order_line(
            session.get_one(Order, intent_id), session.get_one(Intent, intent_id), fills[intent_id]
        )
        for intent_id in intent_ids
    )


def drawdown(equity: Micros | None, peak: Micros) -> Decimal | None:
    """Fall from the peak as a fraction, to four digits; unknown equity has none."""
    if equity is None:
        return None
    if peak <= 0:
        return Decimal(0)
    return (Decimal(peak - equity) / peak).quantize(Decimal("0.0001"))
