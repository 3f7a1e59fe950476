"""Checks of the stores: Postgres, the home's origin and clock, the ledger, the lake.

Belongs here: opening each and looking whether what it holds is what this code expects. Not here:
how fresh that is (status.py).
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from polymarket_assets.serving.doctor_check import Check
from polymarket_assets.serving.stores import home_clock
from polymarket_assets.settings import Settings
from polymarket_assets.store.home import origin_of, recall
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger import HEAD, open_ledger
from polymarket_assets.store.lost_files import BUILT_SCHEMAS, lost_files
from polymarket_assets.store.postgres import PostgresStatus, ensure_postgres, postgres_status
from polymarket_assets.store.raw import TABLES

MOST_IN_USE = 0.8
"""Share of the allowed connections in use from which on the next process may be refused."""


def postgres(settings: Settings) -> Check:
    """Postgres runs, started here if need be, and has connections left."""
    ensure_postgres(settings)
    return postgres_check(postgres_status(settings))


def postgres_check(found: PostgresStatus, *, most_in_use: float = MOST_IN_USE) -> Check:
    """Whether a running server has connections left: less than `most_in_use` of them are taken."""
    kind = "embedded" if found.embedded else "given by PM_POSTGRES_URL"
    words = (
        f"Postgres {found.version}, {kind}, at {found.host}; {found.connections} of "
        f"{found.max_connections} connections in use"
    )
    if (found.connections or 0) >= most_in_use * (found.max_connections or 1):
        action = "find out who holds them (pg_stat_activity), or raise max_connections"
        return Check("postgres", False, words, action)
    return Check("postgres", True, words)


def origin(settings: Settings) -> Check:
    """The home was filled from the venues and with the clock that the settings name."""
    held, asked = recall(settings, "origin"), origin_of(settings)
    if held is None:
        return Check("origin", True, "the home is new; the first run stores where it belongs")
    if held != asked:
        differences = "; ".join(
            f"{name} was {held.get(name)}, now {asked[name]}"
            for name in asked
            if held.get(name) != asked[name]
        )
        action = "use the settings it was filled with, or set PM_HOME to another folder"
        return Check("origin", False, f"the home belongs elsewhere: {differences}", action)
    stands = f"{home_clock(settings).now():%Y-%m-%d %H:%M:%S} UTC"
    return Check("origin", True, f"the settings are the home's; its clock stands at {stands}")


def ledger(settings: Settings) -> Check:
    """The ledger opens and is at the newest migration."""
    open_ledger(settings).dispose()
    return Check("ledger", True, f"at migration {HEAD}, the newest")


def lake(settings: Settings) -> Check:
    """The lake attaches at its path, and its tables have the columns this code declares."""
    opened = Lake.open(settings)
    with opened.connect(read_only=True) as connection:
        held = {
            (schema, name, column): kind
            for schema, name, column, kind in connection.execute(
                "select schema_name, table_name, column_name, data_type from duckdb_columns()"
                " where database_name = 'lake'"
            ).fetchall()
        }
        expected = {
            (table.schema, table.name, column.name): _type_name(connection, column.type)
            for table in TABLES
            for column in table.columns
        }
    wrong = [
        f"{'.'.join(key)} is {held.get(key, 'missing')}, expected {kind}"
        for key, kind in expected.items()
        if held.get(key) != kind
    ]
    where = f"version {opened.head_version()} in {settings.lake_path}"
    if wrong:
        action = "the home was made by another version of this code: go back to it, or set PM_HOME"
        return Check("lake", False, f"{where}: {'; '.join(wrong)}", action)
    return Check("lake", True, f"{where}; {len(TABLES)} tables with their declared columns")


def files(settings: Settings) -> Check:
    """Every data file of the newest version is where the catalog says."""
    lost = lost_files(Lake.open(settings))
    if not lost:
        return Check("files", True, "every data file the newest version refers to is there")
    words = "; ".join(
        f"{table} misses {len(paths)} of its files, first {paths[0]}"
        for table, paths in lost.items()
    )
    built = all(table.split(".")[0] in BUILT_SCHEMAS for table in lost)
    action = (
        "run the warehouse job: a build makes these tables again"
        if built
        else "find out who deleted them and put them back from a copy of the home; raw and ops"
        " tables cannot be built again, others are by the next warehouse job"
    )
    return Check("files", False, words, action)


def published(settings: Settings) -> Check:
    """The published version can be attached, and a row of each of its tables read."""
    opened = Lake.open(settings)
    publication = opened.published()
    if publication is None:
        return Check("published", True, "nothing is published yet", "polymarket run")
    with opened.connect(version=publication.version) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'lake'"
        ).fetchall()
        for schema, name in tables:
            # A row, not a count: the catalog answers counts even when a file is gone.
            connection.execute(f'select * from {schema}."{name}" limit 1').fetchall()  # noqa: S608 - names from the catalog
    return Check("published", True, f"version {publication.version}: {len(tables)} tables readable")


def _type_name(connection: duckdb.DuckDBPyConnection, declared: str) -> str:
    """How DuckDB itself spells a type, e.g. TIMESTAMP WITH TIME ZONE for TIMESTAMPTZ."""
    return str(connection.execute(f"select typeof(cast(null as {declared}))").fetchall()[0][0])


STORE_CHECKS: dict[str, Callable[[Settings], Check]] = {
    "origin": origin,
    "ledger": ledger,
    "lake": lake,
    "files": files,
    "published": published,
}
