"""Two daemons, two backfills and a schedule on the same day at once, against one serial run.

Everything is Dagster's own: two daemons are started for one home (the second must refuse), a
schedule of the first fires, the same job is launched once more (what a second daemon would have
done), and two `dagster asset materialize --partition-range` run beside them. All four collect the
same sources of the same day at the same moment (location.py). The lake must then hold what a
second home holds that ran each source once, alone.

Belongs here: that trial and its comparison. Not here: kills (campaign.py).
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Generator, Mapping
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


def _at_once(home: Platform, project: Path, found: Together, say: Callable[[str], None]) -> None:
    """Start everything, wait until all runs have ended, and stop the daemons."""
    environment = _environment(home, project)
    (project / "meeting").mkdir()

    def start(name: str, *words: str) -> subprocess.Popen[bytes]:
        with (project / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [program(words[0]), *words[1:], "-m", _MODULE],
                cwd=project, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    started = [start(f"daemon {n}", "dagster-daemon", "run") for n in (1, 2)]
    daemons = tuple(started)
    try:
        with _instance(environment) as instance:
            say("two daemons start, of which one must refuse; the schedule fires on the minute")
            wait_for("the scheduled run", lambda: bool(instance.get_runs()))
            say(f"{BACKFILLS} backfills and one more run of the day join it")
            days = f"{DAYS.first}...{DAYS.last}"
            select = ",".join(f"key:raw/{source}" for source in SOURCES)
            more = [
                start(
                    f"backfill {n}", "dagster", "asset", "materialize", "--select", select,
                    "--partition-range", days,
                )
                for n in range(BACKFILLS)
            ]  # fmt: skip
            more.append(
                start(
                    "launch", "dagster", "job", "launch", "-j", "day",
                    "--tags", f'{{"dagster/partition": "{DAYS.last}"}}',
                )
            )  # fmt: skip
            started += more
            wait_for("the end of the commands", lambda: all(one.poll() is not None for one in more))
            wait_for("the end of all runs", lambda: idle(instance, RUNS))
            _judge_runs(instance, found)
        found.problems += [
            f"{' '.join(map(str, one.args[:4]))} ended with {one.returncode}"  # ty: ignore
            for one in more
            if one.returncode
        ]
        living = [daemon for daemon in daemons if daemon.poll() is None]
        if len(living) != 1:
            found.problems.append(f"{len(living)} daemons run for one home instead of 1")
    finally:
        for one in started:
            if one.poll() is None:
                os.killpg(one.pid, signal.SIGTERM)
            one.wait(60)
        if found.problems:
            found.problems += _last_lines(project)


def _last_lines(project: Path) -> list[str]:
    """The end of each process's log, for whoever looks for the cause."""
    logs = sorted(project.glob("*.log"))
    return [f"{log.stem} said: {' / '.join(log.read_text().splitlines()[-3:])}" for log in logs]


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


def _judge_runs(instance: dg.DagsterInstance, found: Together) -> None:
    runs = instance.get_runs()
    found.runs = len(runs)
    found.problems += [
        f"run {run.run_id} ended as {run.status.value}"
        for run in runs
        if run.status is not dg.DagsterRunStatus.SUCCESS
    ]
    ticks = Counter(tick for run in runs if (tick := run.tags.get("dagster/tick")))
    found.problems += [f"tick {t} launched {n} runs" for t, n in ticks.items() if n > 1]
    if not ticks:
        found.problems.append("no run came from the schedule")


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
