"""What goes into matching: the words of one market, and the relation of two.

Belongs here: the input and the answer's vocabulary. Not here: how either is computed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Relation(StrEnum):
    """How YES of market a stands to YES of market b."""

    EQUIVALENT = "EQUIVALENT"
    """One pays exactly when the other does."""
    SUBSET = "SUBSET"
    """YES of a implies YES of b, not the other way round."""
    SUPERSET = "SUPERSET"
    """YES of b implies YES of a, not the other way round."""
    COMPLEMENT = "COMPLEMENT"
    """YES of a is exactly NO of b."""
    RELATED = "RELATED"
    """The same subject or contest, without an implication that the texts prove."""
    DIFFERENT = "DIFFERENT"
    """Neither subject nor contest in common."""

    @property
    def reversed(self) -> Relation:
        """The same fact told from b to a."""
        return _REVERSED.get(self, self)


_REVERSED = {
    Relation.SUBSET: Relation.SUPERSET,
    Relation.SUPERSET: Relation.SUBSET,
}


@dataclass(frozen=True)
class MarketText:
    """The words and dates one venue gives for one market.

    Attributes:
        outcome: label of its YES (`Yes`, a name, `$100,000 or above`).
        rules: the rules text whole; on Kalshi both parts, in order.
        closes_at: when trading ends as the venue lists it.
        resolves_at: when the venue expects the result; None when it does not say.
        siblings: markets in its event; None when not known.
    """

    venue: str
    market_id: str
    title: str
    outcome: str
    rules: str
    closes_at: datetime | None
    resolves_at: datetime | None = None
    event_title: str | None = None
    series_title: str | None = None
    category: str | None = None
    siblings: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """(venue, market id)."""
        return self.venue, self.market_id

    @property
    def rules_sha256(self) -> str:
        """SHA-256 (hex) of all the words that say what is bet on: title, outcome and rules.

        An approval is pinned to it, so that any change of the words voids the approval; dates of
        the listing are not in it, since venues move them without changing the question.
        """
        words = "\x1f".join((self.title, self.outcome, self.rules))
        return hashlib.sha256(words.encode()).hexdigest()
