"""The stage both sides stand on: one home, and fresh child processes under observation.

Belongs here: putting the lake into the state a run needs, running a child, and what is seen of it
from outside: its requests as the venue counted them, its memory, and its rows against the truth.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import duckdb
import msgspec
import psutil
import pyarrow as pa

from benchmarks.history import OF_HISTORY
from benchmarks.tasks import SOURCES, Task, Timing
from benchmarks.truth import Difference, Truth
from polymarket_assets.settings import load_settings, project_root
from polymarket_assets.simulator.process import SimulatorHandle
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.postgres import postgres_status, stop_postgres
from polymarket_assets.store.tables.gamma import GAMMA_MARKETS

LOOK_EVERY_S = 0.05
KNOWN_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
"""When the markets that a run is to know came: before the moment of any task."""
UNIVERSE = {"min_volume_24h": "0", "lookahead_hours": "100000"}
"""Books of every market: which ones are wanted is a matter of taste, not of speed."""
TABLES = (
    *("raw.pages", "raw.watermarks", "raw.quarantine", "ops.source_runs"),
    *sorted({f"raw.{source}" for source in SOURCES.values()}),
)


@dataclass(frozen=True)
class Seen:
    """What a child did, as seen from outside.

    Attributes:
        wall_s: seconds of the work, the start of the process excluded.
        cpu_s: the child's own CPU seconds in that time.
        requests: requests the venue counted.
        refused: how many of them it answered with 429.
        peak_mb: largest resident memory of the child and its children.
        peak_with_postgres_mb: the same with the home's Postgres, its shared pages counted once.
    """

    wall_s: float
    cpu_s: float
    requests: int
    refused: int
    peak_mb: float
    peak_with_postgres_mb: float


@dataclass(frozen=True)
class Run:
    """One run of one side, and its rows against the truth."""

    side: Literal["ours", "floor"]
    task: Task
    seen: Seen
    difference: Difference


class ChildFailedError(RuntimeError):
    """A child did not end well; the message holds what it said."""


class Stage:
    """One home and the children that work on it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._values = UNIVERSE | {"home": str(folder / "home")}
        self._settings = load_settings(
            _env_file=None, postgres_url=None, lake_data=None, **self._values
        )
        self.lake = Lake.open(self._settings)
        self._postgres = postgres_status(self._settings).pid
        self.markets = GAMMA_MARKETS.arrow_schema.empty_table()

    def ours(self, task: Task, venue: SimulatorHandle, truth: Truth, *, rates: bool = False) -> Run:
        """Run our source in a lake that holds the markets it is to know, and perhaps a history.

        Args:
            task: what to fetch.
            venue: where from.
            truth: what there is.
            rates: keep to the venue's rate limits.
        """
        self._empty(knowing=task.conditions)
        environment = {
            f"PM_{name.upper()}": value
            for name, value in {
                **self._values,
                **{
                    f"{service}_url": f"{task.url}/{service}"
                    for service in ("gamma", "data", "clob")
                },
                "rates": str(rates),
                "http_connections": str(task.connections),
            }.items()
        }
        seen = self._watched("benchmarks.ingest", task, venue, environment=environment)
        with self.lake.connect(read_only=True) as connection:
            return Run("ours", task, seen, truth.difference(connection, task))

    def floor(self, task: Task, venue: SimulatorHandle, truth: Truth) -> Run:
        """Run the floor into an empty folder."""
        with tempfile.TemporaryDirectory(dir=self._folder) as folder, duckdb.connect() as engine:
            seen = self._watched("benchmarks.floor", task, venue, folder)
            engine.execute("SET TimeZone = 'UTC'")
            file = Path(folder) / "rows.parquet"
            return Run("floor", task, seen, truth.difference(engine, task, floor=file))

    def remember_markets(self) -> None:
        """From now on the platform knows the lake's markets, as far as a task names them."""
        with self.lake.connect(read_only=True) as connection:
            held = connection.execute("FROM raw.gamma_markets").to_arrow_table()
        since = pa.array([KNOWN_SINCE] * len(held), pa.timestamp("us", "UTC"))
        index = held.schema.get_field_index("received_at")
        held = held.set_column(index, "received_at", since)
        self.markets = held.cast(GAMMA_MARKETS.arrow_schema)

    def invent_markets(self, conditions: Sequence[str]) -> None:
        """From now on the platform knows these markets too, by nothing but their ids."""
        rows = [
            {
                "page_id": "invented",
                "position": number,
                "received_at": KNOWN_SINCE,
                "dt": KNOWN_SINCE.date(),
                "market_id": str(number),
                "condition_id": condition,
                "payload": "{}",
                "payload_sha256": "",
            }
            for number, condition in enumerate(conditions)
        ]
        invented = pa.Table.from_pylist(rows, schema=GAMMA_MARKETS.arrow_schema)
        self.markets = pa.concat_tables([self.markets, invented])

    def page_times(self) -> list[float]:
        """Seconds from the first page of the last run to each of its pages, ascending."""
        rows = self.lake.rows(
            "SELECT epoch(received_at - min(received_at) OVER ()) FROM raw.pages ORDER BY 1"
        )
        return [seconds for (seconds,) in rows]

    def _empty(self, *, knowing: Collection[str]) -> None:
        chosen = pa.array([c in set(knowing) for c in self.markets["condition_id"].to_pylist()])
        markets = self.markets.filter(chosen) if len(self.markets) else self.markets

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            for table in TABLES:
                of_history = "false" if table == "ops.source_runs" else OF_HISTORY
                connection.execute(f"DELETE FROM {table} WHERE NOT {of_history}")
            if len(markets):
                connection.register("markets", markets)
                connection.execute("INSERT INTO raw.gamma_markets BY NAME FROM markets")
                connection.unregister("markets")

        self.lake.transaction(work)

    def _watched(
        self,
        module: str,
        task: Task,
        venue: SimulatorHandle,
        *arguments: str,
        environment: dict[str, str] | None = None,
    ) -> Seen:
        """Run a child to its end and look at it meanwhile."""
        file = self._folder / "task.json"
        file.write_bytes(msgspec.json.encode(task))
        # A developer's own PM_ variables are not to be measured.
        own = {name: value for name, value in os.environ.items() if not name.startswith("PM_")}
        venue.reset_stats()
        peak = peak_with_postgres = 0
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complaints:
            child = subprocess.Popen(
                [sys.executable, "-m", module, str(file), *arguments],
                stdout=said,
                stderr=complaints,
                cwd=project_root(),
                env={**own, **(environment or {})},
            )
            with _killed_at_the_end(child):
                while child.poll() is None:
                    memory = _resident(child.pid)
                    peak = max(peak, memory)
                    peak_with_postgres = max(peak_with_postgres, memory + self._of_postgres())
                    with suppress(subprocess.TimeoutExpired):
                        child.wait(LOOK_EVERY_S)
            said.seek(0)
            complaints.seek(0)
            if child.returncode:
                raise ChildFailedError(
                    f"{module} ended with {child.returncode} at {task.kind}; it said:\n"
                    + complaints.read().decode(errors="replace")
                )
            timing = msgspec.json.decode(said.read(), type=Timing)
        paths = venue.stats()["paths"].values()
        return Seen(
            wall_s=timing.wall_s,
            cpu_s=timing.cpu_s,
            requests=sum(path["requests"] for path in paths),
            refused=sum(path["rate_limited"] for path in paths),
            peak_mb=peak / 1e6,
            peak_with_postgres_mb=peak_with_postgres / 1e6,
        )

    def _of_postgres(self) -> int:
        """Memory of the home's Postgres in bytes; pages its processes share count once."""
        total = 0
        for process in _tree(self._postgres):
            with suppress(psutil.Error):
                total += process.memory_full_info().pss
        return total

    def close(self) -> None:
        """Stop the home's Postgres."""
        stop_postgres(self._settings)


@contextmanager
def _killed_at_the_end(child: subprocess.Popen[bytes]) -> Generator[None]:
    try:
        yield
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def _tree(pid: int | None) -> list[psutil.Process]:
    """A process and all below it; nothing if it is gone."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _resident(pid: int) -> int:
    total = 0
    for process in _tree(pid):
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total
