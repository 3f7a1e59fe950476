"""Damage to data files is found, named, and taken out, and nothing else is lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from polymarket_assets.store.batch import QuarantinedRow
from polymarket_assets.store.checksums import (
    DAMAGED,
    MISSING,
    Finding,
    damaged_files,
    record_files,
    scrub,
)
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import LakeFile, lake_files, take_out
from polymarket_assets.store.maintenance import maintain
from polymarket_assets.store.repair import TooMuchDamageError, next_steps, remedy, repair
from tests.store.lakes import (
    NOON,
    append_all,
    batch,
    contents,
    lake_in,
    markets,
    source_run,
    trades,
)

pytestmark = pytest.mark.timeout(120)

FLIPS = 60
DAYS = 3


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake of some eighty files in six tables, all of them recorded."""
    with lake_in(tmp_path_factory.mktemp("scrub") / "home") as opened:
        for n in range(16):
            at = NOON + timedelta(days=n % DAYS, minutes=n)
            append_all(
                opened,
                [
                    batch(
                        f"walk {n}",
                        {
                            "data_trades": trades(300, day=at.date(), first=300 * n),
                            "gamma_markets": markets([(f"m{n}", "who wins? " * 50)]),
                        },
                        number=n,
                        received_at=at,
                        rejected=[QuarantinedRow(301, "made to be rejected", b"{}" * 99)],
                        body=random.Random(n).randbytes(4_000),
                    )
                ],
            )
        opened.record_source_run(source_run("first"))
        record_files(opened)
        yield opened


def place(lake: Lake, file: LakeFile) -> Path:
    return Path(lake.settings.lake_path, file.path)


def live(lake: Lake, table: str) -> list[LakeFile]:
    return [f for f in lake_files(lake.postgres) if f.at_head and f.table == table]


def read(path: Path) -> tuple | None:
    """What DuckDB reads from a file, None if it refuses."""
    try:
        with duckdb.connect() as connection:
            return connection.execute(
                "select count(*), sum(hash(t)) from read_parquet(?) as t", [str(path)]
            ).fetchone()
    except duckdb.Error:
        return None


def flip(path: Path, chance: random.Random) -> bytes:
    """Flip one bit anywhere in the file; the bytes as they were."""
    whole = path.read_bytes()
    at = chance.randrange(len(whole))
    path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :])
    return whole


