"""Every order an earlier step left open is brought to its end before anything new is decided.

Belongs here: which orders those are. Not here: how one is carried on (send.py).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from polymarket_assets.executor.account import open_orders
from polymarket_assets.executor.desk import Desk
from polymarket_assets.executor.send import carry_on


def reconcile(desk: Desk) -> list[str]:
    """Carry on all open orders, oldest first; their intent ids."""
    with Session(desk.engine) as session:
        left = [order.intent_id for order, _ in open_orders(session, desk.key)]
    for intent_id in left:
        carry_on(desk, intent_id)
    return left
