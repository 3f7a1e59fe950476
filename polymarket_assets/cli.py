"""The `polymarket` command: parse, call, print. Groups are in commands/*_commands.py."""

from __future__ import annotations

import logging
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from polymarket_assets.commands import (
    backup_commands,
    boards_commands,
    config_commands,
    executor_commands,
    explain_commands,
    export_commands,
    features_commands,
    lake_commands,
    pairs_commands,
    postgres_commands,
    simulator_commands,
    sources_commands,
    strategies_commands,
    upkeep_commands,
)
from polymarket_assets.commands.terminal import DAY, Json, console, open_settings, print_json

app = typer.Typer(
    name="polymarket",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Prediction-market data you can trust, and a paper trader that cannot double an order.\n\n"
    "Start with `polymarket demo` (three simulated days) or `polymarket run` (the real venues).",
)


def main() -> None:
    """Run the command; a failure ends with what, where and what to do, and a non-zero exit."""
    try:
        app()
    except KeyboardInterrupt:
        Console(stderr=True).print("[yellow]stopped; what was committed is kept[/]")
        sys.exit(130)
    except Exception as error:
        logging.getLogger(__name__).debug("command failed", exc_info=True)
        stderr = Console(stderr=True)
        stderr.print(f"[bold red]{type(error).__name__}[/]: {error}", highlight=False)
        sys.exit(1)


@app.command()
def run(
    first: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="First day (UTC) to collect.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=DAY, help="Last day (UTC) to collect.")
    ] = None,
    no_trade: Annotated[bool, typer.Option(help="Stop after the warehouse is published.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Print the steps and do nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Collect, build and test the warehouse, approve, trade on paper, report.

    With --from and --to that range is collected first; what is held is not asked for again.
    Exit status: 0 when all of it succeeded, 1 when something stays missing.
    """
    from polymarket_assets.commands import pipeline  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.report import render_report, report  # noqa: PLC0415 - see terminal.py

    settings = open_settings("run")
    window = pipeline.window_of(_day(first), _day(last))
    steps = pipeline.plan(settings, window, trade=not no_trade)
    if dry_run:
        for step in steps:
            console.print(f"{step.job:10} {step.window or 'the published version'}")
        return
    ok = pipeline.run_steps(settings, steps, Console(stderr=True) if as_json else console)
    found = report(settings)
    if as_json:
        print_json(
            {"ok": ok, "steps": [step.as_json() for step in steps], "report": found.as_json()}
        )
    else:
        render_report(found, console)
        pipeline.render_steps(steps, console)
    raise typer.Exit(0 if ok else 1)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@app.command()
def demo() -> None:
    """Three simulated days through the whole chain: collect, build, trade, settle, report.

    Its home is PM_HOME if set, else `.polymarket-demo`; never the default home.
    """
    from polymarket_assets.commands.demo import run_demo  # noqa: PLC0415 - see terminal.py

    raise typer.Exit(0 if run_demo(console) else 1)


@app.command()
def dev(port: Annotated[int, typer.Option(help="Port of the UI on 127.0.0.1.")] = 3000) -> None:
    """Dagster's UI and daemon for this home; a second one for the same home refuses to start."""
    from polymarket_assets.commands.dev import run_dev  # noqa: PLC0415 - see terminal.py

    raise typer.Exit(run_dev(open_settings("dev"), port))


@app.command()
def status(
    as_json: Json = False,
    watch: Annotated[bool, typer.Option(help="Refresh every five seconds.")] = False,
    file: Annotated[Path | None, typer.Option(help="Also write the JSON to this file.")] = None,
) -> None:
    """How fresh the data is and whether anything is wrong.

    Exit status: 0 OK, 1 DEGRADED, 2 DOWN.
    """
    from polymarket_assets.serving import status as reading  # noqa: PLC0415 - see terminal.py

    settings = open_settings("status")
    if watch:
        reading.watch(settings, console, file=file)
        return
    found = reading.status(settings)
    if file is not None:
        reading.write_file(found, file)
    if as_json:
        print_json(found.as_json())
    else:
        reading.render(found, console)
    raise typer.Exit(found.exit_code)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this machine, this home and the venues; say what to do about each finding."""
    from polymarket_assets.serving import doctor as checking  # noqa: PLC0415 - see terminal.py

    checks = checking.doctor(open_settings("doctor"))
    if as_json:
        print_json([check.as_json() for check in checks])
    else:
        checking.render(checks, console)
    raise typer.Exit(0 if all(check.ok for check in checks) else 1)


app.add_typer(config_commands.app, name="config")
app.add_typer(lake_commands.app, name="lake")
lake_commands.app.command("maintain")(upkeep_commands.lake_maintain)
lake_commands.app.command("scrub")(upkeep_commands.lake_scrub)
app.command()(backup_commands.backup)
app.command()(backup_commands.restore)
app.command()(export_commands.export)
app.command()(explain_commands.explain)
app.add_typer(features_commands.app, name="features")
app.add_typer(sources_commands.app, name="sources")
app.add_typer(postgres_commands.app, name="postgres")
app.add_typer(executor_commands.app, name="executor")
app.add_typer(simulator_commands.app, name="simulator")
app.add_typer(pairs_commands.app, name="pairs")
app.add_typer(strategies_commands.app, name="strategies")
app.add_typer(boards_commands.traders_app, name="traders")
app.add_typer(boards_commands.markets_app, name="markets")
for command in (
    boards_commands.leaderboard,
    boards_commands.trader,
    executor_commands.kill,
    executor_commands.unkill,
    executor_commands.positions,
    executor_commands.orders,
    executor_commands.fills,
    executor_commands.pnl,
):
    app.command()(command)
