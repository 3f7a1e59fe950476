"""Carry one order on from wherever it stands: sign, mark as sending, submit once, book the answer.

Each numbered step commits before the next begins, so a process killed anywhere leaves an order from
which this same function goes on: the same bytes, never a second signature. What is not proven stays
UNKNOWN until the venue says what it holds.

Belongs here: the order of these steps. Not here: what is booked (journal.py), which orders there
are (round.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from polymarket_assets.domain.orders import OrderState
from polymarket_assets.domain.risk import Refusal
from polymarket_assets.executor.brokers.base import Answer, UncertainError
from polymarket_assets.executor.desk import Desk
from polymarket_assets.executor.guard import stop_reason
from polymarket_assets.executor.journal import answer_problem, move, record_answer
from polymarket_assets.store.ledger_tables import Intent, Order

log = structlog.get_logger(__name__)

T = TypeVar("T")

_SENT = (OrderState.SENDING, OrderState.UNKNOWN)


def carry_on(desk: Desk, intent_id: str) -> None:
    """Bring one order as far as it can be brought now."""
    try:
        _advance(desk, intent_id)
    except UncertainError as error:
        _unknown(desk, intent_id, str(error))


def _advance(desk: Desk, intent_id: str) -> None:
    """The steps from where the order stands.

    Raises:
        UncertainError: the venue's answer proves nothing.
    """
    intent, order = _load(desk, intent_id)
    state = OrderState(order.state)
    if state in _SENT:
        answer = _prove(lambda: desk.broker.lookup(order.order_hash or ""))
        if answer is not None:
            _book(desk, intent, state, answer)
            return
        # The venue proved that it never had these bytes: they may be sent, unchanged.
    stop = stop_reason(desk, intent)
    if stop:
        _stop(desk, intent, state, *stop)
        return
    if state == OrderState.INTENT:
        state = _sign(desk, intent)
    body = _load(desk, intent_id)[1].body or b""
    if state == OrderState.SIGNED:
        with Session(desk.engine) as session, session.begin():
            move(session, intent_id, state, OrderState.SENDING, desk.now())
        state = OrderState.SENDING
        desk.crash("executor.sending")
    answer = _prove(lambda: desk.broker.submit(body))
    desk.crash("executor.submitted_before_outcome")
    _book(desk, intent, state, answer)


def _load(desk: Desk, intent_id: str) -> tuple[Intent, Order]:
    with Session(desk.engine) as session:
        return session.get_one(Intent, intent_id), session.get_one(Order, intent_id)


def _sign(desk: Desk, intent: Intent) -> OrderState:
    signed = desk.broker.sign(intent)
    with Session(desk.engine) as session, session.begin():
        move(
            session,
            intent.intent_id,
            OrderState.INTENT,
            OrderState.SIGNED,
            desk.now(),
            order_hash=signed.order_hash,
            body=signed.body,
        )
    desk.crash("executor.signed")
    return OrderState.SIGNED


def _prove(question: Callable[[], T]) -> T:
    """Put one question to the broker; a failure of any kind proves nothing."""
    try:
        return question()
    except Exception as error:
        msg = f"uncertain: {type(error).__name__}: {error}"
        raise UncertainError(msg) from error


def _unknown(desk: Desk, intent_id: str, reason: str) -> None:
    log.error("order outcome unknown", intent_id=intent_id, reason=reason)
    state = OrderState(_load(desk, intent_id)[1].state)
    if state != OrderState.UNKNOWN:
        with Session(desk.engine) as session, session.begin():
            move(session, intent_id, state, OrderState.UNKNOWN, desk.now(), reason=reason)


def _book(desk: Desk, intent: Intent, state: OrderState, answer: Answer) -> None:
    problem = answer_problem(intent, answer)
    if problem:
        raise UncertainError(problem)
    with Session(desk.engine) as session, session.begin():
        record_answer(session, intent, state, answer, desk.now())
        desk.crash("executor.outcome_before_commit")
    desk.crash("executor.outcome_committed")


def _stop(desk: Desk, intent: Intent, state: OrderState, end: OrderState, why: Refusal) -> None:
    with Session(desk.engine) as session, session.begin():
        move(
            session,
            intent.intent_id,
            state,
            end,
            desk.now(),
            reason=str(why),
            reserved_usd=0,
        )
