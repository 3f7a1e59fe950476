"""Running sources one after the other from a terminal, with bars; a plan before, an account after.

Belongs here: the loop and what people see of it. Not here: options (sources_commands.py), a source.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console

from polymarket_assets.commands.progress import source_bars
from polymarket_assets.domain.plan import spoken_seconds
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.serving.collection_plan import PlanLine
from polymarket_assets.serving.tables import Field, table
from polymarket_assets.settings import Settings
from polymarket_assets.sources.limits import Limits
from polymarket_assets.sources.session import Collect, SourceFailedError, run_source
from polymarket_assets.store.batch import SourceRun
from polymarket_assets.store.home import open_home
from polymarket_assets.store.lake import Lake


@dataclass(frozen=True)
class Result:
    """What became of one source; `run` is None when time was up before it began."""

    source: str
    run: SourceRun | None

    @property
    def outcome(self) -> str:
        """ok, failed or partial."""
        return self.run.outcome if self.run else "partial"

    def as_json(self) -> dict[str, Any]:
        """Facts for machines."""
        run = self.run
        facts: dict[str, Any] = {"source": self.source, "outcome": self.outcome}
        for name in (
            "requests", "pages", "rows", "accepted", "unchanged", "quarantined", "retries",
            "rate_limited", "bytes", "duration_s", "error_class", "error_message", "next_action",
        ):  # fmt: skip
            facts[name] = getattr(run, name) if run else None
        facts["notes"] = json.loads(run.notes or "{}").get("notes", []) if run else ["not begun"]
        return facts


def days_or_today(window: DayWindow | None, now: datetime) -> DayWindow:
    """The days asked for, else the running one."""
    return window or DayWindow(now.date(), now.date())


def collect(
    settings: Settings,
    sources: Mapping[str, Collect],
    window: DayWindow | None,
    *,
    screen: Console,
    pages: int | None = None,
    seconds: float | None = None,
    fresh: bool = False,
) -> list[Result]:
    """Run sources in their order; one that fails stops no other."""
    home, lake = open_home(settings), Lake.open(settings)
    days = days_or_today(window, home.clock.now())
    ends = None if seconds is None else time.monotonic() + seconds
    results = []
    with source_bars(screen) as bars, lake.kept_open():
        for source, collect_one in sources.items():
            left = None if ends is None else ends - time.monotonic()
            if left is not None and left <= 0:
                results.append(Result(source, None))
                continue
            try:
                run = run_source(
                    source,
                    collect_one,
                    days,
                    settings=settings,
                    home=home,
                    lake=lake,
                    fresh=fresh,
                    limits=Limits(pages, left),
                )
            except SourceFailedError as failure:
                run = failure.run
            results.append(Result(source, run))
            for task in bars.tasks:
                if run.outcome == "ok":
                    bars.update(task.id, total=task.total or max(task.completed, 1))
    return results


def render(results: Sequence[Result], screen: Console) -> None:
    """The account of a run, with cause and next action of what stays missing."""
    fields = [
        Field("source"),
        Field("outcome"),
        *(Field(name, right=True) for name in ("requests", "pages", "rows", "accepted")),
    ]
    facts = [result.as_json() for result in results]
    screen.print(table("", fields, facts))
    for fact in facts:
        for note in fact["notes"]:
            screen.print(f"[dim]{fact['source']}:[/] {note}", highlight=False)
        if fact["outcome"] == "failed":
            screen.print(
                f"[bold red]{fact['source']} failed[/] {fact['error_class']}: "
                f"{fact['error_message']}",
                highlight=False,
            )
        elif fact["outcome"] == "partial":
            cause = fact["error_message"] or "time was up before it began"
            screen.print(
                f"[yellow]{fact['source']} stopped[/] {cause}; run it again, it goes on there",
                highlight=False,
            )


def render_plan(lines: Sequence[PlanLine], window: DayWindow, screen: Console) -> None:
    """The plan as a table, its grounds below it."""
    facts = [line.as_json() for line in lines]
    costs = [line.cost for line in lines if line.cost]
    total = {
        "source": "all",
        "requests": sum(cost.requests for cost in costs),
        "rows": sum(cost.rows for cost in costs),
        "seconds": sum(cost.seconds for cost in costs),
        "bytes": sum(cost.disk_bytes for cost in costs),
    }
    fields = [
        Field("source"),
        Field("requests", right=True, show=_count),
        Field("rows", right=True, show=_count),
        Field("seconds", "time at the allowed rate", right=True, show=_seconds),
        Field("bytes", "disk", right=True, show=_bytes),
    ]
    screen.print(table(f"Collecting {window}, what is held left out", fields, [*facts, total]))
    for line in lines:
        for words, grounds in (("known", line.known), ("assumed", line.assumed)):
            if grounds:
                screen.print(
                    f"[dim]{line.source} {words}:[/] {'; '.join(grounds)}", highlight=False
                )


def _count(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"


def _seconds(value: float | None) -> str:
    return "not known" if value is None else spoken_seconds(value)


def _bytes(value: int | None) -> str:
    if value is None:
        return "not known"
    return f"{value / 1e9:,.1f} GB" if value >= 1e9 else f"{value / 1e6:,.1f} MB"  # noqa: PLR2004
