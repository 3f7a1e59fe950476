"""The floor of the warehouse: the compiled SQL of dbt's models, run by DuckDB and nothing else.

It reads the lake's own raw files as Parquet, and writes each table as Parquet, in one file or, as
the lake does, by its partitions. Belongs here: the run and its times. What is compared with it is
transform.py's business.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from polymarket_assets.domain import tiers
from polymarket_assets.store import raw
from polymarket_assets.store.engine import open_duckdb
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import lake_files

MEMORY = "12GB"


def bare_seconds(
    lake: Lake, manifest: Mapping[str, Any], folder: Path, schemas: Sequence[str]
) -> dict[str, float]:
    """Seconds that each table of some schemas takes, by `schema.name`, in the order of the models.

    Args:
        lake: the raw rows.
        manifest: dbt's, after a build: the SQL that was run.
        folder: is made, for the files of the tables.
        schemas: whose tables are timed; what they read is made, too.
    """
    folder.mkdir()
    seconds: dict[str, float] = {}
    with open_duckdb(lake.settings, extensions=()) as connection:
        # Within the builds' memory DuckDB cannot make ten million fills by one statement each.
        connection.execute(f"SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false")
        _stage(connection, lake, manifest)
        for node in _in_order(manifest):
            table = f"{node['schema']}.{node['name']}"
            sql = node.get("compiled_code") or ""
            if node["config"]["materialized"] == "view":
                connection.execute(f"CREATE OR REPLACE VIEW lake.{table} AS {sql}")
                continue
            target, options = folder / table, "FORMAT parquet, COMPRESSION zstd"
            if partitions := node["config"].get("partitioned_by"):
                options += f", PARTITION_BY ({', '.join(partitions)}), WRITE_PARTITION_COLUMNS true"
            began = time.monotonic()
            connection.execute(f"COPY ({sql}) TO '{target}' ({options})")
            if node["schema"] in schemas:
                seconds[table] = time.monotonic() - began
            files = f"'{target}/**/*.parquet', hive_partitioning = false"
            if not partitions:
                files = f"'{target}'"
            elif not any(target.rglob("*.parquet")):  # of no row DuckDB makes no partition
                connection.execute(f"CREATE TABLE lake.{table} AS FROM ({sql}) LIMIT 0")
                continue
            connection.execute(f"CREATE VIEW lake.{table} AS FROM read_parquet({files})")
    return seconds


def _stage(connection: duckdb.DuckDBPyConnection, lake: Lake, manifest: Mapping[str, Any]) -> None:
    """Raw tables as views of their files, seeds as tables, and what models ask a connection for."""
    connection.execute("ATTACH ':memory:' AS lake; USE lake")
    for schema in raw.SCHEMAS:
        connection.execute(f"CREATE SCHEMA lake.{schema}")
    paths: dict[str, list[str]] = {}
    for file in lake_files(lake.postgres):
        if file.at_head and not file.deletes:
            paths.setdefault(file.table, []).append(lake.settings.lake_path + file.path)
    with lake.connect(read_only=True) as held:
        for schema, name in lake.tables():
            if schema in {"raw", "ops"} or (schema, name) in _WRITTEN_BY_PYTHON:
                files = paths.get(f"{schema}.{name}")
                rows = held.execute(f"FROM {schema}.{name} LIMIT 0").to_arrow_table()
                connection.register("rows", rows)
                connection.execute(
                    f"CREATE VIEW lake.{schema}.{name} AS FROM read_parquet({files})"
                    if files
                    else f"CREATE TABLE lake.{schema}.{name} AS FROM rows"
                )
                connection.unregister("rows")
        nodes = manifest["nodes"].values()
        for seed in (f"{n['schema']}.{n['name']}" for n in nodes if n["resource_type"] == "seed"):
            connection.register("rows", held.execute(f"FROM {seed}").to_arrow_table())
            connection.execute(f"CREATE TABLE lake.{seed} AS FROM rows")
            connection.unregister("rows")
    boundaries = list(tiers.parse_boundaries(lake.settings.tier_boundaries_h))
    connection.execute(f"SET VARIABLE tier_boundaries_h = CAST({boundaries} AS DOUBLE[])")
    for name in ("strategy_changes", "pair_approvals"):
        connection.execute(f"SET VARIABLE {name} = '[]'")


_WRITTEN_BY_PYTHON = frozenset(
    (table.schema, table.name) for table in raw.TABLES if table.schema not in {"raw", "ops"}
)


def _in_order(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Models that stand in the lake, each after those it reads."""
    nodes = manifest["nodes"]
    done: set[str] = set()

    def after(key: str) -> Iterator[Mapping[str, Any]]:
        if key in done or key not in nodes or nodes[key]["resource_type"] != "model":
            return
        done.add(key)
        for needed in nodes[key]["depends_on"]["nodes"]:
            yield from after(needed)
        if nodes[key]["config"]["materialized"] != "ephemeral":
            yield nodes[key]

    for key in nodes:
        yield from after(key)
