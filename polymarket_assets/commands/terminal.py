"""What every command shares: the screen, JSON for machines, and settings with logs set up.

Whatever takes time to import (Dagster, dbt, DuckDB, pandas) is imported inside the command that
needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console

from polymarket_assets.settings import Settings, load_settings

console = Console()
Json = Annotated[bool, typer.Option("--json", help="Print facts for machines instead of tables.")]
DAY = ["%Y-%m-%d"]


def open_settings(process: str) -> Settings:
    """The settings of the environment, with logs going to the file of `process`."""
    from polymarket_assets.store.logs import configure_logs  # noqa: PLC0415 - see module docstring

    settings = load_settings()
    configure_logs(settings, process=process)
    return settings


def print_json(value: Any) -> None:
    """Print a value as JSON; decimals and moments as text."""
    from polymarket_assets.serving.tables import plain  # noqa: PLC0415 - see module docstring

    sys.stdout.write(json.dumps(plain(value), indent=2) + "\n")
