"""`polymarket sources`: collecting without the UI, what it will cost, and whether venues answer."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from polymarket_assets.commands.terminal import DAY, Json, console, open_settings, print_json

if TYPE_CHECKING:
    from polymarket_assets.domain.windows import DayWindow

app = typer.Typer(no_args_is_help=True, help="The sources: run, list, test and plan them.")

PARTIAL = 3
"""Exit status of a run that met --limit or --timeout."""
From = Annotated[
    datetime | None,
    typer.Option("--from", formats=DAY, help="First day (UTC), together with --to; else today."),
]
To = Annotated[
    datetime | None,
    typer.Option("--to", formats=DAY, help="Last day (UTC), together with --from; else today."),
]
Name = Annotated[
    str,
    typer.Argument(
        help="trades, markets, books, prices, leaderboards, kalshi, all, or a source by its name."
    ),
]


@app.command("run")
def sources_run(
    *,
    name: Name,
    first: From = None,
    last: To = None,
    limit: Annotated[
        int | None, typer.Option(help="Stop each source after so many pages.", min=1)
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Stop after so many seconds in all.", min=0)
    ] = None,
    fresh: Annotated[
        bool, typer.Option(help="Walk anew: ask also for what is held. Rows are never doubled.")
    ] = False,
    conditions: Annotated[
        Path | None,
        typer.Option(help="Only these markets' fills: a file, one condition id a line."),
    ] = None,
    tokens: Annotated[
        Path | None, typer.Option(help="Only these tokens' books or prices: a file, one id a line.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Collect one source, a group of them, or all; what is held is not asked for again.

    A run may be stopped anywhere and started again: it goes on at the page where it stopped. One
    source that fails stops no other. Exit status: 0 when all that was asked for is held, 1 when a
    source failed, 3 when it was stopped by --limit or --timeout before its end.
    """
    from rich.console import Console  # noqa: PLC0415 - see terminal.py

    from polymarket_assets.commands.collecting import collect, render  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.commands.id_files import CONDITION, TOKEN, read_ids  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.sources.selection import narrowed, sources_of  # noqa: PLC0415 - see terminal.py

    sources = narrowed(
        sources_of(name),
        conditions=read_ids(conditions, CONDITION) if conditions else (),
        tokens=read_ids(tokens, TOKEN) if tokens else (),
    )
    settings = open_settings("sources")
    results = collect(
        settings,
        sources,
        _window(first, last),
        screen=Console(stderr=True) if as_json else console,
        pages=limit,
        seconds=timeout,
        fresh=fresh,
    )
    if as_json:
        print_json([result.as_json() for result in results])
    else:
        render(results, console)
    outcomes = {result.outcome for result in results}
    raise typer.Exit(1 if "failed" in outcomes else PARTIAL if "partial" in outcomes else 0)


@app.command("list")
def sources_list(
    window: Annotated[
        str, typer.Option(help="Time the success rate is over: 90m, 24h, 7d, …")
    ] = "24h",
    as_json: Json = False,
) -> None:
    """Every source: endpoint, table, schedule, last success, rows, and how often it succeeds."""
    from polymarket_assets.commands.source_listing import listing, render  # noqa: PLC0415 - see terminal.py

    settings = open_settings("sources")
    rows = listing(settings, _span(window))
    if as_json:
        print_json(rows)
    else:
        render(rows, window, console)


@app.command("test")
def sources_test(
    venue: Annotated[
        Literal["gamma", "data", "clob", "kalshi"], typer.Argument(help="Which venue API to ask.")
    ],
    as_json: Json = False,
) -> None:
    """One cheap request to each endpoint of a venue: status, latency, contract kept?

    Exit status: 0 when every endpoint answered as its contract says, else 1.
    """
    from polymarket_assets.serving.tables import Field, table  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.venue_probes import probe  # noqa: PLC0415 - see terminal.py

    settings = open_settings("sources")
    if as_json:
        probes = probe(settings, venue)
        print_json([found.as_json() for found in probes])
    else:
        with console.status(f"asking {venue} …"):
            probes = probe(settings, venue)
        fields = [
            Field("path", "endpoint", width="wrap"),
            Field("status", right=True),
            Field("milliseconds", "ms", right=True),
            Field("contract"),
            Field("problem", width="wrap"),
        ]
        console.print(table("", fields, [found.as_json() for found in probes]))
    if not probes:
        console.print(f"no endpoint of {venue} is known here")
    raise typer.Exit(1 if any(found.problem for found in probes) else 0)


@app.command("plan")
def sources_plan(
    *,
    name: Annotated[str, typer.Argument(help="As for run; all if absent.")] = "all",
    first: From = None,
    last: To = None,
    as_json: Json = False,
) -> None:
    """What collecting some days will cost before it starts: requests, time, disk.

    Nothing is asked of a venue. What is held already is left out. Each line says what is known from
    the lake and what had to be assumed.
    """
    from polymarket_assets.commands.collecting import days_or_today, render_plan  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.collection_plan import plan  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.stores import open_stores  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.sources.selection import sources_of  # noqa: PLC0415 - see terminal.py

    sources = sources_of(name)
    settings = open_settings("sources")
    with open_stores(settings) as stores:
        now = stores.clock.now()
        window = days_or_today(_window(first, last), now)
        lines = plan(stores.lake, settings, list(sources), window, now)
    if as_json:
        print_json({"window": str(window), "sources": [line.as_json() for line in lines]})
    else:
        render_plan(lines, window, console)


def _window(first: datetime | None, last: datetime | None) -> DayWindow | None:
    """The days of --from and --to, None without both.

    Raises:
        ValueError: only one of the two was given, or they are in the wrong order.
    """
    from polymarket_assets.domain.windows import DayWindow  # noqa: PLC0415 - see terminal.py

    if first is None and last is None:
        return None
    if first is None or last is None:
        msg = "--from and --to go together; give both, e.g. --from 2024-01-01 --to 2024-01-31"
        raise ValueError(msg)
    return DayWindow(first.date(), last.date())


def _span(text: str) -> timedelta:
    """A span of time such as 90m, 24h or 7d."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text)
    if not found:
        raise typer.BadParameter(f"{text!r}: expected a number and m, h or d, e.g. 7d")
    unit = {"m": "minutes", "h": "hours", "d": "days"}[found[2]]
    return timedelta(**{unit: int(found[1])})
