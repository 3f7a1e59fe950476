"""A disputed market of the simulator, followed from its first proposal to its result."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from polymarket_assets.simulator.listing import Settlement
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.simulator.world import World
from tests.sources.platforms import day, platform

OPTIONS = SimulatorOptions(
    seed=1, start=date(2026, 11, 18), days=1, markets=120, fills=100, speed=0
)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.fixture(scope="module")
def disputed() -> tuple[str, Settlement, int]:
    """Condition, settlement and payout of the first market somebody disputes."""
    world = World(OPTIONS.seed, OPTIONS.start, OPTIONS.days, OPTIONS.markets, OPTIONS.fills)
    index, settlement = next(
        (n, s) for n, s in enumerate(world.settlements) if s.is_disputed and not s.void
    )
    return world.markets[index].condition_id, settlement, int(world.payout_micro[index])


@pytest.fixture(scope="module")
def venue() -> Iterator[SimulatorHandle]:
    with simulator(OPTIONS) as handle:
        yield handle


def test_a_disputed_outcome_that_turns_over_is_seen_at_each_step_to_its_end(
    venue: SimulatorHandle,
    disputed: tuple[str, Settlement, int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    condition, settlement, payout = disputed
    folder = tmp_path_factory.mktemp("disputed")
    before = _moment(settlement.proposed_s) - timedelta(minutes=30)
    with platform(folder, venue.url, now=before) as made:
        home = made.standing_at(before)
        seen = []
        for at in (settlement.proposed_s - 900, *(at for at, _ in settlement.steps)):
            home.clock.stands_at = _moment(at + 60)
            request = urllib.request.Request(
                f"{venue.url}/__simulator/clock",
                data=json.dumps({"now": _moment(at + 60).isoformat()}).encode(),
                headers={"Content-Type": "application/json"},
            )
            urllib.request.urlopen(request, timeout=10).close()
            today = day(_moment(at).date().isoformat())
            run = home.run("gamma_markets", today)
            [(status, closed, prices)] = home.lake.rows(
                "select arg_max(payload ->> '$.umaResolutionStatus', received_at),"
                " arg_max(closed, received_at), arg_max(payload ->> '$.outcomePrices', received_at)"
                " from raw.gamma_markets where condition_id = ?",
                [condition],
            )
            assert run.quarantined == 0
            seen.append((status, closed, json.loads(prices)[0]))
    won, lost = ("1", "0") if payout else ("0", "1")
    assert seen[0][:2] == (None, False)
    assert seen[1:] == [
        ("proposed", True, lost),
        ("disputed", True, lost),
        ("proposed", True, won),
        ("resolved", True, won),
    ]
