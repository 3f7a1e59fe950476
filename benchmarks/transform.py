"""What the warehouse costs: dbt over made-up pasts of several lengths, beside bare DuckDB.

Belongs here: the builds and how they are watched. Times are those of the models' statements as dbt
reports them; its start and its tests are told beside them. "Bare" is the same compiled SQL, run by
DuckDB alone over the lake's own raw files, each table written as one Parquet file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import psutil

from benchmarks.markets import LIVE, MarketsHistory
from polymarket_assets.settings import Settings, load_settings, project_root
from polymarket_assets.store.engine import engine_config
from polymarket_assets.store.lake import Lake, data_files
from polymarket_assets.store.postgres import stop_postgres

LOOK_EVERY_S = 0.1
MEASURED = ("core", "leaderboards")
"""Schemas of facts, P&L and leaderboards; the steps between them lie there too."""


@dataclass(frozen=True)
class TransformPlan:
    """How much is transformed.

    Attributes:
        day: raw rows of fills of each day.
        short, long: days of the two pasts.
        large: raw rows of the one large day.
        large_memory: DuckDB's memory limit for it.
    """

    day: int = 33_333
    short: int = 30
    long: int = 300
    large: int = 6_500_000
    large_memory: str = "1200MB"


@dataclass(frozen=True)
class Build:
    """One `dbt build`.

    Attributes:
        seconds: of each model's statements, by `schema.name`.
        tests_s: of all tests together.
        wall_s: from start to end of the process.
        peak_mb: largest resident memory of the process.
    """

    seconds: dict[str, float]
    tests_s: float
    wall_s: float
    peak_mb: float

    def of(self, *schemas: str) -> float:
        """Seconds of the models in some schemas."""
        return sum(s for name, s in self.seconds.items() if name.split(".")[0] in schemas)


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

    def build(self, *arguments: str) -> Build:
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
                    *arguments,
                ],
                cwd=project_root() / "dbt_project",
                env={**own, **{f"PM_{k.upper()}": v for k, v in self._values.items()}},
                stdout=said,
                stderr=subprocess.STDOUT,
            )
            peak = 0
            while child.poll() is None:
                with suppress(psutil.Error):
                    peak = max(peak, psutil.Process(child.pid).memory_info().rss)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(LOOK_EVERY_S)
            if child.returncode:
                said.seek(0)
                raise BuildFailedError(said.read()[-4_000:])
        return _build(self.artifact("run_results.json"), time.monotonic() - began, peak / 1e6)

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


def _build(results: dict[str, Any], wall_s: float, peak_mb: float) -> Build:
    seconds: dict[str, float] = {}
    tests_s = 0.0
    for result in results["results"]:
        kind, _, name = result["unique_id"].split(".")[:3]
        if kind == "model":
            schema = result["relation_name"].split(".")[1].strip('"')
            seconds[f"{schema}.{name}"] = result["execution_time"]
        elif kind == "test":
            tests_s += result["execution_time"]
    return Build(seconds, tests_s, wall_s, peak_mb)
