"""Every table and view that code (not dbt) owns, by name.

Belongs here: the list. The lake creates its tables from it, clients build their Arrow tables by
`parser_schema`, dbt's sources and the tests are checked against it. What a table holds is said in
tables/, how rows get in is `writer.py`'s, what DuckLake needs is `lake.py`'s business.
"""

from __future__ import annotations

from polymarket_assets.store.tables.clob import CLOB_BOOKS, CLOB_MARKETS, CLOB_PRICES
from polymarket_assets.store.tables.data import DATA_LEADERBOARD, DATA_TRADES
from polymarket_assets.store.tables.gamma import GAMMA_EVENTS, GAMMA_MARKETS, GAMMA_TAGS
from polymarket_assets.store.tables.kalshi import (
    KALSHI_BOOKS,
    KALSHI_CANDLES,
    KALSHI_EVENTS,
    KALSHI_MARKETS,
    KALSHI_SERIES,
    KALSHI_TRADES,
)
from polymarket_assets.store.tables.ops import (
    BUILDS,
    FILES,
    FRESHNESS,
    MODEL_PARTS,
    PUBLISHED,
    SOURCE_RUNS,
)
from polymarket_assets.store.tables.platform import PAGES, WATERMARKS
from polymarket_assets.store.tables.python_models import PYTHON_SIGNALS, WASH_SCORES
from polymarket_assets.store.tables.quarantine import (
    OPEN_QUARANTINE,
    PAGE_ACCOUNTS,
    QUARANTINE,
    REPARSED,
)
from polymarket_assets.store.tables.shape import Table, View
from polymarket_assets.store.tables.wallets import (
    DATA_ACTIVITY,
    DATA_HOLDERS,
    DATA_POSITIONS,
    DATA_RESOLUTIONS,
)
from polymarket_assets.store.tables.warehouse import VENUE_PAIRS, VENUE_TEXTS

SCHEMAS = ("raw", "staging", "core", "features", "leaderboards", "signals", "ops")
"""Schemas of the lake; dbt adds no others."""

ROW_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        GAMMA_EVENTS,
        GAMMA_MARKETS,
        GAMMA_TAGS,
        DATA_TRADES,
        DATA_LEADERBOARD,
        DATA_ACTIVITY,
        DATA_POSITIONS,
        DATA_HOLDERS,
        DATA_RESOLUTIONS,
        CLOB_BOOKS,
        CLOB_PRICES,
        CLOB_MARKETS,
        KALSHI_EVENTS,
        KALSHI_SERIES,
        KALSHI_MARKETS,
        KALSHI_BOOKS,
        KALSHI_TRADES,
        KALSHI_CANDLES,
    )
}
"""Tables a Batch may carry rows of, by name without schema."""

TABLES: tuple[Table, ...] = (
    PAGES,
    WATERMARKS,
    QUARANTINE,
    REPARSED,
    *ROW_TABLES.values(),
    SOURCE_RUNS,
    PUBLISHED,
    BUILDS,
    FILES,
    MODEL_PARTS,
    VENUE_PAIRS,
    VENUE_TEXTS,
    WASH_SCORES,
    PYTHON_SIGNALS,
)
VIEWS: tuple[View, ...] = (FRESHNESS, OPEN_QUARANTINE, PAGE_ACCOUNTS)
