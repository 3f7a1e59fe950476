"""Redeem positions whose market has resolved: one transaction per position, once.

Belongs here: booking payouts. Not here: learning them (resolutions.py).
"""

from __future__ import annotations

import hashlib

from sqlalchemy.orm import Session

from polymarket_assets.domain.money import from_micros
from polymarket_assets.executor.account import book_cash, open_orders, open_positions
from polymarket_assets.executor.desk import Desk
from polymarket_assets.executor.journal import holding, put
from polymarket_assets.executor.report import SettlementLine
from polymarket_assets.executor.resolutions import Resolution
from polymarket_assets.store.ledger_accounts import Position, Settlement


def settle(desk: Desk) -> list[SettlementLine]:
    """Redeem every open position whose payout is known by now.

    A token with an order that is not final waits: the order's fills belong to the position.
    """
    at = desk.now()
    with Session(desk.engine) as session:
        moving = {intent.token_id for _, intent in open_orders(session, desk.key)}
        held = [p for p in open_positions(session, desk.key) if p.token_id not in moving]
        held_ids = [(position.position_id, position.token_id) for position in held]
    if not held_ids:
        return []
    payouts = desk.resolutions.payouts(sorted({token for _, token in held_ids}), at)
    lines: list[SettlementLine] = []
    for position_id, token_id in held_ids:
        if token_id in payouts:
            lines.append(_redeem(desk, position_id, payouts[token_id]))
            desk.crash("settle.committed")
    return lines


def _redeem(desk: Desk, position_id: str, resolution: Resolution) -> SettlementLine:
    at = desk.now()
    with Session(desk.engine) as session, session.begin():
        position = session.get_one(Position, position_id, with_for_update=True)
        before = holding(position)
        after = before.settled(resolution.payout)
        payout = before.payout(resolution.payout)
        settlement = Settlement(
            settlement_id=hashlib.sha256(position_id.encode()).hexdigest(),
            position_id=position_id,
            condition_id=position.condition_id,
            token_id=position.token_id,
            payout_per_share=resolution.payout,
            size=before.size,
            payout_usd=payout,
            realized_usd=after.realized - before.realized,
            resolved_at=resolution.resolved_at,
            known_at=resolution.known_at,
            settled_at=at,
        )
        session.add(settlement)
        session.flush()
        position.settled_size += before.size
        position.payout_usd += payout
        put(position, after, at)
        book_cash(session, desk.key, "payout", payout, reference=settlement.settlement_id, now=at)
        desk.crash("settle.before_commit")
        return SettlementLine(
            position_id=position_id,
            strategy=position.strategy,
            question=position.question,
            outcome=position.outcome,
            token_id=position.token_id,
            payout_per_share=from_micros(resolution.payout),
            size=from_micros(before.size),
            payout_usd=from_micros(payout),
            realized_usd=from_micros(settlement.realized_usd),
        )
