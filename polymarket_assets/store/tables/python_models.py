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
