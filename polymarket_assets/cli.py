"""The `polymarket` command: parse, call, print.

Whatever takes time to import (Dagster, dbt, DuckDB, pandas) is imported inside the command that
needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import getpass
import json
import logging
import sys
import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console

from polymarket_assets.settings import load_settings

if TYPE_CHECKING:
    from polymarket_assets.settings import Settings

app = typer.Typer(
    name="polymarket",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Prediction-market data you can trust, and a paper trader that cannot double an order.\n\n"
    "Start with `polymarket demo` (three simulated days) or `polymarket run` (the real venues).",
)
config_app = typer.Typer(no_args_is_help=True, help="Settings: where each value comes from.")
lake_app = typer.Typer(no_args_is_help=True, help="The lake: Parquet files under a catalog.")
postgres_app = typer.Typer(no_args_is_help=True, help="The embedded Postgres of this home.")
executor_app = typer.Typer(no_args_is_help=True, help="The executor: approved signals to orders.")
simulator_app = typer.Typer(no_args_is_help=True, help="A venue on localhost with generated days.")
app.add_typer(config_app, name="config")
app.add_typer(lake_app, name="lake")
app.add_typer(postgres_app, name="postgres")
app.add_typer(executor_app, name="executor")
app.add_typer(simulator_app, name="simulator")

console = Console()
Json = Annotated[bool, typer.Option("--json", help="Print facts for machines instead of tables.")]
DAY = ["%Y-%m-%d"]


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


def _open(process: str) -> Settings:
    from polymarket_assets.store.logs import configure_logs  # noqa: PLC0415 - see module docstring

    settings = load_settings()
    configure_logs(settings, process=process)
    return settings


def _print_json(value: Any) -> None:
    from polymarket_assets.serving.tables import plain  # noqa: PLC0415 - see module docstring

    sys.stdout.write(json.dumps(plain(value), indent=2) + "\n")


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
    from polymarket_assets.commands import pipeline  # noqa: PLC0415 - see module docstring
    from polymarket_assets.serving.report import render_report, report  # noqa: PLC0415

    settings = _open("run")
    window = pipeline.window_of(_day(first), _day(last))
    steps = pipeline.plan(settings, window, trade=not no_trade)
    if dry_run:
        for step in steps:
            console.print(f"{step.job:10} {step.window or 'the published version'}")
        return
    ok = pipeline.run_steps(settings, steps, Console(stderr=True) if as_json else console)
    found = report(settings)
    if as_json:
        _print_json(
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
    from polymarket_assets.commands.demo import run_demo  # noqa: PLC0415 - see module docstring

    raise typer.Exit(0 if run_demo(console) else 1)


@app.command()
def dev(port: Annotated[int, typer.Option(help="Port of the UI on 127.0.0.1.")] = 3000) -> None:
    """Dagster's UI and daemon for this home; a second one for the same home refuses to start."""
    from polymarket_assets.commands.dev import run_dev  # noqa: PLC0415 - see module docstring

    raise typer.Exit(run_dev(_open("dev"), port))


