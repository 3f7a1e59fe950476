"""Approval of pairs: a person declares two markets one question, pinned to both texts.

Nothing below an approval that holds may be traded across venues. It holds only while the matcher
still finds the relation that was approved and neither text has changed by a letter.

Belongs here: deciding, and whether a decision holds. Not here: how pairs are found
(warehouse/venue_pairs.py), how they are shown (serving/pairs.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger_pairs import PairApproval, newest_approvals

APPROVABLE = ("EQUIVALENT", "COMPLEMENT")
"""Relations a person may approve: those by which either market's payout gives the other's."""


class PairNotFoundError(LookupError):
    """No pair, or no approval, has this id."""


class PairNotApprovableError(ValueError):
    """The pair's relation is not one that may be traded."""


@dataclass(frozen=True)
class HeldPair:
    """One row of core.venue_pairs, as far as deciding needs it."""

    pair_id: str
    venue_a: str
    market_a: str
    venue_b: str
    market_b: str
    relation: str
    rules_sha256_a: str
    rules_sha256_b: str


@dataclass(frozen=True)
class Standing:
    """A pair's newest approval and whether it holds; `why_void` is empty when it does."""

    pair: HeldPair
    actor: str
    note: str
    decided_at: datetime
    why_void: str

    @property
    def holds(self) -> bool:
        """Whether the pair may be traded."""
        return not self.why_void


def approve_pair(
    engine: sa.Engine, lake: Lake, pair_id: str, *, actor: str, note: str, now: datetime
) -> HeldPair:
    """Approve the pair as it stands in core.venue_pairs, pinned to both texts' hashes.

    Raises:
        PairNotFoundError: core.venue_pairs has no such pair.
        PairNotApprovableError: the matcher did not find its markets equivalent or complementary.
        ValueError: actor or note is empty.
    """
    pair = _held_pairs(lake).get(pair_id)
    if pair is None:
        raise PairNotFoundError(
            f"core.venue_pairs has no pair {pair_id}; `polymarket pairs list` shows those it has"
        )
    if pair.relation not in APPROVABLE:
        raise PairNotApprovableError(
            f"pair {pair_id} is {pair.relation}, and only {' or '.join(APPROVABLE)} pairs may be "
            f"approved; `polymarket pairs show {pair_id}` says what their texts differ in"
        )
    _decide(engine, pair, "approve", actor=actor, note=note, now=now)
    return pair


def revoke_pair(
    engine: sa.Engine, pair_id: str, *, actor: str, note: str, now: datetime
) -> HeldPair:
    """Withdraw the approval of a pair; the approval itself stays in the ledger.

    Raises:
        PairNotFoundError: the pair is not approved.
        ValueError: actor or note is empty.
    """
    approval = newest_approvals(engine).get(pair_id)
    if approval is None:
        raise PairNotFoundError(
            f"pair {pair_id} is not approved; `polymarket pairs list --approved` shows those "
            "that are"
        )
    pair = _pair(approval)
    _decide(engine, pair, "revoke", actor=actor, note=note, now=now)
    return pair


def pair_standings(engine: sa.Engine, lake: Lake, *, version: int | None = None) -> list[Standing]:
    """Every approval that was not revoked, by pair id, and whether it holds at a lake version."""
    approvals = newest_approvals(engine)
    if not approvals:
        return []
    held = _held_pairs(lake, version=version)
    texts = {
        (venue, market): sha256
        for venue, market, sha256 in lake.rows(
            "SELECT venue, market_id, rules_sha256 FROM core.venue_texts", version=version
        )
    }
    return [
        Standing(
            _pair(approval),
            approval.actor,
            approval.note,
            approval.decided_at.astimezone(UTC),
            why_void(_pair(approval), held.get(pair_id), texts),
        )
        for pair_id, approval in sorted(approvals.items())
    ]


def why_void(approved: HeldPair, held: HeldPair | None, texts: dict[tuple[str, str], str]) -> str:
    """Why an approval no longer holds, in words; empty while it does.

    `held` is the pair as matched now, `texts` the hash of each open market's words as last read.
    """
    for venue, market, pinned in (
        (approved.venue_a, approved.market_a, approved.rules_sha256_a),
        (approved.venue_b, approved.market_b, approved.rules_sha256_b),
    ):
        current = texts.get((venue, market))
        if current is None:
            return f"{venue} {market} is no longer an open market"
        if current != pinned:
            return f"the words of {venue} {market} have changed since they were approved"
    if held is None or held.relation != approved.relation:
        found = held.relation if held else "no pair"
        return f"approved as {approved.relation}, but the matcher now finds {found}"
    if (held.rules_sha256_a, held.rules_sha256_b) != (
        approved.rules_sha256_a,
        approved.rules_sha256_b,
    ):
        return "the pair was matched on other words than were approved"
    return ""


def _decide(
    engine: sa.Engine, pair: HeldPair, action: str, *, actor: str, note: str, now: datetime
) -> None:
    if not actor.strip() or not note.strip():
        msg = f"to {action} a pair takes a name and a reason; give --note"
        raise ValueError(msg)
    with Session(engine) as session, session.begin():
        session.add(
            PairApproval(
                pair_id=pair.pair_id,
                venue_a=pair.venue_a,
                market_a=pair.market_a,
                venue_b=pair.venue_b,
                market_b=pair.market_b,
                action=action,
                relation=pair.relation,
                rules_sha256_a=pair.rules_sha256_a,
                rules_sha256_b=pair.rules_sha256_b,
                actor=actor,
                note=note,
                decided_at=now,
            )
        )


def _pair(approval: PairApproval) -> HeldPair:
    return HeldPair(
        approval.pair_id,
        approval.venue_a,
        approval.market_a,
        approval.venue_b,
        approval.market_b,
        approval.relation,
        approval.rules_sha256_a,
        approval.rules_sha256_b,
    )


def _held_pairs(lake: Lake, *, version: int | None = None) -> dict[str, HeldPair]:
    rows = lake.rows(
        "SELECT pair_id, venue_a, market_a, venue_b, market_b, relation, rules_sha256_a,"
        " rules_sha256_b FROM core.venue_pairs",
        version=version,
    )
    return {row[0]: HeldPair(*row) for row in rows}
