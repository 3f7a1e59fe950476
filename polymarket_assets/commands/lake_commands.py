"""`polymarket lake`: asking the lake."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from polymarket_assets.commands.terminal import console, open_settings

app = typer.Typer(no_args_is_help=True, help="The lake: Parquet files under a catalog.")


@app.command("query")
def lake_query(
    sql: str,
    output: Annotated[Literal["table", "csv", "json"], typer.Option("--format")] = "table",
) -> None:
    """Read-only SQL at the published version (the newest one before anything is published)."""
    from polymarket_assets.serving.tables import print_result  # noqa: PLC0415
    from polymarket_assets.store.lake import Lake  # noqa: PLC0415 - see terminal.py

    with Lake.open(open_settings("query")).connect_for_queries() as connection:
        print_result(connection.execute(sql), output, console)
