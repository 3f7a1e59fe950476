"""SQL typed by people: it reads the lake and the ledger, and nothing else can be done with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from polymarket_assets.store.lake import Lake
from polymarket_assets.store.query_guard import QueryConnection, QueryRefusedError
from tests.store.lakes import lake_in

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with lake_in(tmp_path_factory.mktemp("lake") / "home") as opened:
        opened.transaction(
            lambda c: c.execute(
                """
                CREATE TABLE core.sides AS SELECT i AS n, i % 2 = 0 AS even FROM range(4) AS r(i);
                CREATE MACRO core.below(most, wanted := 0) AS TABLE
                    WITH few AS (FROM lake.core.sides WHERE n < most) FROM few WHERE n >= wanted;
                CREATE MACRO core.twice(most) AS TABLE
                    FROM lake.core.below(most) UNION ALL FROM lake.core.below(most);
                CREATE MACRO core.peek(path) AS TABLE FROM read_text(path);
                CREATE MACRO core.named(name) AS TABLE FROM query_table(name);
                """
            )
        )
        yield opened


@pytest.fixture(scope="module")
def queries(lake: Lake) -> Iterator[QueryConnection]:
    with lake.connect_for_queries() as connection:
        yield connection


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("SELECT sum(n) FROM core.sides", [(6,)]),
        ("FROM lake.core.sides WHERE n = 1", [(1, False)]),
        ("WITH odd AS (FROM core.sides WHERE NOT even) SELECT count(n) FROM odd;", [(2,)]),
        ("SELECT (SELECT max(n) FROM core.sides) + sum(i) FROM range(3) AS r(i)", [(6,)]),
        ("SELECT unnest([1, 2])", [(1,), (2,)]),
        ("SELECT x FROM unnest([1, 2]) AS t(x)", [(1,), (2,)]),
        ("VALUES ('DROP TABLE core.sides; --')", [("DROP TABLE core.sides; --",)]),
        ("SELECT count(*) FROM raw.pages", [(0,)]),
        ("SELECT estimated_size FROM duckdb_tables() WHERE table_name = 'sides'", [(4,)]),
        ("SELECT count(*) > 0 FROM information_schema.columns", [(True,)]),
        ("SELECT column_name FROM (DESCRIBE core.sides)", [("n",), ("even",)]),
        ("SELECT column_name FROM (SUMMARIZE core.sides)", [("n",), ("even",)]),
        ("SELECT n FROM core.below(3, wanted := 1)", [(1,), (2,)]),
        ("SELECT sum(n) FROM lake.core.Twice((SELECT max(n) FROM core.sides))", [(6,)]),
    ],
)  # fmt: skip
def test_queries_over_the_lake_are_answered(
    queries: QueryConnection, sql: str, answer: list[tuple]
) -> None:
    assert queries.execute(sql).fetchall() == answer


@pytest.mark.parametrize("sql", ["SHOW ALL TABLES", "SHOW TABLES", "DESCRIBE core.sides"])
def test_what_there_is_can_be_listed(queries: QueryConnection, sql: str) -> None:
    assert len(queries.frame(sql).columns) > 0


REFUSED = [
    "COPY (SELECT 1) TO '{folder}/x.csv'",
    "COPY (SELECT 1) TO '{lake}/x.csv'",
    "COPY core.sides FROM '/etc/passwd'",
    "ATTACH '{lake}/x.db'",
    "ATTACH ':memory:' AS m",
    "DETACH lake",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "USE memory",
    "PRAGMA database_list",
    "CALL enable_logging(storage = 'file', storage_config = {{'path': '{folder}/log'}})",
    "CALL lake.merge_adjacent_files()",
    "CALL postgres_execute('ledger', 'DROP TABLE orders')",
    "CREATE SECRET s (TYPE postgres, HOST 'x')",
    "CREATE TABLE memory.main.x AS SELECT 1",
    "CREATE TEMP TABLE x AS SELECT 1",
    "INSERT INTO core.sides VALUES (9, false)",
    "UPDATE core.sides SET n = 0",
    "DELETE FROM core.sides",
    "DROP TABLE core.sides",
    "EXPORT DATABASE '{folder}/export'",
    "IMPORT DATABASE '{folder}/export'",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "EXPLAIN ANALYZE SELECT 1",
    "CHECKPOINT",
    "BEGIN",
    "SELECT 1; DROP TABLE core.sides",
    "SELECT 1; SELECT 2",
    "FROM postgres_query('ledger', 'SELECT pg_read_file(''/etc/passwd'')')",
    "SELECT (SELECT 1 FROM postgres_query('__ducklake_metadata_lake', 'SELECT 1'))",
    "WITH a AS (FROM postgres_scan('dbname=lake', 'public', 'x')) FROM a",
    "FROM read_text('/etc/passwd')",
    "FROM read_blob('/etc/passwd')",
    "FROM read_csv('/etc/passwd')",
    "FROM glob('/etc/*')",
    "FROM query('SELECT 1')",
    "FROM query_table('core.sides')",
    "FROM core.peek('/etc/passwd')",
    "FROM core.named('__ducklake_metadata_lake.public.ducklake_metadata')",
    "FROM core.below((SELECT max(n) FROM read_text('/etc/passwd') AS t(n)))",
    "FROM below(3)",
    "FROM memory.core.below(3)",
    "FROM core.no_such(3)",
    "FROM system.main.glob('/etc/*')",
    "FROM duckdb_databases()",
    "FROM duckdb_secrets()",
    "FROM duckdb_settings",
    "FROM pragma_database_list",
    "FROM sqlite_master",
    "SHOW __ducklake_metadata_lake.public.ducklake_data_file",
    "FROM __ducklake_metadata_lake.ducklake_metadata",
    "FROM __ducklake_metadata_lake.public.ducklake_metadata",
    "FROM ledger.pg_catalog.pg_authid",
    "FROM pg_catalog.pg_database",
    "FROM system.main.duckdb_databases",
    "FROM memory.main.x",
    "FROM core.sides JOIN read_text('/etc/passwd') ON true",
    "FROM core.sides WHERE n IN (SELECT 1 FROM read_text('/etc/passwd'))",
    "PIVOT core.sides ON even USING sum(n)",
    "",
]  # fmt: skip


@pytest.mark.parametrize("sql", REFUSED)
def test_everything_else_is_refused_before_it_runs(
    queries: QueryConnection, lake: Lake, tmp_path: Path, sql: str
) -> None:
    version = lake.head_version()
    with pytest.raises(QueryRefusedError):
        queries.execute(sql.format(folder=tmp_path, lake=lake.settings.lake_path))
    assert list(tmp_path.iterdir()) == []
    assert not list(Path(lake.settings.lake_path).glob("x.*"))
    assert lake.head_version() == version


@pytest.mark.parametrize("name", ["/etc/passwd", "https://example.org/x.csv", "nothing"])
def test_a_file_is_no_table(queries: QueryConnection, name: str) -> None:
    with pytest.raises(duckdb.Error, match=r"does not exist|disabled by configuration"):
        queries.execute(f"FROM '{name}'")


def test_wrong_sql_says_where(queries: QueryConnection) -> None:
    with pytest.raises(duckdb.ParserException, match="syntax error at or near"):
        queries.execute("SELEC 1")
    with pytest.raises(duckdb.BinderException, match='column "no_such" not found'):
        queries.execute("SELECT no_such FROM core.sides")


@pytest.mark.parametrize(
    "sql",
    [
        "FROM read_text('/etc/passwd')",
        "FROM read_blob('{lake}/../postgres/data/PG_VERSION')",
        "COPY (SELECT 1) TO '/tmp/should-not-be-there.csv'",
        "ATTACH '/tmp/should-not-be-there.db' AS x",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "INSERT INTO core.sides VALUES (9, false)",
        "CALL postgres_execute('ledger', 'CREATE TABLE x (n int)')",
    ],
)
def test_duckdb_refuses_the_worst_even_without_the_guard(
    queries: QueryConnection, lake: Lake, sql: str
) -> None:
    with pytest.raises(duckdb.Error, match=r"(?i)disabled|locked|read.only"):
        queries._connection.execute(sql.format(lake=lake.settings.lake_path))
    assert not list(Path("/tmp").glob("should-not-be-there*"))
