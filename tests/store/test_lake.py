"""The lake: created once, attached many ways, its transactions retried, its versions kept."""

from __future__ import annotations

import contextlib
import signal
import stat
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import duckdb
import psycopg2
import pytest
from pydantic import SecretStr

from polymarket_assets.settings import Settings
from polymarket_assets.store import raw
from polymarket_assets.store.batch import Publication
from polymarket_assets.store.ducklake import is_conflict
from polymarket_assets.store.engine import ExtensionMissingError, open_duckdb
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_catalog import VersionNotHeldError
from polymarket_assets.store.lake_files import index_catalog, write_blank_statistics
from polymarket_assets.store.postgres import stop_postgres
from polymarket_assets.store.postgres_server import EmbeddedServer
from polymarket_assets.store.schema_check import LakeSchemaError
from polymarket_assets.store.session import (
    LakeUnavailableError,
    Session,
    TransactionFailedError,
)
from tests.store.lakes import NOON, contents, lake_in, source_run
from tests.store.servers import main_process, python, until

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with lake_in(tmp_path_factory.mktemp("lake") / "home") as opened:
        yield opened


@pytest.fixture
def table(lake: Lake) -> Iterator[str]:
    """A table of counters in core, empty, like those dbt makes."""
    lake.transaction(lambda c: c.execute("CREATE OR REPLACE TABLE core.counters (n INTEGER)"))
    yield "core.counters"
    lake.transaction(lambda c: c.execute("DROP TABLE core.counters"))


# Creation


def test_a_new_lake_has_every_declared_table_with_its_types_and_meaning(lake: Lake) -> None:
    held = lake.rows(
        "SELECT schema_name || '.' || table_name, column_name, data_type, comment"
        " FROM duckdb_columns() WHERE database_name = 'lake'"
        " AND list_contains($tables, schema_name || '.' || table_name)"
        " ORDER BY schema_name, table_name, column_index",
        {"tables": [table.qualified for table in raw.TABLES]},
    )
    connection = duckdb.connect()
    connection.execute("; ".join(f"CREATE SCHEMA {schema}" for schema in raw.SCHEMAS))
    declared = []
    for table in sorted(raw.TABLES, key=lambda item: item.qualified):
        connection.execute(table.ddl())
        types = {
            name: type_
            for name, type_, *_ in connection.execute(f"DESCRIBE {table.qualified}").fetchall()
        }
        declared += [(table.qualified, c.name, types[c.name], c.description) for c in table.columns]
    assert held == declared


def test_a_new_lake_has_all_schemas_and_views(lake: Lake) -> None:
    schemas = lake.rows("SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'lake'")
    assert {name for (name,) in schemas} >= set(raw.SCHEMAS)
    assert lake.rows("SELECT * FROM ops.freshness") == []


def test_files_are_partitioned_zstd_parquet_and_nothing_is_inlined(lake: Lake) -> None:
    lake.transaction(
        lambda c: c.execute(
            "INSERT INTO raw.quarantine VALUES ('p', 's', 0, 'one row', 'x', now(), '2031-02-03')"
        )
    )
    folder = Path(lake.settings.lake_path, "raw", "quarantine", "dt=2031-02-03")
    [file] = folder.glob("*.parquet")
    codecs = duckdb.execute(
        "SELECT DISTINCT compression FROM parquet_metadata(?)", [str(file)]
    ).fetchall()
    assert codecs == [("ZSTD",)]


def test_opening_again_changes_nothing_and_is_fast(lake: Lake) -> None:
    version = lake.head_version()
    started = datetime.now(UTC)
    Lake.open(lake.settings)
    assert datetime.now(UTC) - started < timedelta(seconds=1)
    assert lake.head_version() == version


