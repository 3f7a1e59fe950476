"""The measurements: the floor and ours in turn, over every task of a plan.

Belongs here: the order of the runs, and what is special about some of them: latency, rate limits.
Not here: watching a run (stage.py), or what the numbers mean (verdict.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.history import write_history
from benchmarks.plan import FIRST_DAY, Case, Plan, Tasks
from benchmarks.stage import Run, Stage
from benchmarks.tasks import Task
from benchmarks.truth import Truth
from polymarket_assets.clients.data_api import MOST_CONDITIONS
from polymarket_assets.clients.endpoints import DATA_TRADES, WINDOW_S
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.sources.fills import PASSES

LATENCY_MS = 50
MORE_THAN_ALLOWED = 1.05
"""Requests there are to send under rate limits, over those that are allowed in the time."""


def marginal_us(runs: Sequence[tuple[Run, Run]], value: str) -> float | None:
    """Microseconds a row costs, by the best (small, large) runs, since noise only adds.

    None when the large run took no longer than the small one: too short to tell.
    """
    small, large = (
        min(getattr(run.seen, value) for run in size) for size in zip(*runs, strict=True)
    )
    few, many = (run.difference.expected for run in runs[0])
    return (large - small) / (many - few) * 1e6 if large > small and many > few else None


@dataclass
class Pairs:
    """All (small, large) runs of one case."""

    case: Case
    floor: list[tuple[Run, Run]] = field(default_factory=list)
    ours: list[tuple[Run, Run]] = field(default_factory=list)

    @property
    def tell(self) -> bool:
        """Whether the large runs took longer than the small ones, on both sides."""
        return all(marginal_us(runs, "wall_s") for runs in (self.floor, self.ours))


@dataclass(frozen=True)
class Limited:
    """A run under rate limits: what the venue allowed in some windows of 10 s, and what it did."""

    run: Run
    windows: int
    allowed: int
    answered: int


@dataclass(frozen=True)
class Increment:
    """Runs that fetch the same few rows, by turns into an empty lake and on top of a history."""

    history: int
    empty: list[Run]
    aged: list[Run]


@dataclass(frozen=True)
class Measured:
    """Everything that was run; `delayed` is (floor, ours) with latency."""

    pairs: list[Pairs]
    idle: Run
    markets: Run
    delayed: tuple[Run, Run]
    increment: Increment | None
    limited: Limited | None

    @property
    def runs(self) -> list[Run]:
        """Every run."""
        paired = [run for pairs in self.pairs for two in pairs.floor + pairs.ours for run in two]
        grown = self.increment.empty + self.increment.aged if self.increment else []
        limited = [self.limited.run] if self.limited else []
        return [self.idle, self.markets, *paired, *self.delayed, *grown, *limited]


def measure(plan: Plan, folder: Path, say: Callable[[str], None]) -> Measured:
    """Run everything.

    Args:
        plan: how much.
        folder: where the home, the truth and the floor's files go.
        say: is told of each run.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        say("generating the world")
        venue = stack.enter_context(simulator(plan.world(folder / "truth")))
        stage = stack.enter_context(closing(Stage(folder)))
        truth = Truth(folder / "truth")
        bench, tasks = Bench(stage, venue, truth, say), Tasks(plan, venue.url, truth)
        idle = bench.ours(tasks.nothing())
        markets = bench.ours(tasks.markets())
        stage.remember_markets()
        every = [Pairs(case) for case in tasks.cases()]
        for pairs in every:
            bench.run(pairs, tries=plan.tries)
        delayed = bench.delayed(tasks.by_condition(plan.many))
        one_round = time.monotonic() - began
        while time.monotonic() - began + one_round < plan.time_s:
            for pairs in every:
                bench.run(pairs, tries=1)
        increment = limited = None
        if plan.history:
            aged = stack.enter_context(closing(Stage(folder / "aged")))
            aged.markets = stage.markets
            say(f"a history of {plan.history:,} fills")
            write_history(aged.lake, plan.history)
            new, old = tasks.by_condition(plan.new), Bench(aged, venue, truth, say)
            turns = [(bench.ours(new), old.ours(new)) for _ in range(plan.increments)]
            increment = Increment(plan.history, *map(list, zip(*turns, strict=True)))
        if plan.limited_windows:
            limited = _limited(plan, stage, folder / "limited", say)
    return Measured(every, idle, markets, delayed, increment, limited)


class Bench:
    """Runs on one stage against one venue."""

    def __init__(
        self, stage: Stage, venue: SimulatorHandle, truth: Truth, say: Callable[[str], None]
    ) -> None:
        self._stage, self._venue, self._truth, self._say = stage, venue, truth, say

    def run(self, pairs: Pairs, *, tries: int) -> None:
        """Small and large, the floor first in each; again while they can not be told apart."""
        small, large = pairs.case.small, pairs.case.large
        for _ in range(tries):
            floor_small, ours_small = self.floor(small), self.ours(small)
            floor_large, ours_large = self.floor(large), self.ours(large)
            pairs.floor.append((floor_small, floor_large))
            pairs.ours.append((ours_small, ours_large))
            if pairs.tell:
                return

    def delayed(self, task: Task) -> tuple[Run, Run]:
        """(floor, ours) while each answer comes LATENCY_MS later."""
        self._say(f"every answer {LATENCY_MS} ms later")
        self._venue.faults({"path": "/*", "kind": "slow", "delay_ms": LATENCY_MS})
        try:
            return self.floor(task), self.ours(task)
        finally:
            self._venue.clear_faults()

    def floor(self, task: Task) -> Run:
        """One run of the floor."""
        self._venue.set_clock(task.now)
        return self._told(self._stage.floor(task, self._venue, self._truth))

    def ours(self, task: Task, *, rates: bool = False) -> Run:
        """One run of ours."""
        self._venue.set_clock(task.now)
        return self._told(self._stage.ours(task, self._venue, self._truth, rates=rates))

    def _told(self, run: Run) -> Run:
        seen = run.seen
        self._say(
            f"{run.task.kind}, {run.difference.expected} rows, {run.side}: {seen.wall_s:.2f} s, "
            f"{seen.cpu_s:.2f} s of CPU, {seen.requests} requests, {seen.peak_mb:.0f} MB"
        )
        return run


def _limited(plan: Plan, stage: Stage, truth: Path, say: Callable[[str], None]) -> Limited:
    """Ours against a venue with limits, asking for markets that it does not have.

    Such an answer costs hardly anything, so that the limit decides and not the machine.
    """
    options = SimulatorOptions(
        start=FIRST_DAY, days=1, markets=3, fills=1, speed=0, rate_limit="429", truth=truth
    )
    say(f"rate limits on: {plan.limited_windows} windows of {WINDOW_S:g} s")
    allowed = plan.limited_windows * DATA_TRADES.limit
    markets = round(allowed * MORE_THAN_ALLOWED / len(PASSES)) * MOST_CONDITIONS
    invented = tuple(f"0x{number:064x}" for number in range(markets))
    stage.invent_markets(invented)
    with simulator(options) as venue:
        task = Tasks(plan, venue.url, Truth(truth)).of_conditions(invented)
        run = Bench(stage, venue, Truth(truth), say).ours(task, rates=True)
        looked_at_s = plan.limited_windows * WINDOW_S
        answered = sum(at < looked_at_s for at in stage.page_times())
    return Limited(run, plan.limited_windows, allowed, answered)
