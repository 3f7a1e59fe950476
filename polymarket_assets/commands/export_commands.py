"""`polymarket export`: a table of the published version as a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from polymarket_assets.commands.terminal import DAY, Json, console, open_settings, print_json

PATIENCE_S = 2.0
"""Seconds a person waits without a word."""


def export(
    table: Annotated[str, typer.Argument(help="schema.table, e.g. core.fct_trades.")],
    *,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="First day (UTC).")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=DAY, help="Last day (UTC), included.")
    ] = None,
    file_format: Annotated[
        Literal["parquet", "csv"] | None,
        typer.Option("--format", help="Default: by the ending of --out, else parquet."),
    ] = None,
    out: Annotated[Path, typer.Option(help="New file, or the folder it goes into.")] = Path(),
    as_json: Json = False,
) -> None:
    """Freeze a table of core, features, leaderboards, signals or raw in one file.

    Reads the published version. Days go by the table's dt, else as_of_date, as_of or known_at;
    without --from and --to all of it is written. A Parquet file keeps every type, and names the
    lake's version and the models' in its metadata. Nothing is overwritten.
    """
    from polymarket_assets.serving import export as exporting  # noqa: PLC0415 - see terminal.py

    wanted = exporting.Wanted(
        table, first.date() if first else None, last.date() if last else None, file_format, out
    )
    with _patient_bar(table) as report:
        done = exporting.export(open_settings("export"), wanted, report=report)
    if as_json:
        print_json(asdict(done))
        return
    console.print(
        f"{done.file}: {done.rows:,} rows of {done.table}, {done.bytes / 1e6:,.1f} MB",
        soft_wrap=True,
        highlight=False,
    )
    console.print(
        f"version {done.version}, models {done.model_version or 'not known'}", highlight=False
    )
    console.print(f"sha256 {done.sha256}", highlight=False)


@contextmanager
def _patient_bar(table: str) -> Generator[Callable[[float | None], None]]:
    """A bar on stderr that appears when the work takes longer than a person waits in silence."""
    from rich.progress import Progress  # noqa: PLC0415 - see terminal.py

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(table, total=None, visible=False)
        began = time.monotonic()

        def report(share: float | None) -> None:
            bar.update(
                task,
                total=None if share is None else 1,
                completed=share or 0,
                visible=time.monotonic() - began > PATIENCE_S,
            )

        yield report
