"""A backup taken while sources run becomes an equal home elsewhere, or is refused by name."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from polymarket_assets.settings import Settings
from polymarket_assets.store.backup import BackupReport, back_up
from polymarket_assets.store.backup_manifest import NAME, BackupError, read_manifest
from polymarket_assets.store.batch import Batch
from polymarket_assets.store.checksums import record_files
from polymarket_assets.store.home import recall, remember
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import lake_files
from polymarket_assets.store.maintenance import maintain
from polymarket_assets.store.restore import restore
from tests.store.lakes import NOON, append_all, batch, contents, lake_in, trades
from tests.store.servers import settings_for, stopped_afterwards

pytestmark = pytest.mark.timeout(120)


@dataclass(frozen=True)
class Backed:
    """A lake somebody appends to, and a backup of it."""

    lake: Lake
    folder: Path
    report: BackupReport


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backed]:
    root = tmp_path_factory.mktemp("backed")
    with lake_in(root / "home") as lake:
        append_all(lake, [fills(n) for n in range(5)])
        lake.publish(lake.head_version(), published_at=NOON, models=1, tests=1, note="first")
        remember(lake.settings, "test", {"a fact": "of the home"})
        record_files(lake)
        folder = root / "backup"
        stop = threading.Event()

        def append() -> None:
            number = 100
            while not stop.is_set():
                append_all(lake, [fills(number)])
                number += 1

        appender = threading.Thread(target=append)
        appender.start()
        report = back_up(lake, folder)
        stop.set()
        appender.join()
        assert lake.head_version() > report.version
        yield Backed(lake, folder, report)


def fills(number: int) -> Batch:
    day = (NOON + timedelta(days=number % 3)).date()
    return batch(
        f"walk {number}", {"data_trades": trades(20, day=day, first=20 * number)}, number=number
    )


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Settings]:
    """A new home, and a lake in yet another place."""
    made = settings_for(tmp_path / "home", lake_data=str(tmp_path / "data"))
    with stopped_afterwards(made) as settings:
        yield settings


def test_a_backup_taken_while_sources_run_is_restored_elsewhere_with_an_equal_hash(
    backed: Backed, elsewhere: Settings
) -> None:
    report = restore(elsewhere, backed.folder)
    assert report.state_hash == backed.report.state_hash is not None
    restored = Lake.open(elsewhere)
    version = backed.report.version
    assert restored.head_version() == version
    for table in ("raw.pages", "raw.data_trades", "raw.watermarks", "ops.files"):
        question = f"select count(t), sum(hash(t)) from {table} as t"
        assert restored.rows(question) == backed.lake.rows(question, version=version)
    publication = restored.published()
    assert publication == backed.lake.published() is not None
    assert recall(elsewhere, "test") == {"a fact": "of the home"}
    # The published version came along, and the home goes on.
    assert contents_at(restored, publication.version) == contents_at(
        backed.lake, publication.version
    )
    append_all(restored, [fills(999)])
    with pytest.raises(BackupError, match=r"is not empty .*new home only"):
        restore(elsewhere, backed.folder)


def contents_at(lake: Lake, version: int) -> list[tuple]:
    return lake.rows("select count(t), sum(hash(t)) from raw.data_trades as t", version=version)


def test_a_second_backup_copies_only_what_is_new(backed: Backed) -> None:
    assert backed.report.copied_files == backed.report.files
    maintain(backed.lake, expire=False)
    second = back_up(backed.lake, backed.folder)
    assert 0 < second.copied_files < second.files
    third = back_up(backed.lake, backed.folder)
    assert (third.copied_files, third.removed_files) == (0, 2)  # the two dumps are always new
    assert third.state_hash == second.state_hash != backed.report.state_hash
    manifest = read_manifest(backed.folder)
    there = {str(f.relative_to(backed.folder / "lake")) for f in parquet(backed.folder)}
    assert there == set(manifest.files) == {f.path for f in lake_files(backed.lake.postgres)}


def parquet(folder: Path) -> list[Path]:
    return sorted((folder / "lake").rglob("*.parquet"))


def damage(file: Path) -> bytes:
    """Flip one bit; the bytes as they were."""
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    return whole


@pytest.mark.parametrize("which", ["*.parquet", "lake-*.dump", "ledger-*.dump"])
def test_a_damaged_backup_is_refused_by_name_and_leaves_nothing(
    backed: Backed, elsewhere: Settings, which: str
) -> None:
    file = max(backed.folder.rglob(which))
    whole = damage(file)
    try:
        with pytest.raises(BackupError, match=f"damaged.*{file.name}"):
            restore(elsewhere, backed.folder)
    finally:
        file.write_bytes(whole)
    assert not Path(elsewhere.lake_path).exists()
    assert not elsewhere.home.exists()


def test_damaged_files_of_the_lake_are_not_backed_up_as_if_they_were_well(backed: Backed) -> None:
    before = (backed.folder / NAME).read_bytes()
    append_all(backed.lake, [fills(500)])
    record_files(backed.lake)
    held = read_manifest(backed.folder).files
    new = next(
        f
        for f in lake_files(backed.lake.postgres)
        if f.at_head and f.table == "raw.pages" and f.path not in held
    )
    file = Path(backed.lake.settings.lake_path, new.path)
    whole = damage(file)
    try:
        with pytest.raises(BackupError, match=rf"(?s){file.name} of raw.pages.*scrub --repair"):
            back_up(backed.lake, backed.folder)
    finally:
        file.write_bytes(whole)
    assert (backed.folder / NAME).read_bytes() == before  # the one before is as it was


def test_a_folder_of_somebody_else_is_refused(backed: Backed, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(BackupError, match="holds no backup"):
        back_up(backed.lake, tmp_path)
    with pytest.raises(BackupError, match="no finished backup"):
        restore(settings_for(tmp_path / "home"), tmp_path)
    with pytest.raises(BackupError, match="among the lake's own files"):
        back_up(backed.lake, Path(backed.lake.settings.lake_path, "backup"))


def test_a_backup_cut_short_leaves_the_one_before_it_usable(backed: Backed) -> None:
    before = (backed.folder / NAME).read_bytes()

    class StoppedError(Exception):
        pass

    def stop(doing: str, _done: int, _all: int) -> None:
        if doing == "copying files":
            raise StoppedError

    with pytest.raises(StoppedError):
        back_up(backed.lake, backed.folder, progress=stop)
    assert (backed.folder / NAME).read_bytes() == before
    for path, stored in read_manifest(backed.folder).files.items():
        assert (backed.folder / "lake" / path).stat().st_size == stored.bytes
    back_up(backed.lake, backed.folder)
    assert contents(backed.lake, "raw.pages")[0] > 0
