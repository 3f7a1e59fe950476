"""How much is measured: the generated world, and the tasks in it.

Belongs here: sizes and moments. Not here: how a run is watched (stage.py) or judged (verdict.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import get_args

from benchmarks.tasks import Kind, Task
from benchmarks.truth import Truth
from polymarket_assets.simulator.options import SimulatorOptions

FIRST_DAY = date(2026, 11, 16)
HALF_PAST_NOON = time(12, 30, tzinfo=UTC)
"""Half a small window, and far from the full hours at which prices have their points."""
OUT_OF_THE_FEED = timedelta(days=90)
"""After this time only walks by condition give the generated fills."""


@dataclass(frozen=True)
class Plan:
    """One size of the whole benchmark.

    Attributes:
        days: generated days.
        markets: markets that trade on each of them.
        fills: matches on each of them; both passes together have about 3.2 rows for each.
        few: rows of the small walk by condition.
        many: rows of the large one.
        kinds: the kinds of work whose rows are priced.
        new: rows of a walk on top of a history.
        history: rows of that history; 0 for no such run.
        increments: how often those rows are fetched with and without it.
        limited_windows: windows of 10 s for which the run under rate limits lasts; 0 for no such
            run.
        tries: how often a kind of work is run at once that is too short for one run to tell.
        time_s: everything is run once more as long as that still fits into this time.
    """

    days: int = 4
    markets: int = 1_000
    fills: int = 30_000
    few: int = 50_000
    many: int = 300_000
    kinds: tuple[Kind, ...] = get_args(Kind)
    new: int = 1_000
    history: int = 10_000_000
    increments: int = 6
    limited_windows: int = 2
    tries: int = 3
    time_s: float = 200

    @property
    def now(self) -> datetime:
        """Where the clocks stand: on the last generated day."""
        return datetime.combine(self.last, HALF_PAST_NOON)

    @property
    def last(self) -> date:
        """The last generated day."""
        return FIRST_DAY + timedelta(days=self.days - 1)

    def world(self, truth: Path) -> SimulatorOptions:
        """What is generated; the venue's clock stands still."""
        return SimulatorOptions(
            start=FIRST_DAY,
            days=self.days,
            markets=self.markets,
            fills=self.fills,
            now=self.now,
            speed=0,
            truth=truth,
        )


QUICK = Plan(
    days=3,
    markets=300,
    fills=8_000,
    few=10_000,
    many=50_000,
    kinds=("trades feed", "trades by condition"),
    history=0,
    limited_windows=0,
    tries=2,
    time_s=0,
)
"""Both walks over fills and the latency, in less than a minute; the numbers are rough."""


@dataclass(frozen=True)
class Case:
    """The same work in two sizes: what the second costs more is the cost of its rows."""

    kind: Kind
    small: Task
    large: Task


class Tasks:
    """The tasks of a plan in the world that was generated for it."""

    def __init__(self, plan: Plan, url: str, truth: Truth) -> None:
        self._plan, self._url, self._truth = plan, url, truth

    def cases(self) -> list[Case]:
        """The kinds of the plan, each in two sizes."""
        plan, every = self._plan, self._truth.tokens_with_book(self._plan.now)
        made = {
            # The lists as they were on the first morning.
            "markets": (
                self._task("markets", now=datetime.combine(FIRST_DAY, time(tzinfo=UTC))),
                self.markets(),
            ),
            "trades feed": (
                self._task("trades feed", first=plan.last),
                self._task("trades feed"),
            ),
            "trades by condition": (self.by_condition(plan.few), self.by_condition(plan.many)),
            "prices": (self._prices(plan.last), self._prices(FIRST_DAY)),
            "books": (self._books(every[: len(every) // 8]), self._books(every)),
        }
        return [Case(kind, *made[kind]) for kind in plan.kinds]

    def markets(self) -> Task:
        """The lists as they are now."""
        return self._task("markets")

    def by_condition(self, rows: int) -> Task:
        """Walks by condition for just this many rows or more."""
        later = self._plan.now + OUT_OF_THE_FEED
        return self.of_conditions(
            self._truth.conditions_with(rows, listed_at=self._plan.now, now=later)
        )

    def of_conditions(self, conditions: tuple[str, ...]) -> Task:
        """Walks by condition for just these markets."""
        later = self._plan.now + OUT_OF_THE_FEED
        return self._task("trades by condition", now=later, conditions=conditions)

    def nothing(self) -> Task:
        """The feed for a day that has not begun."""
        tomorrow = self._plan.last + timedelta(days=1)
        return self._task("trades feed", first=tomorrow, last=tomorrow)

    def _prices(self, first: date) -> Task:
        task = self._task("prices", first=first)
        return self._task(
            "prices",
            first=first,
            conditions=self._truth.conditions_at(self._plan.now),
            tokens=self._truth.tokens_traded(starts_at=task.starts_at, ends_at=task.ends_at),
        )

    def _books(self, tokens: tuple[str, ...]) -> Task:
        return self._task("books", conditions=self._truth.conditions_of(tokens), tokens=tokens)

    def _task(
        self,
        kind: Kind,
        *,
        now: datetime | None = None,
        first: date = FIRST_DAY,
        last: date | None = None,
        conditions: tuple[str, ...] = (),
        tokens: tuple[str, ...] = (),
    ) -> Task:
        return Task(
            kind=kind,
            url=self._url,
            now=now or self._plan.now,
            first=first,
            last=last or self._plan.last,
            conditions=conditions,
            tokens=tokens,
        )
