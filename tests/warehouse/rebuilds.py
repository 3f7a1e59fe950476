"""The warehouse's models in a plain DuckDB: what dbt compiled, run on raw rows of one's choice.

A build of the whole project over the tests' world costs a third of a second here, so that a test
may ask what becomes of every table when rows were never received, say something else, or come to
another moment. The SQL is dbt's own, taken from its manifest; nothing is written a second time.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from dbt.flags import get_flags, set_from_args

from polymarket_assets.store import raw
from polymarket_assets.store.dbt_plugin import Plugin
from tests.warehouse.world import NOW

BUILT_AT = f"cast('{NOW.isoformat()}' as timestamptz)"
"""How the session's build, made with the variable `now`, spells its moment."""
MOMENT = "getvariable('platform_now')"


@dataclass(frozen=True)
class Model:
    """A table or view of the project as dbt compiled it, and the names of all it is made of."""

    schema: str
    name: str
    kind: str
    sql: str
    needs: frozenset[str]
    parts: str | None

    @property
    def table(self) -> str:
        """Its qualified name."""
        return f"{self.schema}.{self.name}"


def models_of(manifest: Mapping[str, Any]) -> tuple[Model, ...]:
    """Every model that is a table or a view, each after those it reads."""
    nodes = {
        key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"
    }
    needs: dict[str, frozenset[str]] = {}

    def place(key: str) -> frozenset[str]:
        """All that a model is made of; dictionaries keep the order in which that was found."""
        if key not in needs:
            read = [needed for needed in nodes[key]["depends_on"]["nodes"] if needed in nodes]
            needs[key] = frozenset(read).union(*(place(needed) for needed in read))
        return needs[key]

    for key in nodes:
        place(key)
    return tuple(
        Model(
            nodes[key]["schema"],
            nodes[key]["name"],
            "view" if nodes[key]["config"]["materialized"] == "view" else "table",
            nodes[key]["compiled_code"].replace(BUILT_AT, MOMENT),
            frozenset(nodes[needed]["name"] for needed in needed_keys),
            nodes[key]["config"]["meta"].get("parts"),
        )
        for key, needed_keys in needs.items()
        if nodes[key]["config"]["materialized"] != "ephemeral"
    )


@contextmanager
def rebuilding(warehouse: Any) -> Iterator[Rebuilds]:
    """Rebuilds of the session's project as its dbt compiled it, with its seeds and no raw rows."""
    manifest = warehouse.manifest
    seeds = {
        f"{node['schema']}.{node['name']}"
        for node in manifest["nodes"].values()
        if node["resource_type"] == "seed"
    }
    with duckdb.connect(config={"threads": 1}) as connection:
        _set_variables(warehouse, connection)
        connection.execute("ATTACH ':memory:' AS lake; USE lake")
        rebuilds = Rebuilds(connection, manifest)
        with warehouse.lake.connect(read_only=True) as lake:
            rebuilds.tell({name: lake.execute(f"FROM {name}").to_arrow_table() for name in seeds})
        rebuilds.tell({table.qualified: table.arrow_schema.empty_table() for table in raw.TABLES})
        yield rebuilds


def _set_variables(warehouse: Any, connection: duckdb.DuckDBPyConnection) -> None:
    """What dbt's plugin tells a connection: time zone, boundaries, what people decided."""
    before = get_flags()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PM_HOME", str(warehouse.lake.settings.home))
        set_from_args(argparse.Namespace(WHICH="docs", which="docs"), None)
        Plugin(name="lake", plugin_config={}).configure_cursor(connection)
    set_from_args(argparse.Namespace(**vars(before)), None)


class Rebuilds:
    """A DuckDB in which the project's tables are built again and again."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> None:
        """`connection` has the variables that the models ask for, and an empty `lake`."""
        self.connection = connection
        self.models = models_of(manifest)

    def tell(self, tables: Mapping[str, pa.Table]) -> None:
        """Make these tables what dbt finds."""
        for name, rows in tables.items():
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS lake.{name.split('.')[0]}")
            self.connection.register("rows", rows)
            self.connection.execute(f"CREATE OR REPLACE TABLE lake.{name} AS FROM rows")
            self.connection.unregister("rows")

    def build(
        self,
        now: datetime,
        *,
        only: Collection[str] | None = None,
        instead: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        """Build all models, or `only` those named, as of `now`.

        `instead` gives some models another text: a passage of it, and what stands in its place.

        Raises:
            ValueError: a passage is not in its model exactly once, or its model does not exist.
        """
        instead = instead or {}
        absent = instead.keys() - {model.name for model in self.models}
        if absent:
            raise ValueError(f"no such models: {sorted(absent)}")
        self.connection.execute(f"SET VARIABLE platform_now = TIMESTAMPTZ '{now.isoformat()}'")
        for model in self.models:
            if only is None or model.name in only:
                self._make(model, *instead.get(model.name, ("", "")))

    def _make(self, model: Model, passage: str, other: str) -> None:
        if passage and model.sql.count(passage) != 1:
            raise ValueError(f"{model.name} has {passage!r} {model.sql.count(passage)} times")
        sql = model.sql.replace(passage, other) if passage else model.sql
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS lake.{model.schema}")
        self.connection.execute(f"CREATE OR REPLACE {model.kind} lake.{model.table} AS {sql}")

    def feeding(self, *tables: str) -> frozenset[str]:
        """The models, by name, that these tables are made of, and they themselves."""
        wanted = [model for model in self.models if model.table in tables]
        return frozenset(model.name for model in wanted).union(*(model.needs for model in wanted))

    def fed_by(self, *names: str) -> frozenset[str]:
        """The models, by name, that are made of these, and they themselves."""
        return frozenset(
            model.name for model in self.models if {model.name, *model.needs}.intersection(names)
        )

    def tables(self) -> tuple[str, ...]:
        """The models that are tables."""
        return tuple(model.table for model in self.models if model.kind == "table")


def fingerprint(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    where: str = "true",
    without: Sequence[str] = (),
) -> tuple[int, int]:
    """Rows and the sum of their hashes: the same for the same rows in whatever order."""
    described = connection.execute(f"DESCRIBE lake.{table}").fetchall()
    # By name: dbt gives the columns of a table the order of its contract.
    columns = sorted(name for name, *_ in described if name not in without)
    [found] = connection.execute(
        f"SELECT count(*), coalesce(sum(hash({', '.join(columns)})), 0)"
        f" FROM lake.{table} WHERE {where}"
    ).fetchall()
    return found
