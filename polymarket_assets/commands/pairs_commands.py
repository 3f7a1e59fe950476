"""`polymarket pairs`: markets of two venues that ask one question, and who approved them."""

from __future__ import annotations

import getpass
from typing import Annotated, Literal

import typer

from polymarket_assets.commands.terminal import Json, console, open_settings, print_json

app = typer.Typer(
    no_args_is_help=True,
    help="Markets of Polymarket and Kalshi that ask related questions.\n\n"
    "Only pairs a person approved may be traded across venues. An approval is pinned to both "
    "texts: when either changes by a letter, it is void.",
)
Relation = Literal["EQUIVALENT", "COMPLEMENT", "SUBSET", "SUPERSET", "RELATED"]
Pair = Annotated[str, typer.Argument(help="Id of the pair, from `polymarket pairs list`.")]


@app.command("list")
def pairs_list(
    relation: Annotated[Relation | None, typer.Option(help="Only this relation.")] = None,
    approved: Annotated[bool, typer.Option("--approved", help="Only approved pairs.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Most pairs to print.")] = 50,
    as_json: Json = False,
) -> None:
    """Pairs, the strictest relation first, with what became of their approval."""
    from polymarket_assets.serving.pairs import read_pairs, render_pairs  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.stores import open_stores  # noqa: PLC0415 - see terminal.py

    with open_stores(open_settings("pairs")) as stores:
        rows = read_pairs(
            stores.engine, stores.lake, relation=relation, approved=approved, limit=limit
        )
    if as_json:
        print_json(rows)
    else:
        render_pairs(rows, console)


@app.command("show")
def pairs_show(pair: Pair, as_json: Json = False) -> None:
    """One pair: both rules texts, the slots read from them, what agrees and what differs."""
    from polymarket_assets.serving.pairs import read_pair, render_pair  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.stores import open_stores  # noqa: PLC0415 - see terminal.py

    with open_stores(open_settings("pairs")) as stores:
        row = read_pair(stores.engine, stores.lake, pair, stores.clock.now())
    if as_json:
        print_json(row)
    else:
        render_pair(row, console)


@app.command("approve")
def pairs_approve(
    pair: Pair, note: Annotated[str, typer.Option(help="Why they are one; it is stored.")]
) -> None:
    """Declare that both markets ask one question; pins the words of both as they are now.

    Only EQUIVALENT and COMPLEMENT pairs can be approved: whatever vetoed another one stands.
    """
    from polymarket_assets.executor.pairs import approve_pair  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.stores import open_stores  # noqa: PLC0415 - see terminal.py

    with open_stores(open_settings("pairs")) as stores:
        actor, now = f"cli:{getpass.getuser()}", stores.clock.now()
        done = approve_pair(stores.engine, stores.lake, pair, actor=actor, note=note, now=now)
    console.print(
        f"approved {done.pair_id} as {done.relation}, pinned to {done.rules_sha256_a[:12]} and "
        f"{done.rules_sha256_b[:12]}",
        highlight=False,
    )


@app.command("revoke")
def pairs_revoke(
    pair: Pair, note: Annotated[str, typer.Option(help="Why no longer; it is stored.")]
) -> None:
    """Withdraw an approval; the ledger keeps both decisions."""
    from polymarket_assets.executor.pairs import revoke_pair  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.stores import open_stores  # noqa: PLC0415 - see terminal.py

    with open_stores(open_settings("pairs")) as stores:
        actor, now = f"cli:{getpass.getuser()}", stores.clock.now()
        done = revoke_pair(stores.engine, pair, actor=actor, note=note, now=now)
    console.print(f"revoked {done.pair_id}", highlight=False)
