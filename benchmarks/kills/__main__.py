"""kill -9 anywhere in the sources, and many processes on one day: nothing lost, nothing doubled.

Run it by `python -m benchmarks.kills [--json]` (or `make kills`). Against simulated venues, in
temporary homes, each source is killed at every crash point of its walk (each page handed in,
before and after each commit), then at random moments. After each kill it is run again to its end;
its rows and requests are compared with those of a run that nothing disturbed, and that one's rows
with the simulator's truth ledger. Then two Dagster daemons, two backfills, a scheduled run and one
more collect the same day at once, which must give what a serial run gives.

It ends with exit code 1 unless no row was lost or doubled, no kill cost more than the page under
way of each walk (and the top of a feed), every page is proved, and the lakes are equal.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.kills.campaign import Account
from benchmarks.kills.cases import CASES, Case
from benchmarks.kills.lanes import Struck, jobs, run_lanes
from benchmarks.kills.together import RUNS, Compared, Together, together

LEAST_POINTS = 40
"""Crash points that all sources together must have been killed at."""


@dataclass(frozen=True)
class Plan:
    """How much is done."""

    cases: Sequence[Case] = CASES
    at_random: int = 200
    seed: int = 7
    lanes: int = 2
    together: bool = True
    least_points: int = LEAST_POINTS


def main() -> int:
    """Do all of it and print; give the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kills",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--random", type=int, default=200, help="kills at random moments")
    parser.add_argument("--seed", type=int, default=7, help="decides the moments")
    parser.add_argument("--lanes", type=int, default=2, help="sources that are killed side by side")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    plan = Plan(at_random=arguments.random, seed=arguments.seed, lanes=arguments.lanes)
    return kills(plan, as_json=arguments.json)


def kills(plan: Plan, *, as_json: bool) -> int:
    """Do a plan and print what came of it; 1 if anything is off."""
    out, began = Console(), time.monotonic()
    # A short name: a socket's path may not be longer than some hundred characters.
    with tempfile.TemporaryDirectory(prefix="pmk-") as folder:
        accounts, errors = _killed(plan, Path(folder))
        found = _together(Path(folder) / "together") if plan.together else Together()
    problems = wrong(plan, accounts, errors, found)
    seconds = time.monotonic() - began
    if as_json:
        facts = {
            "sources": [asdict(account) for account in accounts],
            "together": asdict(found),
            "wrong": problems,
            "seconds": seconds,
        }
        print(json.dumps(facts, indent=1))
    else:
        out.print(table(accounts))
        if found.tables:
            out.print(table_of_together(found.tables, found.runs))
        out.print(f"{seconds:.0f} s", highlight=False)
        for problem in problems:
            out.print(f"[red]WRONG[/] {problem}", highlight=False)
    return 1 if problems else 0


def wrong(
    plan: Plan, accounts: Sequence[Account], errors: Sequence[str], found: Together
) -> list[str]:
    """Everything that is off, in words."""
    problems = [*errors, *(text for account in accounts for text in account.problems)]
    missing = {case.name for case in plan.cases} - {account.name for account in accounts}
    problems += [f"{name}: not tried" for name in sorted(missing)]
    points = sum(account.enumerated for account in accounts)
    if points < plan.least_points:
        problems.append(f"{points} crash points instead of at least {plan.least_points}")
    at_random = sum(account.random for account in accounts)
    if at_random != plan.at_random:
        problems.append(f"{at_random} kills at random moments instead of {plan.at_random}")
    return problems + found.problems


def _killed(plan: Plan, folder: Path) -> tuple[list[Account], list[str]]:
    work = jobs(plan.cases, plan.at_random, plan.seed)
    with Progress(
        TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("{task.fields[at]}"), console=Console(stderr=True),
    ) as progress:  # fmt: skip
        points = progress.add_task("crash points", total=None, at="")
        moments = progress.add_task("random moments", total=plan.at_random, at="")

        def told(struck: Struck) -> None:
            task = points if isinstance(struck.kill, str) else moments
            progress.update(task, advance=1, at=struck.name)

        return run_lanes(work, folder, lanes=min(plan.lanes, len(work)), told=told)


def _together(folder: Path) -> Together:
    folder.mkdir()
    console = Console(stderr=True)
    with console.status("many processes on one day") as status:

        def say(text: str) -> None:
            status.update(f"many processes on one day: {text}")

        return together(folder, say)


def table(accounts: Sequence[Account]) -> Table:
    """The kills for people."""
    shown = Table(title="kill -9, and run again to the end", box=SIMPLE_HEAD, padding=0)
    shown.add_column("source", no_wrap=True)
    for name in ("rows", "pages", "points", "random", "lost", "doubled", "again", "most", "may be"):
        shown.add_column(name, justify="right", no_wrap=True)
    counted = ("enumerated", "random", "lost", "doubled", "refetched")
    for account in accounts:
        shown.add_row(
            account.name + (" *" if account.of_truth else ""),
            *(f"{getattr(account, name):,}" for name in ("rows", "pages", *counted)),
            str(account.most_refetched),
            str(account.allowed),
            style="" if not account.problems else "red",
        )
    shown.add_section()
    sums = (f"{sum(getattr(a, name) for a in accounts):,}" for name in counted)
    shown.add_row("all", "", "", *sums, "", "")
    shown.caption = (
        "points: kills at crash points; random: at random moments; again: pages asked for again,"
        " most and may be of one kill\n* compared with the truth ledger as well"
    )
    return shown


def table_of_together(tables: Sequence[Compared], runs: int) -> Table:
    """The concurrency trial for people."""
    shown = Table(title=f"{runs} runs of Dagster ({RUNS} at once) on one day, and a serial one")
    for name in ("table", "rows received", "rows", "lost", "surplus"):
        shown.add_column(name, justify="left" if name == "table" else "right")
    for one in tables:
        figures = (one.received, one.rows, one.lost, one.surplus)
        shown.add_row(one.table, *(f"{figure:,}" for figure in figures))
    return shown


if __name__ == "__main__":
    sys.exit(main())
