"""The table of pair approvals: which markets of two venues a person declared to be one question.

Belongs here: the table and its newest rows. Not here: who may write it and when an approval holds
(executor/pairs.py).
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from polymarket_assets.store.ledger_types import Base, check, instant, text


class PairApproval(Base):
    """One row per decision about a pair, never changed; a pair's newest row counts."""

    __tablename__ = "pair_approvals"
    __table_args__ = (
        check("action", "action IN ('approve', 'revoke')"),
        check("relation", "relation IN ('EQUIVALENT', 'COMPLEMENT')"),
        check("hashes", "length(rules_sha256_a) = 64 AND length(rules_sha256_b) = 64"),
        check("words", "actor <> '' AND note <> ''"),
        sa.Index(None, "pair_id"),
        {
            "comment": "Decisions about pairs of markets; the newest row of a pair counts,"
            " append-only"
        },
    )

    decision_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.Identity(), primary_key=True, comment="order of the decisions"
    )
    pair_id: Mapped[str] = text("core.venue_pairs.pair_id")
    venue_a: Mapped[str] = text("venue of market a")
    market_a: Mapped[str] = text("market a: condition id or ticker")
    venue_b: Mapped[str] = text("venue of market b")
    market_b: Mapped[str] = text("market b: condition id or ticker")
    action: Mapped[str] = text("approve or revoke")
    relation: Mapped[str] = text(
        "EQUIVALENT or COMPLEMENT, as the matcher found and the person read"
    )
    rules_sha256_a: Mapped[str] = text("SHA-256 of the words of a that were approved")
    rules_sha256_b: Mapped[str] = text("SHA-256 of the words of b that were approved")
    actor: Mapped[str] = text("who decided")
    note: Mapped[str] = text("why")
    decided_at: Mapped[datetime] = instant("when")


def newest_approvals(engine: sa.Engine) -> dict[str, PairApproval]:
    """The newest decision of each pair, where it is an approval, by pair id."""
    newest = (
        sa.select(PairApproval)
        .distinct(PairApproval.pair_id)
        .order_by(PairApproval.pair_id, PairApproval.decision_id.desc())
    )
    with Session(engine, expire_on_commit=False) as session:
        rows = session.scalars(newest).all()
    return {row.pair_id: row for row in rows if row.action == "approve"}
