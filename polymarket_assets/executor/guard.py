"""The last look before an order leaves: is anything against sending it now?

Belongs here: what stops a single order between decision and submission. Not here: whether the order
was a good idea (plan.py).
"""

from __future__ import annotations

from polymarket_assets.domain.orders import OrderState
from polymarket_assets.domain.risk import Refusal
from polymarket_assets.executor.desk import Desk
from polymarket_assets.executor.kill import kill_state
from polymarket_assets.store.ledger_tables import Intent


def stop_reason(desk: Desk, intent: Intent) -> tuple[OrderState, Refusal] | None:
    """The state an order ends in instead of being sent, and why; None lets it pass.

    Raises:
        LockLostError: this process is not the account's executor any more.
    """
    desk.fence()
    switch = kill_state(desk.engine)
    if switch.engaged:
        return OrderState.DENIED, Refusal("kill_switch", switch.reason)
    if intent.expires_at <= desk.now():
        moment = intent.expires_at.isoformat()
        return OrderState.EXPIRED, Refusal("approval_expired", f"its approval ended at {moment}")
    return None
