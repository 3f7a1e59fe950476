"""What a golden pair is, and short forms to write one in the manner of either venue.

Relations are stated from `a` to `b` about their YES: SUBSET means that YES of `a` implies YES of
`b`. RELATED means the same subject or the same contest without implication; DIFFERENT neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from polymarket_assets.domain.matching.market import MarketText, Relation

EQ = Relation.EQUIVALENT
SUB = Relation.SUBSET
SUP = Relation.SUPERSET
COM = Relation.COMPLEMENT
REL = Relation.RELATED
DIF = Relation.DIFFERENT


@dataclass(frozen=True)
class Pair:
    """Two markets, their true relation, why, and the trap it sets (empty: none)."""

    relation: Relation
    a: MarketText
    b: MarketText
    why: str
    trap: str = ""


def poly(
    title: str,
    rules: str,
    ends: str,
    *,
    outcome: str = "Yes",
    event: str = "",
    siblings: int | None = None,
) -> MarketText:
    """A Polymarket market: `ends` is the end date of its listing, a scheduled one."""
    return MarketText(
        venue="polymarket",
        market_id=f"p:{title}:{outcome}:{ends}",
        title=title,
        outcome=outcome,
        rules=rules,
        closes_at=_at(ends),
        event_title=event or None,
        siblings=siblings,
    )


def kalshi(
    title: str,
    outcome: str,
    rules: str,
    closes: str,
    *,
    expected: str = "",
    event: str = "",
    siblings: int | None = None,
) -> MarketText:
    """A Kalshi market: `outcome` is the label of its YES."""
    return MarketText(
        venue="kalshi",
        market_id=f"k:{title}:{outcome}:{closes}",
        title=title,
        outcome=outcome,
        rules=rules,
        closes_at=_at(closes),
        resolves_at=_at(expected) if expected else None,
        event_title=event or None,
        siblings=siblings,
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
