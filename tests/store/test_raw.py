"""The declarations: what they promise is what DuckDB makes of them."""

from __future__ import annotations

from dataclasses import fields

import duckdb
import pytest

from polymarket_assets.store.batch import Publication, SourceRun
from polymarket_assets.store.raw import ROW_TABLES, SCHEMAS, TABLES, VIEWS
from polymarket_assets.store.tables.ops import PUBLISHED, SOURCE_RUNS
from polymarket_assets.store.tables.shape import Table

tables = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.qualified)
row_tables = pytest.mark.parametrize("table", ROW_TABLES.values(), ids=lambda table: table.name)


@tables
def test_duckdb_reads_the_arrow_schema_as_the_declared_types(table: Table) -> None:
    connection = duckdb.connect()
    connection.execute(f"CREATE SCHEMA {table.schema}")
    connection.execute(table.ddl())
    created = [row[:2] for row in connection.execute(f"DESCRIBE {table.qualified}").fetchall()]
    connection.register("empty", table.arrow_schema.empty_table())
    as_arrow = [row[:2] for row in connection.execute("DESCRIBE FROM empty").fetchall()]
    assert created == as_arrow
    assert [name for name, _ in created] == [column.name for column in table.columns]


@tables
def test_every_table_and_column_says_what_it_means(table: Table) -> None:
    assert table.schema in SCHEMAS
    assert table.description.endswith(".")
    assert all(column.description.endswith(".") for column in table.columns)
    assert len({column.name for column in table.columns}) == len(table.columns)


@row_tables
def test_a_parser_delivers_all_columns_but_those_of_the_page(table: Table) -> None:
    supplied = {column.name for column in table.columns} - set(table.parser_schema.names)
    assert supplied == {"page_id", "received_at"} | (set() if table.dt_from_rows else {"dt"})
    assert table.parser_schema.names[0] == "position"
    assert table.partition == "dt"


@row_tables
def test_a_date_from_the_rows_has_an_event_time_beside_it(table: Table) -> None:
    assert table.dt_from_rows == ("event_at" in table.parser_schema.names)


def test_versioned_tables_carry_the_hash_they_are_compared_by() -> None:
    versioned = {
        table.name: table.version_key for table in ROW_TABLES.values() if table.version_key
    }
    assert versioned == {
        "gamma_events": "event_id",
        "gamma_markets": "market_id",
        "kalshi_events": "event_ticker",
        "kalshi_series": "series_ticker",
        "kalshi_markets": "ticker",
        "data_resolutions": "condition_id",
    }
    for name in versioned:
        assert "payload_sha256" in ROW_TABLES[name].parser_schema.names


def test_records_have_the_columns_of_their_tables_in_order() -> None:
    assert [f.name for f in fields(SourceRun)] == [c.name for c in SOURCE_RUNS.columns]
    assert [f.name for f in fields(Publication)] == [c.name for c in PUBLISHED.columns]


def test_views_read_declared_tables() -> None:
    connection = duckdb.connect()
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA {schema}")
    for table in TABLES:
        connection.execute(table.ddl())
    for view in VIEWS:
        connection.execute(f"CREATE VIEW {view.qualified} AS {view.query}")
        assert connection.execute(f"FROM {view.qualified}").fetchall() == []
