"""What an order leaves in the ledger: the intent, each state, and its outcome in one transaction.

Belongs here: writes to intents, orders, order_events, fills and the positions and cash they move.
Not here: deciding (plan.py) or talking to a broker (send.py).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from polymarket_assets.domain.book import within
from polymarket_assets.domain.money import Micros, notional
from polymarket_assets.domain.orders import OrderState, check_move
from polymarket_assets.domain.positions import Holding
from polymarket_assets.executor.account import book_cash
from polymarket_assets.executor.brokers.base import Answer, Match
from polymarket_assets.executor.desk import AccountKey
from polymarket_assets.store.ledger_accounts import Position
from polymarket_assets.store.ledger_tables import Fill, Intent, Order, OrderEvent


class LostOrderError(RuntimeError):
    """An order is not in the state this executor left it in: somebody else moved it."""


def open_order(session: Session, intent: Intent) -> None:
    """Write the intent, its order and the journal's first line."""
    session.add(intent)
    session.flush()
    session.add(
        Order(
            intent_id=intent.intent_id,
            mode=intent.mode,
            account=intent.account,
            state=OrderState.INTENT,
            reserved_usd=intent.reserved_usd,
            filled_size=0,
            filled_usd=0,
            fee_usd=0,
            created_at=intent.created_at,
            updated_at=intent.created_at,
        )
    )
    session.flush()
    _enter(
        session,
        OrderEvent(
            intent_id=intent.intent_id,
            seq=1,
            state=OrderState.INTENT,
            event_at=intent.created_at,
        ),
    )


def move(
    session: Session,
    intent_id: str,
    before: OrderState,
    after: OrderState,
    now: datetime,
    *,
    reason: str | None = None,
    **changes: Any,
) -> None:
    """Take an order from `before` to `after` and say so in the journal.

    Raises:
        IllegalMoveError: `before` does not lead to `after`.
        LostOrderError: the order is not in `before`.
    """
    check_move(before, after)
    moved = session.execute(
        sa.update(Order)
        .where(Order.intent_id == intent_id, Order.state == before)
        .values(state=after, reason=reason, updated_at=now, **changes)
        .returning(Order.intent_id)
        .execution_options(synchronize_session=False)
    ).all()
    if not moved:
        msg = (
            f"order {intent_id} is not {before} any more; another executor is at work on this "
            "account, or the ledger was changed by hand: look at order_events"
        )
        raise LostOrderError(msg)
    last = session.scalar(
        sa.select(sa.func.max(OrderEvent.seq)).where(OrderEvent.intent_id == intent_id)
    )
    _enter(
        session,
        OrderEvent(
            intent_id=intent_id,
            seq=(last or 0) + 1,
            state=after,
            reason=reason,
            event_at=now,
        ),
    )


def answer_problem(intent: Intent, answer: Answer) -> str | None:
    """Why `answer` cannot be this order's: overfilled, beyond its limit, or contradictory."""
    filled = sum(match.size for match in answer.matches)
    if filled > intent.size:
        return f"overfilled: {filled} of {intent.size} micro-shares"
    if any(not within(intent.side, m.price, intent.price) for m in answer.matches):
        return "beyond_limit: a fill is worse than the order's limit"
    if (answer.status == "FILLED") != (filled == intent.size):
        return f"contradiction: {answer.status} with {filled} of {intent.size} micro-shares"
    if answer.status == "REJECTED" and filled:
        return "contradiction: REJECTED with fills"
    return None


def record_answer(
    session: Session, intent: Intent, before: OrderState, answer: Answer, now: datetime
) -> None:
    """Book what the venue proved: fills, fees, position and cash, and release the reservation."""
    key = AccountKey(intent.mode, intent.account)
    amounts = [notional(match.price, match.size) for match in answer.matches]
    move(
        session,
        intent.intent_id,
        before,
        OrderState(answer.status),
        now,
        reason=answer.reason,
        reserved_usd=0,
        filled_size=sum(match.size for match in answer.matches),
        filled_usd=sum(amounts),
        fee_usd=sum(match.fee for match in answer.matches),
    )
    if not answer.matches:
        return
    order_hash = session.scalars(
        sa.select(Order.order_hash).where(Order.intent_id == intent.intent_id)
    ).one()
    position = _position(session, key, intent, answer.answered_at)
    for ordinal, (match, amount) in enumerate(zip(answer.matches, amounts, strict=True), start=1):
        fill_id = hashlib.sha256(f"{order_hash}|{ordinal}".encode()).hexdigest()
        _apply(position, intent, match, amount, now)
        session.flush()
        session.add(
            Fill(
                fill_id=fill_id,
                intent_id=intent.intent_id,
                position_id=position.position_id,
                order_hash=order_hash,
                ordinal=ordinal,
                mode=key.mode,
                account=key.account,
                strategy=intent.strategy,
                condition_id=intent.condition_id,
                token_id=intent.token_id,
                side=intent.side,
                role="taker",
                price=match.price,
                size=match.size,
                notional_usd=amount,
                fee_usd=match.fee,
                event_at=answer.answered_at,
                recorded_at=now,
            )
        )
        if intent.side == "BUY":
            book_cash(session, key, "buy", -amount, reference=fill_id, now=now)
        else:
            book_cash(session, key, "sell", amount, reference=fill_id, now=now)
        book_cash(session, key, "fee", -match.fee, reference=fill_id, now=now)


def holding(position: Position) -> Holding:
    """A position's row as the domain's value."""
    return Holding(position.size, position.cost_usd, position.realized_usd)


def put(position: Position, held: Holding, now: datetime) -> None:
    """Write the domain's value back; a position without shares is closed."""
    position.size = held.size
    position.cost_usd = held.cost
    position.realized_usd = held.realized
    if not held.size:
        position.state = "closed"
        position.closed_at = now


def _apply(position: Position, intent: Intent, match: Match, amount: Micros, now: datetime) -> None:
    position.fees_usd += match.fee
    if intent.side == "BUY":
        position.bought_size += match.size
        position.bought_usd += amount
        put(position, holding(position).bought(match.size, amount, match.fee), now)
    else:
        position.sold_size += match.size
        position.sold_usd += amount
        put(position, holding(position).sold(match.size, amount, match.fee), now)


def _position(session: Session, key: AccountKey, intent: Intent, opened_at: datetime) -> Position:
    """The open position of the intent's strategy and token; a BUY opens one."""
    held = session.scalar(
        sa.select(Position).where(
            Position.mode == key.mode,
            Position.account == key.account,
            Position.strategy == intent.strategy,
            Position.token_id == intent.token_id,
            Position.state == "open",
        )
    )
    if held is not None:
        return held
    if intent.side == "SELL":
        msg = f"order {intent.intent_id} sold what {intent.strategy} does not hold"
        raise LostOrderError(msg)
    position = Position(
        position_id=intent.intent_id,
        mode=key.mode,
        account=key.account,
        strategy=intent.strategy,
        condition_id=intent.condition_id,
        token_id=intent.token_id,
        outcome=intent.outcome,
        question=intent.question,
        state="open",
        size=0,
        cost_usd=0,
        bought_size=0,
        bought_usd=0,
        sold_size=0,
        sold_usd=0,
        settled_size=0,
        payout_usd=0,
        fees_usd=0,
        realized_usd=0,
        opened_at=opened_at,
    )
    session.add(position)
    return position


def _enter(session: Session, event: OrderEvent) -> None:
    session.add(event)
    session.flush()
