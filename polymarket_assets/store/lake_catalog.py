"""What the lake's catalog knows, asked of its Postgres without attaching the lake.

Belongs here: versions, tables and files as DuckLake's own tables tell them. Not here: anything that
needs DuckDB (lake.py), or the platform's own bookkeeping (records.py).
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

import psycopg2

from polymarket_assets.settings import Settings
from polymarket_assets.store.postgres import Postgres, ensure_postgres
from polymarket_assets.store.records import LakeRecords
from polymarket_assets.store.schema_check import missing
from polymarket_assets.store.tables.shape import Table, View


class VersionNotHeldError(LookupError):
    """A version of the lake was asked for that never was or has expired."""


class LakeCatalog(LakeRecords, ABC):
    """The side of `Lake` that its catalog's server answers alone: some 5 ms a question."""

    def __init__(self, settings: Settings, postgres: Postgres) -> None:
        self.settings = settings
        self._postgres = postgres

    def head_version(self) -> int:
        """The newest version (snapshot id)."""
        return self._ask_catalog("SELECT max(snapshot_id) FROM ducklake_snapshot")[0][0]

    def require_version(self, version: int) -> None:
        """Raise VersionNotHeldError unless the version is held."""
        held = "SELECT 1 FROM ducklake_snapshot WHERE snapshot_id = %s"
        if not self._ask_catalog(held, [version]):
            raise self._not_held(version)

    def versions(self) -> list[tuple[int, datetime]]:
        """Every held version with the (real) time of its commit, the oldest first."""
        sql = "SELECT snapshot_id, snapshot_time FROM ducklake_snapshot ORDER BY snapshot_id"
        return [(version, at.astimezone(UTC)) for version, at in self._ask_catalog(sql)]

    def tables(self) -> list[tuple[str, str]]:
        """(schema, name) of every table at the head."""
        return [table for table, (kind, _) in self._held().items() if kind == "table"]

    def live_files(self) -> dict[str, int]:
        """Number of data files the head version is made of, by `schema.table`."""
        return self._of_live_files("count(*)")

    def live_bytes(self) -> dict[str, int]:
        """Bytes of the data files the head version is made of, by `schema.table`."""
        return self._of_live_files("sum(f.file_size_bytes)::bigint")

    def _of_live_files(self, aggregate: str) -> dict[str, int]:
        sql = f"""
            SELECT s.schema_name || '.' || t.table_name, {aggregate}
            FROM ducklake_data_file f
            JOIN ducklake_table t ON t.table_id = f.table_id AND t.end_snapshot IS NULL
            JOIN ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
            WHERE f.end_snapshot IS NULL
            GROUP BY 1
        """  # noqa: S608 - our own text
        return dict(self._ask_catalog(sql))

    def _missing(self) -> list[Table | View]:
        """Declared tables and views the lake does not have."""
        held = {key: columns for key, (_, columns) in self._held().items()}
        return missing(held, self.settings.home)

    def _held(self) -> dict[tuple[str, str], tuple[str, set[str]]]:
        """(schema, name) → kind and columns of every table and view; empty without a catalog."""
        if self._ask_catalog("SELECT to_regclass('public.ducklake_snapshot')")[0][0] is None:
            return {}
        rows = self._ask_catalog(
            """
            SELECT s.schema_name, t.table_name, 'table', array_agg(c.column_name)
            FROM ducklake_table t
            JOIN ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
            JOIN ducklake_column c ON c.table_id = t.table_id AND c.end_snapshot IS NULL
            WHERE t.end_snapshot IS NULL AND c.parent_column IS NULL
            GROUP BY 1, 2
            UNION ALL
            SELECT s.schema_name, v.view_name, 'view', ARRAY[]::text[]
            FROM ducklake_view v
            JOIN ducklake_schema s ON s.schema_id = v.schema_id AND s.end_snapshot IS NULL
            WHERE v.end_snapshot IS NULL
            """
        )
        return {(schema, name): (kind, set(columns)) for schema, name, kind, columns in rows}

    def _ask_catalog(self, sql: str, params: Sequence[object] = ()) -> list[tuple]:
        """Ask the catalog's Postgres itself: some 5 ms, where a lake connection costs 150."""
        try:
            connection = self._postgres.connect("lake")
        except psycopg2.OperationalError:
            self._postgres = ensure_postgres(self.settings)
            connection = self._postgres.connect("lake")
        with closing(connection):
            cursor = connection.cursor()
            cursor.execute(sql, params)
            return cursor.fetchall()

    def _not_held(self, version: int) -> VersionNotHeldError:
        return VersionNotHeldError(
            f"version {version} of the lake is not held (it has expired or never was); the newest "
            f"is {self.head_version()}, ops.published lists those that are kept"
        )
