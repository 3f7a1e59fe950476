"""What the warehouse costs: dbt over made-up pasts of several lengths, beside bare DuckDB.

Belongs here: the builds and how they are watched. Times are those of the models' statements as dbt
reports them; its start and its tests are told beside them. "Bare" is the same compiled SQL, run by
DuckDB alone over the lake's own raw files, each table written as one Parquet file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.bare import bare_seconds
from benchmarks.markets import LIVE, MarketsHistory
from polymarket_assets.settings import Settings, load_settings, project_root
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.postgres import stop_postgres

LOOK_EVERY_S = 0.1
MEASURED = ("core", "leaderboards")
"""Schemas of facts, P&L and leaderboards; the steps between them lie there too."""
LABELLED = ("int_fills", "fct_trades", "fct_wallet_fills", "int_token_days", "int_wallet_days")
"""What labels and aggregates a day's fills."""


@dataclass(frozen=True)
class TransformPlan:
    """How much is transformed.

    Attributes:
        day: raw rows of fills of each day.
        short, long: days of the two pasts.
        large: raw rows of the one large day.
    """

    day: int = 33_333
    short: int = 30
    long: int = 300
    large: int = 6_500_000


@dataclass(frozen=True)
class Build:
    """One `dbt build`.

    Attributes:
        seconds: of each model's statements, by `schema.name`.
        tests_s: of all tests together.
        wall_s: from start to end of the process.
        cpu_s: CPU seconds of the process, its start and tests included.
        peak_mb: largest resident memory of the process.
    """

    seconds: dict[str, float]
    tests_s: float
    wall_s: float
    cpu_s: float
    peak_mb: float

    def of(self, *schemas: str) -> float:
        """Seconds of the models in some schemas."""
        return sum(s for name, s in self.seconds.items() if name.split(".")[0] in schemas)


@dataclass(frozen=True)
class Grown:
    """A past, built whole, and a day added to it: the same number of fills on every day."""

    fills: int
    whole: Build
    day: Build


@dataclass(frozen=True)
class Transformed:
    """All that was measured.

    Attributes:
        short, long: the two pasts.
        bare: seconds of DuckDB alone for the long past's tables, by `schema.name`.
        large: the build of one large day.
        large_fills: its raw rows.
        snapshots_s: seconds of the models that make the snapshots of LIVE markets at one moment.
    """

    short: Grown
    long: Grown
    bare: dict[str, float]
    large: Build
    large_fills: int
    snapshots_s: float


class BuildFailedError(RuntimeError):
    """A build did not end well; the message holds what dbt said."""


class Home:
    """A home with a past, and the builds of its warehouse."""

    def __init__(self, folder: Path, *, rows_a_day: int, **settings: str) -> None:
        """`settings` are given to the builds too."""
        folder.mkdir()
        self.folder = folder
        self._values = {"home": str(folder / "home"), **settings}
        self.settings: Settings = load_settings(
            _env_file=None, postgres_url=None, lake_data=None, **self._values
        )
        self.lake = Lake.open(self.settings)
        self.history = MarketsHistory(self.lake, rows_a_day=rows_a_day)

    def build(self) -> Build:
        """`dbt build` as of the history's `now`.

        Raises:
            BuildFailedError: a model or a test failed.
        """
        own = {name: value for name, value in os.environ.items() if not name.startswith("PM_")}
        began = time.monotonic()
        with (self.folder / "said").open("w+") as said:
            child = subprocess.Popen(
                [
                    *(str(Path(sys.executable).parent / "dbt"), "--no-use-colors", "build"),
                    *("--vars", json.dumps({"now": self.history.now.isoformat()})),
                    *("--target-path", str(self.target), "--log-path", str(self.folder / "logs")),
                ],
                cwd=project_root() / "dbt_project",
                env={**own, **{f"PM_{k.upper()}": v for k, v in self._values.items()}},
                stdout=said,
                stderr=subprocess.STDOUT,
            )
            peak, cpu_s = 0, 0.0
            while child.poll() is None:
                with suppress(psutil.Error):
                    process = psutil.Process(child.pid)
                    peak = max(peak, process.memory_info().rss)
                    times = process.cpu_times()
                    cpu_s = max(cpu_s, times.user + times.system)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(LOOK_EVERY_S)
            if child.returncode:
                said.seek(0)
                raise BuildFailedError(said.read()[-4_000:])
        wall_s = time.monotonic() - began
        return _build(self.artifact("run_results.json"), wall_s, cpu_s, peak / 1e6)

    @property
    def target(self) -> Path:
        """Where dbt's artifacts are."""
        return self.folder / "target"

    def artifact(self, name: str) -> dict[str, Any]:
        """manifest.json or run_results.json."""
        return json.loads((self.target / name).read_text())

    def close(self) -> None:
        """Stop the home's Postgres."""
        stop_postgres(self.settings)


def _build(results: dict[str, Any], wall_s: float, cpu_s: float, peak_mb: float) -> Build:
    seconds: dict[str, float] = {}
    tests_s = 0.0
    for result in results["results"]:
        kind, _, name = result["unique_id"].split(".")[:3]
        if kind == "model":
            schema = result["relation_name"].split(".")[1].strip('"')
            seconds[f"{schema}.{name}"] = result["execution_time"]
        elif kind == "test":
            tests_s += result["execution_time"]
    return Build(seconds, tests_s, wall_s, cpu_s, peak_mb)


def transform(plan: TransformPlan, folder: Path, say: Callable[[str], None]) -> Transformed:
    """Measure everything.

    Args:
        plan: how much.
        folder: where the homes go; each is removed when it is done with.
        say: is told of each build.
    """
    short, _, snapshots_s = _grown(plan, plan.short, folder / "short", say)
    long, bare, _ = _grown(plan, plan.long, folder / "long", say)
    say(f"one day of {plan.large:,} rows")
    with closing(Home(folder / "large", rows_a_day=plan.large)) as home:
        home.history.add_days(1)
        large = _told(home.build(), say)
    return Transformed(short, long, bare, large, plan.large, snapshots_s)


def _grown(
    plan: TransformPlan, days: int, folder: Path, say: Callable[[str], None]
) -> tuple[Grown, dict[str, float], float]:
    """A past of some days; what DuckDB alone takes for it; and the snapshots of a later moment."""
    say(f"{days} days of {plan.day:,} rows")
    with closing(Home(folder, rows_a_day=plan.day)) as home:
        home.history.add_days(days)
        whole = _told(home.build(), say)
        bare = bare_seconds(home.lake, home.artifact("manifest.json"), folder / "bare", MEASURED)
        say(f"bare DuckDB: {sum(bare.values()):.1f} s")
        shutil.rmtree(folder / "bare")
        home.history.add_days(1)
        day = _told(home.build(), say)
        say(f"books of {LIVE:,} markets")
        home.history.add_books()
        snapshots = _told(home.build(), say)
    shutil.rmtree(folder)
    return Grown(days * plan.day, whole, day), bare, snapshots.of("features")


def _told(build: Build, say: Callable[[str], None]) -> Build:
    say(
        f"{build.of(*MEASURED):.1f} s for facts, P&L and leaderboards, "
        f"{build.of('features'):.1f} s for features, {build.tests_s:.1f} s for tests, "
        f"{build.wall_s:.1f} s in all, {build.cpu_s:.1f} s of CPU, {build.peak_mb:.0f} MB"
    )
    return build
