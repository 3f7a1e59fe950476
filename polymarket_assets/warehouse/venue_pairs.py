"""core.venue_pairs: which open markets of Polymarket and Kalshi ask the same question.

A pair is judged when one of its texts is new, and all with all once a day; what is held is kept
else. Belongs here: what to judge again, and the transaction that replaces both tables. Not here:
the judging (domain/matching/), approval by a person (executor/pairs.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import duckdb
import pyarrow as pa

from polymarket_assets.domain.matching import market as matching_market
from polymarket_assets.domain.matching.blocking import blocking_key, candidates
from polymarket_assets.domain.matching.judge import judge
from polymarket_assets.domain.matching.market import MarketText, Relation
from polymarket_assets.domain.matching.slots import Slots, read_slots
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.tables.shape import Table
from polymarket_assets.store.tables.warehouse import VENUE_PAIRS, VENUE_TEXTS
from polymarket_assets.warehouse.venue_texts import KALSHI, POLYMARKET, KnownText, open_texts

RELATED_SCORE = 0.6
"""Score from which RELATED pairs are kept, for people to see what was vetoed and why."""
WHOLE_EVERY = timedelta(days=1)
"""How often all texts are matched anew: which words tell markets apart moves with the lists."""
Row = dict[str, Any]
PairKey = tuple[str, str]


@dataclass(frozen=True)
class Matched:
    """What one refresh did; `note` says in words why there is nothing, where there is nothing."""

    polymarket: int
    kalshi: int
    judged: int
    pairs: dict[str, int]
    note: str


def refresh_venue_pairs(
    lake: Lake,
    now: datetime,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Matched:
    """Match the open markets of both venues and replace core.venue_pairs, atomically.

    `progress` is told how many candidate pairs of how many are done. When nothing changed since the
    last refresh nothing is written.
    """
    with lake.connect(read_only=True) as connection:
        left = open_texts(connection, POLYMARKET, now)
        right = open_texts(connection, KALSHI, now)
        pairs = _held(connection, VENUE_PAIRS)
        texts = _held(connection, VENUE_TEXTS)
    note = _missing(left, right)
    left, right = left or [], right or []
    code = matcher_sha256()
    whole_at = min((row["matched_whole_at"] for row in texts), default=None)
    is_whole = not isinstance(whole_at, datetime) or now - whole_at >= WHOLE_EVERY
    fresh = {_fingerprint(row) for row in texts if row["matcher_sha256"] == code}
    whole_at = now if is_whole else whole_at
    kept = {} if is_whole else {(str(p["market_a"]), str(p["market_b"])): p for p in pairs}
    new_pairs, judged = _match(
        left, right, set() if is_whole else fresh, kept, now=now, progress=progress
    )
    new_texts = [_text_row(known, code, whole_at) for known in (*left, *right)]
    if not (_same(new_pairs, pairs) and _same(new_texts, texts)):
        _replace(lake, {VENUE_PAIRS: new_pairs, VENUE_TEXTS: new_texts})
    counts = {str(r): sum(p["relation"] == r for p in new_pairs) for r in Relation}
    return Matched(len(left), len(right), judged, counts, note)


def pair_id(a: MarketText, b: MarketText) -> str:
    """The short name of a pair: 16 hex digits of the SHA-256 of both markets' keys."""
    return hashlib.sha256("\x1f".join((*a.key, *b.key)).encode()).hexdigest()[:16]


def matcher_sha256() -> str:
    """SHA-256 (hex) of the matching code: other code reads texts otherwise."""
    folder = resources.files(matching_market.__package__ or "")
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    digest = hashlib.sha256()
    for file in files:
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _match(
    left: Sequence[KnownText],
    right: Sequence[KnownText],
    fresh: set[tuple[object, ...]],
    kept: Mapping[PairKey, Row],
    *,
    now: datetime,
    progress: Callable[[int, int], None],
) -> tuple[list[Row], int]:
    """Rows of every pair worth keeping, in order, and how many were judged anew."""
    old_left = [_text_print(known.text) in fresh for known in left]
    old_right = [_text_print(known.text) in fresh for known in right]
    wanted = list(
        candidates([blocking_key(k.text) for k in left], [blocking_key(k.text) for k in right])
    )
    slots: dict[tuple[str, str], Slots] = {}
    rows, judged = [], 0
    for done, (i, j) in enumerate(wanted):
        if done % 10_000 == 0:
            progress(done, len(wanted))
        a, b = left[i], right[j]
        if old_left[i] and old_right[j]:
            held = kept.get((a.text.market_id, b.text.market_id))
            rows += [held] if held else []
            continue
        judged += 1
        if row := _judged(a, b, slots, now):
            rows.append(row)
    progress(len(wanted), len(wanted))
    return rows, judged


