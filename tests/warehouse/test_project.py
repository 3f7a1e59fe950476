"""The project itself: documented, in step with the lake's tables, read by the day, locked."""

from __future__ import annotations

import argparse
import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from dbt.flags import get_flags, set_from_args

from polymarket_assets.store import raw
from polymarket_assets.store.dbt_plugin import Plugin
from polymarket_assets.store.lake_files import lake_files
from polymarket_assets.store.locks import LockHeldError, advisory_lock
from polymarket_assets.store.lost_files import is_built
from polymarket_assets.store.maintenance import BUILD_LOCK
from tests.warehouse.rebuilds import rebuilding
from tests.warehouse.world import NOW

PACKAGE = Path(__file__).resolve().parents[2] / "polymarket_assets"


@pytest.fixture(scope="session")
def manifest(warehouse):
    """What dbt knows of the project."""
    return warehouse.manifest


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


def test_a_key_that_occurs_twice_or_has_a_null_fails_its_test(manifest):
    [test] = [n for n in manifest["nodes"].values() if n["name"] == "dim_trader_key_is_unique"]
    with duckdb.connect() as connection:
        connection.execute(
            "ATTACH ':memory:' AS lake; CREATE SCHEMA lake.core; CREATE TABLE lake.core.dim_trader"
            " AS FROM (VALUES ('once'), ('twice'), ('twice'), (NULL)) AS rows(wallet)"
        )
        found = connection.execute(test["compiled_code"]).fetchall()
    assert set(found) == {("twice", 2), (None, 1)}


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


def test_exposures_name_the_tables_that_their_code_reads(manifest):
    """Tables after from and join in the SQL of the named files; a macro stands for its model."""
    names = {
        f"{node['schema']}.{node['name']}": unique_id
        for unique_id, node in [*manifest["nodes"].items(), *manifest["sources"].items()]
        if node["resource_type"] in {"model", "source"} and node["schema"] not in {"raw", "ops"}
    }
    names["leaderboards.leaderboard_as_of"] = names["leaderboards.leaderboard"]
    read = {}
    for exposure in manifest["exposures"].values():
        files = [PACKAGE / file for file in exposure["config"]["meta"].get("code", [])]
        code = "\n".join(file.read_text() for file in files)
        tables = re.findall(r"(?i)\b(?:from|join) (\w+\.\w+)", code)
        read[exposure["name"]] = {names[table] for table in tables if table in names}
    assert len(read) > 5
    told = {e["name"]: set(e["depends_on"]["nodes"]) for e in manifest["exposures"].values()}
    for_people = told.pop("notebooks_and_exports")
    assert read.pop("notebooks_and_exports") == set()
    assert told == read
    tables = {
        unique_id
        for name, unique_id in names.items()
        if re.match(r"(core|features|leaderboards)\.(?!int_)", name)
    }
    assert tables - for_people == {names["core.venue_texts"]}


def test_a_key_that_its_dimension_lacks_is_named_by_one_check(warehouse, manifest):
    check = manifest["nodes"]["test.polymarket.every_key_is_in_its_dimension"]["compiled_code"]
    with rebuilding(warehouse) as rebuilds:
        with warehouse.lake.connect(read_only=True) as lake:
            names = [table.qualified for table in raw.TABLES]
            rebuilds.tell({name: lake.execute(f"from {name}").to_arrow_table() for name in names})
        rebuilds.build(NOW)
        assert rebuilds.connection.execute(check).fetchall() == []
        for dimension, key in (
            ("core.dim_market", "condition_id"),
            ("core.dim_market_token", "token_id"),
            ("core.dim_event", "event_id"),
            ("core.dim_trader", "wallet"),
        ):
            rebuilds.connection.execute(f"delete from {dimension}")
            named = {row[:2] for row in rebuilds.connection.execute(check).fetchall()}
            assert ("fct_trades", key) in named
            assert ("fct_wallet_fills", key) in named


def _files_read(warehouse, query: str) -> list[int]:
    """Data files each scan of a query read."""
    plan = str(warehouse.rows(f"explain analyze {query}"))
    return [int(number) for number in re.findall(r"Total Files Read: (\d+)", plan)]


@pytest.mark.parametrize(
    ("view", "scans"),
    [
        ("stg_data_trades", 2),
        ("stg_clob_prices", 1),
        ("stg_clob_books", 1),
        ("stg_gamma_markets", 1),
        ("stg_gamma_events", 1),
        ("stg_kalshi_events", 1),
        ("stg_kalshi_series", 1),
        ("stg_kalshi_markets", 1),
        ("stg_kalshi_books", 1),
        ("stg_kalshi_trades", 1),
        ("stg_kalshi_candles", 1),
    ],
)
def test_a_day_costs_a_day(warehouse, view, scans):
    """A filter on dt reaches the files below the deduplication; the test wrote one file per day."""
    days = warehouse.row(f"select min(dt) as first, count(distinct dt) as n from staging.{view}")
    query = f"select sum(hash(v)) from staging.{view} as v"
    assert _files_read(warehouse, query) == [days["n"]] * scans
    assert days["n"] > 1
    assert _files_read(warehouse, f"{query} where dt = '{days['first']}'") == [1] * scans


@pytest.mark.parametrize(
    "table",
    [
        "core.fct_trades",
        "core.fct_wallet_fills",
        "core.fct_prices",
        "core.fct_books",
        "features.market_snapshots",
        "leaderboards.trader_category_daily",
    ],
)
def test_facts_are_partitioned_by_day(warehouse, table):
    day = warehouse.row(f"select min(dt) as dt, count(distinct dt) as days from {table}")
    query = f"select sum(hash(t)) from {table} as t"
    [whole], [one] = (
        _files_read(warehouse, query),
        _files_read(warehouse, f"{query} where dt = '{day['dt']}'"),
    )
    assert whole >= day["days"] > 1
    assert one < whole


