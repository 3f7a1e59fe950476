"""Whether a lake has the tables this code declares.

Belongs here: the comparison of what is declared (raw.py) with what is held, and its error.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path

from polymarket_assets.store.raw import TABLES, VIEWS
from polymarket_assets.store.tables.shape import Table, View


class LakeSchemaError(RuntimeError):
    """The lake's tables are not those this code declares."""


def missing(held: Mapping[tuple[str, str], Set[str]], home: Path) -> list[Table | View]:
    """Declared tables and views that are not in `held`: (schema, name) → columns.

    Raises:
        LakeSchemaError: a held table lacks a declared column.
    """
    for table in TABLES:
        columns = held.get((table.schema, table.name))
        lacking = [c.name for c in table.columns if columns is not None and c.name not in columns]
        if lacking:
            raise LakeSchemaError(
                f"{table.qualified} in {home} lacks the column(s) {', '.join(lacking)}: "
                "older code made the lake, and raw tables are not altered. Set PM_HOME to a new "
                "folder and collect again, or use that code"
            )
    return [item for item in (*TABLES, *VIEWS) if (item.schema, item.name) not in held]
