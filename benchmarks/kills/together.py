"""Two daemons, two backfills and a schedule on the same day at once, against one serial run.

Everything is Dagster's own: two daemons are started for one home (the second must refuse), a
schedule of the first fires, the same job is launched once more (what a second daemon would have
done), and two `dagster asset materialize --partition-range` run beside them. All four collect the
same sources of the same day at the same moment (location.py). The lake must then hold what a
second home holds that ran each source once, alone.

Belongs here: that trial and its comparison. Not here: kills (campaign.py).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import dagster as dg

from benchmarks.dagster_processes import idle, program, wait_for
from benchmarks.kills.cases import CASES, DAYS, EVENING, RECEIVED, SETTINGS
from benchmarks.kills.lanes import venues_and_home
from benchmarks.kills.meeting import FOLDER, PARTIES
from polymarket_assets.settings import Settings, project_root
from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.completeness import evaluate
from tests.sources.platforms import Platform, platform

BACKFILLS = 2
RUNS = BACKFILLS + 2
"""The backfills, the scheduled run, and the one launched besides."""
NOW = EVENING + timedelta(minutes=10)
"""Ahead of the venue, which stands still: nothing comes to be while the trial lasts."""
_MODULE = "benchmarks.kills.location"
_FIRST = ("data_leaderboard",)
"""What both homes have before: it exists only now, and others build on it."""
SOURCES = (
    *("gamma_events", "gamma_markets", "data_trades", "data_activity", "clob_prices"),
    *("kalshi_markets", "kalshi_trades", "kalshi_candles"),
)


@dataclass(frozen=True)
class Compared:
    """One table of the two homes; rows are told apart by their natural keys.

    Attributes:
        table: its name.
        received: rows the runs wrote that were at it together.
        rows: distinct rows of the serial run.
        lost: of them, those the others do not have.
        surplus: rows only the others have.
    """

    table: str
    received: int
    rows: int
    lost: int
    surplus: int


@dataclass
class Together:
    """The whole trial."""

    runs: int = 0
    tables: list[Compared] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def together(folder: Path, say: Callable[[str], None]) -> Together:
    """Collect the same day by many runs at once and serially, and compare."""
    found = Together()
    with ExitStack() as stack:
        venues, home = stack.enter_context(venues_and_home(folder))
        home = home.moved_to(NOW)
        serial = stack.enter_context(_same_venues(folder / "serial", home.settings))
        say("one home collects the day serially")
        venues.set_clock(EVENING)
        for source in (*_FIRST, *SOURCES):
            serial.run(source, DAYS)
        for source in _FIRST:
            home.run(source, DAYS)
        _at_once(home, _project(folder), found, say)
        say("comparing")
        for source in SOURCES:
            compare(source, home, serial, found)
    return found


@contextmanager
def _same_venues(folder: Path, like: Settings) -> Generator[Platform]:
    with platform(folder, "", now=NOW, **urls_of(like), **SETTINGS) as made:
        yield made


def urls_of(settings: Settings) -> dict[str, str]:
    """The venues a home asks, by the names of its settings."""
    names = ("gamma_url", "data_url", "clob_url", "kalshi_url")
    return {name: getattr(settings, name) for name in names}


def _project(folder: Path) -> Path:
    """A folder with the platform's dagster.yaml, but room for all runs at once."""
    project = folder / "project"
    project.mkdir()
    ours = (project_root(Path(__file__).parent) / "dagster.yaml").read_text()
    (project / "dagster.yaml").write_text(
        ours.replace("max_concurrent_runs: 2", f"max_concurrent_runs: {RUNS + 1}")
    )
    return project


def _environment(home: Platform, project: Path) -> dict[str, str]:
    given = {
        **SETTINGS,
        **urls_of(home.settings),
        "home": home.settings.home,
        "now": NOW.isoformat(),
        "start_date": DAYS.first,
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith("PM_")}
    return {
        **own,
        **{f"PM_{name.upper()}": str(value) for name, value in given.items()},
        FOLDER: str(project / "meeting"),
        PARTIES: str(RUNS),
        "DAGSTER_HOME": str(project),
        "PYTHONPATH": str(project_root(Path(__file__).parent)),
    }


