"""The spool: what was handed in survives its process, and reaches the lake once."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from polymarket_assets.store.batch import Batch, QuarantinedRow
from polymarket_assets.store.disk_full import DiskFullError
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.spool import (
    Spool,
    SpoolDamagedError,
    framed,
    left_behind,
    read_frames,
)
from polymarket_assets.store.writer import LakeWriter
from tests.sources.test_outages import small_disk
from tests.store.lakes import append_all, batch, committed, lake_in, markets, pages, trades
from tests.store.servers import settings_for

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with lake_in(tmp_path_factory.mktemp("lake") / "home") as opened:
        yield opened


def walk_of(scope: str, count: int) -> list[Batch]:
    """Pages of one walk; one of them has rows of two tables, rejected rows, and no watermark."""
    plain = [batch(scope, {"data_trades": trades(3)}, number=n) for n in range(count - 1)]
    rows = {"data_trades": trades(2), "gamma_markets": markets([("1", "it's ünïcode?")])}
    rejected = (QuarantinedRow(3, "price: none", b"\x00\xff{"), QuarantinedRow(4, "empty", b""))
    return [*plain, batch(scope, rows, number=count - 1, rejected=rejected, watermark=False)]


def frame(one: Batch) -> bytes:
    return b"".join(map(bytes, framed(one)))


def leave_behind(lake: Lake, *files: list[Batch]) -> list[Path]:
    """What a process leaves that was killed before it could commit these files of pages."""
    spool, paths = Spool(lake.settings), []
    for batches in files:
        for one in batches:
            spool.add(one)
        paths.append(spool.seal().path)
    spool.close()
    return paths


def taken_over(lake: Lake) -> int:
    """Pages the next writer takes over."""

    async def look() -> int:
        async with LakeWriter(lake) as writer:
            return writer.taken_over

    return asyncio.run(look())


def spooled(lake: Lake) -> list[Path]:
    return sorted((lake.settings.home / "spool").glob("*-*"))


def test_a_page_is_read_as_it_was_written() -> None:
    written = walk_of("equal", 3)
    read = list(read_frames(b"".join(map(frame, written)), "here"))
    assert read == written


def test_a_file_that_was_cut_off_anywhere_gives_its_whole_pages_and_says_so() -> None:
    written = walk_of("cut", 2)
    frames = [frame(one) for one in written]
    held = b"".join(frames)
    ends = [0, *itertools.accumulate(map(len, frames))]
    near = {end + step for end in ends for step in range(-9, 10)}
    for cut in sorted(near | set(range(0, len(held), 101))):
        if not 0 <= cut < len(held) or cut in ends:
            continue
        read: list[Batch] = []
        with pytest.raises(SpoolDamagedError, match=f"of {cut}"):
            read.extend(read_frames(held[:cut], "here"))
        assert read == written[: sum(end <= cut for end in ends[1:])]


def test_a_flipped_bit_is_noticed() -> None:
    held = frame(walk_of("flipped", 1)[0])
    chance = random.Random(11)
    for at in chance.sample(range(len(held) * 8), 200):
        damaged = bytearray(held)
        damaged[at // 8] ^= 1 << at % 8
        with pytest.raises(SpoolDamagedError):
            list(read_frames(bytes(damaged), "here"))


def test_the_next_writer_commits_what_a_killed_one_has_left(lake: Lake) -> None:
    walk = walk_of("left", 6)
    leave_behind(lake, walk[:2], walk[2:4], walk[4:])
    assert taken_over(lake) == 6
    assert pages(lake, "left", "page_number, row_count") == [
        *((n, 3) for n in range(5)),
        (5, 5),
    ]
    assert spooled(lake) == []
    assert taken_over(lake) == 0


def test_what_a_living_writer_has_not_committed_is_left_to_it(lake: Lake) -> None:
    async def work() -> None:
        async with LakeWriter(lake, group_s=3600) as living:
            await living.append(batch("living", {}))
            async with LakeWriter(lake) as other:
                assert other.taken_over == 0
            assert pages(lake, "living", "page_number") == []

    asyncio.run(work())
    assert pages(lake, "living", "page_number") == [(0,)]


def test_what_was_committed_before_the_kill_is_not_committed_twice(lake: Lake) -> None:
    walk = walk_of("twice", 4)
    append_all(lake, walk[:2])
    leave_behind(lake, walk)
    assert taken_over(lake) == 2
    assert pages(lake, "twice", "page_number") == [(0,), (1,), (2,), (3,)]


def test_a_page_whose_predecessor_the_lake_has_not_is_left_out(lake: Lake) -> None:
    """As after a restore of an older lake: its watermark would pass pages that are not there."""
    leave_behind(lake, walk_of("set back", 5)[2:])
    assert taken_over(lake) == 0
    assert pages(lake, "set back", "page_number") == []
    assert "set back" not in lake.watermarks("data_trades")
    assert spooled(lake) == []


def test_what_cannot_be_read_is_set_aside_and_named(
    lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    walk = walk_of("torn", 4)
    first, _ = leave_behind(lake, walk[:2], walk[2:])
    first.write_bytes(first.read_bytes()[:-5])
    with caplog.at_level(logging.WARNING):
        assert taken_over(lake) == 1
    aside = first.with_suffix(".unreadable")
    assert str(aside) in caplog.text
    assert spooled(lake) == [aside]
    # The second file's pages build on the one that was lost.
    assert pages(lake, "torn", "page_number") == [(0,)]
    aside.unlink()


def test_two_who_come_at_once_take_it_over_once(lake: Lake) -> None:
    leave_behind(lake, walk_of("at once", 3))

    async def come() -> int:
        async with LakeWriter(lake) as writer:
            await committed(writer, batch("came", {}))
            return writer.taken_over

    async def both() -> list[int]:
        return await asyncio.gather(come(), come())

    assert sorted(asyncio.run(both())) == [0, 3]
    assert pages(lake, "at once", "page_number") == [(0,), (1,), (2,)]


def test_a_page_that_finds_no_room_leaves_nothing_and_the_next_one_fits(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        spool = Spool(settings_for(disk))
        whole, *_ = walk_of("no room", 2)
        large = batch("no room", {}, number=1, body=bytes(1_000_000))
        spool.add(whole)
        ballast = disk / "ballast"
        room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        ballast.write_bytes(bytes(room - 500_000))
        with pytest.raises(DiskFullError, match="run the same command again"):
            spool.add(large)
        ballast.unlink()
        spool.add(large)
        assert list(spool.seal().batches()) == [whole, large]
        spool.close()


def test_files_are_for_their_owner_alone(lake: Lake) -> None:
    with left_behind(lake.settings) as nothing:
        assert nothing == []
    assert (lake.settings.home / "spool").stat().st_mode & 0o077 == 0
