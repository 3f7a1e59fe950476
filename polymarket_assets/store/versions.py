"""Which version of each object is held: the memory that keeps unchanged objects from being written.

Belongs here: the temporary table of (id, payload hash) of one raw table, filled from the lake when
it is first needed, kept up with this writer's commits, read again when somebody else has appended.
"""

from __future__ import annotations

import contextlib

import duckdb
import pyarrow as pa

from polymarket_assets.store.ducklake import appended_since, last_commit, version_in_use
from polymarket_assets.store.session import Session
from polymarket_assets.store.tables.shape import Table

_ORDER = "received_at, page_id, position"


class HeldVersions:
    """The last held version of every object of one table, in a temporary table of one connection.

    Nothing is kept in Python: half a million markets are some 40 MB in DuckDB, which may spill.
    """

    def __init__(self, table: Table) -> None:
        if table.version_key is None:
            raise ValueError(f"{table.qualified} declares no version_key")
        self._table = table
        self._key = table.version_key
        self._held = f"temp.main.held_{table.name}"
        self._opened = 0
        self._seen = -1
        self._own: set[int] = set()

    def is_new(
        self, connection: duckdb.DuckDBPyConnection, opened: int, incoming: pa.Table
    ) -> pa.BooleanArray:
        """For each incoming row, whether it differs from its object's version before it.

        That version is the row before it in `incoming` (by time received), else the held one.
        `opened` numbers the connection, with which the temporary table lives and dies. Call it in
        the transaction that writes the new rows.
        """
        self._refresh(connection, opened)
        ordinals = pa.array(range(incoming.num_rows), pa.int64())
        columns = [self._key, "payload_sha256", "received_at", "page_id", "position"]
        connection.register(
            "incoming_versions", incoming.select(columns).append_column("ordinal", ordinals)
        )
        compared = connection.execute(
            f"""
            SELECT
                coalesce(lag(incoming.sha256) OVER (PARTITION BY id ORDER BY {_ORDER}), held.sha256)
                    IS DISTINCT FROM incoming.sha256 AS is_new
            FROM (
                SELECT * RENAME ({self._key} AS id), unhex(payload_sha256) AS sha256
                FROM incoming_versions
            ) AS incoming
            LEFT JOIN {self._held} AS held USING (id)
            ORDER BY ordinal
            """  # noqa: S608 - names from a table's declaration
        ).to_arrow_table()
        connection.unregister("incoming_versions")
        return compared.column("is_new").combine_chunks()

    def remember(
        self, connection: duckdb.DuckDBPyConnection, opened: int, written: pa.Table
    ) -> None:
        """Take over rows that this connection has just committed."""
        if opened != self._opened:
            return  # another connection: its temporary table is filled when it is first needed
        self._own.add(last_commit(connection))
        if not written.num_rows:
            return
        connection.register("written_versions", written)
        connection.execute(
            f"DELETE FROM {self._held} "  # noqa: S608 - names from a table's declaration
            f"WHERE id IN (SELECT {self._key} FROM written_versions)"
        )
        connection.execute(f"INSERT INTO {self._held} {self._latest('written_versions')}")
        connection.unregister("written_versions")

    def forget(self, session: Session) -> None:
        """Free what is remembered, if the connection that holds it is still open."""
        if session.is_open and self._opened == session.opened:
            with contextlib.suppress(duckdb.Error):
                session.connection().execute(f"DROP TABLE IF EXISTS {self._held}")
        self._opened = 0

    def _refresh(self, connection: duckdb.DuckDBPyConnection, opened: int) -> None:
        version = version_in_use(connection)
        if opened != self._opened or appended_since(
            connection, self._table, self._seen, except_in=self._own
        ):
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE held_{self._table.name} AS "
                f"{self._latest(self._table.qualified)}"
            )
            self._opened = opened
        self._seen = version
        self._own.clear()

    def _latest(self, source: str) -> str:
        return (
            f"SELECT {self._key} AS id, "  # noqa: S608 - names from a table's declaration
            f"arg_max(unhex(payload_sha256), ({_ORDER})) AS sha256 FROM {source} GROUP BY ALL"
        )