def test_processes_that_open_a_new_home_at_once_make_one_lake(own_server: Settings) -> None:
    code = (
        "from polymarket_assets.store.lake import Lake\n"
        "lake = Lake.open(settings)\n"
        "print(lake.head_version(), len(lake.rows('FROM raw.pages')))"
    )
    openers = [python(code, home=own_server.home) for _ in range(3)]
    answers = [opener.communicate(timeout=60)[0] for opener in openers]
    assert [opener.returncode for opener in openers] == [0, 0, 0]
    assert len(set(answers)) == 1
    assert answers[0].endswith(" 0\n")


def test_a_lake_of_older_code_gets_its_missing_tables_but_no_missing_columns(
    own_server: Settings,
) -> None:
    lake = Lake.open(own_server)
    lake.transaction(lambda c: c.execute("DROP TABLE raw.clob_prices; DROP VIEW ops.freshness"))
    assert Lake.open(own_server).rows("FROM raw.clob_prices") == []
    assert lake.rows("FROM ops.freshness") == []
    lake.transaction(lambda c: c.execute("ALTER TABLE raw.clob_prices DROP COLUMN price"))
    with pytest.raises(LakeSchemaError, match=r"raw\.clob_prices .* lacks the column\(s\) price"):
        Lake.open(own_server)


def test_an_absent_extension_wheel_is_named(lake: Lake) -> None:
    with pytest.raises(ExtensionMissingError, match=r"duckdb-extension-no-such==.*make setup"):
        open_duckdb(lake.settings, extensions=["no_such"])


def test_nothing_but_our_wheels_is_loaded(lake: Lake) -> None:
    [(loaded,)] = lake.rows(
        "SELECT list(extension_name ORDER BY 1) FROM duckdb_extensions()"
        " WHERE loaded AND install_mode <> 'STATICALLY_LINKED'"
    )
    assert loaded == ["ducklake", "postgres_scanner"]


# Connections


def test_values_come_back_exact_and_times_aware(lake: Lake) -> None:
    [row] = lake.rows(
        "SELECT ?::DECIMAL(18,6) AS price, now() AS t, [{'price': 0.1::DECIMAL(18,6)}] AS levels",
        [Decimal("0.123456")],
    )
    assert row[0] == Decimal("0.123456")
    assert row[1].utcoffset() == timedelta(0)
    assert row[2] == [{"price": Decimal("0.100000")}]
    frame = lake.frame("SELECT $n::INTEGER AS n", {"n": 7})
    assert frame["n"].tolist() == [7]


def test_limits_and_time_zone_are_set_on_every_connection(lake: Lake) -> None:
    names = ("memory_limit", "threads", "TimeZone", "ducklake_max_retry_count")
    settings = [f"current_setting('{name}')" for name in names]
    [row] = lake.rows(f"SELECT {', '.join(settings)}")
    assert row == ("953.6 MiB", 1, "UTC", 100)


def test_threads_use_one_lake_at_once(lake: Lake, table: str) -> None:
    def add(n: int) -> int:
        lake.transaction(lambda c: c.execute(f"INSERT INTO {table} VALUES (?)", [n]))
        return lake.rows(f"SELECT count(n) FROM {table} WHERE n = ?", [n])[0][0]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(add, range(8))) == [1] * 8
    assert lake.rows(f"SELECT sum(n) FROM {table}") == [(28,)]


def test_a_version_shows_the_past_and_refuses_writes(lake: Lake, table: str) -> None:
    lake.transaction(lambda c: c.execute(f"INSERT INTO {table} VALUES (1)"))
    before = lake.head_version()
    lake.transaction(lambda c: c.execute(f"INSERT INTO {table} VALUES (2)"))
    assert lake.rows(f"SELECT n FROM {table}", version=before) == [(1,)]
    assert lake.frame(f"SELECT n FROM {table} ORDER BY n")["n"].tolist() == [1, 2]
    with lake.connect(version=before) as connection, pytest.raises(duckdb.Error, match="read-only"):
        connection.execute(f"INSERT INTO {table} VALUES (3)")
    with lake.connect(read_only=True) as connection, pytest.raises(duckdb.Error, match="read-only"):
        connection.execute(f"INSERT INTO {table} VALUES (3)")


