"""The kill switch: persisted, read before each order, and on whenever it cannot be read.

Belongs here: reading and turning it. Not here: what stops when it is on (guard.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from polymarket_assets.store.ledger_accounts import KillSwitch


@dataclass(frozen=True)
class KillState:
    """Whether trading is stopped, why, by whom and since when (None: it could not be read)."""

    engaged: bool
    reason: str
    actor: str
    changed_at: datetime | None


def kill_state(engine: sa.Engine) -> KillState:
    """The switch as it stands; a ledger that does not answer, or has no row, means on."""
    try:
        with Session(engine) as session:
            row = session.scalar(
                sa.select(KillSwitch).order_by(KillSwitch.change_id.desc()).limit(1)
            )
    except SQLAlchemyError as error:
        return KillState(True, f"the ledger does not answer: {error}", "fail-closed", None)
    if row is None:
        return KillState(True, "the ledger has no kill switch row", "fail-closed", None)
    return KillState(row.engaged, row.reason, row.actor, row.changed_at)


def kill(engine: sa.Engine, *, reason: str, actor: str, now: datetime) -> KillState:
    """Stop trading until somebody clears it; doing it twice records both reasons."""
    return _turn(engine, engaged=True, reason=reason, actor=actor, now=now)


def unkill(engine: sa.Engine, *, reason: str, actor: str, now: datetime) -> KillState:
    """Let trading go on."""
    return _turn(engine, engaged=False, reason=reason, actor=actor, now=now)


def _turn(engine: sa.Engine, *, engaged: bool, reason: str, actor: str, now: datetime) -> KillState:
    if not reason.strip() or not actor.strip():
        msg = "turning the kill switch needs a reason and the name of who does it"
        raise ValueError(msg)
    with Session(engine) as session, session.begin():
        session.add(KillSwitch(engaged=engaged, reason=reason, actor=actor, changed_at=now))
    return KillState(engaged, reason, actor, now)
