"""Progress bars of sources: what is done of what total, rows, and how long the rest may take.

Belongs here: bars. Not here: what is run while they move.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from polymarket_assets.domain.plan import remaining
from polymarket_assets.sources import session


class Remaining(ProgressColumn):
    """How long the rest takes at the rate so far; says so when that can not be known."""

    def render(self, task: Task) -> Text:
        """The estimate of one bar."""
        return Text(
            "" if task.finished else remaining(task.completed, task.total, task.elapsed or 0.0),
            style="dim",
        )


@contextmanager
def source_bars(console: Console) -> Generator[Bars]:
    """Bars that show each source of this process from its first report on."""
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[rows]}"),
        TimeElapsedColumn(),
        Remaining(),
    )
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as bars:

        def show(progress: session.Progress) -> None:
            if progress.source not in tasks:
                tasks[progress.source] = bars.add_task(f"  {progress.source}", rows="", total=None)
            bars.update(
                tasks[progress.source],
                completed=progress.done,
                total=progress.total,
                rows=f"{progress.rows:,} rows",
            )

        session.listeners.append(show)
        try:
            yield bars
        finally:
            session.listeners.remove(show)