def test_a_scrub_finds_every_one_of_sixty_flipped_bits_where_duckdb_does_not(
    lake: Lake, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(60)
    files = [f for f in lake_files(lake.postgres) if f.table != "ops.files"]
    hit = chance.sample(files, FLIPS)
    assert len({file.table for file in hit}) >= 4
    before = {file.path: read(place(lake, file)) for file in hit}
    whole = {file.path: flip(place(lake, file), chance) for file in hit}
    try:
        after = {path: read(Path(lake.settings.lake_path, path)) for path in before}
        found = scrub(lake)
    finally:
        for path, content in whole.items():
            Path(lake.settings.lake_path, path).write_bytes(content)
    assert {finding.file.path for finding in found.damaged} == set(before)
    assert all(finding.finding == DAMAGED for finding in found.damaged)
    refused = sum(answer is None for answer in after.values())
    wrong = sum(answer not in (None, before[path]) for path, answer in after.items())
    print(f"of {FLIPS} flips the scrub found {len(found.damaged)}; DuckDB refused {refused} files,")
    print(f"read {wrong} of them wrongly and {FLIPS - refused - wrong} as if nothing had happened")
    record_property("noticed by DuckDB", refused)
    assert wrong > 0  # else DuckDB has learned it, and this page of the design can go
    assert scrub(lake).damaged == ()


@pytest.fixture
def whole(lake: Lake) -> Iterator[LakeFile]:
    """A file of fills, put back as it was at the end if it is still part of the lake."""
    file = live(lake, "raw.data_trades")[0]
    content = place(lake, file).read_bytes()
    yield file
    place(lake, file).write_bytes(content)


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def shorter(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def zeroes(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:500] + bytes(200) + content[700:])


def foreign(path: Path) -> None:
    """Another file of the same table, as long as this one."""
    other = next(p for p in sorted(path.parent.glob("*.parquet")) if p != path).read_bytes()
    size = path.stat().st_size
    path.write_bytes(other[:size].ljust(size, b"\0"))


@pytest.mark.parametrize("hurt", [nothing, shorter, zeroes, foreign, Path.unlink])
def test_whatever_happened_to_a_file_is_found_and_named(
    lake: Lake, whole: LakeFile, hurt: Callable[[Path], None]
) -> None:
    hurt(place(lake, whole))
    (finding,) = scrub(lake).damaged
    assert finding.file.path == whole.path
    assert finding.finding == (MISSING if hurt is Path.unlink else DAMAGED)
    # What doctor and status say until it is mended.
    assert [known.file.path for known in damaged_files(lake)] == [whole.path]
    assert f"{whole.path} of raw.data_trades (dt {whole.partition})" in finding.described
    day = whole.partition
    rebuild = f"polymarket lake reparse data_trades --from {day} --to {day} --missing"
    assert next_steps(lake, whole) == f"`polymarket lake scrub --repair`, then `{rebuild}`"


def test_a_shorter_file_is_seen_without_reading_it(lake: Lake, whole: LakeFile) -> None:
    shorter(place(lake, whole))
    assert [finding.file.path for finding in damaged_files(lake)] == [whole.path]
    place(lake, whole).unlink()
    assert [finding.finding for finding in damaged_files(lake)] == [MISSING]


def test_damage_to_the_hashes_themselves_is_found(lake: Lake) -> None:
    chance = random.Random(7)
    for file in live(lake, "ops.files"):
        content = flip(place(lake, file), chance)
        try:
            assert file.path in {finding.file.path for finding in scrub(lake).damaged}
            assert file.path in {finding.file.path for finding in damaged_files(lake)}
        finally:
            place(lake, file).write_bytes(content)


def test_only_files_not_looked_at_since_are_read(lake: Lake) -> None:
    whole = scrub(lake)
    moment = lake.rows("select max(checked_at) from ops.files")[0][0]
    again = scrub(lake, not_since=moment)
    assert again.checked < whole.checked / 2  # the hashes' own files are always read
    assert record_files(lake) <= 1


def test_repair_takes_out_the_damaged_file_alone_while_others_append(lake: Lake) -> None:
    append_all(
        lake,
        [
            batch("doomed", {"data_trades": trades(7, first=90_000)}, source="data_trades"),
            batch("spared", {"data_trades": trades(5, first=91_000)}, source="data_trades"),
        ],
        together=False,
    )
    version = lake.head_version()
    lost = live(lake, "raw.data_trades")[-1]
    before = contents(lake, "raw.data_trades")[0]
    record_files(lake)
    path = place(lake, lost)
    rows = read(path)
    assert rows is not None
    path.write_bytes(path.read_bytes()[:-50])
    stop, errors, appended = threading.Event(), [], []

    def append() -> None:
        try:
            while not stop.is_set():
                first = 100_000 + len(appended)
                append_all(
                    lake, [batch(f"beside {first}", {"data_trades": trades(1, first=first)})]
                )
                appended.append(first)
        except Exception as error:  # whatever it is, it fails the test
            errors.append(error)

    appender = threading.Thread(target=append)
    appender.start()
    (done,) = repair(lake, scrub(lake).damaged)
    stop.set()
    appender.join()
    assert errors == []
    assert done.finding.file.path == lost.path
    assert done.remedy.commands[0].startswith("polymarket lake reparse data_trades --from")
    left = before - rows[0] + len(appended)
    assert contents(lake, "raw.data_trades")[0] == left
    # The catalog's own count, which answers without files, agrees.
    assert lake.rows("select count(*) from raw.data_trades") == [(left,)]
    assert damaged_files(lake) == []
    assert repair(lake, [done.finding]) == []  # nothing is taken out twice
    with pytest.raises(duckdb.Error):
        lake.rows("select sum(hash(t)) from raw.data_trades as t", version=version)
    append_all(lake, [batch("afterwards", {"data_trades": trades(3, first=95_000)})])
    maintain(lake, expire=False)
    assert contents(lake, "raw.data_trades")[0] == left + 3


def test_a_file_of_deletions_takes_its_data_file_along(lake: Lake) -> None:
    """Else the deleted rows would come back."""
    lake.transaction(
        lambda c: c.execute("CREATE TABLE core.numbers AS SELECT range AS n FROM range(9)")
    )
    lake.transaction(lambda c: c.execute("DELETE FROM core.numbers WHERE n > 5"))
    (deletes,) = (f for f in live(lake, "core.numbers") if f.deletes)
    take_out(lake.postgres, [deletes])
    assert lake.rows("select n from core.numbers") == []
    assert remedy(lake, deletes).commands == ("polymarket run --no-trade",)


def test_lost_answers_are_named_by_their_walks(lake: Lake) -> None:
    file = live(lake, "raw.pages")[0]
    scopes = lake.rows("select scope from raw.pages where dt = ? order by 1", [file.partition])
    take_out(lake.postgres, [file])
    left = {s for (s,) in lake.rows("select scope from raw.pages where dt = ?", [file.partition])}
    lost = [scope for (scope,) in scopes if scope not in left]
    said = remedy(lake, file)
    assert lost
    assert all(f"data_trades {scope}" in said.lost for scope in lost)
    assert said.commands == ("polymarket sources run data_trades --fresh",)


def test_a_disk_that_is_away_is_not_taken_for_damage(lake: Lake) -> None:
    files = [f for f in lake_files(lake.postgres) if f.at_head]
    missing = [Finding(f, None, NOON, NOON, MISSING, "there is no such file") for f in files]
    with pytest.raises(TooMuchDamageError, match="is the disk mounted"):
        repair(lake, missing)
    assert len([f for f in lake_files(lake.postgres) if f.at_head]) == len(files)