def test_a_version_that_never_was_is_named(lake: Lake) -> None:
    with pytest.raises(VersionNotHeldError, match="version 99999 of the lake is not held"):
        lake.rows("SELECT 1", version=99_999)


def test_what_a_block_leaves_open_is_rolled_back(lake: Lake, table: str) -> None:
    with lake.connect() as connection:
        connection.begin()
        connection.execute(f"INSERT INTO {table} VALUES (1)")
    assert lake.rows(f"SELECT n FROM {table}") == []


def test_the_ledger_can_be_read_beside_the_lake_but_not_written(lake: Lake, table: str) -> None:
    with closing(psycopg2.connect(lake.postgres.dsn("ledger"))) as ledger, ledger:
        ledger.cursor().execute(
            "CREATE TABLE cash (usd numeric(18, 6)); INSERT INTO cash VALUES (2.5)"
        )
    with lake.connect(with_ledger=True) as connection:
        assert connection.execute("SELECT usd FROM ledger.cash").fetchall() == [(Decimal("2.5"),)]
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute("DELETE FROM ledger.cash")
        connection.execute(f"INSERT INTO {table} VALUES (1)")
    with lake.connect_for_queries() as queries:
        assert queries.execute("SELECT usd FROM ledger.cash").fetchall() == [(Decimal("2.5"),)]


PASSWORD = "p:a\\ss 'w@rd"


@pytest.fixture
def given(lake: Lake) -> Lake:
    """The same lake by way of PM_POSTGRES_URL, as a user who needs a password."""
    server = EmbeddedServer(lake.settings.home)
    with closing(psycopg2.connect(lake.postgres.dsn("lake"))) as connection, connection:
        cursor = connection.cursor()
        cursor.execute("DROP ROLE IF EXISTS guest")
        cursor.execute("CREATE ROLE guest LOGIN SUPERUSER PASSWORD %s", [PASSWORD])
    rules = server.files.data / "pg_hba.conf"
    rules.write_text("local all guest scram-sha-256\n" + rules.read_text())
    main_process(lake.settings).send_signal(signal.SIGHUP)
    socket = str(server.files.socket_folder())
    url = f"postgresql://guest:{quote(PASSWORD, safe='')}@/postgres?host={quote(socket, safe='')}"

    def let_in() -> bool:
        with contextlib.suppress(psycopg2.OperationalError):
            psycopg2.connect(url).close()
            return True
        return False

    until(let_in)
    return Lake.open(lake.settings.model_copy(update={"postgres_url": SecretStr(url)}))


def test_a_password_is_used_but_never_shown(lake: Lake, given: Lake) -> None:
    assert given.rows("SELECT current_setting('TimeZone')") == [("UTC",)]
    with given.connect(with_ledger=True) as connection:
        shown = connection.execute("FROM duckdb_databases()").fetchall()
    assert PASSWORD not in str(shown)
    assert stat.S_IMODE((lake.settings.home / "duckdb" / "pgpass").stat().st_mode) == 0o600

    stop_postgres(lake.settings)
    try:
        with pytest.raises(LakeUnavailableError, match="cannot attach the lake") as caught:
            given.rows("SELECT 1")
    finally:
        Lake.open(lake.settings)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_went_to_sleep_is_woken(lake: Lake) -> None:
    stop_postgres(lake.settings)
    assert lake.rows("SELECT 1") == [(1,)]
    stop_postgres(lake.settings)
    assert lake.head_version() > 0


# Transactions


