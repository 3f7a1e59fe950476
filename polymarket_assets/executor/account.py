"""One account's money in the ledger: opening it, booking cash, and what the risk rules look at.

Belongs here: reads and writes of cash and exposure inside the caller's transaction. Not here: the
rules (domain/risk.py), positions' arithmetic (domain/positions.py), what people see (portfolio.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from polymarket_assets.domain.money import Micros, to_micros
from polymarket_assets.domain.orders import TERMINAL
from polymarket_assets.domain.risk import Account, Exposure
from polymarket_assets.executor.desk import AccountKey
from polymarket_assets.settings import Settings
from polymarket_assets.store.ledger_accounts import CashEntry, Equity, Position
from polymarket_assets.store.ledger_tables import Approval, Intent, Order

CashKind = Literal["deposit", "buy", "sell", "fee", "payout"]


def open_account(session: Session, key: AccountKey, settings: Settings, now: datetime) -> None:
    """Give a paper account its starting cash, once."""
    if session.get(Equity, (key.mode, key.account)) is not None:
        return
    start = to_micros(settings.paper_cash_usd)
    book_cash(session, key, "deposit", start, reference=f"start of {key.account}", now=now)
    session.add(
        Equity(
            mode=key.mode,
            account=key.account,
            peak_usd=start,
            peak_at=now,
            equity_usd=start,
            equity_at=now,
        )
    )
    session.flush()


def cash(session: Session, key: AccountKey) -> Micros:
    """Cash held: the balance after the newest entry."""
    newest = _newest_entry(session, key)
    return newest.balance_usd if newest else 0


def book_cash(
    session: Session,
    key: AccountKey,
    kind: CashKind,
    amount: Micros,
    *,
    reference: str,
    now: datetime,
) -> None:
    """Append one movement of cash; nothing moved is no movement.

    The chain (sequence and balance) makes two writers at once collide instead of both succeeding.
    """
    if not amount:
        return
    newest = _newest_entry(session, key)
    session.add(
        CashEntry(
            entry_id=f"{key.mode}:{kind}:{reference}",
            mode=key.mode,
            account=key.account,
            seq=newest.seq + 1 if newest else 1,
            kind=kind,
            amount_usd=amount,
            balance_usd=(newest.balance_usd if newest else 0) + amount,
            reference=reference,
            entry_at=now,
        )
    )
    session.flush()


def reserved(session: Session, key: AccountKey) -> Micros:
    """Cash set aside for orders that are not final."""
    return sum(
        session.scalars(
            sa.select(Order.reserved_usd).where(
                Order.mode == key.mode, Order.account == key.account, Order.reserved_usd > 0
            )
        )
    )


def open_positions(session: Session, key: AccountKey) -> list[Position]:
    """Positions with shares in them, oldest first."""
    return list(
        session.scalars(
            sa.select(Position)
            .where(
                Position.mode == key.mode,
                Position.account == key.account,
                Position.state == "open",
            )
            .order_by(Position.opened_at, Position.position_id)
        )
    )


def open_orders(session: Session, key: AccountKey) -> list[tuple[Order, Intent]]:
    """Orders that are not final, with their intents, oldest first."""
    rows = session.execute(
        sa.select(Order, Intent)
        .join(Intent, Intent.intent_id == Order.intent_id)
        .where(Order.mode == key.mode, Order.account == key.account, Order.state.not_in(TERMINAL))
        .order_by(Order.created_at, Order.intent_id)
    )
    return [(order, intent) for order, intent in rows]


def live_approvals(session: Session, key: AccountKey, *states: str) -> list[Approval]:
    """Approvals in `states`, in the order in which they are acted upon."""
    return list(
        session.scalars(
            sa.select(Approval)
            .where(
                Approval.mode == key.mode,
                Approval.account == key.account,
                Approval.state.in_(states),
            )
            # Exits first, since they free money; then the best edge; the id settles ties.
            .order_by(
                sa.case((Approval.action == "exit", 0), else_=1),
                Approval.edge_after_fees.desc().nulls_last(),
                Approval.approval_id,
            )
        )
    )


def risk_account(session: Session, key: AccountKey, *, with_approvals: bool) -> Account:
    """The account as the risk rules see it.

    Args:
        session: the caller's transaction.
        key: whose account.
        with_approvals: count live approvals as if they had been spent (while approving); the step
            that spends them counts only what it has committed.
    """
    exposures = [
        Exposure(p.strategy, p.condition_id, p.token_id, p.cost_usd, "position")
        for p in open_positions(session, key)
    ]
    exposures += [
        Exposure(i.strategy, i.condition_id, i.token_id, o.reserved_usd, "order")
        for o, i in open_orders(session, key)
        if i.side == "BUY"
    ]
    available = cash(session, key) - reserved(session, key)
    if with_approvals:
        for approval in live_approvals(session, key, "APPROVED", "RISK_PASSED"):
            if approval.action == "enter":
                cost = approval.reserved_usd or 0
                exposures.append(
                    Exposure(
                        approval.strategy,
                        approval.condition_id,
                        approval.token_id,
                        cost,
                        "approval",
                    )
                )
                available -= cost
    equity = session.get_one(Equity, (key.mode, key.account))
    return Account(available, tuple(exposures), equity.equity_usd, equity.peak_usd)


def _newest_entry(session: Session, key: AccountKey) -> CashEntry | None:
    return session.scalar(
        sa.select(CashEntry)
        .where(CashEntry.mode == key.mode, CashEntry.account == key.account)
        .order_by(CashEntry.seq.desc())
        .limit(1)
    )
