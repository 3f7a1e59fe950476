"""`polymarket lake reparse`: progress while pages are read again, and the account afterwards.

Whatever takes time to import is imported inside the functions (see terminal.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from polymarket_assets.settings import Settings

if TYPE_CHECKING:
    from polymarket_assets.domain.windows import DayWindow
    from polymarket_assets.sources.reparse import Reparsed
    from polymarket_assets.sources.session import Progress as Told

SHOWN = 5
"""Reasons and pages that are named."""


def days(first: datetime | None, last: datetime | None) -> DayWindow | None:
    """The window of --from and --to; one alone is open to the other side."""
    from polymarket_assets.domain.windows import DayWindow  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.stored_pages import EVER  # noqa: PLC0415 - see terminal.py

    if first is None and last is None:
        return None
    return DayWindow(
        first.date() if first else EVER.first,
        last.date() if last else EVER.last,
    )


def run(
    settings: Settings,
    *,
    sources: Sequence[str],
    received: DayWindow | None,
    page_ids: Sequence[str],
    missing: bool,
    dry_run: bool,
    console: Console,
) -> list[Reparsed]:
    """Do it, with a bar per source."""
    from polymarket_assets.sources.reparse import Wanted, reparse  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.home import open_home  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.lake import Lake  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.raw import ROW_TABLES  # noqa: PLC0415 - see terminal.py

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("[dim]pages, {task.fields[rows]:,} rows written"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        tasks = {}

        def show(told: Told) -> None:
            if told.source not in tasks:
                tasks[told.source] = bars.add_task(told.source, total=None, rows=0)
            bars.update(tasks[told.source], completed=told.done, total=told.total, rows=told.rows)

        return reparse(
            Lake.open(settings),
            list(sources) or list(ROW_TABLES),
            Wanted(received, page_ids, missing, dry_run),
            now=open_home(settings).clock.now,
            report=show,
        )


def render(found: Sequence[Reparsed], console: Console, *, dry_run: bool) -> None:
    """A row per source, then what is still refused or could not be read."""
    table = Table(title="would be written" if dry_run else None, box=None, header_style="bold")
    table.add_column("source")
    for name in ("pages read", "accepted", "unchanged", "restored", "followed", "still refused"):
        table.add_column(name, justify="right")
    for one in found:
        written = one.written
        counts = (
            one.pages,
            written.accepted,
            written.unchanged,
            written.restored + written.refused,
            written.followed,
            sum(one.still_refused.values()),
        )
        table.add_row(one.source, *(f"{count:,}" for count in counts))
    console.print(table)
    for one in found:
        for reason, count in one.still_refused.most_common(SHOWN):
            console.print(
                f"{one.source}: {count:,} still refused: {reason}", markup=False, highlight=False
            )
        for page_id, cause in list(one.unreadable.items())[:SHOWN]:
            console.print(f"page {page_id}: {cause}", markup=False, highlight=False, style="red")