@dataclass
class _Crew:
    """Dagster's processes of the trial, by name; each in a group of its own, with a log."""

    project: Path
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: str, *words: str) -> None:
        with (self.project / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [program(command), *words, "-m", _MODULE],
                cwd=self.project, env=self.environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def codes(self, names: Sequence[str]) -> list[int | None]:
        """Exit codes; None for a process that runs."""
        return [self.processes[name].poll() for name in names]

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)

    def said(self) -> list[str]:
        """The end of each process's log, for whoever looks for the cause."""
        logs = {name: (self.project / f"{name}.log").read_text() for name in self.processes}
        return [f"{name} said: {' / '.join(log.splitlines()[-3:])}" for name, log in logs.items()]


_DAEMONS = ("daemon 1", "daemon 2")
_COMMANDS = (*(f"backfill {number}" for number in range(1, BACKFILLS + 1)), "launch")


def _at_once(home: Platform, project: Path, found: Together, say: Callable[[str], None]) -> None:
    """Start everything, wait until all runs have ended, and stop the daemons."""
    (project / "meeting").mkdir()
    crew = _Crew(project, _environment(home, project))
    try:
        with _instance(crew.environment) as instance:
            _collect(crew, instance, say)
            _judge(crew, instance, found)
    except TimeoutError as error:
        found.problems.append(str(error))
    finally:
        crew.stop()
    if found.problems:
        found.problems += crew.said()


def _collect(crew: _Crew, instance: dg.DagsterInstance, say: Callable[[str], None]) -> None:
    say("two daemons start, of which one must refuse; the schedule fires on the minute")
    for name in _DAEMONS:
        crew.start(name, "dagster-daemon", "run")
    wait_for("the scheduled run", lambda: bool(instance.get_runs()))
    say(f"{BACKFILLS} backfills and one more run of the day join it")
    *backfills, launch = _COMMANDS
    select = ",".join(f"key:raw/{source}" for source in SOURCES)
    days = f"{DAYS.first}...{DAYS.last}"
    for name in backfills:
        crew.start(
            name, "dagster", "asset", "materialize", "--select", select, "--partition-range", days
        )
    partition = json.dumps({"dagster/partition": str(DAYS.last)})
    crew.start(launch, "dagster", "job", "launch", "-j", "day", "--tags", partition)
    wait_for("the end of the commands", lambda: None not in crew.codes(_COMMANDS))
    wait_for("the end of all runs", lambda: idle(instance, RUNS))


def _judge(crew: _Crew, instance: dg.DagsterInstance, found: Together) -> None:
    """Whether every run and command ended well, each tick once, under one daemon."""
    runs = instance.get_runs()
    found.runs = len(runs)
    found.problems += [
        f"run {run.run_id} ended as {run.status.value}"
        for run in runs
        if run.status is not dg.DagsterRunStatus.SUCCESS
    ]
    found.problems += [
        f"{name} ended with {code}"
        for name, code in zip(_COMMANDS, crew.codes(_COMMANDS), strict=True)
        if code
    ]
    ticks = Counter(tick for run in runs if (tick := run.tags.get("dagster/tick")))
    found.problems += [f"tick {t} launched {n} runs" for t, n in ticks.items() if n > 1]
    if not ticks:
        found.problems.append("no run came from the schedule")
    living = crew.codes(_DAEMONS).count(None)
    if living != 1:
        found.problems.append(f"{living} daemons run for one home instead of 1")


@contextmanager
def _instance(environment: Mapping[str, str]) -> Generator[dg.DagsterInstance]:
    """Dagster's instance of the trial; its storage reads the environment of this process."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
            yield instance
    finally:
        os.environ.clear()
        os.environ.update(before)


def compare(source: str, home: Platform, serial: Platform, found: Together) -> None:
    """Compare one table of two homes, and prove the first one's pages."""
    held = next(case.held for case in CASES if case.source == source)
    distinct = f"select distinct hash(h) from ({held}) as h"
    theirs, ours = ({digest for (digest,) in one.lake.rows(distinct)} for one in (serial, home))
    compared = Compared(
        table=f"raw.{source}",
        received=home.one(f"select count(*) from raw.{source}"),
        rows=len(theirs),
        lost=len(theirs - ours),
        surplus=len(ours - theirs),
    )
    found.tables.append(compared)
    if compared.lost or compared.surplus or not compared.rows:
        found.problems.append(f"not equal to the serial run: {compared}")
    found.problems += audit(home.lake, source, RECEIVED).problems
    proof = evaluate(home.lake, source, DAYS, home.home.clock.now(), keep_pages_days=90)
    found.problems += [f"{source}: {gap}" for gap in proof.gaps]
