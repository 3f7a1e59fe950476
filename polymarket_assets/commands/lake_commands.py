"""`polymarket lake`: asking the lake, and reading its pages again."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated, Literal

import typer
from rich.console import Console

from polymarket_assets.commands import reparsing
from polymarket_assets.commands.terminal import DAY, Json, console, open_settings, print_json

app = typer.Typer(no_args_is_help=True, help="The lake: Parquet files under a catalog.")


@app.command("query")
def lake_query(
    sql: str,
    output: Annotated[Literal["table", "csv", "json"], typer.Option("--format")] = "table",
) -> None:
    """Read-only SQL at the published version (the newest one before anything is published)."""
    from polymarket_assets.serving.tables import print_result  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.lake import Lake  # noqa: PLC0415 - see terminal.py

    with Lake.open(open_settings("query")).connect_for_queries() as connection:
        print_result(connection.execute(sql), output, console)


@app.command("shell")
def lake_shell() -> None:
    """SQL at the published version, statement by statement, from a person or a pipe.

    Statements end with a semicolon; .help lists the rest. What may run is what `lake query` runs.

    Exit status: 0, or 1 when a statement of a pipe failed; those after it are not run.
    """
    from polymarket_assets.commands import lake_shell as shells  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.lake import Lake  # noqa: PLC0415 - see terminal.py

    settings, complain = open_settings("shell"), Console(stderr=True)
    lake = Lake.open(settings)
    published = lake.published()
    with lake.connect_for_queries(version=published.version if published else None) as queries:
        shell = shells.Shell(queries, console)
        if not sys.stdin.isatty():
            raise typer.Exit(shells.run_script(shell, sys.stdin, complain))
        console.print(shells.greeting(published), highlight=False)
        with shells.history(settings.home / "shell_history"):
            shells.run_interactively(shell, input, complain)


@app.command("reparse")
def lake_reparse(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Sources, named like their raw tables; all of them.")
    ] = None,
    *,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="First day pages were received.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=DAY, help="Last day pages were received.")
    ] = None,
    page: Annotated[
        list[str] | None, typer.Option(help="Only this page of raw.pages; may be repeated.")
    ] = None,
    missing: Annotated[
        bool, typer.Option(help="Also write again the rows that were lost with a table's file.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Count what would be written.")] = False,
    as_json: Json = False,
) -> None:
    """Read stored pages again with today's contracts and write the rows that are lacking.

    Quarantined records that a contract accepts by now become rows of their page. No venue is asked,
    and rows that are held are not touched. It may be stopped and run again at any time.

    Exit status: 0, or 1 when a page could not be read.
    """
    found = reparsing.run(
        open_settings("reparse"),
        sources=sources or [],
        received=reparsing.days(first, last),
        page_ids=page or [],
        missing=missing,
        dry_run=dry_run,
        console=Console(stderr=True) if as_json else console,
    )
    if as_json:
        print_json([one.as_json() for one in found])
    else:
        reparsing.render(found, console, dry_run=dry_run)
    raise typer.Exit(1 if any(one.unreadable for one in found) else 0)
