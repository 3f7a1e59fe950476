"""CLOB: order books, trading terms and price history."""

from __future__ import annotations

from polymarket_assets.store.tables.shape import (
    LEVELS,
    MONEY,
    PAYLOAD_SHA256,
    TOKEN_ID,
    Column,
    rows_table,
)

CLOB_BOOKS = rows_table(
    "clob_books",
    "Order books at a moment, both sides best price first.",
    TOKEN_ID,
    Column("condition_id", "VARCHAR", "Condition id of the market."),
    Column("book_at", "TIMESTAMPTZ", "The venue's time of the book."),
    Column("hash", "VARCHAR", "The venue's hash of the book."),
    Column("bids", LEVELS, "Bids, highest price first; price in pUSD, size in shares.", True),
    Column("asks", LEVELS, "Asks, lowest price first; price in pUSD, size in shares.", True),
    Column("min_order_size", MONEY, "Smallest order, shares."),
    Column("tick_size", MONEY, "Price step, pUSD."),
    Column("neg_risk", "BOOLEAN", "The market belongs to a neg-risk event."),
    Column("last_trade_price", MONEY, "Price of the last trade, pUSD."),
)

CLOB_PRICES = rows_table(
    "clob_prices",
    "Points of the venue's price history.",
    TOKEN_ID,
    Column("event_at", "TIMESTAMPTZ", "Time of the point.", True),
    Column("price", MONEY, "pUSD per share.", True),
    Column("fidelity_minutes", "INTEGER", "Resolution asked for, minutes.", True),
    dt_from_rows=True,
)

CLOB_MARKETS = rows_table(
    "clob_markets",
    "Versions of a market's trading terms at the CLOB: one row whenever they had changed.",
    Column("condition_id", "VARCHAR", "Condition id of the market.", True),
    Column("payload", "VARCHAR", "The record as JSON, its keys abbreviated as received.", True),
    PAYLOAD_SHA256,
    version_key="condition_id",
)
