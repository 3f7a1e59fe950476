"""What a home holds, as numbers that two homes can be compared by.

Belongs here: sums of row hashes of the lake's tables at a version and of the ledger's tables, and
one hash over all of them. Two equal states have the same rows, in whatever order and files; the
hashes of two DuckDB versions are not comparable.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from psycopg2 import extensions, sql

from polymarket_assets.store.lake import Lake

Contents = dict[str, list[Any]]
"""By table: number of rows, and the sum of their hashes as text (None without rows)."""


def lake_contents(
    lake: Lake, version: int, *, progress: Callable[[int, int], None] | None = None
) -> Contents:
    """Every table at `version`, read from its files; `progress` is told (done, all) tables."""
    contents: Contents = {}
    with lake.connect(version=version) as connection:
        tables = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'lake'"
            " ORDER BY ALL"
        ).fetchall()
        for number, (schema, name) in enumerate(tables, 1):
            # Not count(*): the catalog answers that even when a file is gone.
            rows = connection.execute(
                f'SELECT count(t), sum(hash(t))::VARCHAR FROM "{schema}"."{name}" AS t'  # noqa: S608 - names from the catalog
            ).fetchall()
            contents[f"{schema}.{name}"] = list(rows[0])
            if progress is not None:
                progress(number, len(tables))
    return contents


def database_contents(connection: extensions.connection) -> Contents:
    """Every table of a Postgres database's `public` schema, as the connection sees it now."""
    contents: Contents = {}
    with connection.cursor() as cursor:
        # The text of a row depends on these.
        cursor.execute("SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'")
        cursor.execute("SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1")
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(
                sql.SQL(
                    "SELECT count(*), sum(hashtextextended(t::text, 0)::numeric)::text FROM {} AS t"
                ).format(sql.Identifier("public", name))
            )
            contents[name] = list(cursor.fetchall()[0])
    return contents


def state_hash(lake: Contents, ledger: Contents) -> str:
    """SHA-256 over both, hex."""
    text = json.dumps({"lake": lake, "ledger": ledger}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
