"""The project's macros in a bare DuckDB, to compare SQL with Python on any number of inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import jinja2

from tests.warehouse.world import PROJECT


def expression(file: str, call: str) -> str:
    """The SQL a macro call of one file writes; macros that need dbt itself do not work here."""
    source = (PROJECT / "macros" / file).read_text()
    return jinja2.Environment().from_string(source + "{{ " + call + " }}").render().strip()


def evaluated(
    sql: str, column: str, values: Sequence[Any], kind: str, setup: str = ""
) -> list[Any]:
    """The expression for each value of `column`, in order."""
    with duckdb.connect() as connection:
        if setup:
            connection.execute(setup)
        rows = connection.execute(
            f"select {sql} from (select unnest($values::{kind}[]) as {column}, "
            f"unnest(range({len(values)})) as n) order by n",
            {"values": list(values)},
        ).fetchall()
    return [value for (value,) in rows]