@app.command()
def status(
    as_json: Json = False,
    watch: Annotated[bool, typer.Option(help="Refresh every five seconds.")] = False,
    file: Annotated[Path | None, typer.Option(help="Also write the JSON to this file.")] = None,
) -> None:
    """How fresh the data is and whether anything is wrong.

    Exit status: 0 OK, 1 DEGRADED, 2 DOWN.
    """
    from polymarket_assets.serving import status as reading  # noqa: PLC0415 - see module docstring

    settings = _open("status")
    if watch:
        reading.watch(settings, console, file=file)
        return
    found = reading.status(settings)
    if file is not None:
        reading.write_file(found, file)
    if as_json:
        _print_json(found.as_json())
    else:
        reading.render(found, console)
    raise typer.Exit(found.exit_code)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this machine, this home and the venues; say what to do about each finding."""
    from polymarket_assets.serving import doctor as checking  # noqa: PLC0415

    checks = checking.doctor(_open("doctor"))
    if as_json:
        _print_json([check.as_json() for check in checks])
    else:
        checking.render(checks, console)
    raise typer.Exit(0 if all(check.ok for check in checks) else 1)


@config_app.command("show")
def config_show(as_json: Json = False) -> None:
    """Every setting with its value, where it comes from, and what it means."""
    from polymarket_assets.serving import config  # noqa: PLC0415 - see module docstring

    rows = config.settings_table(load_settings())
    if as_json:
        _print_json(rows)
    else:
        config.render(rows, console)


@lake_app.command("query")
def lake_query(
    sql: str,
    output: Annotated[Literal["table", "csv", "json"], typer.Option("--format")] = "table",
) -> None:
    """Read-only SQL at the published version (the newest one before anything is published)."""
    from polymarket_assets.serving.tables import print_result  # noqa: PLC0415
    from polymarket_assets.store.lake import Lake  # noqa: PLC0415 - see module docstring

    with Lake.open(_open("query")).connect_for_queries() as connection:
        print_result(connection.execute(sql), output, console)


@postgres_app.command("start")
def postgres_start() -> None:
    """Start the embedded Postgres if it is not running."""
    from polymarket_assets.store.postgres import ensure_postgres, postgres_status  # noqa: PLC0415

    settings = _open("postgres")
    ensure_postgres(settings)
    _print_json(asdict(postgres_status(settings)))


@postgres_app.command("stop")
def postgres_stop() -> None:
    """Stop the embedded Postgres; the next command starts it again."""
    from polymarket_assets.store.postgres import stop_postgres  # noqa: PLC0415

    console.print("stopped" if stop_postgres(_open("postgres")) else "it was not running")


@postgres_app.command("status")
def postgres_status_command() -> None:
    """Whether the embedded Postgres runs, and what it holds."""
    from polymarket_assets.store.postgres import postgres_status  # noqa: PLC0415

    _print_json(asdict(postgres_status(_open("postgres"))))


@executor_app.command("run")
def executor_run(
    once: Annotated[bool, typer.Option(help="One step, then end.")] = False,
    interval: Annotated[int, typer.Option(help="Seconds between steps.", min=1)] = 15,
    as_json: Json = False,
) -> None:
    """Take approved signals to orders, one step or in a loop; only this process reads a key.

    A step may be killed anywhere and run again: no order is placed twice.
    """
    from polymarket_assets.executor.report import as_json as report_json  # noqa: PLC0415
    from polymarket_assets.executor.step import approvals_step, executor_step  # noqa: PLC0415
    from polymarket_assets.serving.portfolio import render_step  # noqa: PLC0415
    from polymarket_assets.store.home import open_home  # noqa: PLC0415

    settings = _open("executor")
    clock = open_home(settings).clock
    while True:
        if not once:
            approvals_step(settings, clock.now)
        found = executor_step(settings, clock.now)
        if as_json:
            _print_json(report_json(found))
        else:
            render_step(found, console)
        if once:
            raise typer.Exit(1 if found.problems else 0)
        time.sleep(interval)


@app.command()
def kill(reason: Annotated[str, typer.Option(help="Why; it is stored.")] = "by hand") -> None:
    """Turn the kill switch on: no order leaves, in any process, until `unkill`."""
    _switch(on=True, reason=reason)


@app.command()
def unkill(
    reason: Annotated[str, typer.Option(help="Why it is safe again; it is stored.")],
) -> None:
    """Turn the kill switch off again."""
    _switch(on=False, reason=reason)


def _switch(*, on: bool, reason: str) -> None:
    from polymarket_assets.executor.kill import kill as engage  # noqa: PLC0415
    from polymarket_assets.executor.kill import unkill as release  # noqa: PLC0415
    from polymarket_assets.store.home import open_home  # noqa: PLC0415
    from polymarket_assets.store.ledger import open_ledger  # noqa: PLC0415

    settings = _open("kill")
    now = open_home(settings).clock.now()
    turn = engage if on else release
    state = turn(open_ledger(settings), reason=reason, actor=f"cli:{getpass.getuser()}", now=now)
    console.print(f"kill switch {'[red]ON[/]' if state.engaged else '[green]off[/]'}: {reason}")


@app.command()
def positions(as_json: Json = False) -> None:
    """Every position with its cost, value at the bid and profit."""
    _ledger("positions", as_json=as_json)


@app.command()
def orders(as_json: Json = False) -> None:
    """Every order with its state and why."""
    _ledger("orders", as_json=as_json)


@app.command()
def fills(as_json: Json = False) -> None:
    """Every fill with price, size and fee."""
    _ledger("fills", as_json=as_json)


@app.command()
def pnl(as_json: Json = False) -> None:
    """Cash, equity, realised and unrealised profit."""
    _ledger("pnl", as_json=as_json)


def _ledger(what: str, *, as_json: bool) -> None:
    from polymarket_assets.serving import portfolio  # noqa: PLC0415 - see module docstring

    rows = getattr(portfolio, what)(_open(what))
    if as_json:
        _print_json(rows)
    else:
        portfolio.render_rows(what, rows, console)


@simulator_app.command("run")
def simulator_run(
    *,
    seed: Annotated[int, typer.Option(help="Same seed, same world.")] = 7,
    start: Annotated[
        datetime, typer.Option(formats=DAY, help="First generated day (UTC).")
    ] = datetime(2026, 3, 2, tzinfo=UTC),
    days: Annotated[int, typer.Option(min=1)] = 3,
    markets: Annotated[int, typer.Option(help="Markets a day.", min=3)] = 300,
    fills_a_day: Annotated[int, typer.Option("--fills", help="Fills a day.", min=1)] = 50_000,
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8877,
    now: Annotated[str | None, typer.Option(help="Start of the venue's clock, RFC 3339.")] = None,
    speed: Annotated[float, typer.Option(help="Venue seconds per second.", min=0)] = 1.0,
    rate_limit: Annotated[Literal["off", "429", "delay"], typer.Option()] = "off",
    latency_ms: Annotated[float, typer.Option(help="Added to each answer.", min=0)] = 0,
    truth: Annotated[Path | None, typer.Option(help="Folder for the truth ledger.")] = None,
) -> None:
    """Serve generated days over HTTP, with the venues' documented quirks.

    Prints where it listens and what it generated, then serves until interrupted. Without --now its
    clock starts at 21:00 of the last day.
    """
    from polymarket_assets.simulator.options import SimulatorOptions  # noqa: PLC0415
    from polymarket_assets.simulator.server import run_simulator  # noqa: PLC0415

    options = SimulatorOptions(
        seed=seed,
        start=start.date(),
        days=days,
        markets=markets,
        fills=fills_a_day,
        port=port,
        now=datetime.fromisoformat(now) if now else None,
        speed=speed,
        rate_limit=rate_limit,
        latency_ms=latency_ms,
        truth=truth,
    )
    run_simulator(options, ready=lambda info: _print_json(info.as_dict()))
