"""The ledger's door: an engine on a database that is at the newest migration.

Belongs here: opening and bringing to head. Not here: the tables (ledger_tables.py,
ledger_accounts.py), who writes them (executor/), the server they live on (postgres.py).
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from polymarket_assets.settings import Settings
from polymarket_assets.store.ledger_accounts import HomeFact
from polymarket_assets.store.postgres import ensure_postgres

HEAD = "0004_strategy_versions"
"""The newest revision under migrations/versions; a test compares the two."""

home_facts = HomeFact.__table__

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = "ledger-migration"


class LedgerVersionError(RuntimeError):
    """The ledger was written by a newer version of this code."""


def open_ledger(settings: Settings) -> sa.Engine:
    """An engine on this home's ledger: Postgres runs, and the tables are at `HEAD`.

    The caller disposes of the engine. When all is in place this costs one query.

    Raises:
        LedgerVersionError: the database knows a revision that this code does not.
    """
    engine = ledger_engine(ensure_postgres(settings).url("ledger"))
    bring_to_head(engine)
    return engine


def ledger_engine(url: str) -> sa.Engine:
    """An engine on the database at `url`; times come back in UTC."""
    return sa.create_engine(
        url, pool_size=2, connect_args={"options": "-c timezone=UTC", "connect_timeout": 10}
    )


def bring_to_head(engine: sa.Engine) -> None:
    """Run the migrations that are missing, in one transaction; at most one process at a time."""
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    # Alembic takes longer to import than the rest of this function to run.
    from alembic import command  # noqa: PLC0415 (only a ledger behind head needs it)
    from alembic.config import Config  # noqa: PLC0415 (as above)
    from alembic.script import ScriptDirectory  # noqa: PLC0415 (as above)

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(_LOCK))))
        held = _revision(connection)
        if held is not None and held not in known:
            msg = (
                f"the ledger {engine.url.render_as_string()} is at revision {held}, this code "
                f"knows up to {HEAD}; update the code, or point PM_HOME or PM_POSTGRES_URL at "
                "another ledger"
            )
            raise LedgerVersionError(msg)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(connection: sa.Connection) -> str | None:
    """The revision the database is at, None when it was never migrated."""
    if connection.scalar(sa.text("SELECT to_regclass('alembic_version')")) is None:
        return None
    return connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
