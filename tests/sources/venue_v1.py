"""The Data API v1 of the tests' own venue: bare arrays by offset, with the caps it has had."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.sources.venue import Asked, Fill, condition

NAMES = {
    "proxy_wallet": "proxyWallet",
    "token_id": "asset",
    "condition_id": "conditionId",
    "transaction_hash": "transactionHash",
    "outcome_index": "outcomeIndex",
    "event_slug": "eventSlug",
}


def spelled_v1(row: dict[str, Any]) -> dict[str, Any]:
    """A row of v2 as v1 spells it."""
    return {NAMES.get(name, name): value for name, value in row.items()}


@dataclass
class FeedV1:
    """GET /data/trades over some fills, newest first.

    Attributes:
        fills: what there is; the same objects may feed v2.
        clamp: most rows a page, whatever was asked for.
        cap: largest offset.
        past_cap: "error" answers 400 beyond it, "repeat" the page at it.
        windows: whether start and end are honoured.
        newest_first: the order of the rows.
        served: numbers of the fills of each page given.
    """

    fills: list[Fill]
    clamp: int = 10_000
    cap: int = 10_000
    past_cap: str = "error"
    windows: bool = True
    newest_first: bool = True
    served: list[list[int]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Any:
        """One page."""
        offset = int(asked.query.get("offset", "0"))
        if offset > self.cap and self.past_cap == "error":
            said = f"max historical trades offset of {self.cap} exceeded"
            return 400, {"error": said}, {}
        offset = min(offset, self.cap)
        limit = min(int(asked.query["limit"]), self.clamp)
        here = self._selected(asked)[offset : offset + limit]
        self.served.append([fill.number for fill in here])
        return [spelled_v1(fill.row()) for fill in here]

    def _selected(self, asked: Asked) -> list[Fill]:
        markets = asked.many("market")
        low, high = int(asked.query["start"]), int(asked.query["end"])
        kept = [
            fill
            for fill in self.fills
            if (fill.taker or asked.query["takerOnly"] == "false")
            and (not markets or condition(fill.market) in markets)
            and (not self.windows or low <= fill.at.timestamp() <= high)
        ]
        return sorted(kept, key=lambda fill: fill.place, reverse=self.newest_first)
