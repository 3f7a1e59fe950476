"""Alembic's entry: runs the revisions on the connection that store/ledger.py hands over.

Belongs here: nothing else. There is no alembic.ini and no second way to migrate: every command that
opens the ledger brings it to head.
"""

from __future__ import annotations

from alembic import context

from polymarket_assets.store import (
    ledger_accounts,
    ledger_pairs,
    ledger_strategies,
    ledger_tables,
)
from polymarket_assets.store.ledger_types import Base

# Importing the modules is what puts their tables into Base.metadata.
TABLES = (
    ledger_tables.__name__,
    ledger_accounts.__name__,
    ledger_pairs.__name__,
    ledger_strategies.__name__,
)

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
