"""Connections that a block shares: opened once, replaced when broken, closed at the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from polymarket_assets.store.kept import Kept
from polymarket_assets.store.lake import Lake
from tests.store.lakes import append_all, batch, lake_in, markets

pytestmark = pytest.mark.timeout(120)
OTHERS = """
    select count(*) from pg_stat_activity
    where datname = 'lake' and pid <> pg_backend_pid() and backend_type = 'client backend'
"""
PUBLISHED = "select count(*) from ops.published"


class Opened:
    """DuckDB connections, counted."""

    def __init__(self) -> None:
        self.connections: list[duckdb.DuckDBPyConnection] = []

    def __call__(self) -> duckdb.DuckDBPyConnection:
        self.connections.append(duckdb.connect())
        return self.connections[-1]


def one(connection: duckdb.DuckDBPyConnection) -> object:
    return connection.execute("select 1").fetchall()


def broken_once(opened: Opened) -> Callable[[duckdb.DuckDBPyConnection], object]:
    """A read that finds its first connection broken, be it the newest."""
    first = len(opened.connections)

    def read(connection: duckdb.DuckDBPyConnection) -> object:
        if len(opened.connections) == first:
            connection.close()
        return one(connection)

    return read


def no_session() -> None:
    raise AssertionError("nobody asked for a session")


def test_a_broken_connection_is_replaced_and_a_wrong_query_still_fails() -> None:
    opened = Opened()
    kept = Kept(opened, no_session, no_session)
    with kept.block():
        assert kept.read(one) == [(1,)]
        opened.connections[0].close()
        assert kept.read(one) == [(1,)]
        assert len(opened.connections) == 2
        kept.read(broken_once(opened))
        with pytest.raises(duckdb.ParserException):
            kept.read(lambda connection: connection.execute("selec 1"))
    assert not kept.open
    with pytest.raises(duckdb.ConnectionException):
        one(opened.connections[-1])


def test_a_block_within_a_block_shares_its_connection_and_does_not_close_it() -> None:
    opened = Opened()
    kept = Kept(opened, no_session, no_session)
    with kept.block():
        kept.read(one)
        with kept.block():
            kept.read(one)
        assert kept.open
        kept.read(one)
    assert len(opened.connections) == 1


def test_writers_of_a_block_take_one_connection_and_leave_nothing_in_it(tmp_path: Path) -> None:
    temporary = "select table_name from duckdb_tables() where temporary"
    with lake_in(tmp_path / "home") as lake:
        with lake.kept_open():
            for text in ("first", "second", "second"):
                [receipt] = append_all(
                    lake, [batch(text, {"gamma_markets": markets([("1", text)])})]
                )
            assert receipt.unchanged == 1, "another writer's rows are known to the next"
            with lake.append_session() as session, lake.append_session() as other:
                assert session.opened == 1
                assert other is not session, "a writer beside another has a connection of its own"
                assert session.connection().execute(temporary).fetchall() == []
        assert not session.is_open
        with lake.append_session() as alone:
            alone.connection()
        assert not alone.is_open


def test_reads_and_transactions_of_a_block_take_two_connections_and_leave_none(
    tmp_path: Path,
) -> None:
    with lake_in(tmp_path / "home") as lake, closing(lake.postgres.connect("lake")) as catalog:

        def connected() -> int:
            catalog.rollback()  # what is seen of others is frozen within a transaction
            cursor = catalog.cursor()
            cursor.execute(OTHERS)
            return int(cursor.fetchone()[0])

        def note(lake: Lake) -> None:
            lake.transaction(lambda c: c.execute("insert into ops.published values (1)"))

        before = connected()
        with lake.kept_open():
            lake.rows(PUBLISHED)
            reading = connected()
            for _ in range(3):
                lake.rows(PUBLISHED)
                with lake.reading() as connection:
                    connection.execute(PUBLISHED)
            assert connected() == reading
            with pytest.raises(duckdb.Error):
                note(lake)  # a row of one value does not fit
            lake.transaction(lambda c: c.execute("create table core.kept as select 1 as n"))
            assert lake.rows("from core.kept") == [(1,)], "the reader sees what was committed"
            writing = connected()
            lake.transaction(lambda c: c.execute("insert into core.kept values (2)"))
            assert connected() == writing
            assert lake.frame("from core.kept order by n")["n"].tolist() == [1, 2]
        assert connected() == before
