"""The moment in which the catalog has committed and cannot say so: no row is lost or doubled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from polymarket_assets.store.batch import Batch
from polymarket_assets.store.commit_guard import remove_dead_doors
from polymarket_assets.store.ducklake import is_conflict, merge_files
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lost_files import lost_files
from polymarket_assets.store.maintenance import maintain
from polymarket_assets.store.session import CommitUnknownError, LakeUnavailableError, Session
from tests.store.appending import die_in_doubt, page, processes
from tests.store.cutting_proxy import CuttingProxy, cutting_proxy
from tests.store.lakes import append_all, contents, lake_in, source_run
from tests.store.object_store import LAKE, object_store

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with lake_in(tmp_path_factory.mktemp("lake") / "home") as opened:
        yield opened


@pytest.fixture
def proxy(lake: Lake) -> Iterator[CuttingProxy]:
    """A line to the lake's catalog that must have been cut once when the test ends."""
    with cutting_proxy(lake.postgres) as made:
        yield made
        assert made.cuts == 1


@pytest.fixture
def cut(lake: Lake, proxy: CuttingProxy) -> Lake:
    """The lake, its catalog reached through the proxy."""
    return Lake(lake.settings, proxy.postgres)


def check_held_once(lake: Lake, batch: Batch) -> None:
    """Check that the rows, rejected rows, watermark and page of a batch are there as given."""
    page_id = batch.page.page_id
    for name, rows in batch.rows.items():
        held = lake.rows(
            f"SELECT {', '.join(rows.column_names)} FROM raw.{name} WHERE page_id = ?"
            " ORDER BY position",
            [page_id],
        )
        assert held == [tuple(row.values()) for row in rows.to_pylist()]
    for name, count in (("quarantine", 1), ("watermarks", 1), ("pages", 1)):
        assert contents(lake, f"raw.{name}", f"page_id = '{page_id}'")[0] == count


def test_rows_whose_commit_was_not_confirmed_are_there_and_once(
    lake: Lake, proxy: CuttingProxy, cut: Lake
) -> None:
    before, after = page("unconfirmed", 0), page("unconfirmed", 1)
    proxy.cut_after_commit()
    append_all(cut, [before, after])
    check_held_once(lake, before)
    assert contents(lake, "raw.data_trades", f"page_id = '{after.page.page_id}'")[0] == 40


def test_rows_are_there_and_once_though_the_process_was_killed_before_it_could_ask(
    lake: Lake, proxy: CuttingProxy, cut: Lake
) -> None:
    proxy.cut_after_commit()
    dying = processes.Process(target=die_in_doubt, args=(cut, "killed"))
    dying.start()
    dying.join(60)
    assert dying.exitcode == -9
    check_held_once(lake, page("killed", 0))
    assert lake.watermarks("data_trades")["killed"].state == {"pages": 1}


def test_a_commit_that_arrives_after_its_line_broke_is_not_made_twice(
    lake: Lake, proxy: CuttingProxy, cut: Lake
) -> None:
    late = page("late", 0)
    proxy.cut_before_commit()
    append_all(cut, [late])
    proxy.deliver_late()
    check_held_once(lake, late)


def test_a_merge_that_was_not_confirmed_changes_no_row(
    lake: Lake, proxy: CuttingProxy, cut: Lake
) -> None:
    append_all(lake, [page("merged", number) for number in range(4)])
    held, files = contents(lake, "raw.data_trades"), lake.live_files()["raw.data_trades"]
    proxy.cut_after_commit()
    with closing(cut.session()) as session, pytest.raises(duckdb.Error, match="COMMIT"):
        session.once(lambda c: merge_files(c, "raw", "data_trades", smaller_than=1_000_000))
    assert lake.live_files()["raw.data_trades"] < files
    assert contents(lake, "raw.data_trades") == held
    maintain(lake)
    assert contents(lake, "raw.data_trades") == held


def test_a_run_is_recorded_once_though_its_commit_broke_off(
    lake: Lake, proxy: CuttingProxy, cut: Lake
) -> None:
    proxy.cut_after_commit()
    cut.record_source_run(source_run("unseen"))
    assert contents(lake, "ops.source_runs", "run_id = 'unseen'")[0] == 1


def test_rows_in_an_object_storage_are_there_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with object_store() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with (
            lake_in(tmp_path / "home", lake_data=LAKE) as far,
            cutting_proxy(far.postgres) as proxy,
        ):
            batches = [page("far", number) for number in range(2)]
            proxy.cut_after_commit()
            append_all(Lake(far.settings, proxy.postgres), batches)
            assert proxy.cuts == 1
            check_held_once(far, batches[0])
            assert contents(far, "raw.data_trades")[0] == 80
            assert lost_files(far) == {}


class Unanswered:
    """A link whose commit breaks, to a catalog that says nothing any more."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()

    def commit(self) -> None:
        raise duckdb.IOException("server closed the connection unexpectedly")

    def landed(self) -> bool:
        raise LakeUnavailableError("no answer")

    def close(self) -> None:
        self.connection.close()


def test_a_commit_nobody_can_be_asked_about_is_said_to_be_unknown() -> None:
    done = []
    session = Session(Unanswered, is_conflict, delays_s=[0, 0])
    with pytest.raises(CommitUnknownError, match="whether it landed is unknown"):
        session.transaction(done.append)
    assert len(done) == 1


def test_a_lake_whose_files_are_elsewhere_takes_no_rows(lake: Lake, tmp_path: Path) -> None:
    other = lake.settings.model_copy(update={"lake_data": str(tmp_path)})
    other.__dict__.pop("lake_path", None)
    with pytest.raises(LakeUnavailableError, match=f"are in {lake.settings.lake_path}, not in"):
        Lake(other, lake.postgres).session().connection()


def test_doors_of_the_dead_are_removed_and_those_of_the_living_stay(lake: Lake) -> None:
    dead = lake.settings.home / "duckdb" / "doors" / f"{2**22 + 1}-0"
    with closing(lake.session()) as session:
        session.transaction(lambda c: c.execute("SELECT 1"))
        [door] = list(dead.parent.glob(f"{os.getpid()}-*"))
        dead.symlink_to(lake.settings.lake_path)
        assert remove_dead_doors(lake.settings) == 1
        assert door.is_symlink()
    assert not door.is_symlink()
    assert Path(lake.settings.lake_path).is_dir()
