"""The worked example: what it buys, what it leaves alone, when it leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from polymarket_assets.strategies.flow_follow import FlowFollow, FlowFollowParameters
from polymarket_assets.strategies.strategy import Holding, Side, Snapshot

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
D = Decimal
BUYING = {"trade_imbalance_1h": 0.8, "book_imbalance": 0.3, "volume_1h": D(1000)}


def snapshot(*, hours: float | None = 10, ask: str = "0.51", **features: Any) -> Snapshot:
    """A market at 0.50 whose takers bought YES while the book leans to YES."""
    yes = Side("yes", "Yes", D("0.50"), D(100), D(ask), D(100))
    no = Side("no", "No", 1 - D(ask), D(100), D("0.50"), D(100))
    return Snapshot(
        "key", "0x1", None, "Will it rain?", NOON, hours, yes, no, D("0.01"), D(5), D("0.04"), D(1),
        False, {**BUYING, **features},
    )  # fmt: skip


def bought(shown: Snapshot, **parameters: str) -> list[str]:
    strategy = FlowFollow(FlowFollowParameters.model_validate(parameters))
    return [p.token_id for p in strategy.scan([shown] if strategy.filter(shown) else [])]


def test_it_buys_what_takers_bought_at_the_ask() -> None:
    shown = snapshot()
    [proposal] = FlowFollow(FlowFollowParameters()).scan([shown])
    assert (proposal.token_id, proposal.price_limit) == ("yes", D("0.51"))
    assert proposal.chance == D("0.505") + D("0.03")
    assert proposal.size == D(10) / D("0.51")
    assert "80% of 1000.00 USD net" in proposal.reason
    assert bought(snapshot(trade_imbalance_1h=-0.8, book_imbalance=-0.3)) == ["no"]


@pytest.mark.parametrize(
    "shown",
    [
        snapshot(trade_imbalance_1h=0.5),
        snapshot(book_imbalance=-0.3),
        snapshot(trade_imbalance_1h=None),
        snapshot(book_imbalance=None),
        snapshot(volume_1h=D(499)),
        snapshot(hours=5.9),
        snapshot(hours=None),
        snapshot(ask="0.53"),
    ],
)
def test_it_leaves_these_alone(shown: Snapshot) -> None:
    assert bought(shown) == []


def test_its_parameters_decide() -> None:
    assert bought(snapshot(trade_imbalance_1h=0.5), imbalance_min="0.4") == ["yes"]


def test_it_leaves_when_the_flow_turns() -> None:
    strategy = FlowFollow(FlowFollowParameters())
    held = Holding("yes", D(10), D(5), NOON)
    assert strategy.should_exit(held, snapshot()) is None
    assert strategy.should_exit(held, snapshot(trade_imbalance_1h=None)) is None
    why = strategy.should_exit(held, snapshot(trade_imbalance_1h=-0.4))
    assert why is not None
    assert "40%" in why
    assert strategy.should_exit(Holding("no", D(10), D(5), NOON), snapshot()) is not None
