"""A notebook's line: everything published can be read, nothing of it changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import duckdb
import pytest

from polymarket_assets.serving.notebook import lake
from polymarket_assets.serving.published import NotPublishedError


@pytest.fixture(scope="module")
def con(warehouse, publication) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published version of the built lake."""
    with closing(lake(settings=warehouse.lake.settings)) as con:
        yield con


def test_it_is_the_published_version_with_the_notebooks_own_frames_and_files(
    con, warehouse, tmp_path
):
    frame = con.sql("select condition_id, question from core.dim_market").df()
    assert len(frame) > 10
    mine = frame.head(3)
    assert con.sql("from core.dim_market join mine using (condition_id)").fetchall()
    assert mine.shape == (3, 2)
    con.execute("create temp table kept as select 1 as n")
    con.sql("from kept").write_parquet(str(tmp_path / "kept.parquet"))
    assert con.sql("select count(*) >= 0 from ledger.orders").fetchall() == [(True,)]
    warehouse.lake.transaction(lambda c: c.execute("create table core.since as select 1 as n"))
    try:
        with pytest.raises(duckdb.CatalogException):
            con.sql("from core.since")
    finally:
        warehouse.lake.transaction(lambda c: c.execute("drop table core.since"))


@pytest.mark.parametrize(
    "sql",
    [
        "delete from core.dim_market",
        "create table core.mine as select 1 as n",
        "drop view staging.stg_data_trades",
        "delete from ledger.orders",
    ],
)
def test_nothing_of_it_can_be_changed(con, sql):
    with pytest.raises(duckdb.Error, match="read-only"):
        con.execute(sql)


def test_threads_with_cursors_of_their_own_get_their_own_answers_in_utc(con):
    sql = "select ?, (select max(as_of) from lake.features.market_snapshots)::varchar"
    found: dict[int, list] = {}

    def ask(n: int) -> None:
        cursor = con.cursor()
        found[n] = [cursor.execute(sql, [n]).fetchone() for _ in range(5)]

    threads = [threading.Thread(target=ask, args=[n]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [newest] = {at for answers in found.values() for _, at in answers}
    assert newest.endswith("+00")
    assert found == {n: [(n, newest)] * 5 for n in range(4)}


def test_another_version_must_have_been_published(warehouse, publication):
    with pytest.raises(NotPublishedError, match="was never published"):
        lake(publication.version - 1, settings=warehouse.lake.settings)
    with closing(lake(publication.version, settings=warehouse.lake.settings)) as con:
        count = con.sql("select count(*) from ops.published").fetchall()
        assert count == [(0,)], "a version knows nothing of its own publication"
