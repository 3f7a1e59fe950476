"""The simulator's truth ledger: what there is to fetch, and whether it is there once.

Belongs here: reading the ledger, and comparing it with the rows a run left, in the lake or in the
floor's file, as multisets: a row lost and another one doubled do not make up for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from benchmarks.history import OF_HISTORY
from benchmarks.tasks import Kind, Task


@dataclass(frozen=True)
class Difference:
    """How many rows there should be, how many of them are missing, and how many are too many."""

    expected: int
    lost: int
    surplus: int

    @property
    def none(self) -> bool:
        """Whether the rows are exactly those of the ledger."""
        return not self.lost and not self.surplus


class Truth:
    """The ledger of one simulator."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def conditions_with(self, rows: int, *, listed_at: datetime, now: datetime) -> tuple[str, ...]:
        """Markets listed at one time, chosen by their ids, that have at least `rows` rows at `now`.

        A fill counts once as its match's row and once for each side, as both passes fetch it.
        """
        return self._ids(
            """
            WITH counted AS (
                SELECT condition_id, count(*) + count(*) FILTER (role = 'taker') AS fills
                FROM read_parquet($fills) WHERE event_at <= $now GROUP BY condition_id
            ),
            chosen AS (
                SELECT *, sum(fills) OVER (ORDER BY condition_id) - fills AS before
                FROM counted JOIN read_parquet($markets) USING (condition_id)
                WHERE created_at < $listed
            )
            SELECT condition_id FROM chosen WHERE before < $rows
            ORDER BY created_at, condition_id
            """,
            listed=listed_at,
            now=now,
            rows=rows,
        )

    def conditions_at(self, now: datetime) -> tuple[str, ...]:
        """Every market listed at `now`."""
        return self._ids(
            "SELECT condition_id FROM read_parquet($markets) WHERE NOT placeholder"
            " AND created_at < $now ORDER BY created_at, condition_id",
            now=now,
        )

    def conditions_of(self, tokens: tuple[str, ...]) -> tuple[str, ...]:
        """The markets of some first tokens."""
        return self._ids(
            "SELECT condition_id FROM read_parquet($markets) WHERE list_contains($tokens, token_0)"
            " ORDER BY created_at, condition_id",
            tokens=list(tokens),
        )

    def tokens_traded(self, *, starts_at: datetime, ends_at: datetime) -> tuple[str, ...]:
        """Both tokens of the markets that live in a window and have traded before its end."""
        return self._ids(
            """
            SELECT unnest([token_0, token_1]) AS token
            FROM read_parquet($markets)
            WHERE created_at < $ends AND resolved_at > $starts AND condition_id IN (
                SELECT condition_id FROM read_parquet($fills)
                WHERE event_at <= $ends AND size_micro > 0
            )
            ORDER BY created_at, token
            """,
            starts=starts_at,
            ends=ends_at,
        )

    def tokens_with_book(self, now: datetime) -> tuple[str, ...]:
        """The first token of each market that has a book at `now`."""
        return self._ids(
            "SELECT token_0 FROM read_parquet($markets) WHERE opens_at <= $now"
            " AND proposed_at > $now ORDER BY token_0",
            now=now,
        )

    def difference(
        self, engine: duckdb.DuckDBPyConnection, task: Task, *, floor: Path | None = None
    ) -> Difference:
        """Compare what a run left with the ledger.

        Args:
            engine: a connection that sees the lake.
            task: the run.
            floor: the floor's file; without it the lake's rows are compared.
        """
        wanted, held = _TRUTH[task.kind], _FLOOR[task.kind] if floor else _LAKE[task.kind]
        [row] = self._rows(
            engine,
            f"""
            WITH wanted AS MATERIALIZED ({wanted}), held AS MATERIALIZED ({held})
            SELECT
                (SELECT count(*) FROM wanted),
                (SELECT count(*) FROM (FROM wanted EXCEPT ALL FROM held)),
                (SELECT count(*) FROM (FROM held EXCEPT ALL FROM wanted))
            """,
            now=task.now,
            starts=task.starts_at,
            ends=task.ends_at,
            conditions=list(task.conditions),
            tokens=list(task.tokens),
            floor=str(floor),
        )
        return Difference(*row)

    def _ids(self, sql: str, **facts: object) -> tuple[str, ...]:
        with duckdb.connect() as engine:
            engine.execute("SET TimeZone = 'UTC'")
            return tuple(row[0] for row in self._rows(engine, sql, **facts))

    def _rows(self, engine: duckdb.DuckDBPyConnection, sql: str, **facts: object) -> list[tuple]:
        """Rows of a query that names tables of the ledger as $fills, $markets and $quotes."""
        tables = {n: str(self._folder / f"{n}.parquet") for n in ("fills", "markets", "quotes")}
        # DuckDB refuses parameters a query does not name.
        named = {name: fact for name, fact in (facts | tables).items() if f"${name}" in sql}
        return engine.execute(sql, named).fetchall()


