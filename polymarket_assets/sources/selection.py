"""The names people give sources, and what a run may be narrowed to.

Belongs here: groups and which of them take a list of ids. Not here: the sources (registry.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from polymarket_assets.sources.books import collect_books
from polymarket_assets.sources.prices import collect_prices
from polymarket_assets.sources.registry import SOURCES
from polymarket_assets.sources.session import Collect
from polymarket_assets.sources.trades import collect_trades

_GROUPS: dict[str, Callable[[str], bool]] = {
    "trades": lambda name: name == "data_trades",
    "markets": lambda name: name.startswith("gamma_"),
    "books": lambda name: name == "clob_books",
    "prices": lambda name: name == "clob_prices",
    "leaderboards": lambda name: name == "data_leaderboard",
    "kalshi": lambda name: name.startswith("kalshi_"),
    "all": lambda name: True,
}
GROUPS = tuple(_GROUPS)


class SelectionError(ValueError):
    """No such source, or one that cannot be narrowed as asked."""


def sources_of(name: str) -> dict[str, Collect]:
    """The sources of a group, or the one of that name, in the order they depend on.

    Raises:
        SelectionError: there is no such group or source.
    """
    belongs = _GROUPS.get(name, lambda source: source == name)
    found = {source: collect for source, collect in SOURCES.items() if belongs(source)}
    if not found:
        known = ", ".join([*_GROUPS, *SOURCES])
        raise SelectionError(f"no source {name!r}; expected one of {known}")
    return found


def name_for_people(source: str) -> str:
    """What `polymarket sources run` calls a source: its group, else its own name."""
    return next(
        (g for g in ("trades", "markets", "books", "prices", "leaderboards") if _GROUPS[g](source)),
        source,
    )


def narrowed(
    sources: dict[str, Collect], *, conditions: Sequence[str] = (), tokens: Sequence[str] = ()
) -> dict[str, Collect]:
    """The same sources, asking for some conditions (trades) or tokens (books, prices) alone.

    Raises:
        SelectionError: one of them cannot be narrowed so.
    """
    by_condition: dict[str, Collect] = {
        "data_trades": partial(collect_trades, conditions=conditions)
    }
    by_token: dict[str, Collect] = {
        "clob_books": partial(collect_books, tokens=tokens),
        "clob_prices": partial(collect_prices, tokens=tokens),
    }
    found = dict(sources)
    for ids, able, option in (
        (conditions, by_condition, "--conditions"),
        (tokens, by_token, "--tokens"),
    ):
        if not ids:
            continue
        if unable := sorted(found.keys() - able.keys()):
            raise SelectionError(
                f"{option} is for {' and '.join(able)}, not for {', '.join(unable)}"
            )
        found = {source: able[source] for source in found}
    return found