def test_conflicting_transactions_all_happen_once(lake: Lake, table: str) -> None:
    lake.transaction(lambda c: c.execute(f"INSERT INTO {table} VALUES (0)"))
    together = threading.Barrier(3)

    def increment(_: int) -> None:
        first = True

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            nonlocal first
            [(n,)] = connection.execute(f"SELECT n FROM {table}").fetchall()
            if first:
                first = False
                together.wait(20)  # all have read the same value: all but one must conflict
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"INSERT INTO {table} VALUES (?)", [n + 1])

        lake.transaction(work)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(increment, range(3)))
    assert lake.rows(f"SELECT n FROM {table}") == [(3,)]


def test_a_wrong_statement_is_not_tried_again_and_leaves_nothing(lake: Lake, table: str) -> None:
    attempts = []

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        attempts.append(1)
        connection.execute(f"INSERT INTO {table} VALUES (1)")
        connection.execute("SELECT no_such_column FROM raw.pages")

    with pytest.raises(duckdb.BinderException):
        lake.transaction(work)
    assert len(attempts) == 1
    assert lake.rows(f"SELECT n FROM {table}") == []


def test_a_broken_line_that_duckdb_calls_a_wrong_statement_is_replaced(
    lake: Lake, table: str
) -> None:
    attempts = []

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        attempts.append(connection)
        connection.execute(f"INSERT INTO {table} VALUES (1)")
        if len(attempts) == 1:
            raise duckdb.BinderException(  # as seen when a backend was killed
                "Binder Error: Failed to describe prepared statement: server closed the connection"
                " unexpectedly"
            )

    lake.transaction(work)
    assert attempts[0] is not attempts[1]
    assert lake.rows(f"SELECT n FROM {table}") == [(1,)]


def test_an_error_of_the_callers_own_rolls_back(lake: Lake, table: str) -> None:
    def work(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"INSERT INTO {table} VALUES (1)")
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        lake.transaction(work)
    assert lake.rows(f"SELECT n FROM {table}") == []


def always_in_conflict(lake: Lake, table: str) -> Session:
    """A session whose every commit meets one of somebody else."""

    return Session(lake.session()._connect, is_conflict, delays_s=[0, 0])


def test_a_transaction_that_always_conflicts_ends_with_the_reason(lake: Lake, table: str) -> None:
    lake.transaction(lambda c: c.execute(f"INSERT INTO {table} VALUES (0)"))

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"DELETE FROM {table}")
        lake.transaction(lambda c: c.execute(f"UPDATE {table} SET n = n + 1"))

    with pytest.raises(TransactionFailedError, match=r"(?s)3 times, lastly: .*conflict"):
        always_in_conflict(lake, table).transaction(work)
    assert lake.rows(f"SELECT n FROM {table}") == [(3,)]


# Watermarks, runs, versions


def test_freshness_tells_the_last_success_from_the_last_attempt(lake: Lake) -> None:
    late = NOON + timedelta(hours=1)
    lake.record_source_run(source_run("1"))
    lake.record_source_run(
        source_run("2", started_at=late, ended_at=late, outcome="failed", error_class="Timeout")
    )
    [row] = lake.rows(
        "SELECT last_success_at, last_attempt_at, data_until, last_outcome FROM ops.freshness"
        " WHERE source = 'freshness_test'"
    )
    assert row == (NOON + timedelta(minutes=1), late, NOON, "failed")
    assert lake.rows("SELECT error_class FROM ops.source_runs WHERE run_id = '2'") == [("Timeout",)]


def test_publishing_names_a_version_and_only_one_that_is_held(lake: Lake, table: str) -> None:
    assert lake.published() is None
    lake.transaction(lambda c: c.execute(f"INSERT INTO {table} VALUES (1)"))
    version = lake.head_version()
    lake.transaction(lambda c: c.execute(f"INSERT INTO {table} VALUES (2)"))
    published = lake.publish(version, published_at=NOON, models=3, tests=5, note="by a test")
    assert published == Publication(version, NOON, 3, 5, "by a test")
    assert lake.published() == published
    assert lake.head_version() > version
    with lake.connect_for_queries() as queries:
        assert queries.execute(f"SELECT n FROM {table}").fetchall() == [(1,)]
    with lake.connect_for_queries(version=lake.head_version()) as queries:
        assert queries.frame(f"SELECT n FROM {table} ORDER BY n")["n"].tolist() == [1, 2]
    with pytest.raises(VersionNotHeldError):
        lake.publish(version + 1000, published_at=NOON, models=3, tests=5, note="never")
    assert lake.published() == published


