"""`polymarket postgres`: the embedded server."""

from __future__ import annotations

from dataclasses import asdict

import typer

from polymarket_assets.commands.terminal import console, open_settings, print_json

app = typer.Typer(no_args_is_help=True, help="The embedded Postgres of this home.")


@app.command("start")
def postgres_start() -> None:
    """Start the embedded Postgres if it is not running."""
    from polymarket_assets.store.postgres import ensure_postgres, postgres_status  # noqa: PLC0415 - see terminal.py

    settings = open_settings("postgres")
    ensure_postgres(settings)
    print_json(asdict(postgres_status(settings)))


@app.command("stop")
def postgres_stop() -> None:
    """Stop the embedded Postgres; the next command starts it again."""
    from polymarket_assets.store.postgres import stop_postgres  # noqa: PLC0415 - see terminal.py

    console.print("stopped" if stop_postgres(open_settings("postgres")) else "it was not running")


@app.command("status")
def postgres_status_command() -> None:
    """Whether the embedded Postgres runs, and what it holds."""
    from polymarket_assets.store.postgres import postgres_status  # noqa: PLC0415 - see terminal.py

    print_json(asdict(postgres_status(open_settings("postgres"))))