def _judged(
    a: KnownText, b: KnownText, slots: dict[tuple[str, str], Slots], now: datetime
) -> Row | None:
    one, two = (_slots_of(known.text, slots) for known in (a, b))
    made = judge(one, two)
    if made.relation is Relation.DIFFERENT or (
        made.relation is Relation.RELATED and made.score < RELATED_SCORE
    ):
        return None
    return {
        "pair_id": pair_id(a.text, b.text),
        "venue_a": a.text.venue,
        "market_a": a.text.market_id,
        "venue_b": b.text.venue,
        "market_b": b.text.market_id,
        "relation": str(made.relation),
        "score": made.score,
        "title_a": a.text.title,
        "title_b": f"{b.text.title} [{b.text.outcome}]",
        "evidence": json.dumps(made.as_json(), ensure_ascii=False),
        "rules_sha256_a": a.text.rules_sha256,
        "rules_sha256_b": b.text.rules_sha256,
        "slots": json.dumps({"a": one.as_json(), "b": two.as_json()}, ensure_ascii=False),
        "known_at": max(a.known_at, b.known_at),
        "matched_at": now,
    }


def _slots_of(text: MarketText, slots: dict[tuple[str, str], Slots]) -> Slots:
    if text.key not in slots:
        slots[text.key] = read_slots(text)
    return slots[text.key]


def _text_row(known: KnownText, code: str, whole_at: object) -> Row:
    return {
        "venue": known.text.venue,
        "market_id": known.text.market_id,
        "rules_sha256": known.text.rules_sha256,
        "closes_at": known.text.closes_at,
        "resolves_at": known.text.resolves_at,
        "known_at": known.known_at,
        "matcher_sha256": code,
        "matched_whole_at": whole_at,
    }


def _text_print(text: MarketText) -> tuple[object, ...]:
    return (text.venue, text.market_id, text.rules_sha256, text.closes_at, text.resolves_at)


def _fingerprint(row: Row) -> tuple[object, ...]:
    names = ("venue", "market_id", "rules_sha256", "closes_at", "resolves_at")
    return tuple(row[name] for name in names)


def _missing(left: list[KnownText] | None, right: list[KnownText] | None) -> str:
    if left is None:
        return "the warehouse was never built: no Polymarket markets"
    if right is None:
        return "no Kalshi markets: their staging views were never built"
    if not right:
        return "no Kalshi markets: none is open"
    return "" if left else "no Polymarket markets: none is open"


def _held(connection: duckdb.DuckDBPyConnection, table: Table) -> list[Row]:
    names = [column.name for column in table.columns]
    # The names are those of a declared table.
    rows = connection.execute(f"SELECT {', '.join(names)} FROM {table.qualified}").fetchall()  # noqa: S608
    return [
        {
            name: value.astimezone(UTC) if isinstance(value, datetime) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in rows
    ]


def _same(one: Sequence[Row], two: Sequence[Row]) -> bool:
    def key(rows: Iterable[Row]) -> list[str]:
        return sorted(repr(sorted(row.items())) for row in rows)

    return len(one) == len(two) and key(one) == key(two)


def _replace(lake: Lake, tables: Mapping[Table, Sequence[Row]]) -> None:
    """Put `tables` in the place of what they held, in one transaction."""
    made = {
        table: pa.Table.from_pylist([dict(row) for row in rows], schema=table.arrow_schema)
        for table, rows in tables.items()
    }

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        for table, rows in made.items():
            connection.execute(f"DELETE FROM {table.qualified}")  # noqa: S608 - a declared table
            connection.register("made", rows)
            connection.execute(f"INSERT INTO {table.qualified} BY NAME SELECT * FROM made")  # noqa: S608
            connection.unregister("made")

    lake.transaction(work)
