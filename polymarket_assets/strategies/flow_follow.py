"""The worked example: follow an hour of one-sided trading while the book leans the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from pydantic import Field

from polymarket_assets.strategies.strategy import (
    Holding,
    Parameters,
    Proposal,
    Side,
    Snapshot,
    Strategy,
)


class FlowFollowParameters(Parameters):
    """Parameters of flow_follow."""

    imbalance_min: Decimal = Field(
        Decimal("0.6"), ge=0, le=1, description="Least share of the hour's volume on one side, net"
    )
    volume_min: Decimal = Field(
        Decimal(500), ge=0, le=10_000_000, description="Least volume of the hour, USD"
    )
    spread_max: Decimal = Field(Decimal("0.02"), ge=0, le=1, description="Widest spread, pUSD")
    hours_min: Decimal = Field(
        Decimal(6), ge=0, le=8760, description="Hours to the scheduled end, lower bound"
    )
    assumed_edge: Decimal = Field(
        Decimal("0.03"),
        ge=0,
        le=1,
        description="Assumed chance above the mid of the side that is bought. An assumption",
    )
    notional_usd: Decimal = Field(
        Decimal(10), ge=1, le=100_000, description="Suggested notional of one order, USD"
    )


class FlowFollow(Strategy):
    """Buys the side that takers bought, if the book is heavier on that side too."""

    name = "flow_follow"
    description = (
        "Buy the side that the last hour's takers bought, while the book leans the same way; leave "
        "when the flow turns. The worked example of a Python strategy; nothing shows that it earns"
    )
    version = "1"
    Parameters = FlowFollowParameters

    def filter(self, snapshot: Snapshot) -> bool:
        """Markets with a known hour of trading, a tight book and time to go."""
        features = snapshot.features
        ask, bid = snapshot.yes.ask, snapshot.yes.bid
        return (
            features["trade_imbalance_1h"] is not None
            and features["book_imbalance"] is not None
            and features["volume_1h"] >= self.parameters.volume_min
            and snapshot.hours_to_close is not None
            and snapshot.hours_to_close >= self.parameters.hours_min
            and ask is not None
            and bid is not None
            and ask - bid <= self.parameters.spread_max
        )

    def scan(self, snapshots: Sequence[Snapshot]) -> Iterator[Proposal]:
        """One purchase per market whose flow and book agree."""
        for snapshot in snapshots:
            flow, lean = _flow(snapshot), snapshot.features["book_imbalance"]
            if abs(flow) < self.parameters.imbalance_min or flow * Decimal(str(lean)) <= 0:
                continue
            side = snapshot.yes if flow > 0 else snapshot.no
            yield from self._purchase(snapshot, side, flow)

    def _purchase(self, snapshot: Snapshot, side: Side, flow: Decimal) -> Iterator[Proposal]:
        if side.ask is None or side.bid is None:
            return
        chance = min((side.ask + side.bid) / 2 + self.parameters.assumed_edge, Decimal(1))
        yield Proposal(
            snapshot=snapshot,
            token_id=side.token_id,
            price_limit=side.ask,
            size=self.parameters.notional_usd / side.ask,
            chance=chance,
            reason=(
                f"takers of the last hour bought {side.outcome}: {abs(flow):.0%} of "
                f"{snapshot.features['volume_1h']:.2f} USD net, and the book leans the same way; "
                f"it is asked at {side.ask:f}, its chance is assumed to be {chance:f}"
            ),
        )

    def should_exit(self, holding: Holding, snapshot: Snapshot) -> str | None:
        """When takers trade against what is held."""
        if snapshot.features["trade_imbalance_1h"] is None:
            return None
        flow = _flow(snapshot)
        towards = flow if holding.token_id == snapshot.yes.token_id else -flow
        if towards < 0:
            return f"takers of the last hour trade against it: {-towards:.0%} of the volume net"
        return None


def _flow(snapshot: Snapshot) -> Decimal:
    """The hour's net purchases of YES as a share of its volume, -1 to 1."""
    return Decimal(str(snapshot.features["trade_imbalance_1h"]))
