"""What resolved markets pay, as far as the platform knows by now.

Belongs here: the protocol and the reader of core.fct_resolutions. Not here: booking a payout
(settle.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from polymarket_assets.domain.money import Micros, to_micros
from polymarket_assets.store.lake import Lake


@dataclass(frozen=True)
class Resolution:
    """What one share of one token pays, and since when that is known."""

    token_id: str
    payout: Micros
    resolved_at: datetime | None
    known_at: datetime


class ResolutionSource(Protocol):
    """Where payouts are learned."""

    def payouts(self, token_ids: Sequence[str], now: datetime) -> dict[str, Resolution]:
        """The payouts of those of `token_ids` that are known at `now`."""
        ...


@dataclass(frozen=True)
class LakeResolutions:
    """Reads core.fct_resolutions at the published version."""

    lake: Lake

    def payouts(self, token_ids: Sequence[str], now: datetime) -> dict[str, Resolution]:
        """As the protocol says; nothing is known while no version is published."""
        publication = self.lake.published()
        if publication is None or not token_ids:
            return {}
        rows = self.lake.rows(
            """
            SELECT token_id, payout, resolved_at, known_at
            FROM core.fct_resolutions
            WHERE payout IS NOT NULL AND known_at <= ? AND list_contains(?, token_id)
            """,
            [now, list(token_ids)],
            version=publication.version,
        )
        return {
            token_id: Resolution(token_id, to_micros(payout), resolved_at, known_at)
            for token_id, payout, resolved_at, known_at in rows
        }
