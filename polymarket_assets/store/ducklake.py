"""DuckLake's own words on an open connection: versions, conflicts, merging.

Belongs here: what is asked of DuckLake by a function or a catalog table of its own. Not here:
connections and transactions (lake.py), or when and what to merge (maintenance.py, retention.py).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import duckdb

from polymarket_assets.store.tables.shape import Table

_CATALOG = "__ducklake_metadata_lake"


def is_conflict(error: duckdb.Error) -> bool:
    """Whether a commit was refused because of another: it did not happen and may be repeated."""
    return "Transaction conflict" in str(error) or "maximum retry count" in str(error)


def last_commit(connection: duckdb.DuckDBPyConnection) -> int:
    """The version this connection committed last."""
    return _one(connection, "FROM ducklake_last_committed_snapshot('lake')")


def version_in_use(connection: duckdb.DuckDBPyConnection) -> int:
    """The version the connection's transaction reads."""
    return _one(connection, "FROM ducklake_current_snapshot('lake')")


def appended_since(
    connection: duckdb.DuckDBPyConnection, table: Table, version: int, *, except_in: Collection[int]
) -> bool:
    """Whether versions after `version`, those of `except_in` left out, added files to `table`.

    A merge counts as one, which at worst makes the caller read again what it knew.
    """
    known = ", ".join(str(own) for own in (-1, *except_in))
    # Asked inside Postgres: reading the table of files through DuckDB would carry all of it over.
    question = f"""
        SELECT count(*)
        FROM ducklake_data_file f
        JOIN ducklake_table t ON t.table_id = f.table_id AND t.end_snapshot IS NULL
        JOIN ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
        WHERE s.schema_name = {literal(table.schema)} AND t.table_name = {literal(table.name)}
            AND coalesce(f.partial_max, f.begin_snapshot) > {version:d}
            AND coalesce(f.partial_max, f.begin_snapshot) NOT IN ({known})
    """  # noqa: S608 - names of a declared table, and whole numbers
    return ask_inside(connection, question) > 0


def merge_files(
    connection: duckdb.DuckDBPyConnection, schema: str, name: str, *, smaller_than: int
) -> int:
    """Merge a table's files below `smaller_than` bytes, per partition; how many there are fewer."""
    write_in_little_memory(connection)
    merged = connection.execute(
        "CALL ducklake_merge_adjacent_files('lake', ?, schema => ?, max_file_size => ?)",
        [name, schema, smaller_than],
    ).fetchall()
    return sum(row[2] - row[3] for row in merged)


def rewrite_files(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> None:
    """Write a table's files that have deleted rows anew, without them."""
    connection.execute(
        "CALL ducklake_rewrite_data_files('lake', ?, schema => ?, delete_threshold => 0)",
        [name, schema],
    ).fetchall()


def write_in_little_memory(connection: duckdb.DuckDBPyConnection) -> None:
    """Have the connection write one bounded row group at a time.

    DuckDB bounds row groups by bytes only where rows may change places (every raw row carries its
    position), and each thread holds its own. A second thread would also cost a small commit half as
    much CPU again, spent on waiting for the first.
    """
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET threads = 1")


def ask_inside(connection: duckdb.DuckDBPyConnection, question: str) -> Any:
    """One value, asked of the catalog's Postgres in the connection's own transaction."""
    return _one(connection, f"FROM postgres_query({literal(_CATALOG)}, {literal(question)})")


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return connection.execute(sql).fetchall()[0][0]


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
