"""The project itself: documented, in step with the lake's tables, read by the day, locked."""

from __future__ import annotations

import argparse
import re

import duckdb
import pytest
from dbt.flags import get_flags, set_from_args

from polymarket_assets.store import raw
from polymarket_assets.store.dbt_plugin import Plugin
from polymarket_assets.store.locks import LockHeldError, advisory_lock
from polymarket_assets.store.maintenance import BUILD_LOCK


@pytest.fixture(scope="session")
def manifest(warehouse):
    """What dbt knows of the project."""
    return warehouse.dbt.artifact("manifest.json")


def _relations(manifest):
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] in {"model", "seed"}
        and node["config"]["materialized"] != "ephemeral"
    ]


def test_every_model_seed_source_and_column_is_described(manifest):
    documented = [
        node
        for node in [*manifest["nodes"].values(), *manifest["sources"].values()]
        if node["resource_type"] in {"model", "seed", "source"}
    ]
    silent = [n["unique_id"] for n in documented if not n["description"].strip()]
    silent += [
        f"{n['unique_id']}.{column['name']}"
        for n in documented
        for column in n["columns"].values()
        if not column["description"].strip()
    ]
    assert silent == []
    assert len(documented) > 50


def test_documented_columns_are_those_of_the_tables(warehouse, manifest):
    for node in _relations(manifest):
        found = warehouse.rows(f"describe lake.{node['schema']}.{node['name']}")
        assert [row["column_name"] for row in found] == list(node["columns"]), node["name"]


def test_tables_people_read_have_enforced_contracts(manifest):
    loose = [
        node["name"]
        for node in _relations(manifest)
        if node["path"].split("/")[0] in {"core", "features", "leaderboards", "signals"}
        and node["resource_type"] == "model"
        and not node["config"]["contract"]["enforced"]
    ]
    assert loose == []


def test_sources_are_the_tables_the_code_writes(manifest):
    declared = {
        f"{source['schema']}.{source['name']}": list(source["columns"])
        for source in manifest["sources"].values()
    }
    tables = {table.qualified: [c.name for c in table.columns] for table in raw.TABLES}
    assert {name: declared[name] for name in tables} == tables
    assert set(declared) - set(tables) == {view.qualified for view in raw.VIEWS}


@pytest.mark.parametrize(
    "view", ["stg_data_trades", "stg_clob_prices", "stg_clob_books", "stg_gamma_markets"]
)
def test_a_day_costs_a_day(warehouse, view):
    """A filter on dt reaches the files below the deduplication."""
    table = view.replace("stg_", "raw.")
    days = warehouse.row(f"select count(distinct dt) as n from {table}")["n"]
    plan = warehouse.rows(
        f"explain analyze select sum(hash(v)) from staging.{view} as v where dt = '2026-11-18'"
    )
    files = [int(n) for n in re.findall(r"Total Files Read: (\d+)", str(plan))]
    scans = 2 if view == "stg_data_trades" else 1
    if view == "stg_gamma_markets":
        assert days == 4
    assert files == [1] * scans, "one file per day was written"
    assert days > 1


def test_facts_are_partitioned_by_day(warehouse):
    for table in ("core.fct_trades", "core.fct_wallet_fills", "features.market_snapshots"):
        plan = warehouse.rows(
            f"explain analyze select sum(hash(t)) from {table} as t where dt = '2026-11-02'"
        )
        everything = warehouse.rows(f"explain analyze select sum(hash(t)) from {table} as t")
        day, whole = (
            sum(int(n) for n in re.findall(r"Total Files Read: (\d+)", str(p)))
            for p in (plan, everything)
        )
        assert day <= 1 < whole, table


def test_docs_are_generated_with_the_overview(warehouse):
    done = warehouse.dbt.run("docs", "generate", "--no-compile")
    assert done.returncode == 0, done.stdout
    assert "model.polymarket.market_snapshots" in warehouse.dbt.artifact("catalog.json")["nodes"]
    docs = warehouse.dbt.artifact("manifest.json")["docs"]
    overview = docs["doc.polymarket.__overview__"]["block_contents"]
    assert "Null is not known" in overview


def test_parsing_needs_no_store(warehouse, tmp_path):
    done = warehouse.dbt.run(
        "parse", "--no-partial-parse", "--no-write-json", PM_HOME=str(tmp_path / "none")
    )
    assert done.returncode == 0, done.stdout
    assert not (tmp_path / "none").exists()


@pytest.fixture
def plugin(warehouse, monkeypatch):
    """Makes the plugin as dbt does for a command."""
    monkeypatch.setenv("PM_HOME", str(warehouse.lake.settings.home))
    before = get_flags()
    made = []

    def make(command: str) -> Plugin:
        set_from_args(argparse.Namespace(WHICH=command, which=command), None)
        made.append(Plugin(name="lake", plugin_config={}))
        return made[-1]

    yield make
    for one in made:
        one._held.close()
    set_from_args(argparse.Namespace(**vars(before)), None)


def test_a_command_that_writes_holds_the_build_lock_and_a_second_one_is_told_who_does(
    warehouse, plugin
):
    plugin("build")
    with pytest.raises(LockHeldError, match="warehouse-build"):
        plugin("run")


def test_a_dbt_started_by_the_holder_of_the_lock_does_not_wait_for_it(
    warehouse, plugin, monkeypatch
):
    monkeypatch.setenv("PM_BUILD_LOCK", "held")
    with advisory_lock(warehouse.lake.postgres, BUILD_LOCK):
        plugin("build")


def test_reading_needs_no_lock_and_every_cursor_is_in_utc(warehouse, plugin):
    with advisory_lock(warehouse.lake.postgres, BUILD_LOCK):
        reader = plugin("docs")
    config = {"threads": 1}
    reader.update_connection_config(None, config)
    assert config["memory_limit"] == warehouse.lake.settings.lake_memory_limit
    with duckdb.connect(config=config) as connection:
        reader.configure_connection(connection)
        cursor = connection.cursor()
        cursor.execute("SET TimeZone = 'America/New_York'")
        reader.configure_cursor(cursor)
        assert cursor.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)
        assert cursor.execute("select count(*) > 0 from lake.core.fct_trades").fetchone() == (True,)
        connection.rollback()
