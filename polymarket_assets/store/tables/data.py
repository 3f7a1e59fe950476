"""Data API: fills and leaderboards."""

from __future__ import annotations

from polymarket_assets.store.tables.shape import MONEY, TOKEN_ID, Column, rows_table

DATA_TRADES = rows_table(
    "data_trades",
    "Fills as the Data API lists them: the taker's rows or both sides', by taker_only.",
    Column("taker_only", "BOOLEAN", "The request asked for the takers' rows alone.", True),
    Column("transaction_hash", "VARCHAR", "Polygon transaction; null when the venue names none."),
    TOKEN_ID,
    Column("condition_id", "VARCHAR", "Condition id of the market.", True),
    Column("wallet", "VARCHAR", "Proxy wallet of this side of the fill, lower case.", True),
    Column("side", "VARCHAR", "BUY or SELL, as seen from the wallet.", True),
    Column("price", MONEY, "pUSD per share; null when the venue names none."),
    Column("size", MONEY, "Shares.", True),
    Column("event_at", "TIMESTAMPTZ", "Block time of the fill, whole seconds.", True),
    Column("outcome", "VARCHAR", "Label of the outcome."),
    Column("outcome_index", "INTEGER", "Index of the outcome in its market."),
    Column("title", "VARCHAR", "Question, as the venue repeats it in the row."),
    Column("slug", "VARCHAR", "Slug of the market."),
    Column("event_slug", "VARCHAR", "Slug of the event."),
    Column("name", "VARCHAR", "Public name of the wallet's owner."),
    Column("pseudonym", "VARCHAR", "Pseudonym of the wallet's owner."),
    dt_from_rows=True,
    events=True,
)

DATA_LEADERBOARD = rows_table(
    "data_leaderboard",
    "The venue's own leaderboard at a moment; it serves no past.",
    Column("category", "VARCHAR", "Category asked for.", True),
    Column("time_period", "VARCHAR", "Window asked for.", True),
    Column("sort_by", "VARCHAR", "Measure the list is sorted by.", True),
    Column("rank", "INTEGER", "Rank, from 1.", True),
    Column("wallet", "VARCHAR", "Proxy wallet, lower case.", True),
    Column("user_name", "VARCHAR", "Public name."),
    Column("pnl_usd", MONEY, "Profit in the window, by the venue's accounting."),
    Column("volume_shares", MONEY, "Volume in the window as the venue counts it: shares."),
    Column("verified", "BOOLEAN", "The venue's verified badge."),
)
