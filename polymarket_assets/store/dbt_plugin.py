"""dbt's way into the lake: a dbt-duckdb plugin that attaches it before dbt runs anything.

With it a hand-typed `dbt build` needs no environment: Postgres is found or started, the lake is
attached as `lake`, and a command that writes holds the build lock for the life of its process.
`dbt parse` opens no connection and so needs none of this.

Belongs here: what dbt needs to be told about the connection. Not here: how the lake is attached
(lake.py) or the engine set up (engine.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from duckdb import DuckDBPyConnection

from polymarket_assets.domain import tiers
from polymarket_assets.settings import load_settings
from polymarket_assets.store.engine import engine_config, prepare
from polymarket_assets.store.home import open_home
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import (
    day_marks_query,
    index_catalog,
    write_blank_statistics,
)
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.store.ledger_pairs import PairApproval, newest_approvals
from polymarket_assets.store.ledger_strategies import StrategyVersion, newest_versions
from polymarket_assets.store.locks import advisory_lock
from polymarket_assets.store.lost_files import BUILT_SCHEMAS, drop_lost_tables
from polymarket_assets.store.maintenance import BUILD_LOCK

DAILY_RAW = ("data_trades", "gamma_markets", "kalshi_markets", "clob_books", "clob_prices")
"""Raw tables of whose days models ask whether anything was added to them."""
WRITING = frozenset({"build", "run", "seed", "test", "snapshot", "clone", "retry"})
"""dbt commands that hold the build lock; a test counts, since it may store what it finds."""
BUILDING = frozenset({"build", "run", "retry"})
"""dbt commands that make a table which is not there."""


class Plugin(BasePlugin):
    """Attaches the lake of PM_HOME; takes the build lock for commands that write."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Find or start the stores, lock other builds out, and make way for tables to be mended.

        Raises:
            LockHeldError: another build or maintenance is at work; it names the process.
        """
        self._settings = load_settings()
        self._now = open_home(self._settings).clock.now()
        self._lake = Lake.open(self._settings)
        self._decided = self._decisions()
        self._held = ExitStack()
        # Whoever sets build_lock started this dbt and holds the lock itself.
        if get_flags().WHICH in WRITING and self._settings.build_lock is None:
            self._held.enter_context(advisory_lock(self._lake.postgres, BUILD_LOCK))
        if get_flags().WHICH in BUILDING:
            drop_lost_tables(self._lake)
            write_blank_statistics(self._lake.postgres, BUILT_SCHEMAS)
            index_catalog(self._lake.postgres)

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Limits and folders of the engine, as every connection of the platform has them."""
        config.update(engine_config(self._settings, self._lake.extensions))
        # No model's meaning hangs on the order of its rows, and keeping it costs memory.
        config["preserve_insertion_order"] = False
        # Rows of a partitioned table are held back, as they are, until there are so many: half a
        # row group. DuckDB's own 524,288 of each thread took more memory than what made them.
        config["partitioned_write_flush_threshold"] = 65_536

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Attach the lake as `lake`."""
        prepare(conn, self._lake.extensions)
        self._lake.attach(conn)
        self.configure_cursor(conn)

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Set what a cursor does not inherit: time zone, platform time, settings, decisions."""
        # Each node has a cursor of its own. DuckDB keeps freed memory from the system until its
        # limit is set: without this a node would begin with what the one before it took.
        cursor.execute(f"SET memory_limit = '{self._settings.lake_memory_limit}'")
        cursor.execute("SET TimeZone = 'UTC'")
        cursor.execute(f"SET VARIABLE platform_now = TIMESTAMPTZ '{self._now.isoformat()}'")
        boundaries = list(tiers.parse_boundaries(self._settings.tier_boundaries_h))
        cursor.execute(f"SET VARIABLE tier_boundaries_h = CAST({boundaries} AS DOUBLE[])")
        texts = {name: json.dumps(rows) for name, rows in self._decided.items()}
        for table in DAILY_RAW:
            texts[f"day_marks_of_{table}"] = day_marks_query("raw", table)
        for name, text in texts.items():
            cursor.execute("SET VARIABLE {} = '{}'".format(name, text.replace("'", "''")))

    def _decisions(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """What people decided in the ledger that signals depend on, as models read it."""
        engine = open_ledger(self._settings)
        try:
            versions = newest_versions(engine).values()
            approvals = newest_approvals(engine).values()
        finally:
            engine.dispose()
        return {
            "strategy_changes": [change for version in versions for change in _changes(version)],
            "pair_approvals": [_approval(approval) for approval in approvals],
        }


def _changes(version: StrategyVersion) -> list[dict[str, Any]]:
    values = {"enabled": str(version.is_enabled).lower(), **version.parameters}
    return [
        {
            "strategy": version.strategy,
            "settings_version": version.version,
            "name": name,
            "value": value,
            "changed_by": version.actor,
            "changed_at": version.decided_at.isoformat(),
        }
        for name, value in values.items()
    ]


def _approval(approval: PairApproval) -> dict[str, Any]:
    return {
        "pair_id": approval.pair_id,
        "relation": approval.relation,
        "rules_sha256_a": approval.rules_sha256_a,
        "rules_sha256_b": approval.rules_sha256_b,
        "actor": approval.actor,
        "decided_at": approval.decided_at.isoformat(),
    }
