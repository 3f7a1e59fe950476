"""`polymarket strategies`: which strategies propose signals, and with which parameters."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from polymarket_assets.commands.terminal import Json, console, open_settings, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(
    no_args_is_help=True,
    help="Strategies: what proposes signals, and with which parameters.\n\n"
    "Every change is a new version in the ledger, with who and when. The next build of the "
    "warehouse reads the newest one, and its signals carry the hash of the parameters they were "
    "made with. A strategy only proposes; risk limits and approvals decide what is traded.",
)
Name = Annotated[str, typer.Argument(help="Name, from `polymarket strategies list`.")]


@app.command("list")
def strategies_list(as_json: Json = False) -> None:
    """Every strategy, SQL and Python, whether it is enabled, and what it does."""
    from polymarket_assets.serving.stores import open_stores  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.strategies import (  # noqa: PLC0415 - see terminal.py
        read_strategies,
        render_strategies,
    )

    with open_stores(open_settings("strategies")) as stores:
        rows = read_strategies(stores.engine)
    if as_json:
        print_json(rows)
    else:
        render_strategies(rows, console)


@app.command("show")
def strategies_show(name: Name, as_json: Json = False) -> None:
    """One strategy: each parameter with its range and meaning, and who changed what when."""
    from polymarket_assets.serving.stores import open_stores  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.strategies import (  # noqa: PLC0415 - see terminal.py
        read_strategy,
        render_strategy,
    )

    with open_stores(open_settings("strategies")) as stores:
        row = read_strategy(stores.engine, name)
    if as_json:
        print_json(row)
    else:
        render_strategy(row, console)


@app.command("enable")
def strategies_enable(name: Name, as_json: Json = False) -> None:
    """Let a strategy propose signals from the next build on.

    Read `show` first: chances and edges called assumed are assumptions, not measurements.
    """
    _change(name, as_json, enabled=True, words="the next build proposes its signals")


@app.command("disable")
def strategies_disable(name: Name, as_json: Json = False) -> None:
    """Let a strategy propose nothing any more, exits included.

    What it holds stays and is settled with the result; approvals that were given run out.
    """
    _change(name, as_json, enabled=False, words="what it holds stays, no exit is proposed any more")


@app.command("set")
def strategies_set(
    name: Name,
    assignments: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY=VALUE...",
            help="Parameters to set, e.g. min_edge=0.01; KEY=default follows the default again.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """Set parameters of a strategy, all of them in one version or none.

    For example `polymarket strategies set longshot_no min_edge=0.01 notional_usd=20`;
    KEY=default lets one follow its default again. `show` says what each may be.
    """
    from polymarket_assets.warehouse.strategy_settings import (  # noqa: PLC0415 - see terminal.py
        assignments_of,
    )

    values = assignments_of(assignments)
    _change(name, as_json, values=values, words="the next build uses it")


def _change(
    name: str,
    as_json: bool,
    *,
    words: str,
    enabled: bool | None = None,
    values: Mapping[str, str] | None = None,
) -> None:
    from polymarket_assets.serving.stores import open_stores  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.strategies import read_strategy  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.warehouse.strategy_settings import (  # noqa: PLC0415 - see terminal.py
        change_settings,
        settings_of,
    )

    with open_stores(open_settings("strategies")) as stores:
        before = settings_of(stores.engine, name).version
        held = change_settings(
            stores.engine,
            name,
            enabled=enabled,
            values=values,
            actor=f"cli:{getpass.getuser()}",
            now=stores.clock.now(),
        )
        row = read_strategy(stores.engine, name)
    if as_json:
        print_json(row)
    elif held.version == before:
        console.print(f"{name} is like that already: nothing was written", highlight=False)
    else:
        [newest, *_] = row["history"]
        console.print(
            f"{name}, version {held.version}: {newest['change']}; {words}",
            highlight=False,
            markup=False,
        )