_FILLS = """
SELECT
    {taker} AS taker_only, transaction_hash, token_id, wallet, side, price_micro, size_micro,
    event_at
FROM read_parquet($fills)
WHERE event_at <= $now AND {chosen}
"""


def _both_passes(chosen: str) -> str:
    """One row per match, the taker's, and one row per side."""
    matches = _FILLS.format(taker="true", chosen=f"role = 'taker' AND {chosen}")
    return f"{matches} UNION ALL {_FILLS.format(taker='false', chosen=chosen)}"


_TRUTH: dict[Kind, str] = {
    "trades feed": _both_passes("event_at >= $starts"),
    "trades by condition": _both_passes("list_contains($conditions, condition_id)"),
    "markets": """
        SELECT market_id, condition_id,
            -- A disputed market is listed as closed from its first proposal on.
            if(disputed_at IS NULL, resolved_at, proposed_at) <= $now
        FROM read_parquet($markets)
        WHERE NOT placeholder AND created_at < $now
    """,
    "prices": """
        WITH tokens AS (
            SELECT *, unnest([0, 1]) AS place, unnest([token_0, token_1]) AS token_id
            FROM read_parquet($markets)
        )
        SELECT
            token_id, minute_at,
            if(place = 0, bid_micro + ask_micro, 2000000 - bid_micro - ask_micro) // 2
        FROM read_parquet($quotes) JOIN tokens USING (condition_id)
        WHERE list_contains($tokens, token_id)
            AND minute_at >= $starts AND minute_at < $ends
            AND minute_at BETWEEN opens_at AND proposed_at
    """,
    "books": """
        SELECT token_0, tick_micro FROM read_parquet($markets)
        WHERE list_contains($tokens, token_0)
    """,
}

_LAKE_FILLS = f"""
SELECT
    taker_only, transaction_hash, token_id, wallet, side,
    CAST(price * 1000000 AS BIGINT), CAST(size * 1000000 AS BIGINT), event_at
FROM raw.data_trades
WHERE NOT {OF_HISTORY}
"""
_LAKE: dict[Kind, str] = {
    # The last page of a walk reaches below the window.
    "trades feed": f"{_LAKE_FILLS} AND event_at >= $starts",
    "trades by condition": _LAKE_FILLS,
    "markets": "SELECT market_id, condition_id, closed FROM raw.gamma_markets",
    "prices": "SELECT token_id, event_at, CAST(price * 1000000 AS BIGINT) FROM raw.clob_prices",
    "books": "SELECT token_id, CAST(tick_size * 1000000 AS BIGINT) FROM raw.clob_books",
}

_FLOOR_FILLS = """
SELECT
    taker_only, transaction_hash, token_id, proxy_wallet, side,
    CAST(round(price * 1e6) AS BIGINT), CAST(round(size * 1e6) AS BIGINT), to_timestamp(timestamp)
FROM read_parquet($floor)
"""
_FLOOR: dict[Kind, str] = {
    "trades feed": f"{_FLOOR_FILLS} WHERE to_timestamp(timestamp) >= $starts",
    "trades by condition": _FLOOR_FILLS,
    "markets": "SELECT id, conditionId, closed FROM read_parquet($floor)",
    "prices": """
        SELECT token_id, to_timestamp(t), CAST(round(p * 1e6) AS BIGINT) FROM read_parquet($floor)
    """,
    "books": """
        SELECT asset_id, CAST(CAST(tick_size AS DECIMAL(18, 6)) * 1000000 AS BIGINT)
        FROM read_parquet($floor)
    """,
}
