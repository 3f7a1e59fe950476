"""`polymarket executor`, and the ledger it writes: positions, orders, fills, pnl, kill switch."""

from __future__ import annotations

import getpass
import time
from typing import Annotated

import typer

from polymarket_assets.commands.terminal import Json, console, open_settings, print_json

app = typer.Typer(no_args_is_help=True, help="The executor: approved signals to orders.")


@app.command("run")
def executor_run(
    once: Annotated[bool, typer.Option(help="One step, then end.")] = False,
    interval: Annotated[int, typer.Option(help="Seconds between steps.", min=1)] = 15,
    as_json: Json = False,
) -> None:
    """Take approved signals to orders, one step or in a loop; only this process reads a key.

    A step may be killed anywhere and run again: no order is placed twice.
    """
    from polymarket_assets.executor.report import as_json as report_json  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.executor.step import approvals_step, executor_step  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.portfolio import render_step  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.home import open_home  # noqa: PLC0415 - see terminal.py

    settings = open_settings("executor")
    clock = open_home(settings).clock
    while True:
        if not once:
            approvals_step(settings, clock.now)
        found = executor_step(settings, clock.now)
        if as_json:
            print_json(report_json(found))
        else:
            render_step(found, console)
        if once:
            raise typer.Exit(1 if found.problems else 0)
        time.sleep(interval)


def kill(reason: Annotated[str, typer.Option(help="Why; it is stored.")] = "by hand") -> None:
    """Turn the kill switch on: no order leaves, in any process, until `unkill`."""
    _switch(on=True, reason=reason)


def unkill(
    reason: Annotated[str, typer.Option(help="Why it is safe again; it is stored.")],
) -> None:
    """Turn the kill switch off again."""
    _switch(on=False, reason=reason)


def _switch(*, on: bool, reason: str) -> None:
    from polymarket_assets.executor.kill import kill as engage  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.executor.kill import unkill as release  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.home import open_home  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.ledger import open_ledger  # noqa: PLC0415 - see terminal.py

    settings = open_settings("kill")
    now = open_home(settings).clock.now()
    turn = engage if on else release
    state = turn(open_ledger(settings), reason=reason, actor=f"cli:{getpass.getuser()}", now=now)
    console.print(f"kill switch {'[red]ON[/]' if state.engaged else '[green]off[/]'}: {reason}")


def positions(as_json: Json = False) -> None:
    """Every position with its cost, value at the bid and profit."""
    _ledger("positions", as_json=as_json)


def orders(as_json: Json = False) -> None:
    """Every order with its state and why."""
    _ledger("orders", as_json=as_json)


def fills(as_json: Json = False) -> None:
    """Every fill with price, size and fee."""
    _ledger("fills", as_json=as_json)


def pnl(as_json: Json = False) -> None:
    """Cash, equity, realised and unrealised profit."""
    _ledger("pnl", as_json=as_json)


def _ledger(what: str, *, as_json: bool) -> None:
    from polymarket_assets.serving import portfolio  # noqa: PLC0415 - see terminal.py

    rows = getattr(portfolio, what)(open_settings(what))
    if as_json:
        print_json(rows)
    else:
        portfolio.render_rows(what, rows, console)
