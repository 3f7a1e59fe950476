"""`polymarket lake maintain` and `scrub`: what the schedules do, by hand."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from polymarket_assets.commands.terminal import DAY, Json, console, open_settings, print_json

if TYPE_CHECKING:
    from polymarket_assets.store.maintenance import MaintenanceReport
    from polymarket_assets.store.repair import Repaired

_LOCK_WAIT_S = 600


def lake_maintain(
    dry_run: Annotated[bool, typer.Option(help="Print what would go, change nothing.")] = False,
    merge_only: Annotated[bool, typer.Option(help="Only merge small files (hourly).")] = False,
    as_json: Json = False,
) -> None:
    """Merge small files, drop what is too old, forget old versions; print what was freed.

    Fills, resolutions, price points, rules and changed versions stay for ever. Pages of lists,
    books and prices go after PM_KEEP_PAGES_DAYS, except those that a signal, an order or a
    quarantined row points to. Readers and sources are not disturbed; builds wait.
    """
    from polymarket_assets.serving.stores import home_clock  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.lake import Lake  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.maintenance import maintain  # noqa: PLC0415 - see terminal.py

    settings = open_settings("maintain")
    with Console(stderr=True).status("maintenance") as status:
        found = maintain(
            Lake.open(settings),
            expire=not merge_only,
            today=home_clock(settings).now().date(),
            dry_run=dry_run,
            wait_s=_LOCK_WAIT_S,
            tell=status.update,
        )
    if as_json:
        print_json(found.as_json())
    else:
        _show_maintenance(found)


def _show_maintenance(found: MaintenanceReport) -> None:
    would = "would be " if found.dry_run else ""
    for table, rows in found.dropped_rows.items():
        bodies = found.dropped_body_bytes if table == "raw.pages" else 0
        of = f" ({_megabytes(bodies)} of answers)" if bodies else ""
        console.print(f"{rows:,} rows of {table} {would}dropped{of}", highlight=False)
    if not found.dropped_rows:
        console.print("no rows are too old")
    if found.pages_kept:
        console.print(
            f"{found.pages_kept:,} old pages stay: signals, orders or quarantined rows need them",
            highlight=False,
        )
    if not found.dry_run:
        console.print(f"{found.merged_files:,} small files merged away", highlight=False)
    console.print(f"{found.expired_versions:,} versions {would}forgotten", highlight=False)
    console.print(
        f"{found.deleted_files:,} files {would}deleted, {_megabytes(found.freed_bytes)}"
        f" {would}freed",
        highlight=False,
    )
    if found.recorded_files:
        console.print(f"{found.recorded_files:,} new files recorded in ops.files", highlight=False)
    if found.busy_tables:
        console.print(f"being merged by others: {', '.join(found.busy_tables)}", highlight=False)


def lake_scrub(
    since: Annotated[
        datetime | None,
        typer.Option(formats=DAY, help="Leave out files found well on or after this day (UTC)."),
    ] = None,
    repair: Annotated[
        bool, typer.Option(help="Take damaged files out of the lake and say what rebuilds them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read every data file and compare it with the hash kept when it was new.

    DuckDB does not notice a flipped bit: it answers, wrongly. With --repair damaged files are taken
    out with the rows in them; then run the printed commands. Exit status: 0 when no file of the
    newest version is damaged, 1 otherwise.
    """
    from polymarket_assets.store import repair as repairing  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.checksums import damaged_files, scrub  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.lake import Lake  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.lake_files import lake_files  # noqa: PLC0415 - see terminal.py

    lake = Lake.open(open_settings("scrub"))
    with progress_bar() as advance:
        total = sum(file.bytes for file in lake_files(lake.postgres))
        done = 0

        def read(size: int) -> None:
            nonlocal done
            done += size
            advance("comparing files", done, total)

        moment = since.replace(tzinfo=UTC) if since else None
        found = scrub(lake, not_since=moment, progress=read)
    repaired = repairing.repair(lake, found.damaged, wait_s=_LOCK_WAIT_S) if repair else []
    left = damaged_files(lake)
    if as_json:
        described = {
            "checked": found.checked,
            "recorded": found.recorded,
            "bytes": found.bytes,
            "damaged": [
                {**asdict(finding), "next": repairing.next_steps(lake, finding.file)}
                for finding in found.damaged
            ],
            "repaired": [asdict(item) for item in repaired],
        }
        print_json(described)
        raise typer.Exit(1 if left else 0)
    console.print(
        f"{found.checked:,} files compared ({_megabytes(found.bytes)}), {found.recorded:,} new"
        f" ones recorded, {len(found.damaged):,} damaged",
        highlight=False,
    )
    _show_repaired(repaired)
    for finding in left:
        console.print(f"[red]{escape(finding.described)}[/]", highlight=False, soft_wrap=True)
        console.print(f"  next: {repairing.next_steps(lake, finding.file)}", highlight=False)
    gone = {item.finding.file.path for item in repaired} | {f.file.path for f in left}
    older = sum(finding.file.path not in gone for finding in found.damaged)
    if older:
        console.print(f"{older:,} damaged files only older versions need; they go with those")
    raise typer.Exit(1 if left else 0)


def _show_repaired(repaired: list[Repaired]) -> None:
    for item in repaired:
        console.print(f"taken out: {escape(item.finding.described)}", highlight=False)
        console.print(f"  lost: {escape(item.remedy.lost)}", highlight=False)
        for command in item.remedy.commands:
            console.print(f"  next: {command}", highlight=False, soft_wrap=True)


@contextmanager
def progress_bar() -> Generator[Callable[[str, int, int], None]]:
    """A bar on stderr; call what it gives with (what, done, all) of bytes or other units."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - see terminal.py

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks = {}

        def advance(doing: str, done: int, of: int) -> None:
            if doing not in tasks:
                tasks[doing] = bar.add_task(doing, total=of)
            bar.update(tasks[doing], completed=done, total=of)

        yield advance


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
