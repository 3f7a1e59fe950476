"""`polymarket features`: what was known of the markets at a moment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from polymarket_assets.commands.terminal import Json, console, open_settings, print_json

app = typer.Typer(no_args_is_help=True, help="Features: what was known of markets at a moment.")


@app.command("at")
def features_at(
    time: Annotated[str, typer.Argument(help="A past moment in UTC, like 2026-11-20T10:30:00Z.")],
    market: Annotated[
        list[str] | None,
        typer.Option(help="Condition id of a market; may be given several times. Default: all."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write all columns to this .parquet, .csv or .json file instead."),
    ] = None,
    as_json: Json = False,
) -> None:
    """The 65 features of every open market, or of those named, as they were known at TIME.

    They are what `features.market_snapshots` has for a moment at which a snapshot was taken, and
    what it would have for any other.
    """
    from polymarket_assets.serving import features, features_view  # noqa: PLC0415 - see terminal.py

    moment = features.moment_of(time)
    rows = features.snapshots(open_settings("features"), moment, market or [])
    if out is not None:
        features.write(rows, out)
        many = "market" if rows.num_rows == 1 else "markets"
        console.print(f"{rows.num_rows:,} {many} at {time} in {out}", soft_wrap=True)
    elif as_json:
        print_json(rows.to_pylist())
    else:
        features_view.render(rows.to_pylist(), console, whole=bool(market))
