"""Ours: one source of the platform, run once in a process of its own.

`python -m benchmarks.ingest TASK` runs the source that does TASK (JSON) against the home and the
venue of the environment. The home is warm: its Postgres runs and its lake exists before the clock
starts. The timed part is what an asset does, from the first query to the recorded account.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.tasks import SOURCES, Task, Timing
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.sources import registry
from polymarket_assets.sources.session import run_source
from polymarket_assets.store.batch import SourceRun
from polymarket_assets.store.home import Clock, Home
from polymarket_assets.store.lake import Lake


def ingest(task: Task, settings: Settings, lake: Lake) -> SourceRun:
    """Run the task's source for its window, with the platform's clock at the task's moment."""
    source = SOURCES[task.kind]
    return run_source(
        source,
        registry.SOURCES[source],
        DayWindow(task.first, task.last),
        settings=settings,
        home=Home(settings, Clock(start=task.now, real_start=datetime.now(UTC))),
        lake=lake,
    )


def main() -> None:
    """Do the task, timed."""
    task = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Task)
    settings = load_settings(_env_file=None)
    lake = Lake.open(settings)
    wall, cpu = time.perf_counter(), time.process_time()
    ingest(task, settings, lake)
    timing = Timing(time.perf_counter() - wall, time.process_time() - cpu)
    sys.stdout.buffer.write(msgspec.json.encode(timing))


if __name__ == "__main__":
    main()
