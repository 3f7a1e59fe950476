"""Does the ledger balance? Sums that must agree, in exact numbers, over everything an account did.

Belongs here: the checks. Not here: single rows' rules, which are the database's own constraints.
"""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.orm import Session

from polymarket_assets.domain.money import Micros, from_micros
from polymarket_assets.domain.orders import IllegalMoveError, OrderState, replay
from polymarket_assets.executor.account import cash, reserved
from polymarket_assets.executor.desk import AccountKey
from polymarket_assets.store.ledger_accounts import CashEntry, Position, Settlement
from polymarket_assets.store.ledger_tables import Fill, Order, OrderEvent


def audit(session: Session, key: AccountKey) -> list[str]:
    """What does not balance in one account; an empty list is a balanced ledger."""
    return [
        *_cash_chain(session, key),
        *_cash_sum(session, key),
        *_reservations(session, key),
        *_positions(session, key),
        *_orders(session, key),
    ]


def _cash_chain(session: Session, key: AccountKey) -> list[str]:
    """Each balance is the one before plus the amount, without a gap in the sequence."""
    balance: Micros = 0
    entries = session.scalars(
        sa.select(CashEntry)
        .where(CashEntry.mode == key.mode, CashEntry.account == key.account)
        .order_by(CashEntry.seq)
    )
    for number, entry in enumerate(entries, start=1):
        balance += entry.amount_usd
        if entry.seq != number or entry.balance_usd != balance:
            problem = (
                f"cash entry {entry.entry_id} (number {entry.seq}) says a balance of "
                f"{from_micros(entry.balance_usd)}; the entries before it give "
                f"{from_micros(balance)} at number {number}"
            )
            return [problem]
    return []


def _cash_sum(session: Session, key: AccountKey) -> list[str]:
    """Cash = deposits + sales - purchases - fees + payouts, each taken from its own source."""
    deposits = _sum(
        session,
        sa.select(CashEntry.amount_usd).where(
            CashEntry.mode == key.mode,
            CashEntry.account == key.account,
            CashEntry.kind == "deposit",
        ),
    )
    fills = session.execute(
        sa.select(Fill.side, Fill.notional_usd, Fill.fee_usd).where(
            Fill.mode == key.mode, Fill.account == key.account
        )
    )
    flow = sum((n if side == "SELL" else -n) - fee for side, n, fee in fills)
    payouts = _sum(
        session,
        sa.select(Settlement.payout_usd)
        .join(Position, Position.position_id == Settlement.position_id)
        .where(Position.mode == key.mode, Position.account == key.account),
    )
    held, expected = cash(session, key), deposits + flow + payouts
    if held == expected:
        return []
    problem = (
        f"cash is {from_micros(held)}, but deposits, fills and payouts add up to "
        f"{from_micros(expected)}"
    )
    return [problem]


def _reservations(session: Session, key: AccountKey) -> list[str]:
    """What is set aside is there."""
    aside, held = reserved(session, key), cash(session, key)
    if aside <= held:
        return []
    return [f"{from_micros(aside)} is reserved for orders, but only {from_micros(held)} is held"]


def _positions(session: Session, key: AccountKey) -> list[str]:
    """A position is the sum of its fills and settlements."""
    bought: dict[str, Micros] = defaultdict(int)
    for position_id, side, size in session.execute(
        sa.select(Fill.position_id, Fill.side, Fill.size).where(
            Fill.mode == key.mode, Fill.account == key.account
        )
    ):
        bought[position_id] += size if side == "BUY" else -size
    settled = dict(
        session.execute(sa.select(Settlement.position_id, Settlement.size)).tuples().all()
    )
    problems = []
    for position in session.scalars(
        sa.select(Position).where(Position.mode == key.mode, Position.account == key.account)
    ):
        expected = bought[position.position_id] - settled.get(position.position_id, 0)
        if position.size != expected:
            problems.append(
                f"position {position.position_id} holds {from_micros(position.size)} shares; "
                f"its fills and settlement leave {from_micros(expected)}"
            )
    return problems


def _orders(session: Session, key: AccountKey) -> list[str]:
    """An order is where its journal leads, and its totals are those of its fills."""
    journals: dict[str, list[tuple[int, OrderState]]] = defaultdict(list)
    for intent_id, seq, state in session.execute(
        sa.select(OrderEvent.intent_id, OrderEvent.seq, OrderEvent.state)
    ):
        journals[intent_id].append((seq, OrderState(state)))
    totals: dict[str, tuple[Micros, Micros, Micros]] = defaultdict(lambda: (0, 0, 0))
    for intent_id, size, notional, fee in session.execute(
        sa.select(Fill.intent_id, Fill.size, Fill.notional_usd, Fill.fee_usd)
    ):
        before = totals[intent_id]
        totals[intent_id] = (before[0] + size, before[1] + notional, before[2] + fee)
    problems = []
    for order in session.scalars(
        sa.select(Order).where(Order.mode == key.mode, Order.account == key.account)
    ):
        try:
            state = replay(journals[order.intent_id])
        except IllegalMoveError as error:
            problems.append(f"order {order.intent_id}: {error}")
            continue
        if state != order.state:
            problems.append(f"order {order.intent_id} is {order.state}, its journal says {state}")
        if totals[order.intent_id] != (order.filled_size, order.filled_usd, order.fee_usd):
            problems.append(f"order {order.intent_id} does not add up to its fills")
    return problems


def _sum(session: Session, query: sa.Select[tuple[Micros]]) -> Micros:
    return sum(session.scalars(query))
