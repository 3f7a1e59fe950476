"""Kalshi: lists, order books, trades and candles. Prices are US dollars per contract, 0 to 1."""

from __future__ import annotations

from polymarket_assets.store.tables.shape import (
    LEVELS,
    MONEY,
    PAYLOAD_SHA256,
    Column,
    rows_table,
)

TICKER = Column("ticker", "VARCHAR", "Kalshi's ticker of the market.", True)

KALSHI_EVENTS = rows_table(
    "kalshi_events",
    "Versions of Kalshi events: one row whenever an event's object had changed.",
    Column("event_ticker", "VARCHAR", "Kalshi's ticker of the event.", True),
    Column("series_ticker", "VARCHAR", "Series the event belongs to."),
    Column("payload", "VARCHAR", "The event as JSON; markets nested in it are named only.", True),
    PAYLOAD_SHA256,
    version_key="event_ticker",
)

KALSHI_SERIES = rows_table(
    "kalshi_series",
    "Versions of Kalshi series: one row whenever a series' object had changed.",
    Column("series_ticker", "VARCHAR", "Kalshi's ticker of the series.", True),
    Column("payload", "VARCHAR", "The series as JSON.", True),
    PAYLOAD_SHA256,
    version_key="series_ticker",
)

KALSHI_MARKETS = rows_table(
    "kalshi_markets",
    "Versions of Kalshi markets: one row whenever a market's object had changed.",
    TICKER,
    Column("event_ticker", "VARCHAR", "Event the market belongs to.", True),
    Column("status", "VARCHAR", "The venue's status; finalized is the last one.", True),
    Column("payload", "VARCHAR", "The market as JSON.", True),
    PAYLOAD_SHA256,
    version_key="ticker",
)

KALSHI_BOOKS = rows_table(
    "kalshi_books",
    "Order books of Kalshi at a moment: the ten best levels of each side, best price first.",
    TICKER,
    Column("yes_bids", LEVELS, "Bids for YES, highest first; dollars and contracts.", True),
    Column("yes_asks", LEVELS, "Asks for YES, lowest first: one dollar less the NO bids.", True),
    Column("no_bids", LEVELS, "Bids for NO, highest first; dollars and contracts.", True),
    Column("no_asks", LEVELS, "Asks for NO, lowest first: one dollar less the YES bids.", True),
)

KALSHI_TRADES = rows_table(
    "kalshi_trades",
    "Trades of Kalshi as they were listed; a trade met twice has two rows and one trade_id.",
    Column("trade_id", "VARCHAR", "Kalshi's id of the trade.", True),
    TICKER,
    Column("yes_price", MONEY, "Dollars per YES contract.", True),
    Column("no_price", MONEY, "Dollars per NO contract: one less yes_price.", True),
    Column("size", MONEY, "Contracts.", True),
    Column("taker_outcome", "VARCHAR", "Outcome the taker bought, yes or no; null when not said."),
    Column("taker_book_side", "VARCHAR", "Side of the YES book the taker took: bid or ask."),
    Column("is_block_trade", "BOOLEAN", "Agreed upon off the book; null when not said."),
    Column("event_at", "TIMESTAMPTZ", "When it happened.", True),
    dt_from_rows=True,
    events=True,
)

KALSHI_CANDLES = rows_table(
    "kalshi_candles",
    "Candles of Kalshi: quotes and trades of a market over one period.",
    TICKER,
    Column("period_minutes", "INTEGER", "Length of the period, minutes.", True),
    Column("event_at", "TIMESTAMPTZ", "End of the period, inclusive.", True),
    *(
        Column(
            f"{curve}_{point}",
            MONEY,
            f"{meaning} at the {words} of the period, dollars; null when there was none.",
        )
        for curve, meaning in (
            ("yes_bid", "Best bid for YES"),
            ("yes_ask", "Best ask for YES"),
            ("price", "Price of YES traded"),
        )
        for point, words in (
            ("open", "open"),
            ("high", "highest"),
            ("low", "lowest"),
            ("close", "close"),
        )
    ),
    Column("size", MONEY, "Contracts traded in the period."),
    Column("open_interest", MONEY, "Contracts open at its end."),
    dt_from_rows=True,
    events=True,
)
