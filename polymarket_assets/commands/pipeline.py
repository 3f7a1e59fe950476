"""The main job from a terminal: collect, build and test, approve and trade, with progress bars."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Set
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from rich.console import Console

from polymarket_assets.commands.progress import source_bars
from polymarket_assets.definitions import defs
from polymarket_assets.defs.reaper import reap_dead_runs
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import Settings, project_root
from polymarket_assets.store.home import open_home

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
COLLECTING = ("collect", "close")
"""Jobs of sources alone."""


@dataclass
class Step:
    """One job of the pipeline and what became of it."""

    job: str
    window: DayWindow | None
    ok: bool = True
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Facts for machines: job, window, ok, failures and seconds."""
        return {
            "job": self.job,
            "window": str(self.window) if self.window else None,
            "ok": self.ok,
            "failures": self.failures,
            "seconds": round(self.seconds, 2),
        }


def instance_of_home() -> dg.DagsterInstance:
    """The Dagster instance of PM_HOME, as dagster.yaml beside pyproject.toml configures it."""
    return dg.DagsterInstance.from_config(str(project_root(Path(__file__).parent)))


def plan(settings: Settings, window: DayWindow | None, *, trade: bool) -> list[Step]:
    """The jobs of one `polymarket run`, in order."""
    now = open_home(settings).clock.now()
    today = DayWindow(now.date(), now.date())
    steps = []
    if window is not None and window.first < today.first:
        steps.append(Step("collect", DayWindow(window.first, min(window.last, today.last))))
    if window is None or window.contains(today.first) or trade:
        steps.append(Step("collect", today))
    first = min(window.first, today.first) if window else today.first
    steps.append(Step("warehouse", DayWindow(first, today.last)))
    if trade:
        steps.append(Step("trade", None))
    return steps


def run_steps(settings: Settings, steps: list[Step], console: Console) -> bool:
    """Run the jobs one after the other; trade only from a build of this run.

    Sources fail apart from each other: what one venue refuses stops neither the others nor the
    build. Returns whether everything succeeded.
    """
    logging.getLogger("dagster").setLevel(logging.ERROR)
    # The bars keep the terminal; what dbt and Dagster print goes to a file beside the logs.
    console.file = console.file
    settings.logs_path.mkdir(parents=True, exist_ok=True)
    with (
        instance_of_home() as instance,
        (settings.logs_path / "dbt.log").open("a") as log,
        source_bars(console) as bars,
        redirect_stdout(log),
    ):
        reap_dead_runs(instance)
        for step in steps:
            task = bars.add_task(f"{step.job} {step.window or ''}", rows="", total=None)
            run_step(step, instance)
            bars.update(task, total=1, completed=1)
            for running in bars.tasks:
                bars.update(running.id, total=running.total or max(running.completed, 1))
            step.seconds = bars.tasks[task].elapsed or 0.0
            if not step.ok and step.job == "warehouse":
                break
    return all(step.ok for step in steps)


@cache
def _definitions() -> dg.Definitions:
    """All of the platform, loaded once: half a second, and the same for every job."""
    return defs()


def run_step(step: Step, instance: dg.DagsterInstance) -> None:
    """Run one job and note in `step` what became of it."""
    job = _definitions().resolve_job_def(step.job)
    left: Set[dg.AssetKey] | None = None
    while left is None or left:
        result = job.execute_in_process(
            instance=instance,
            tags=range_tags(step.window),
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            asset_selection=sorted(left) if left else None,
        )
        step.ok &= result.success
        _note_failures(step, result)
        tried = _tried(result)
        skipped = (left or job.asset_layer.selected_asset_keys) - tried
        # Dagster skips what depends on a source that failed; sources fail apart from each other.
        left = skipped if step.job in COLLECTING and skipped != left else set()


def _tried(result: dg.ExecuteInProcessResult) -> set[dg.AssetKey]:
    """The assets whose step was run, whether or not it succeeded."""
    done = {
        event.asset_key for event in result.get_asset_materialization_events() if event.asset_key
    }
    failed = {
        dg.AssetKey(e.step_key.split("__"))
        for e in result.all_events
        if e.is_step_failure and e.step_key
    }
    return done | failed


def _note_failures(step: Step, result: dg.ExecuteInProcessResult) -> None:
    wrong = {
        f"{'__'.join(e.asset_key.path)}_{e.check_name}": e.description or "failed"
        for e in result.get_asset_check_evaluations()
        if not e.passed and e.severity == dg.AssetCheckSeverity.ERROR
    }
    if step.job in COLLECTING:
        step.failures += [f"{check}: {words}" for check, words in sorted(wrong.items())]
        step.ok &= not wrong
    for event in result.all_events:
        if event.is_step_failure and event.step_key not in wrong:
            data = event.step_failure_data
            error = data.error
            while error is not None and error.cause is not None:
                error = error.cause
            step.failures.append(
                f"{event.step_key}: {error.message.strip() if error else 'failed'}"
            )


def range_tags(window: DayWindow | None) -> Mapping[str, str]:
    """The tags of a run over the days of `window`; none for None."""
    if window is None:
        return {}
    if window.first == window.last:
        return {"dagster/partition": str(window.first)}
    return {RANGE_START: str(window.first), RANGE_END: str(window.last)}


def window_of(first: date | None, last: date | None) -> DayWindow | None:
    """The window of --from and --to.

    Raises:
        ValueError: only one of the two was given, or they are in the wrong order.
    """
    if first is None and last is None:
        return None
    if first is None or last is None:
        msg = "--from and --to go together; give both, e.g. --from 2024-01-01 --to 2024-01-31"
        raise ValueError(msg)
    return DayWindow(first, last)


def render_steps(steps: list[Step], console: Console) -> None:
    """What failed, in full; nothing when all went well."""
    for step in steps:
        for failure in step.failures:
            console.print(f"[bold red]{step.job} failed[/] {failure}", highlight=False)
