"""Campaigns side by side: each lane is a process with venues and a home of its own.

A trial is one process after the other, so that a second lane uses the second core.

Belongs here: sharing the sources out, and the messages of the lanes. Not here: what a lane does
with one source (campaign.py).
"""

from __future__ import annotations

import multiprocessing
import random
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import Empty
from typing import Any

from benchmarks.kills.campaign import Account, campaign
from benchmarks.kills.cases import EVENING, SETTINGS, Case, kalshi, polymarket
from benchmarks.kills.trial import Kill, Venues
from polymarket_assets.simulator.process import simulator
from tests.sources.platforms import Platform, platform

_LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class Job:
    """One source and how often it is killed at random moments."""

    case: Case
    at_random: int
    seed: int


@dataclass(frozen=True)
class Struck:
    """A kill that struck."""

    name: str
    kill: Kill


@dataclass(frozen=True)
class Ended:
    """A lane that has come to its end; `error` is the traceback of what ended it early."""

    error: str | None = None


@contextmanager
def venues_and_home(folder: Path) -> Generator[tuple[Venues, Platform]]:
    """Both venues with their truth ledgers (`folder/truth`), and an empty home that asks them."""
    truth = folder / "truth"
    with ExitStack() as stack:
        ours = stack.enter_context(simulator(polymarket(truth)))
        theirs = stack.enter_context(simulator(kalshi(truth / "kalshi")))
        home = stack.enter_context(
            platform(
                folder / "home",
                ours.url,
                now=EVENING,
                **{"kalshi_url": f"{theirs.url}/kalshi/trade-api/v2", **SETTINGS},
            )
        )
        yield Venues((ours, theirs)), home


def truth_of(case: Case, folder: Path) -> Path:
    """Where the ledger of the case's venue lies."""
    return folder / "truth" / ("kalshi" if case.source.startswith("kalshi") else "")


def jobs(cases: Sequence[Case], at_random: int, seed: int) -> list[Job]:
    """The cases with `at_random` kills shared out evenly."""
    return [
        Job(case, at_random // len(cases) + (number < at_random % len(cases)), seed + number)
        for number, case in enumerate(cases)
    ]


def run_lanes(
    work: Sequence[Job], folder: Path, *, lanes: int, told: Callable[[Struck], None]
) -> tuple[list[Account], list[str]]:
    """Do every job; give the accounts, and the errors that ended lanes early."""
    context = multiprocessing.get_context("spawn")
    messages = context.Queue()
    processes = [
        context.Process(target=_lane, args=(list(work[n::lanes]), folder / f"lane-{n}", messages))
        for n in range(lanes)
    ]
    for process in processes:
        process.start()
    accounts: list[Account] = []
    errors: list[str] = []
    running = lanes
    try:
        while running:
            message = _next(messages, processes)
            if isinstance(message, Struck):
                told(message)
            elif isinstance(message, Account):
                accounts.append(message)
            else:
                running -= 1
                errors += [message.error] if message.error else []
    finally:
        for process in processes:
            process.join()
    order = [job.case.name for job in work]
    return sorted(accounts, key=lambda account: order.index(account.name)), errors


def _next(messages: Any, processes: Sequence[BaseProcess]) -> Struck | Account | Ended:
    while True:
        try:
            return messages.get(timeout=_LOOK_EVERY_S)
        except Empty:
            codes = [process.exitcode for process in processes]
            if None not in codes:
                return Ended(f"a lane ended without a word; the exit codes are {codes}")


def _lane(work: Sequence[Job], folder: Path, messages: Any) -> None:
    """One process: its jobs in order, each kill and each account told."""
    try:
        folder.mkdir(parents=True)
        with venues_and_home(folder) as (venues, home):
            for job in work:
                account = campaign(
                    job.case,
                    home,
                    venues,
                    truth=truth_of(job.case, folder),
                    at_random=job.at_random,
                    chance=random.Random(job.seed),
                    told=lambda account, kill: messages.put(Struck(account.name, kill)),
                )
                messages.put(account)
    except Exception:  # noqa: BLE001 - whatever ends a lane is told
        messages.put(Ended(traceback.format_exc()))
    else:
        messages.put(Ended())
