"""Tables of the lake whose data files are gone: finding them, and making way for their next build.

A commit of dbt's is not guarded (commit_guard.py): its threads share one connection, whose files
cannot be locked away while another thread writes. If the catalog dies in that moment, a built table
may refer to files that were deleted. It can be built again, so it is dropped.

Belongs here: the search, and what is done about tables code can make again. Raw and ops tables are
written by guarded commits and are only ever named: what is lost there is lost.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import lake_files
from polymarket_assets.store.raw import SCHEMAS, TABLES
from polymarket_assets.store.tables.ops import MODEL_PARTS

log = logging.getLogger(__name__)

BUILT_SCHEMAS = tuple(sorted(set(SCHEMAS) - {"raw", "ops"}))
"""Schemas in which dbt makes tables; those of them that Python writes are declared."""
_DECLARED = frozenset(table.qualified for table in TABLES)
_MARKS = MODEL_PARTS.qualified
"""Declared, yet written by dbt: without it a build makes everything whole, and then the marks."""


def is_built(table: str) -> bool:
    """Whether dbt makes the table `schema.name`, so that its next build makes it again."""
    if table == _MARKS:
        return True
    return table.split(".", maxsplit=1)[0] in BUILT_SCHEMAS and table not in _DECLARED


def lost_files(lake: Lake, schemas: tuple[str, ...] = SCHEMAS) -> dict[str, list[str]]:
    """Paths of missing data files the head version is made of, by `schema.table`.

    Catalog and folders are read, no file is opened: 0.02 s of CPU for 2,000 files.
    """
    # First what must be there, then what is: a file written meanwhile is not missed.
    wanted = [
        file
        for file in lake_files(lake.postgres)
        if file.at_head and file.table.partition(".")[0] in schemas
    ]
    found = {path for schema in schemas for path in _files_below(lake, schema)}
    lost: dict[str, list[str]] = {}
    for file in wanted:
        path = lake.settings.lake_path + file.path
        if path not in found:
            lost.setdefault(file.table, []).append(path)
    return lost


def _files_below(lake: Lake, schema: str) -> Iterator[str]:
    folder = lake.settings.lake_path + schema
    if "://" in folder:
        with lake.connect(read_only=True) as connection:
            found = connection.execute("SELECT file FROM glob(?)", [f"{folder}/**"]).fetchall()
        yield from (path for (path,) in found)
    else:
        for place, _, names in os.walk(folder):
            yield from (f"{place}/{name}" for name in names)


def drop_lost_tables(lake: Lake) -> list[str]:
    """Drop built tables that have lost files, so that the next build makes them whole; their names.

    To be called with the build lock held: nobody else makes or swaps tables meanwhile.
    """
    found = lost_files(lake, (*BUILT_SCHEMAS, MODEL_PARTS.schema))
    lost = {table: paths for table, paths in found.items() if is_built(table)}
    for table, paths in lost.items():
        schema, _, name = table.partition(".")
        lake.transaction(
            lambda connection, schema=schema, name=name: connection.execute(
                f'DROP TABLE IF EXISTS {schema}."{name}"'
            )
        )
        log.warning(
            "dropped %s, which this build makes again: %d of its files are gone, first %s",
            table,
            len(paths),
            paths[0],
        )
    if _MARKS in lost:
        Lake.open(lake.settings)  # which makes declared tables that are not there
    return list(lost)