@pytest.fixture(scope="module")
def upgraded(warehouse):
    """What was made anew after a view had another text, a table another shape, a seed one column
    less, and the catalog took a table for many times what it is."""

    def begun() -> dict[str, int]:
        with closing(warehouse.lake.postgres.connect("lake")) as catalog:
            cursor = catalog.cursor()
            cursor.execute(
                "select view_name, begin_snapshot from ducklake_view where end_snapshot is null"
                " union all select table_name, begin_snapshot from ducklake_table"
                " where end_snapshot is null"
            )
            return dict(cursor.fetchall())

    def by_an_older_release(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("comment on view lake.staging.stg_gamma_events is 'of another text'")
        connection.execute("comment on table lake.core.dim_trader is 'of another shape'")
        connection.execute("alter table features.feature_registry drop column unit")

    before = begun()
    warehouse.lake.transaction(by_an_older_release)
    with closing(warehouse.lake.postgres.connect("lake")) as catalog, catalog:
        catalog.cursor().execute(
            "update ducklake_table_stats set record_count = 1000000 where table_id in (select"
            " table_id from ducklake_table where table_name = 'tier_transitions')"
        )
    files = _files_of(warehouse, "core.dim_event")
    done = warehouse.dbt.run(
        *("build", "--exclude-resource-type", "test"),
        *(
            "--select",
            "staging",
            "feature_registry",
            "dim_trader",
            "tier_transitions",
            "dim_event",
        ),
        *("--vars", json.dumps({"now": NOW.isoformat()})),
    )
    assert done.returncode == 0, done.stdout
    assert not files & _files_of(warehouse, "core.dim_event"), "it was filled anew"
    return {name for name, version in begun().items() if version != before[name]}


def _files_of(warehouse, table: str) -> set[str]:
    held = lake_files(warehouse.lake.postgres)
    return {file.path for file in held if file.at_head and file.table == table}


def test_views_tables_and_seeds_are_made_anew_only_when_they_are_others_now(upgraded):
    assert upgraded == {
        "stg_gamma_events", "dim_trader", "tier_transitions", "feature_registry",
    }  # fmt: skip


def test_a_seed_with_another_column_replaces_the_table_of_the_older_release(upgraded, warehouse):
    assert warehouse.rows("select 1 from features.feature_registry where unit is not null")


def test_docs_are_generated_with_the_overview(warehouse):
    done = warehouse.dbt.run("docs", "generate", "--no-compile")
    assert done.returncode == 0, done.stdout
    assert "model.polymarket.market_snapshots" in warehouse.dbt.artifact("catalog.json")["nodes"]
    manifest = warehouse.dbt.artifact("manifest.json")
    assert "exposure.polymarket.executor" in manifest["child_map"]["model.polymarket.signals"]
    docs = manifest["docs"]
    overview = docs["doc.polymarket.__overview__"]["block_contents"]
    assert "Null is not known" in overview


def test_parsing_needs_no_store(warehouse, tmp_path):
    done = warehouse.dbt.run("parse", PM_HOME=str(tmp_path / "none"))
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


def test_a_build_begins_by_dropping_built_tables_whose_files_are_gone_and_no_others(
    warehouse, plugin, caplog
):
    lake = warehouse.lake
    for table in ("core.lost", "core.whole"):
        lake.transaction(lambda c, table=table: c.execute(f"create table {table} as select 1 as n"))
    lake.transaction(lambda c: c.execute("create or replace table ops.kept as select 1 as n"))
    lake.transaction(lambda c: c.execute("insert into ops.model_parts values ('lost', 'a', 'b')"))
    for table in ("core/lost", "ops/kept", "ops/model_parts/model=lost"):
        [file] = Path(lake.settings.lake_path, table).glob("*.parquet")
        file.unlink()
    try:
        plugin("docs")
        assert ("core", "lost") in lake.tables()
        plugin("build")
        assert ("core", "lost") not in lake.tables()
        assert {("core", "whole"), ("ops", "kept")} < set(lake.tables())
        assert "dropped core.lost" in caplog.text
        assert lake.rows("select * from ops.model_parts") == [], "made again, and empty"
    finally:
        lake.transaction(lambda c: c.execute("drop table core.whole; drop table ops.kept"))


def test_a_table_that_python_writes_is_not_one_a_build_makes_again():
    assert is_built("core.fct_trades")
    assert not is_built("core.venue_pairs")
    assert not is_built("leaderboards.wash_scores")
    assert not is_built("raw.pages")


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
        now = cursor.execute("select getvariable('platform_now')").fetchall()[0][0]
        assert abs(now - datetime.now(UTC)) < timedelta(minutes=5), "this home has no other clock"
        assert cursor.execute("select count(*) > 0 from lake.core.fct_trades").fetchone() == (True,)
        boundaries = cursor.execute("select getvariable('tier_boundaries_h')").fetchall()
        assert boundaries == [([48, 12, 4, 1],)]


def test_the_boundaries_of_tiers_come_from_the_settings(plugin, monkeypatch):
    monkeypatch.setenv("PM_TIER_BOUNDARIES_H", "72,24,6,0.5")
    with duckdb.connect() as connection:
        plugin("docs").configure_cursor(connection)
        found = connection.execute("select getvariable('tier_boundaries_h')").fetchall()
        assert found == [([72, 24, 6, 0.5],)]
