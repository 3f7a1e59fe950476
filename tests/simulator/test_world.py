from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from polymarket_assets.simulator.books import depth
from polymarket_assets.simulator.plans import DAY_S, HOUR_S, MICRO
from polymarket_assets.simulator.world import World
from tests.simulator.venue import SMALL, START

DIGEST = """
from datetime import date
from polymarket_assets.simulator.world import World
print(World(7, date(2026, 11, 18), 2, 60, 1_500).digest())
"""


def test_two_processes_generate_the_same_world_bit_for_bit(world: World):
    for hash_seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", DIGEST],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == world.digest()


def test_another_seed_gives_another_world(world: World):
    assert World(8, START, 2, 60, 1_500).digest() != world.digest()


def test_more_days_change_nothing_about_the_first_ones(world: World):
    first = World(7, START, 1, 60, 1_500)
    count = len(first.fills)
    for name, column in vars(first.fills).items():
        assert np.array_equal(column, getattr(world.fills, name)[:count]), name


def test_each_day_has_the_wanted_markets_and_matches(world: World):
    for day in range(SMALL["days"]):
        begins = world.first_midnight_s + day * DAY_S
        inside = (world.matches.event_s >= begins) & (world.matches.event_s < begins + DAY_S)
        assert (world.matches.size_micro[inside] > 0).sum() == SMALL["fills"]
        assert len(np.unique(world.matches.market[inside])) == SMALL["markets"]
        assert (world.matches.size_micro[inside] == 0).any()
    assert world.matches.event_s.max() < world.ends_at.timestamp()


def test_a_full_day_has_three_hundred_markets_and_fifty_thousand_matches(
    capsys: pytest.CaptureFixture[str],
):
    begun = time.perf_counter()
    full = World(11, START, 1)
    took = time.perf_counter() - begun
    assert (full.matches.size_micro > 0).sum() == 50_000
    assert len(np.unique(full.matches.market)) == 300
    assert 200 < len(np.unique(full.fills.wallet)) < 1_000
    categories = {event.plan.category for event in full.events}
    assert {"crypto", "politics", "sports", "economics", "culture", "geopolitics"} <= categories
    sizes = [len(event.plan.traded) for event in full.events]
    assert min(sizes) == 1
    assert max(sizes) <= 30
    with capsys.disabled():
        print(f"\n    a day of 300 markets and {len(full.fills):,} feed rows: {took:.2f} s")


def test_identifiers_are_unique_and_ascend_with_creation(world: World):
    everything = [*world.markets, *(m for e in world.events for m in e.placeholders)]
    for of in (lambda m: m.id, lambda m: m.condition_id, lambda m: m.plan.slug):
        assert len({of(m) for m in everything}) == len(everything)
    tokens = [t for m in everything for t in m.tokens]
    assert len(set(tokens)) == len(tokens)
    assert {len(t) for t in tokens} <= {77, 78}
    by_id = sorted(everything, key=lambda m: int(m.id))
    assert [world.events[m.event].id for m in by_id] == sorted(
        world.events[m.event].id for m in by_id
    )
    created = [event.plan.created_s for event in world.events]
    assert created == sorted(created)


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_every_evening_has_longshots_of_both_kinds_that_are_settled_by_noon(seed: int):
    world = World(seed, START, 3, 300, 300)
    for day in range(3):
        midnight = world.first_midnight_s + (day + 1) * DAY_S
        for hours_before in (5, 3, 1):
            yes, no = longshots(world, midnight - hours_before * HOUR_S, midnight + 12 * HOUR_S)
            assert yes >= 2, (seed, day, hours_before)
            assert no >= 3, (seed, day, hours_before)


def longshots(world: World, now_s: int, settled_by_s: int) -> tuple[int, int]:
    """Markets with a YES ask, and with a NO ask, in [.92, .99], tight, deep, ending soon."""
    found = [0, 0]
    for market in world.markets:
        ends_s = world.plan_of(market).ends_s
        settlement = world.settlements[market.index]
        if not (market.opens_s <= now_s < min(ends_s, settlement.proposed_s)):
            continue
        if ends_s > now_s + DAY_S or settlement.resolved_s > settled_by_s:
            continue
        book = depth(world, np.array([market.index]), now_s // 60)
        tick = market.plan.tick_micro
        bid, ask = int(book.bid[0, 0]) * tick, int(book.ask[0, 0]) * tick
        if bid == 0 or ask == MICRO or ask - bid > 20_000:
            continue
        if 920_000 <= ask <= 990_000 and book.ask_size[0, 0] >= 5_000:
            found[0] += 1
        if 920_000 <= MICRO - bid <= 990_000 and bid < 80_000 and book.bid_size[0, 0] >= 5_000:
            found[1] += 1
    return found[0], found[1]
