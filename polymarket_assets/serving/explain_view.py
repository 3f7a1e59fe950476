"""An explanation as a tree on a terminal.

Belongs here: layout. Not here: what is explained (explain.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from polymarket_assets.serving.explain import Evidence, Told
from polymarket_assets.serving.explain_pages import Page
from polymarket_assets.serving.explain_rows import Row
from polymarket_assets.serving.tables import cell, moment, price, safe

SHOWN = 10
"""Rows of one kind that are named; `--json` has all."""
_BRIEF = {
    "book": ("best_bid", "best_bid_size", "best_ask", "best_ask_size"),
    "own book": ("best_bid", "best_bid_size", "best_ask", "best_ask_size"),
    "market version": ("market_id", "yes_token_id", "end_at"),
    "event version": ("event_id", "slug"),
    "fill": ("event_at", "side", "price", "size"),
    "price point": ("event_at", "price"),
    "leader's fill": ("event_at", "side", "price", "size"),
    "Kalshi book": ("ticker",),
    "Kalshi market": ("ticker", "event_ticker"),
}
_FEATURES = (
    "mid_price", "mid_source", "spread_rel", "hours_to_close", "volume_24h", "volume_1h",
    "book_imbalance", "fee_rate", "fee_source", "book_age_s", "gamma_age_s",
)  # fmt: skip


def render(told: Told, console: Console) -> None:
    """One signal from what it says down to the pages, and what was derived from them."""
    explanation = told.explanation
    tree = Tree(_headline(explanation.grounds.signal), guide_style="dim")
    tree.add(Text(safe(explanation.grounds.signal["reason"])))
    _add_version(tree, told)
    _add_snapshot(tree, explanation.grounds.snapshot)
    rests = tree.add(Text("rests on", "bold"))
    for role, group in groupby(explanation.evidence, key=lambda one: one.fact.role):
        _add_evidence(rests, role, list(group))
    pages = tree.add(Text(f"read from {len(explanation.pages)} pages", "bold"))
    for page in explanation.pages[:SHOWN]:
        _add_page(pages, page)
    _add_more(pages, explanation.pages)
    derived = tree.add(Text("derived from their bytes again", "bold"))
    for check in explanation.checks:
        told_so = f"{check.what} {_value(check.stored)}"
        if check.holds:
            derived.add(Text(f"✓ {told_so}", "green"))
        else:
            derived.add(Text(f"✗ {told_so}, the bytes give {_value(check.derived)}", "bold red"))
    console.print(tree, highlight=False)
    if not explanation.problems:
        console.print(
            Text(
                "proved: every row is what its bytes say, and these values follow from them",
                "green",
            )
        )
    for problem in explanation.problems:
        console.print(Text(f"✗ {safe(problem)}", "bold red"), soft_wrap=True)


def _headline(signal: Row) -> Text:
    return Text.assemble(
        (f"{signal['strategy']} {signal['strategy_version']}", "bold"),
        f" {signal['action']}: {signal['side']} ",
        (safe(f"{signal['outcome']} of {signal['question']}"), "bold"),
        f" at {price(signal['price_limit'])}\nsignal {signal['signal_id']}",
    )


def _add_version(tree: Tree, told: Told) -> None:
    made = tree.add(Text("made by", "bold"))
    made.add(
        f"version {told.publication.version} of the lake, published"
        f" {moment(told.publication.published_at)} UTC"
    )
    made.add(f"models {told.model_version or 'not recorded'}")
    signal, settings = told.explanation.grounds.signal, told.explanation.grounds.settings
    named = "" if settings is None else ": " + ", ".join(f"{k}={v}" for k, v in settings.items())
    made.add(Text(f"parameters {signal['params_hash']}{named}"))


def _add_snapshot(tree: Tree, snapshot: Row | None) -> None:
    if snapshot is None:
        tree.add(Text("its snapshot is not there", "bold red"))
        return
    shown = tree.add(
        Text(f"features of {moment(snapshot['as_of'])} UTC, {snapshot['as_of_kind']}", "bold")
    )
    shown.add(f"key {snapshot['feature_snapshot_key']}")
    shown.add(Text(_named(snapshot, [n for n in _FEATURES if snapshot[n] is not None])))


def _add_evidence(tree: Tree, role: str, group: Sequence[Evidence]) -> None:
    count = f" × {len(group)}" if len(group) > 1 else ""
    branch = tree.add(Text(f"{role}{count}, {group[0].fact.table}", "bold"))
    for one in group[:SHOWN]:
        row = one.fact.row
        leaf = branch.add(Text(f"{_named(row, _BRIEF[role])} (known {moment(row['known_at'])})"))
        good = not one.proof.problems
        leaf.add(
            Text(
                f"{'✓' if good else '✗'} raw.{one.fact.source}, record {row['position']}"
                f" of page {row['page_id']}",
                "green" if good else "bold red",
            )
        )
    _add_more(branch, group)


def _add_page(tree: Tree, page: Page) -> None:
    branch = tree.add(
        Text(f"{page.page_id}, received {moment(page.received_at)} UTC, {page.bytes:,} bytes")
    )
    branch.add(Text(f"sha256 {page.sha256}"))
    branch.add(Text(safe(_asked(page)), overflow="ellipsis", no_wrap=True))


def _asked(page: Page) -> str:
    """The request: its path, and what was asked for."""
    described = json.loads(page.request)
    said = described.get("params") or described.get("body") or ""
    return f"{page.source} {page.path} {json.dumps(said) if said else ''}".strip()


def _add_more(tree: Tree, items: Sequence[Any]) -> None:
    if len(items) > SHOWN:
        tree.add(Text(f"and {len(items) - SHOWN} more; --json tells all", "dim"))


def _named(row: Row, names: Sequence[str]) -> str:
    return ", ".join(f"{name} {_value(row[name])}" for name in names)


def _value(value: Any) -> str:
    return safe(value) if isinstance(value, str) else cell(value)
