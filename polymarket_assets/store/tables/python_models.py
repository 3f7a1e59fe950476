"""Tables that Python computes between dbt's layers, append-only like raw ones."""

from __future__ import annotations

from polymarket_assets.store.tables.shape import MONEY, Column, Table

WASH_SCORES = Table(
    schema="leaderboards",
    name="wash_scores",
    description="Volume-quality scores of wallets, appended by each scoring; the newest counts.",
    columns=(
        Column("wallet", "VARCHAR", "Proxy wallet, lower case.", True),
        Column("scored_at", "TIMESTAMPTZ", "The platform's time of the scoring.", True),
        Column("window_from", "TIMESTAMPTZ", "Start of the fills looked at.", True),
        Column("bought_shares", MONEY, "Shares bought in the window.", True),
        Column(
            "sold_again_shares",
            MONEY,
            "Those sold again within 24 h, at most one tick from their price.",
            True,
        ),
        Column("seed_score", MONEY, "sold_again_shares / bought_shares, 0 to 1.", True),
        Column(
            "score", MONEY, "The seed times its counterparties' mean score, iterated; 0 to 1.", True
        ),
        Column(
            "is_flagged", "BOOLEAN", "Score, net position and profit are all those of wash.", True
        ),
    ),
)

PYTHON_SIGNALS = Table(
    schema="signals",
    name="python_signals",
    description=(
        "Signals of the Python strategies from the snapshots of the last build, replaced as a "
        "whole before each build; what each column means is said at signals.signals."
    ),
    columns=(
        Column("signal_id", "VARCHAR", "Key, made of what the signal says and rests on.", True),
        Column("strategy", "VARCHAR", "Name of the strategy.", True),
        Column("strategy_version", "VARCHAR", "Version of the strategy's rule.", True),
        Column("params_hash", "VARCHAR", "sha256 of the strategy's settings.", True),
        Column("action", "VARCHAR", "enter, exit or hold.", True),
        Column("venue", "VARCHAR", "polymarket.", True),
        Column("condition_id", "VARCHAR", "Condition id of the market.", True),
        Column("event_id", "VARCHAR", "Gamma's id of the event; null when not known."),
        Column("token_id", "VARCHAR", "Token to trade.", True),
        Column("outcome", "VARCHAR", "Label of the outcome to trade.", True),
        Column("side", "VARCHAR", "BUY to enter, SELL to exit or hold.", True),
        Column("price_limit", MONEY, "Worst price to accept, pUSD per share.", True),
        Column("edge_after_fees", MONEY, "Expected gain, pUSD per share; null but for enter."),
        Column("confidence", MONEY, "Assumed chance, 0 to 1; null but for enter."),
        Column("suggested_notional_usd", MONEY, "Size times limit, USD; null but for enter."),
        Column("suggested_size", MONEY, "Shares to trade; null but for enter."),
        Column("reason", "VARCHAR", "Why, in words and numbers.", True),
        Column("as_of", "TIMESTAMPTZ", "Moment of the snapshot it rests on (UTC).", True),
        Column("expires_at", "TIMESTAMPTZ", "Until when it may be acted on (UTC).", True),
        Column("feature_snapshot_key", "VARCHAR", "That snapshot.", True),
        Column("basket_id", "VARCHAR", "Null: Python strategies propose no baskets."),
        Column("basket_legs", "INTEGER", "Null: Python strategies propose no baskets."),
        Column("leader_wallet", "VARCHAR", "Null: copy_trading alone follows wallets."),
        Column("tick_size", MONEY, "Price step, pUSD.", True),
        Column("min_order_size", MONEY, "Smallest order, shares.", True),
        Column("fee_rate", MONEY, "Rate of the taker fee.", True),
        Column("fee_exponent", MONEY, "Exponent of the taker fee.", True),
        Column("neg_risk", "BOOLEAN", "The market belongs to a neg-risk event.", True),
        Column("question", "VARCHAR", "Question the market asks.", True),
    ),
)
