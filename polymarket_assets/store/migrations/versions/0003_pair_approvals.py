"""Approvals of pairs of markets, pinned to the words that were approved.

Revision ID: 0003_pair_approvals
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa

from polymarket_assets.store.migrations.shapes import append_only, instant, table, text, whole

revision = "0003_pair_approvals"
down_revision = "0002"


def upgrade() -> None:
    table(
        "pair_approvals",
        "Decisions about pairs of markets; the newest row of a pair counts, append-only",
        whole("decision_id", "order of the decisions", sa.Identity()),
        text("pair_id", "core.venue_pairs.pair_id"),
        text("venue_a", "venue of market a"),
        text("market_a", "market a: condition id or ticker"),
        text("venue_b", "venue of market b"),
        text("market_b", "market b: condition id or ticker"),
        text("action", "approve or revoke"),
        text("relation", "EQUIVALENT or COMPLEMENT, as the matcher found and the person read"),
        text("rules_sha256_a", "SHA-256 of the words of a that were approved"),
        text("rules_sha256_b", "SHA-256 of the words of b that were approved"),
        text("actor", "who decided"),
        text("note", "why"),
        instant("decided_at", "when"),
        key=("decision_id",),
        checks={
            "action": "action IN ('approve', 'revoke')",
            "hashes": "length(rules_sha256_a) = 64 AND length(rules_sha256_b) = 64",
            "relation": "relation IN ('EQUIVALENT', 'COMPLEMENT')",
            "words": "actor <> '' AND note <> ''",
        },
        indexes=(("pair_id",),),
    )
    append_only("pair_approvals")
