"""Pairs of markets as people see them: the list, and one pair with both texts and what differs.

Belongs here: `polymarket pairs list | show`. Not here: deciding (executor/pairs.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from polymarket_assets.executor.pairs import PairNotFoundError, pair_standings
from polymarket_assets.serving.tables import Field, safe, table
from polymarket_assets.store.lake import Lake
from polymarket_assets.warehouse.venue_texts import KALSHI, POLYMARKET, open_texts

Rows = list[dict[str, Any]]
_ORDER = "EQUIVALENT", "COMPLEMENT", "SUBSET", "SUPERSET", "RELATED"
_FIELDS = (
    Field("pair_id", "Pair"),
    Field("relation", "Relation"),
    Field("score", "Score", lambda score: "" if score is None else f"{score:.2f}", right=True),
    Field("approval", "Approval", width="wrap"),
    Field("title_a", "Polymarket", width="wrap"),
    Field("title_b", "Kalshi", width="wrap"),
)


def read_pairs(
    engine: sa.Engine,
    lake: Lake,
    *,
    relation: str | None = None,
    approved: bool = False,
    limit: int = 50,
) -> Rows:
    """Pairs, the strictest relation first, then by score; approvals of vanished pairs come first.

    `approval` is '' (none), 'holds', or why it is void.
    """
    standings = {s.pair.pair_id: s for s in pair_standings(engine, lake)}
    rows = _rows(lake, relation)
    held = {row["pair_id"] for row in rows}
    for row in rows:
        standing = standings.get(row["pair_id"])
        row["approval"] = "" if standing is None else standing.why_void or "holds"
    gone = [
        {
            "pair_id": pair_id,
            "relation": standing.pair.relation,
            "score": None,
            "title_a": standing.pair.market_a,
            "title_b": standing.pair.market_b,
            "approval": standing.why_void,
        }
        for pair_id, standing in standings.items()
        if pair_id not in held and relation in {None, standing.pair.relation}
    ]
    rows.sort(key=lambda row: (_ORDER.index(row["relation"]), -row["score"], row["pair_id"]))
    return [row for row in (*gone, *rows) if row["approval"] or not approved][:limit]


def read_pair(engine: sa.Engine, lake: Lake, pair_id: str, now: datetime) -> dict[str, Any]:
    """One pair with its evidence, slots and both rules texts as last read.

    Raises:
        PairNotFoundError: core.venue_pairs has no such pair.
    """
    found = [row for row in _rows(lake, None, whole=True) if row["pair_id"] == pair_id]
    if not found:
        raise PairNotFoundError(
            f"core.venue_pairs has no pair {pair_id}; `polymarket pairs list` shows those it has"
        )
    row = found[0]
    standing = {s.pair.pair_id: s for s in pair_standings(engine, lake)}.get(pair_id)
    row["evidence"], row["slots"] = json.loads(row["evidence"]), json.loads(row["slots"])
    row["approval"] = "" if standing is None else standing.why_void or "holds"
    with lake.connect(read_only=True) as connection:
        for side, venue in (("a", POLYMARKET), ("b", KALSHI)):
            texts = open_texts(connection, venue, now) or []
            rules = {known.text.market_id: known.text.rules for known in texts}
            row[f"rules_{side}"] = rules.get(row[f"market_{side}"])
    return row


def render_pairs(rows: Rows, console: Console) -> None:
    """Print the list, or why there is none."""
    if not rows:
        console.print("no pairs; the warehouse job matches open markets of both venues")
        return
    console.print(table("Pairs", _FIELDS, rows))
    console.print("`polymarket pairs show PAIR` prints both texts and what differs", markup=False)


def render_pair(row: Mapping[str, Any], console: Console) -> None:
    """Print one pair: relation, both texts side by side, what agrees and what differs."""
    console.print(
        f"[bold]{row['relation']}[/] score {row['score']:.2f}, "
        f"approval: {escape(row['approval'] or 'none')}"
    )
    for side in ("a", "b"):
        rules = row[f"rules_{side}"] or "(no longer an open market)"
        title = f"{row[f'venue_{side}']} {row[f'market_{side}']}"
        body = f"{row[f'title_{side}']}\n\n{rules}"
        console.print(Panel(escape(safe(body)), title=escape(title), title_align="left"))
    evidence = row["evidence"]
    _lines("differ", evidence["differences"], console)
    _lines("vetoes", evidence["vetoes"], console)
    _lines("agree", evidence["agree"], console)


def _lines(name: str, lines: Sequence[str], console: Console) -> None:
    words = "; ".join(lines) or "nothing"
    console.print(f"{name}: {safe(words)}", markup=False, highlight=False)


def _rows(lake: Lake, relation: str | None, *, whole: bool = False) -> Rows:
    columns = ["pair_id", "relation", "score", "title_a", "title_b", "venue_a", "market_a"]
    columns += ["venue_b", "market_b", "rules_sha256_a", "rules_sha256_b", "matched_at"]
    columns += ["evidence", "slots"] if whole else []
    # The names are those above.
    query = f"SELECT {', '.join(columns)} FROM core.venue_pairs WHERE ? IS NULL OR relation = ?"  # noqa: S608
    found = lake.rows(query, [relation, relation])
    return [dict(zip(columns, row, strict=True)) for row in found]
