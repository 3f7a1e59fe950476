"""The soak of the stores: appenders, readers, builds and maintenance at once, for half an hour.

Run it by `python -m benchmarks.soak [--minutes 30]` (or `make soak`). It works in a temporary home,
prints every error and the number of files as it goes, and ends with exit code 1 unless: no
error was reported, every page is there once with its watermark and all its rows, the rows' checksum
is what the appenders wrote, and the live files are few.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shlex
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import Empty

import duckdb
from rich.console import Console
from rich.live import Live
from rich.table import Table

from benchmarks.soak_roles import (
    DAYS,
    HASHED,
    ROWS,
    WALKS,
    Report,
    Role,
    append,
    build,
    fills_of,
    read,
    tidy,
)
from polymarket_assets.settings import load_settings
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.maintenance import maintain
from polymarket_assets.store.postgres import stop_postgres

APPENDERS, READERS = 3, 5
MOST_LIVE_FILES = 5_000
"""During the run; what stays after the last merge must be under MOST_FILES_AT_END."""
MOST_FILES_AT_END = 120

console = Console()


@dataclass
class Progress:
    """What has been reported so far."""

    done: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    files: list[tuple[float, int]] = field(default_factory=list)
    """(minutes since the start, live files)"""

    def take(self, report: Report) -> None:
        self.done[report.role] += report.done
        if report.error is not None:
            self.errors[report.role] += 1
            console.print(f"[red]{report.role}[/red]", report.error, highlight=False)

    def shown(self, minutes: float) -> Table:
        table = Table(title=f"soak, minute {minutes:.1f}")
        for column in ("role", "done", "errors"):
            table.add_column(column, justify="left" if column == "role" else "right")
        for role in sorted(self.done | self.errors):
            table.add_row(role, str(self.done[role]), str(self.errors[role]))
        if self.files:
            table.add_row("live files", str(self.files[-1][1]), "")
        return table


def main() -> int:
    """Run the soak; 0 if everything held."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument(
        "--build",
        metavar="COMMAND",
        help="what a build is, instead of plain SQL; run with PM_HOME set, e.g. "
        "'.venv/bin/dbt build --project-dir dbt_project --profiles-dir dbt_project'",
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        home = Path(folder) / "home"
        settings = load_settings(home=home, _env_file=None)
        try:
            lake = Lake.open(settings)
            command = shlex.split(arguments.build) if arguments.build else None
            progress = run(lake, minutes=arguments.minutes, command=command)
            problems = verify(lake, progress)
        finally:
            stop_postgres(settings)
    for problem in problems:
        console.print(f"[red]FAILED[/red] {problem}", highlight=False)
    return 1 if problems else 0


