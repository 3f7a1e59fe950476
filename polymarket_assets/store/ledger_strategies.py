"""The table of strategy settings: which strategies propose signals, and with which parameters.

Belongs here: the table and its newest rows. Not here: which settings there are and what may be set
(warehouse/strategy_settings.py).
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from polymarket_assets.store.ledger_types import Base, check, flag, instant, text, whole


class StrategyVersion(Base):
    """One row per change of a strategy's settings, never changed; the newest one holds."""

    __tablename__ = "strategy_versions"
    __table_args__ = (
        check("version", "version >= 1"),
        check("words", "change <> '' AND actor <> ''"),
        check("parameters", "jsonb_typeof(parameters) = 'object'"),
        {
            "comment": "Settings of strategies; the newest version of each holds, append-only",
        },
    )

    strategy: Mapped[str] = text("name of the strategy", primary_key=True)
    version: Mapped[int] = whole(
        "1, 2, 3 … within the strategy", primary_key=True, autoincrement=False
    )
    is_enabled: Mapped[bool] = flag("whether it proposes signals")
    parameters: Mapped[dict[str, str]] = mapped_column(
        JSONB, comment="parameters that differ from their defaults: name to value as text"
    )
    change: Mapped[str] = text("what was changed, in words")
    actor: Mapped[str] = text("who changed it")
    decided_at: Mapped[datetime] = instant("when")


def newest_versions(engine: sa.Engine) -> dict[str, StrategyVersion]:
    """The settings that hold, by strategy; strategies that nobody ever changed are not in it."""
    newest = (
        sa.select(StrategyVersion)
        .distinct(StrategyVersion.strategy)
        .order_by(StrategyVersion.strategy, StrategyVersion.version.desc())
    )
    with Session(engine, expire_on_commit=False) as session:
        return {row.strategy: row for row in session.scalars(newest)}
