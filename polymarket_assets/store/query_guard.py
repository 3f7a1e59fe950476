"""What SQL typed by a person may do: one query, over the lake's tables and the ledger's.

Belongs here: the check of a statement before it runs, and the connection that insists on it.

DuckDB's own locks (a read-only attachment, no external access, a locked configuration) refuse files
outside the lake, installing and configuring. They still let a statement write into the lake's own
folder (COPY … TO), attach databases there, redirect the log, detach the lake, and, through
`postgres_query`, ask Postgres as the lake's own user, who may read any file of the server. So
DuckDB parses a statement first, and only what is listed here goes on. The lake's own table macros
may be called: what one stands for is checked like what was typed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    import pandas as pd  # half a second that most commands need not spend

_TABLE_FUNCTIONS = frozenset(
    {"generate_series", "json_each", "json_tree", "range", "repeat", "unnest"}
)
_LISTINGS = frozenset({"duckdb_tables", "duckdb_views", "duckdb_columns", "duckdb_functions"})


class QueryRefusedError(ValueError):
    """The statement is not one of those people may run here."""


class QueryConnection:
    """A locked connection that runs single queries; made by `Lake.connect_for_queries`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        schemas = connection.execute(
            "SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'lake'"
        )
        self._schemas = {row[0] for row in schemas.fetchall()}
        self._checked: set[str] = set()
        """Table macros of the lake that may be called."""

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run one query; fetch its result (`fetchmany`, `df`, `description`) from what is returned.

        Raises:
            QueryRefusedError: the statement does more than read the lake and the ledger.
            duckdb.Error: the query is wrong (a name, a type) or failed.
            KeyboardInterrupt: a Ctrl-C came; the query is stopped.
        """
        self._check(sql)
        try:
            return self._connection.execute(sql)
        except RuntimeError as error:
            if "interrupted" not in str(error).lower():
                raise
            self.cancel()
            raise KeyboardInterrupt from None

    def cancel(self) -> None:
        """Stop the query that a Ctrl-C has broken off, which DuckDB works on otherwise."""
        self._connection.interrupt()

    def frame(self, sql: str) -> pd.DataFrame:
        """The whole result of one query as a pandas frame."""
        return self.execute(sql).df()

    def _check(self, sql: str) -> None:
        row = self._connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
        parsed: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
        if parsed["error"]:
            if parsed.get("error_type") == "parser":
                raise duckdb.ParserException(f"Parser Error: {parsed['error_message']}")
            raise QueryRefusedError(
                "only queries may run here (SELECT, FROM, WITH, DESCRIBE, SUMMARIZE, SHOW); "
                "the lake is changed by the sources and by dbt"
            )
        if len(parsed["statements"]) != 1:
            raise QueryRefusedError(
                f"one statement at a time: this text has {len(parsed['statements'])}"
            )
        for node in _nodes(parsed):
            self._check_node(node)

    def _check_node(self, node: dict[str, Any]) -> None:
        kind = node.get("type")
        if kind == "TABLE_FUNCTION":
            function = node["function"]
            self._check_table_function(
                function["catalog"].lower(),
                function["schema"].lower(),
                function["function_name"].lower(),
            )
        elif kind in ("BASE_TABLE", "SHOW_REF"):
            self._check_table(
                node["catalog_name"].lower(),
                node["schema_name"].lower(),
                node["table_name"].lower(),
            )

    def _check_table_function(self, catalog: str, schema: str, name: str) -> None:
        if not (catalog or schema) and name in _TABLE_FUNCTIONS | _LISTINGS:
            return
        called, ours = f"{schema}.{name}", catalog in {"", "lake"}
        if ours and called in self._checked:
            return
        definition = self._macro(schema, name) if ours else None
        if definition is None:
            raise QueryRefusedError(
                f"the table function {name} may not run here; allowed are "
                f"{', '.join(sorted(_TABLE_FUNCTIONS | _LISTINGS))} and the lake's own macros, "
                "named with their schema"
            )
        # Arguments take the places of expressions, so the text says all that it can do.
        self._checked.add(called)
        try:
            self._check(definition)
        except QueryRefusedError as refused:
            self._checked.remove(called)
            raise QueryRefusedError(f"{called} may not run here: {refused}") from None

    def _macro(self, schema: str, name: str) -> str | None:
        """The query a table macro of the lake stands for; None when there is no such macro."""
        found = self._connection.execute(
            "SELECT macro_definition FROM duckdb_functions() WHERE database_name = 'lake'"
            " AND function_type = 'table_macro' AND lower(schema_name) = ?"
            " AND lower(function_name) = ?",
            [schema, name],
        ).fetchall()
        # Overloads could differ in what they do, and which one is meant only DuckDB knows.
        return found[0][0] if len(found) == 1 else None

    def _check_table(self, catalog: str, schema: str, table: str) -> None:
        if catalog:
            allowed = (catalog == "lake" and schema in self._schemas) or (
                (catalog, schema) == ("ledger", "public")
            )
        elif schema:
            allowed = schema in self._schemas | {"ledger", "information_schema"}
        else:
            # A name alone is a CTE or nothing at all, except for DuckDB's own views, of which some
            # show connection strings, and the lists that SHOW stands for.
            allowed = table in _LISTINGS or not table.startswith(
                ("duckdb_", "pragma_", "pg_", "sqlite_")
            )
        if not allowed:
            name = ".".join(part for part in (catalog, schema, table) if part)
            raise QueryRefusedError(
                f"{name} is not a table of the lake or the ledger; SHOW ALL TABLES lists them"
            )


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    """Every object inside the parsed statement, at any depth."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
