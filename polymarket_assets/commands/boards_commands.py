"""`polymarket leaderboard`, `trader`, `traders` and `markets`: reading the published version."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from polymarket_assets.commands.terminal import DAY, Json, console, open_settings, print_json

traders_app = typer.Typer(no_args_is_help=True, help="Traders: find a wallet by name.")
markets_app = typer.Typer(no_args_is_help=True, help="Markets: list, search, show.")
Limit = Annotated[int, typer.Option(min=1, help="Most rows shown.")]


def leaderboard(
    *,
    window: Annotated[str, typer.Option(help="1d, 7d, 30d or all.")] = "7d",
    as_of: Annotated[
        datetime | None, typer.Option(formats=DAY, help="Last day (UTC); default the newest.")
    ] = None,
    category: Annotated[str, typer.Option(help="A topic such as politics, or all.")] = "all",
    min_trades: Annotated[
        int | None, typer.Option(min=0, help="Fewest fills ever; default 10.")
    ] = None,
    min_volume: Annotated[
        float | None, typer.Option(min=0, help="Least volume ever, USD; default 100.")
    ] = None,
    min_win_rate: Annotated[
        float | None, typer.Option(min=0, max=1, help="Least share of markets won in the window.")
    ] = None,
    exclude_wash: Annotated[
        bool, typer.Option(help="Leave out wallets whose volume looks like wash trading.")
    ] = False,
    limit: Limit = 25,
    as_json: Json = False,
) -> None:
    """The best traders of a window, by profit, then win rate, then volume."""
    from polymarket_assets.serving import boards, boards_view  # noqa: PLC0415 - see terminal.py

    rows = boards.leaderboard(
        open_settings("leaderboard"),
        boards.Board(
            window=window,
            as_of=as_of.date() if as_of else None,
            category=category,
            least_fills=min_trades,
            least_volume_usd=None if min_volume is None else Decimal(str(min_volume)),
            least_win_rate=None if min_win_rate is None else Decimal(str(min_win_rate)),
            exclude_wash=exclude_wash,
            limit=limit,
        ),
    )
    if as_json:
        print_json(rows)
    else:
        day = f", as of {rows[0]['as_of_date']}" if rows else ""
        boards_view.render_leaderboard(rows, f"Traders, {window}, {category}{day} (USD)", console)


def trader(
    wallet: str,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="First day shown (UTC).")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=DAY, help="Last day shown (UTC).")
    ] = None,
    as_json: Json = False,
) -> None:
    """One wallet: profit by day, positions, and what the venue's own boards say."""
    from polymarket_assets.serving import boards, boards_view  # noqa: PLC0415 - see terminal.py

    found = boards.trader(
        open_settings("trader"),
        wallet,
        first.date() if first else None,
        last.date() if last else None,
    )
    if as_json:
        print_json(found)
    else:
        boards_view.render_trader(found, console)


@traders_app.command("search")
def traders_search(text: str, limit: Limit = 25, as_json: Json = False) -> None:
    """Wallets whose name, pseudonym or address contains a text."""
    from polymarket_assets.serving import boards, boards_view  # noqa: PLC0415 - see terminal.py

    rows = boards.search_traders(open_settings("traders"), text, limit)
    if as_json:
        print_json(rows)
    else:
        boards_view.render_traders(rows, console)


@markets_app.command("list")
def markets_list(
    *,
    closed: Annotated[bool, typer.Option("--closed", help="Closed markets too.")] = False,
    limit: Limit = 25,
    as_json: Json = False,
) -> None:
    """The largest markets by volume."""
    _markets("", is_open=not closed, limit=limit, as_json=as_json)


@markets_app.command("search")
def markets_search(text: str, limit: Limit = 25, as_json: Json = False) -> None:
    """Markets whose question, slug or id contains a text, open and closed."""
    _markets(text, is_open=False, limit=limit, as_json=as_json)


def _markets(text: str, *, is_open: bool, limit: int, as_json: bool) -> None:
    from polymarket_assets.serving import boards, boards_view  # noqa: PLC0415 - see terminal.py

    rows = boards.markets(open_settings("markets"), text=text, is_open=is_open, limit=limit)
    if as_json:
        print_json(rows)
    else:
        boards_view.render_markets(rows, console)


@markets_app.command("show")
def markets_show(market: str, as_json: Json = False) -> None:
    """One market by condition id, Gamma id or slug: outcomes, newest features, largest traders."""
    from polymarket_assets.serving import boards, boards_view  # noqa: PLC0415 - see terminal.py

    found = boards.market(open_settings("markets"), market)
    if as_json:
        print_json(found)
    else:
        boards_view.render_market(found, console)