def test_checks_read_files_so_a_lost_file_is_noticed(lake: Lake) -> None:
    lake.transaction(
        lambda c: c.execute(
            "INSERT INTO raw.quarantine VALUES ('p', 's', 0, 'lost', 'x', now(), '2031-03-03')"
        )
    )
    [file] = Path(lake.settings.lake_path, "raw/quarantine/dt=2031-03-03").glob("*.parquet")
    file.rename(file.with_suffix(".gone"))
    where = "dt = DATE '2031-03-03'"
    try:
        with pytest.raises(duckdb.IOException):
            contents(lake, "raw.quarantine", where)
    finally:
        file.with_suffix(".gone").rename(file)
    assert contents(lake, "raw.quarantine", where)[0] == 1


def test_the_catalog_finds_files_by_an_index_even_in_an_older_home(lake: Lake) -> None:
    with closing(lake.postgres.connect("lake")) as catalog, catalog.cursor() as cursor:
        catalog.autocommit = True
        cursor.execute("DROP INDEX ducklake_data_file_of_table")
        index_catalog(lake.postgres)
        index_catalog(lake.postgres)
        # Of so few rows Postgres would rather read them all.
        cursor.execute("SET enable_seqscan = off")
        for question in (
            "SELECT path FROM ducklake_data_file WHERE table_id = 1",
            "SELECT min_value FROM ducklake_file_column_stats WHERE table_id = 1",
        ):
            cursor.execute(f"EXPLAIN {question}")
            assert "Index" in str(cursor.fetchall()), question


def test_a_table_without_a_row_has_statistics_that_its_first_rows_fill_in(lake: Lake) -> None:
    def statistics(name: str) -> list[tuple]:
        with closing(lake.postgres.connect("lake")) as catalog, catalog.cursor() as cursor:
            cursor.execute(
                """
                SELECT column_name, record_count, min_value, max_value FROM ducklake_table
                JOIN ducklake_table_stats USING (table_id)
                LEFT JOIN ducklake_table_column_stats USING (table_id)
                LEFT JOIN ducklake_column c USING (table_id, column_id)
                WHERE table_name = %s AND ducklake_table.end_snapshot IS NULL
                """,
                (name,),
            )
            return sorted(cursor.fetchall())

    for table in raw.TABLES:
        assert {row[0] for row in statistics(table.name)} >= {c.name for c in table.columns}

    lake.transaction(lambda c: c.execute("CREATE TABLE core.blank (n INTEGER, t VARCHAR)"))
    assert statistics("blank") == []
    write_blank_statistics(lake.postgres, ["core"])
    write_blank_statistics(lake.postgres, ["core"])
    assert statistics("blank") == [("n", 0, None, None), ("t", 0, None, None)]
    for first in (1, 5):
        rows = f"SELECT i, 'x' || i FROM range({first}, {first + 3}) AS r(i)"
        lake.transaction(lambda c, rows=rows: c.execute(f"INSERT INTO core.blank {rows}"))
    assert statistics("blank") == [("n", 6, "1", "7"), ("t", 6, "x1", "x7")]
    assert lake.rows("SELECT count(*), min(n), max(t) FROM core.blank WHERE n > 2") == [
        (4, 3, "x7")
    ]
    assert lake.rows("SELECT count(*) FROM core.blank WHERE n IS NULL OR n > 7") == [(0,)]
    lake.transaction(lambda c: c.execute("DROP TABLE core.blank"))
