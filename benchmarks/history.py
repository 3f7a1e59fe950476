"""A long history for a lake: made-up fills of earlier months, with pages and watermarks.

Belongs here: the rows. They look to the platform like walks by condition that came to their end;
their bodies are short, since no run reads them.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial

import duckdb

from polymarket_assets.store.lake import Lake

DAYS = 300
CHUNK_DAYS = 30
PAGE = 1_000
"""Fills of a page, as many as a walk gets at most."""
OF_HISTORY = "starts_with(page_id, 'history')"
"""SQL: the row is one of these."""

_FILLS = """
INSERT INTO raw.data_trades BY NAME
SELECT
    format('history {:08d}', n // $page) AS page_id,
    CAST(n % $page AS INTEGER) AS position,
    n % 2 = 0 AS taker_only,
    format('0x{:064x}', n) AS transaction_hash,
    CAST(CAST(10 AS DECIMAL(38, 0)) ** 30 + n % 5_000 AS VARCHAR) AS token_id,
    format('0x{:064x}', n % 2_500) AS condition_id,
    format('0x{:040x}', hash(n) % 20_000) AS wallet,
    if(n % 3 = 0, 'SELL', 'BUY') AS side,
    CAST((1 + hash(n) % 999) / 1000 AS DECIMAL(18, 6)) AS price,
    CAST(1 + hash(n, 1) % 100_000 AS DECIMAL(18, 6)) AS size,
    TIMESTAMPTZ '2025-01-01 00:00:00Z' + to_days(CAST(n // $a_day AS INTEGER)) AS event_at,
    'Yes' AS outcome,
    0 AS outcome_index,
    'Will it last?' AS title,
    'last' AS slug,
    'lasting' AS event_slug,
    TIMESTAMPTZ '2025-01-01 01:00:00Z' + to_days(CAST(n // $a_day AS INTEGER)) AS received_at,
    DATE '2025-01-01' + CAST(n // $a_day AS INTEGER) AS dt
FROM range($from, $to) AS r(n)
"""
_PAGES = """
INSERT INTO raw.pages BY NAME
SELECT
    format('history {:08d}', n) AS page_id,
    'data_trades' AS source,
    format('conditions:{}:{:016x}', if(n % 2 = 0, 'taker', 'both'), n // 100) AS scope,
    format('{:032x}', n // 100) AS walk_id,
    CAST(n % 100 AS INTEGER) AS page_number,
    '/v2/trades' AS path,
    '{}' AS request,
    200 AS status,
    TIMESTAMPTZ '2025-01-01 01:00:00Z' + to_days(CAST(n * $page // $a_day AS INTEGER))
        AS received_at,
    sha256(CAST(n AS VARCHAR)) AS sha256,
    2 AS bytes,
    CAST('{}' AS BLOB) AS body,
    $page AS row_count,
    $page AS accepted,
    0 AS unchanged,
    0 AS quarantined,
    format('{}', n + 1) AS next_cursor,
    'data_trades/v2' AS contract,
    DATE '2025-01-01' + CAST(n * $page // $a_day AS INTEGER) AS dt
FROM range($from, $to) AS r(n)
"""
_WATERMARKS = """
INSERT INTO raw.watermarks BY NAME
SELECT
    source, scope, walk_id,
    next_cursor AS cursor,
    true AS complete,
    to_json({
        conditions: [format('0x{:064x}', 1_000_000_000 + page_number * 20 + i) for i in range(20)],
        covered_to: '2025-11-01T00:00:00+00:00',
        reached: '2023-01-01T00:00:00+00:00',
        pages: page_number + 1
    }) AS state,
    page_id,
    received_at AS recorded_at
FROM raw.pages WHERE starts_with(page_id, 'history')
"""


def write_history(lake: Lake, fills: int) -> None:
    """Put `fills` fills of DAYS earlier days into the lake, as many on each."""
    a_day = fills // DAYS
    chunks = [(first * a_day, (first + CHUNK_DAYS) * a_day) for first in range(0, DAYS, CHUNK_DAYS)]
    facts = {"page": PAGE, "a_day": a_day}
    statements: list[tuple[str, dict[str, int]]] = [
        *((_FILLS, facts | {"from": start, "to": end}) for start, end in chunks),
        (_PAGES, facts | {"from": 0, "to": fills // PAGE}),
        (_WATERMARKS, {}),
    ]
    with closing(lake.session(for_appends=True)) as session:
        for statement, values in statements:
            session.transaction(partial(_execute, statement=statement, values=values))


def _execute(
    connection: duckdb.DuckDBPyConnection, *, statement: str, values: dict[str, int]
) -> None:
    connection.execute(statement, values)
