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
from polymarket_assets.serving.explain_records import Check
from polymarket_assets.serving.explain_rows import Row
from polymarket_assets.serving.tables import Field, cell, moment, price, safe, table

SHOWN = 10
"""Rows of one kind that are named; `--json` has all."""
ENDS = 3
"""Rows of a past that are named at each of its ends."""
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
_PAST = {
    "earlier snapshot": ("as_of", "mid_price", "logit_mid", "volume_1h"),
    "earlier fill": ("event_at", "side", "price", "size"),
    "leader's past fill": ("event_at", "outcome", "role", "side", "price", "size"),
    "match of a past fill": ("event_at", "outcome", "side", "price", "size"),
    "decided market": ("question", "closed_at", "known_at"),
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
        add = _add_past if role in _PAST else _add_evidence
        add(rests, role, list(group))
    pages = tree.add(Text(f"read from {len(explanation.pages)} pages", "bold"))
    for page in explanation.pages[: SHOWN - ENDS] + explanation.pages[SHOWN - ENDS :][-ENDS:]:
        _add_page(pages, page)
    _add_more(pages, explanation.pages)
    derived = tree.add(Text("derived from their bytes again", "bold"))
    _add_history(derived, [check for check in explanation.checks if check.at])
    for check in explanation.checks:
        if check.at is None:
            derived.add(_checked(check))
    console.print(tree, highlight=False)
    if not explanation.problems:
        console.print(
            Text(
                "proved: every row is what its bytes say, and these values follow from them",
                "green",
            )
        )
    for problem in explanation.problems[:SHOWN]:
        console.print(Text(f"✗ {safe(problem)}", "bold red"), soft_wrap=True)
    if len(explanation.problems) > SHOWN:
        console.print(f"and {len(explanation.problems) - SHOWN} more; --json tells all")


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
    if told.explanation.grounds.built_at:
        made.add(f"a build as of {moment(told.explanation.grounds.built_at)} UTC")
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


def _add_past(tree: Tree, role: str, group: Sequence[Evidence]) -> None:
    """A table of the first and the last rows."""
    good = sum(not one.proof.problems for one in group)
    branch = tree.add(
        Text(
            f"{role} × {len(group)}, {group[0].fact.table}; {good} of the rows of"
            f" raw.{group[0].fact.source} are what their bytes say",
            "bold" if good == len(group) else "bold red",
        )
    )
    fields = [*map(Field, _PAST[role]), Field("record", right=True), Field("page")]
    rows = [_past_row(one, fields) for one in group]
    if len(rows) > 2 * ENDS:
        rows[ENDS:-ENDS] = [dict.fromkeys((field.key for field in fields), "…")]
    branch.add(table("", fields, rows))
    _add_rest(branch, len(group) - 2 * ENDS)


def _past_row(one: Evidence, fields: Sequence[Field]) -> Row:
    row = one.fact.row
    mark = "✗ " if one.proof.problems else ""
    said = {"record": f"{mark}{row['position']}", "page": row["page_id"]}
    return {field.key: said.get(field.key, row.get(field.key)) for field in fields}


def _add_history(tree: Tree, checks: Sequence[Check]) -> None:
    """The values of earlier snapshots, a line for each column; those that do not agree by name."""
    for what in dict.fromkeys(check.what for check in checks):
        group = [check for check in checks if check.what == what]
        wrong = [check for check in group if not check.holds]
        first, last = group[0], group[-1]
        told = (
            f"{what} × {len(group)}, {_value(first.stored)} of {moment(first.at)} to"
            f" {_value(last.stored)} of {moment(last.at)} UTC"
        )
        if not wrong:
            tree.add(Text(f"✓ {told}", "green"))
            continue
        branch = tree.add(Text(f"✗ {told}: {len(wrong)} do not agree", "bold red"))
        for check in wrong[:SHOWN]:
            branch.add(_checked(check))
        _add_more(branch, wrong)


def _checked(check: Check) -> Text:
    if not check.holds:
        return Text(f"✗ {safe(check.problem)}", "bold red")
    if check.bound:
        bound = f"{check.bound} {_value(check.stored)}"
        return Text(f"✓ {check.what} {_value(check.derived)}, {bound}", "green")
    return Text(f"✓ {check.what} {_value(check.stored)}", "green")


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
    _add_rest(tree, len(items) - SHOWN)


def _add_rest(tree: Tree, more: int) -> None:
    if more > 0:
        tree.add(Text(f"and {more} more; --json tells all", "dim"))


def _named(row: Row, names: Sequence[str]) -> str:
    return ", ".join(f"{name} {_value(row[name])}" for name in names)


def _value(value: Any) -> str:
    return safe(value) if isinstance(value, str) else cell(value)
