"""Settings of strategies: every version, with who and when.

Revision ID: 0004_strategy_versions
Revises: 0003_pair_approvals
"""

from __future__ import annotations

from polymarket_assets.store.migrations.shapes import (
    append_only,
    document,
    flag,
    instant,
    table,
    text,
    whole,
)

revision = "0004_strategy_versions"
down_revision = "0003_pair_approvals"


def upgrade() -> None:
    table(
        "strategy_versions",
        "Settings of strategies; the newest version of each holds, append-only",
        text("strategy", "name of the strategy"),
        whole("version", "1, 2, 3 … within the strategy"),
        flag("is_enabled", "whether it proposes signals"),
        document("parameters", "parameters that differ from their defaults: name to value as text"),
        text("change", "what was changed, in words"),
        text("actor", "who changed it"),
        instant("decided_at", "when"),
        key=("strategy", "version"),
        checks={
            "version": "version >= 1",
            "words": "change <> '' AND actor <> ''",
            "parameters": "jsonb_typeof(parameters) = 'object'",
        },
    )
    append_only("strategy_versions")
