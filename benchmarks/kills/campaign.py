"""Many trials of many sources: every crash point once, then moments by chance.

Belongs here: which kills there are, and the account per source. Not here: one trial (trial.py), or
how the accounts are shown (__main__.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

import duckdb

from benchmarks.kills.cases import DAYS, Case
from benchmarks.kills.trial import Kill, Outcome, Subject, Undisturbed, Venues, subject
from benchmarks.tasks import Task
from benchmarks.truth import Truth
from tests.sources.platforms import Platform

NAMES = ("page_enqueued", "before_commit", "after_commit")
"""Crash points: a page handed in; all of it written but not committed; committed but not told."""


@dataclass
class Account:
    """The trials of one source.

    Attributes:
        name: the case.
        rows: rows the undisturbed run leaves.
        pages: pages it has.
        of_truth: whether its rows were compared with the truth ledger.
        enumerated: kills at crash points, each at another one.
        random: kills at random moments.
        lost: rows lost, over all trials.
        doubled: rows doubled.
        refetched: pages asked for again.
        most_refetched: most of them after one kill.
        allowed: as many as one kill may cost.
        problems: what was off, in words.
    """

    name: str
    rows: int = 0
    pages: int = 0
    of_truth: bool = False
    enumerated: int = 0
    random: int = 0
    lost: int = 0
    doubled: int = 0
    refetched: int = 0
    most_refetched: int = 0
    allowed: int = 0
    problems: list[str] = field(default_factory=list)

    def take(self, kill: Kill, outcome: Outcome) -> None:
        """Add one trial of one kill."""
        if isinstance(kill, str):
            self.enumerated += outcome.kills
        else:
            self.random += outcome.kills
        self.lost += outcome.lost
        self.doubled += outcome.doubled
        self.refetched += outcome.refetched
        self.most_refetched = max(self.most_refetched, outcome.refetched)
        if not outcome.is_right:
            where = kill if isinstance(kill, str) else f"{kill:.3f} s after the beginning"
            self.problems.append(f"{self.name}, killed at {where}: {outcome}")


Told = Callable[[Account, Kill], None]
"""Told of each kill that struck."""


def campaign(
    case: Case,
    home: Platform,
    venues: Venues,
    *,
    truth: Path | None,
    at_random: int,
    chance: random.Random,
    told: Told,
) -> Account:
    """Kill one source at every crash point it passes, and `at_random` times at random moments."""
    account = Account(case.name)
    with subject(case, home, venues) as victim:
        whole = victim.undisturbed()
        account.rows, account.pages = whole.rows.total(), whole.pages
        account.allowed = case.pages_per_kill(whole.pages)
        if truth is not None and (case.kind or case.truth):
            account.of_truth = True
            account.problems += _untrue(victim, truth)
        for kill, outcome in _enumerated(victim, whole):
            account.take(kill, outcome)
            told(account, kill)
        for kill, outcome in _at_random(victim, whole, at_random, chance):
            account.take(kill, outcome)
            told(account, kill)
    return account


def _enumerated(victim: Subject, whole: Undisturbed) -> Iterator[tuple[Kill, Outcome]]:
    """One trial for each crash point the walk passes: pages that share a commit pass fewer."""
    for name in NAMES:
        for number in range(1, whole.pages + 1):
            point = f"{name}:{number}"
            outcome = victim.trial(whole, [point])
            if not outcome.kills:
                break
            yield point, outcome


def _at_random(
    victim: Subject, whole: Undisturbed, kills: int, chance: random.Random
) -> Iterator[tuple[Kill, Outcome]]:
    """So many trials whose kill struck; one that came too late is tried once more elsewhere."""
    struck = 0
    for attempt in count():
        if struck == kills:
            return
        if attempt > 3 * kills + 10:
            raise RuntimeError(f"{victim.case.name}: {attempt} kills, of which {struck} struck")
        moment = chance.uniform(0, whole.seconds)
        outcome = victim.trial(whole, [moment])
        struck += outcome.kills
        if outcome.kills or not outcome.is_right:
            yield moment, outcome


# --- the truth ledger ----------------------------------------------------------------------------


def _untrue(victim: Subject, folder: Path) -> list[str]:
    """How the rows held differ from the truth ledger's, in words."""
    case, lake = victim.case, victim.home.lake
    if case.kind:
        with lake.connect(read_only=True) as connection:
            found = Truth(folder).difference(connection, _task(case, Truth(folder)))
        lost, surplus, expected = found.lost, found.surplus, found.expected
    else:
        held = lake.rows(case.held)
        made = _ledger(case, folder)
        expected = len(made)
        lost, surplus = len(set(made) - set(held)), len(set(held) - set(made))
        surplus += len(held) - len(set(held))
    if not expected or lost or surplus:
        return [
            f"{case.name}: of {expected} rows of the truth {lost} are missing, {surplus} surplus"
        ]
    return []


def _ledger(case: Case, folder: Path) -> Sequence[tuple]:
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.execute(
            f"CREATE VIEW {case.source} AS FROM read_parquet('{folder / case.source}.parquet')"
        )
        return engine.execute(str(case.truth), {"now": case.now}).fetchall()


def _task(case: Case, truth: Truth) -> Task:
    now: datetime = case.now
    task = Task(case.kind or "markets", "", now, DAYS.first, DAYS.last)
    conditions, tokens = truth.conditions_at(now), ()
    if case.kind == "prices":
        tokens = truth.tokens_traded(starts_at=task.starts_at, ends_at=task.ends_at)
    elif case.kind == "books":
        tokens = truth.tokens_with_book(now)
    return Task(task.kind, "", now, DAYS.first, DAYS.last, conditions, tokens)
