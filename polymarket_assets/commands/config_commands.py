"""`polymarket config`: settings and where they come from."""

from __future__ import annotations

import typer

from polymarket_assets.commands.terminal import Json, console, print_json
from polymarket_assets.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Settings: where each value comes from.")


@app.command("show")
def config_show(as_json: Json = False) -> None:
    """Every setting with its value, where it comes from, and what it means."""
    from polymarket_assets.serving import config  # noqa: PLC0415 - see terminal.py

    rows = config.settings_table(load_settings())
    if as_json:
        print_json(rows)
    else:
        config.render(rows, console)
