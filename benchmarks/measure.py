"""The measurements: floor and ours in turn, over every task of a plan.

Belongs here: the order of runs, and what is switched on for some of them: latency, rate limits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from benchmarks.plan import Case, Plan, Tasks
from benchmarks.stage import Run, Stage
from benchmarks.truth import Truth
from polymarket_assets.clients.data_api import MOST_CONDITIONS
from polymarket_assets.clients.endpoints import DATA_TRADES, WINDOW_S
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.sources.fills import PASSES

LATENCY_MS = 50
SPARE_REQUESTS = 1.05
"""Requests asked for under rate limits, over those that are allowed: the limit always decides."""


@dataclass
class Pairs:
    """Runs of one case; the n-th of each list belong together."""

    case: Case
    floor: list[tuple[Run, Run]] = field(default_factory=list)
    ours: list[tuple[Run, Run]] = field(default_factory=list)
    """(small, large)"""


@dataclass(frozen=True)
class Limited:
    """The run under rate limits.

    Attributes:
        run: what was seen of it.
        allowed: requests the venue allows in the time that is looked at.
        answered: requests it answered in that time.
        windows: that time, in windows of 10 s.
    """

    run: Run
    allowed: int
    answered: int
    windows: int


@dataclass
class Measured:
    """Everything that was run."""

    pairs: list[Pairs]
    idle: Run
    delayed: tuple[Run, Run]
    limited: Limited

    @property
    def runs(self) -> list[Run]:
        """Every run."""
        of_pairs = [run for pairs in self.pairs for two in pairs.floor + pairs.ours for run in two]
        return [*of_pairs, self.idle, *self.delayed, self.limited.run]


def measure(plan: Plan, folder: Path, say: Callable[[str], None]) -> Measured:
    """Run everything.

    Args:
        plan: how much.
        folder: where home, truth and the floor's files go.
        say: is told of each run.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        say("generating the world …")
        venue = stack.enter_context(simulator(plan.world(folder / "truth")))
        stage = stack.enter_context(closing(Stage(folder)))
        tasks = Tasks(plan, venue.url, Truth(folder / "truth"))
        bench = Bench(stage, venue, Truth(folder / "truth"), say)
        idle = bench.ours(tasks.nothing())
        markets = Pairs(tasks.markets)
        bench.pair(markets)
        stage.remember_markets()
        others = [Pairs(case) for case in tasks.cases()]
        for pairs in others:
            bench.pair(pairs)
        delayed = bench.delayed(tasks.by_condition(plan.few))
        while time.monotonic() - began < plan.repeat_for_s:
            for pairs in (markets, *others):
                bench.pair(pairs)
        limited = bench.limited(plan.limited_windows)
    return Measured([markets, *others], idle, delayed, limited)


class Bench:
    """Floor and ours on one stage."""

    def __init__(
        self, stage: Stage, venue: SimulatorHandle, truth: Truth, say: Callable[[str], None]
    ) -> None:
        self._stage, self._venue, self._truth, self._say = stage, venue, truth, say

    def pair(self, pairs: Pairs) -> None:
        """Small and large, the floor before ours in each."""
        small, large = pairs.case.small, pairs.case.large
        floor_small, ours_small = self.floor(small), self.ours(small)
        floor_large, ours_large = self.floor(large), self.ours(large)
        pairs.floor.append((floor_small, floor_large))
        pairs.ours.append((ours_small, ours_large))

    def delayed(self, task: Task) -> tuple[Run, Run]:
        """(floor, ours) while each answer takes LATENCY_MS longer."""
        self._say(f"every answer {LATENCY_MS} ms later:")
        self._venue.faults({"path": "/*", "kind": "slow", "delay_ms": LATENCY_MS})
        try:
            return self.floor(task), self.ours(task)
        finally:
            self._venue.clear_faults()

    def limited(self, windows: int) -> Limited:
        """Ours alone, asking for markets without fills: cheap answers, so that the limit decides."""
        allowed = windows * DATA_TRADES.limit
        groups = round(allowed * SPARE_REQUESTS / len(PASSES))
        ...
