"""Tables of the lake whose data files are gone: finding them, and making way for their next build.

A commit of dbt's is not guarded (commit_guard.py): its threads share one connection, whose files
cannot be locked away while another thread writes. If the catalog dies in that moment, a built table
may refer to files that were deleted. It can be built again, so it is dropped.

Belongs here: the search, and what is done about tables code can make again. Raw and ops tables are
written by guarded commits and are only ever named: what is lost there is lost.
"""

from __future__ import annotations

import logging

from polymarket_assets.store.lake import Lake, data_files
from polymarket_assets.store.raw import SCHEMAS, TABLES

log = logging.getLogger(__name__)

BUILT_SCHEMAS = tuple(sorted(set(SCHEMAS) - {table.schema for table in TABLES}))
"""Schemas in which every table is made by dbt."""


def lost_files(lake: Lake, schemas: tuple[str, ...] = SCHEMAS) -> dict[str, list[str]]:
    """Paths of missing data files the head version is made of, by `schema.table`.

    Catalog and folders are read, no file is opened: half a second for 1,700 files, machine busy.
    """
    lost = {}
    with lake.connect(read_only=True) as connection:
        # First what must be there, then what is: a file written meanwhile is not missed.
        wanted = {
            f"{schema}.{name}": data_files(connection, schema, name)
            for schema, name in lake.tables()
            if schema in schemas
        }
        found = {
            path
            for schema in schemas
            for (path,) in connection.execute(
                "SELECT file FROM glob(?)", [f"{lake.settings.lake_path}{schema}/**"]
            ).fetchall()
        }
    for table, paths in wanted.items():
        if missing := [path for path in paths if path not in found]:
            lost[table] = missing
    return lost


def drop_lost_tables(lake: Lake) -> list[str]:
    """Drop built tables that have lost files, so that the next build makes them whole; their names.

    To be called with the build lock held: nobody else makes or swaps tables meanwhile.
    """
    lost = lost_files(lake, BUILT_SCHEMAS)
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
    return list(lost)
