"""Kill a source, run it again to its end, and count what is lost, doubled and asked for again.

The accounting, per trial: `lost` and `doubled` are rows by natural key against those of a run that
nothing disturbed, as multisets. `refetched` is how many requests all runs of the trial sent more
than that one, as the venue counted them. A kill may cost each walk that is under way the one page
it had asked for and not handed in, and the pages every new run must begin with
(`Case.pages_per_kill`).

Belongs here: one trial. Not here: which sources (cases.py), or how many trials (campaign.py).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from benchmarks.kills.cases import DAYS, RECEIVED, Case
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.simulator.process import SimulatorHandle
from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.completeness import evaluate
from tests.sources.children import KILLED, Child
from tests.sources.platforms import Platform

Kill = str | float
"""Where to kill: a crash point (`before_commit:2`), or seconds after the beginning."""
Rows = Counter[int]
"""Rows by the hash of their natural key."""


@dataclass(frozen=True)
class Venues:
    """The simulators a home asks: one for both venues, or one for each."""

    handles: tuple[SimulatorHandle, ...]

    def set_clock(self, now: datetime) -> None:
        for handle in self.handles:
            handle.set_clock(now)

    def reset_stats(self) -> None:
        for handle in self.handles:
            handle.reset_stats()

    def requests(self, path: str | None) -> int:
        """Requests since the last reset: all of them, or those of one path."""
        every = [handle.stats() for handle in self.handles]
        if path is None:
            return sum(stats["total"] for stats in every)
        return sum(stats["paths"].get(path, {"requests": 0})["requests"] for stats in every)

    @contextmanager
    def faulty(self, case: Case) -> Generator[None]:
        """The first venue with the case's faults, for the length of the block."""
        self.handles[0].faults(*case.faults)
        try:
            yield
        finally:
            self.handles[0].clear_faults()


@dataclass(frozen=True)
class Undisturbed:
    """What a run that nothing disturbs leaves, asks and takes."""

    rows: Rows
    pages: int
    requests: int
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """One trial.

    Attributes:
        kills: kills that struck before the source had come to its end.
        lost: rows that are not there.
        doubled: rows that are there too often, or that the undisturbed run does not have.
        refetched: requests more than the undisturbed run sent.
        allowed: requests more that the kills may cost.
        unproved: what the stored pages do not prove, in words.
    """

    kills: int
    lost: int
    doubled: int
    refetched: int
    allowed: int
    unproved: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether nothing is off."""
        return not (self.lost or self.doubled or self.unproved or self.refetched > self.allowed)


class Subject:
    """One source in one home, ready to be killed: nothing of it is held."""

    def __init__(self, case: Case, home: Platform, venues: Venues) -> None:
        self.case, self.home, self._venues = case, home, venues

    def undisturbed(self) -> Undisturbed:
        """Run it to its end in a child of its own."""
        self._begin()
        child = Child(self.home.settings, self.case.source, DAYS)
        begun = time.monotonic()
        code = child.ended()
        if code != 0:
            raise RuntimeError(f"{self.case.name}: the undisturbed run ended with {code}")
        seconds = time.monotonic() - begun
        pages = self.home.one("select count(*) from raw.pages where source = ?", [self.case.source])
        return Undisturbed(self.rows(), pages, self._requests(), seconds)

    def trial(self, whole: Undisturbed, kills: Sequence[Kill]) -> Outcome:
        """Kill one process after the other, then let one come to its end."""
        self._begin()
        struck = 0
        for kill in kills:
            if self._kill(kill) == 0:
                break
            struck += 1
        self.home.run(self.case.source, DAYS)
        return self._judged(whole, struck)

    def rows(self) -> Rows:
        """The rows that are held."""
        return Counter(
            digest
            for (digest,) in self.home.lake.rows(f"select hash(h) from ({self.case.held}) as h")
        )

    def _begin(self) -> None:
        self.home.forget(self.case.source)
        self._venues.reset_stats()

    def _kill(self, kill: Kill) -> int:
        """Start a child and kill it; its exit code, 0 when it had come to its end before."""
        point = kill if isinstance(kill, str) else None
        child = Child(self.home.settings, self.case.source, DAYS, point)
        if not isinstance(kill, str):
            time.sleep(kill)
            child.kill()
        code = child.ended()
        if code not in (KILLED, 0):
            raise RuntimeError(f"{self.case.name} ended with {code}, killed at {kill}")
        return code

    def _judged(self, whole: Undisturbed, struck: int) -> Outcome:
        lake, case = self.home.lake, self.case
        with lake.kept_open():
            rows = self.rows()
            unproved = [
                *audit(lake, case.source, RECEIVED).problems,
                *self._gaps(DAYS),
            ]
        return Outcome(
            kills=struck,
            lost=(whole.rows - rows).total(),
            doubled=(rows - whole.rows).total(),
            refetched=self._requests() - whole.requests,
            allowed=struck * case.pages_per_kill(whole.pages),
            unproved=tuple(unproved),
        )

    def _gaps(self, days: DayWindow) -> list[str]:
        now = self.home.home.clock.now()
        found = evaluate(self.home.lake, self.case.source, days, now, keep_pages_days=90)
        return [str(gap) for gap in found.gaps]

    def _requests(self) -> int:
        return self._venues.requests(self.case.path)


@contextmanager
def subject(case: Case, home: Platform, venues: Venues) -> Generator[Subject]:
    """The case at its time, with the lists it needs and its faults, for the length of the block."""
    venues.set_clock(case.now)
    home = home.moved_to(case.now)
    today = DayWindow(case.now.date(), case.now.date())
    for source in case.before:
        home.run(source, today)
    with venues.faulty(case):
        yield Subject(case, home, venues)
