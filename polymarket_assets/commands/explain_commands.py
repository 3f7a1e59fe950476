"""`polymarket explain`: a signal, or an order, down to the bytes it rests on."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from polymarket_assets.commands.terminal import Json, console, open_settings, print_json
from polymarket_assets.commands.upkeep_commands import progress_bar


def explain(
    key: Annotated[
        str | None, typer.Argument(help="Id of a signal, an approval or an order.")
    ] = None,
    *,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Instead: up to so many signals, by their hash.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(help="A published version other than the newest.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Follow a signal to its features, fills, prices and books, and these to the venue's bytes.

    So are the earlier snapshots of its market or the past of its leader, if it goes by them. Each
    page's SHA-256 is compared, the page read again by today's contract, each row compared with its
    bytes, and the signal's values derived from them anew.

    Exit status: 0 when all of it agrees, else 1.
    """
    from polymarket_assets.serving.explain import explain_one  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.serving.explain_view import render  # noqa: PLC0415 - see terminal.py

    if (key is None) == (sample is None):
        raise typer.BadParameter("name one signal or order, or give --sample")
    if key is None:
        _sample(sample or 0, version, as_json=as_json)
        return
    told = explain_one(open_settings("explain"), key, version=version)
    if as_json:
        print_json(told.as_json())
    else:
        render(told, console)
    raise typer.Exit(1 if told.explanation.problems else 0)


def _sample(most: int, version: int | None, *, as_json: bool) -> None:
    from polymarket_assets.serving.explain import explain_some  # noqa: PLC0415 - see terminal.py

    explained, rows, pages, values = Counter(), 0, set(), 0
    problems: dict[str, tuple[str, ...]] = {}
    with progress_bar() as advance:
        for explanation, of in explain_some(open_settings("explain"), most, version=version):
            signal = explanation.grounds.signal
            explained[signal["strategy"]] += 1
            rows += len(explanation.evidence)
            pages |= {page.page_id for page in explanation.pages}
            values += len(explanation.checks)
            if explanation.problems:
                problems[signal["signal_id"]] = explanation.problems
            advance("signals", explained.total(), of)
    if as_json:
        print_json(
            {
                "signals": explained.total(),
                "by_strategy": explained,
                "rows": rows,
                "pages": len(pages),
                "values": values,
                "problems": problems,
            }
        )
    else:
        console.print(
            f"{explained.total():,} signals rest on {rows:,} rows of {len(pages):,} pages;"
            f" {values:,} values derived anew; {len(problems):,} signals do not agree",
            highlight=False,
        )
        for signal_id, words in problems.items():
            console.print(f"{signal_id}: {words[0]}", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1 if problems else 0)