def run(lake: Lake, *, minutes: float, command: list[str] | None) -> Progress:
    """Start every role, watch them for `minutes`, and let them end by themselves."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.soak_roles"])
    stop, reports, progress = context.Event(), context.Queue(), Progress()

    def role(name: str, number: int = 0) -> Role:
        return Role(name, number, lake.settings.home, stop, reports)

    processes = [
        *(_process(context, append, role(f"appender {n}", n)) for n in range(APPENDERS)),
        *(_process(context, read, role(f"reader {n}", n)) for n in range(READERS)),
        _process(context, build, role("builder"), command),
        _process(context, tidy, role("maintenance")),
    ]
    started = looked = time.monotonic()
    with Live(progress.shown(0), console=console, refresh_per_second=1) as live:
        while any(process.is_alive() for process in processes) or not reports.empty():
            elapsed = time.monotonic() - started
            if elapsed > minutes * 60:
                stop.set()
            with suppress(Empty):
                progress.take(reports.get(timeout=0.5))
            if time.monotonic() - looked > max(5, minutes * 60 / 30):
                looked = time.monotonic()
                progress.files.append((elapsed / 60, sum(lake.live_files().values())))
                console.print(f"minute {elapsed / 60:.1f}: {progress.files[-1][1]} live files")
            live.update(progress.shown(elapsed / 60))
    for process in processes:
        process.join()
        if process.exitcode != 0:
            progress.take(Report(process.name, error=f"ended with {process.exitcode}"))
    return progress


def _process(
    context: ForkServerContext, work: Callable[..., None], role: Role, *rest: object
) -> BaseProcess:
    process = context.Process(target=work, args=(role, *rest), name=role.name)
    process.start()
    return process


def verify(lake: Lake, progress: Progress) -> list[str]:
    """What is wrong with the lake after the run; empty if everything held."""
    problems = [
        f"{role}: {count} error(s), printed above" for role, count in progress.errors.items()
    ]
    report = maintain(lake, wait_s=60)
    [(pages, ids, marks, badly_counted)] = lake.rows(
        """
        SELECT
            count(*), count(DISTINCT page_id), (SELECT count(w) FROM raw.watermarks AS w),
            count(*) FILTER (WHERE row_count <> accepted + unchanged + quarantined)
        FROM raw.pages AS p WHERE hash(p) IS NOT NULL
        """
    )
    acknowledged = sum(progress.done[f"appender {n}"] for n in range(APPENDERS))
    if not pages == ids == marks == acknowledged or badly_counted:
        problems.append(
            f"{pages} pages, {ids} ids, {marks} watermarks, {acknowledged} acknowledged; "
            f"{badly_counted} pages whose counts do not add up"
        )
    walks = {
        int(scope): numbers
        for scope, numbers in lake.rows(
            "SELECT scope, list(page_number ORDER BY page_number) FROM raw.pages GROUP BY scope"
        )
    }
    if sorted(walks) != list(range(APPENDERS * WALKS)):
        problems.append(f"walks {sorted(walks)} instead of {APPENDERS * WALKS}")
    problems += [
        f"walk {walk} has gaps or doubles among its {len(numbers)} pages"
        for walk, numbers in walks.items()
        if numbers != list(range(len(numbers)))
    ]
    wanted, held = _wanted(walks), lake.rows(f"SELECT count(*), {HASHED} FROM raw.data_trades")[0]
    if wanted != held:
        problems.append(f"(rows, checksum) should be {wanted} and are {held}")
    versions = sum((len(numbers) + 1) // 2 for numbers in walks.values())
    found = lake.rows(
        "SELECT count(hash(m)), count(DISTINCT (market_id, payload)) FROM raw.gamma_markets AS m"
    )
    if found != [(versions, versions)]:
        problems.append(f"{found} market versions (and distinct ones) instead of {versions}")
    at_end, peak = sum(lake.live_files().values()), max(n for _, n in progress.files or [(0, 0)])
    if at_end > MOST_FILES_AT_END or peak > MOST_LIVE_FILES:
        problems.append(f"{at_end} live files at the end and {peak} at most: merging fell behind")
    console.print(
        f"{len(walks)} walks, {pages} pages, {held[0]} fills, {versions} market versions; checksum "
        f"{held[1]}; live files {at_end} (at most {peak}), {lake.head_version()} versions; last "
        f"maintenance: {report}; {len(problems)} problem(s)"
    )
    return problems


def _wanted(walks: dict[int, list[int]]) -> tuple[int, int]:
    """Rows and checksum of all fills that the pages of these walks should have brought."""
    fills = fills_of("walks AS w, unnest(range(w.pages)) AS p(number)")
    engine = duckdb.connect(config={"memory_limit": "1GB", "threads": 2})
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute("CREATE TABLE walks (walk INTEGER, pages INTEGER)")
    engine.executemany("INSERT INTO walks VALUES (?, ?)", [(w, len(n)) for w, n in walks.items()])
    wanted = engine.execute(
        f"SELECT count(*), {HASHED} FROM ({fills})", {"days": DAYS, "rows": ROWS}
    )
    return wanted.fetchall()[0]


if __name__ == "__main__":
    sys.exit(main())
