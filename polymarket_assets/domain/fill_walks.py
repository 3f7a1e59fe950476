"""Which way to older fills costs fewer requests: down the feed of all markets, or market by market.

Belongs here: the estimate and the choice, from facts about markets. Not here: where these facts
come from, or the walks.

Neither way can be entered at a time of one's choice: the feed is walked from its newest fill down
to the window, a market from its own newest fill down to its first, unless a part is held already.
How many fills there are is told by the markets' volume, taken as spread evenly over their lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Literal

from polymarket_assets.domain.coverage import missing
from polymarket_assets.domain.windows import Interval

Way = Literal["feed", "conditions"]


@dataclass(frozen=True)
class MarketFlow:
    """A market's life (up to now, if it lives) and what was traded in it so far, USD."""

    life: Interval
    volume_usd: Decimal

    def since(self, moment: datetime) -> MarketFlow:
        """Its part from `moment` on."""
        rest = Interval(max(self.life.start, moment), self.life.end)
        return MarketFlow(rest, _within(self, rest))


def feed_requests(
    markets: Iterable[MarketFlow],
    down_to: Interval,
    held: Sequence[Interval],
    *,
    fill_usd: Decimal,
    page: int,
) -> int:
    """Requests of one walk down the feed.

    Args:
        markets: every known market.
        down_to: from the window's start to now.
        held: stretches the walk may jump over.
        fill_usd: notional of an average fill.
        page: fills of a full page.
    """
    gaps = missing(down_to, held)
    usd = sum((_within(market, gap) for market in markets for gap in gaps), Decimal(0))
    return max(len(gaps), ceil(usd / fill_usd / page))


def condition_requests(
    groups: Iterable[Sequence[MarketFlow]], *, fill_usd: Decimal, page: int
) -> int:
    """Requests of the walks of some groups of markets, each whole: at least one a group."""
    return sum(
        max(1, ceil(sum((m.volume_usd for m in group), Decimal(0)) / fill_usd / page))
        for group in groups
    )


def cheaper_way(*, feed: int, conditions: int) -> Way:
    """The way with fewer requests; the feed when equal, as it has markets no list knows.

    No market to walk means that the lists are missing, not that the walk is free.
    """
    return "conditions" if 0 < conditions < feed else "feed"


def _within(market: MarketFlow, gap: Interval) -> Decimal:
    """What was traded in a market during `gap`, by an even spread over its life."""
    common = market.life.intersect(gap)
    if common.is_empty:
        return Decimal(0)
    share = (common.end - common.start) / (market.life.end - market.life.start)
    return market.volume_usd * Decimal(share)
