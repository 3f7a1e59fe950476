"""LakeWriter: many appends share commits, and each learns what became of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from polymarket_assets.store import appender, raw
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.writer import LakeWriter, LakeWriterFailedError
from tests.store.lakes import (
    NOON,
    append_all,
    batch,
    committed,
    lake_in,
    pages,
    trades,
)

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with lake_in(tmp_path_factory.mktemp("lake") / "home") as opened:
        yield opened


# Groups and the queue


def test_what_is_appended_within_a_moment_shares_a_commit(lake: Lake) -> None:
    before = lake.head_version()
    batches = [
        batch("group", {"data_trades": trades(10, first=n * 10)}, number=n) for n in range(40)
    ]
    receipts = append_all(lake, batches, together=True)
    assert [r.page_id for r in receipts] == [b.page.page_id for b in batches]
    assert lake.head_version() - before <= 2
    assert pages(lake, "group", "count(*), sum(accepted)") == [(40, 400)]


def test_a_full_queue_makes_appends_wait_and_still_takes_the_largest(lake: Lake) -> None:
    before = lake.head_version()
    batches = [batch("full", {}, number=n, body=bytes([n]) * 5_000) for n in range(8)]
    append_all(lake, batches, together=True, queue_bytes=1_000)
    assert lake.head_version() - before == 8  # each filled the queue alone
    assert pages(lake, "full", "count(*), sum(bytes)") == [(8, 40_000)]


def test_a_page_waits_for_its_commit_no_longer_than_it_may(lake: Lake) -> None:
    async def work() -> None:
        async with LakeWriter(lake, group_s=0.05) as writer:
            receipt = await (await writer.append(batch("waits", {})))
            assert pages(lake, "waits", "page_id") == [(receipt.page_id,)]

    asyncio.run(work())


def test_pages_are_committed_early_when_they_are_many(lake: Lake) -> None:
    async def work() -> None:
        async with LakeWriter(lake, group_s=3600, group_bytes=10_000) as writer:
            few = await writer.append(batch("many", {}, number=0, body=b"a" * 6_000))
            await asyncio.sleep(0.1)
            assert not few.done()
            await writer.append(batch("many", {}, number=1, body=b"b" * 6_000))
            await few

    asyncio.run(work())
    assert pages(lake, "many", "count(*)") == [(2,)]


def test_after_a_flush_everything_appended_can_be_read(lake: Lake) -> None:
    async def work() -> None:
        async with LakeWriter(lake, group_s=3600) as writer:
            for number in range(3):
                await writer.append(batch("flush", {}, number=number))
                writer.flush()
                assert pages(lake, "flush", "count(*)") == [(number + 1,)]

    asyncio.run(work())


def test_many_small_commits_are_merged_by_the_writer(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appender, "MERGE_EVERY", 10)
    append_all(lake, [batch("merged", {}, source="m", number=n) for n in range(20)])
    [(files,)] = lake.rows(
        "SELECT count(DISTINCT filename) FROM raw.pages WHERE source = 'm' AND page_number >= 0"
    )
    assert files <= 2
    assert pages(lake, "merged", "count(*)") == [(20,)]


# Failures and cancellation


def run_with_writer(work: Callable[[LakeWriter], Coroutine[Any, Any, None]], lake: Lake) -> None:
    async def whole() -> None:
        async with LakeWriter(lake) as writer:
            await work(writer)

    asyncio.run(whole())


def test_a_failed_commit_reaches_every_append_and_the_next_writer_makes_it_good(
    lake: Lake,
) -> None:
    lake.transaction(lambda c: c.execute("ALTER TABLE raw.clob_prices RENAME TO was_clob_prices"))
    price = batch("fail", {"clob_prices": one_price()})
    try:

        async def work(writer: LakeWriter) -> None:
            waiting = [await writer.append(price)]
            waiting += [await writer.append(batch("fail", {}, number=n)) for n in range(1, 4)]
            with pytest.raises(LakeWriterFailedError, match="clob_prices"):
                writer.flush()
            results = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(result) for result in results] == [LakeWriterFailedError] * 4
            assert isinstance(results[0], LakeWriterFailedError)
            assert isinstance(results[0].__cause__, duckdb.CatalogException)
            with pytest.raises(LakeWriterFailedError, match="clob_prices"):
                await writer.append(batch("fail", {}, number=9))

        run_with_writer(work, lake)
        assert pages(lake, "fail", "page_number") == []
    finally:
        lake.transaction(
            lambda c: c.execute("ALTER TABLE raw.was_clob_prices RENAME TO clob_prices")
        )

    async def look(writer: LakeWriter) -> None:
        assert writer.taken_over == 4

    run_with_writer(look, lake)
    assert pages(lake, "fail", "page_number") == [(0,), (1,), (2,), (3,)]


def one_price() -> pa.Table:
    columns = {
        "position": [0], "token_id": ["1"], "event_at": [NOON], "price": [1],
        "fidelity_minutes": [1], "dt": [NOON.date()],
    }  # fmt: skip
    schema = raw.CLOB_PRICES.parser_schema
    return pa.Table.from_arrays([pa.array(columns[f.name], f.type) for f in schema], schema=schema)


def test_an_append_cancelled_while_the_queue_is_full_writes_nothing(lake: Lake) -> None:
    async def work() -> None:
        async with LakeWriter(lake, queue_bytes=1_000) as writer:
            fills = await writer.append(batch("cancel", {}, number=0, body=b"a" * 2_000))
            waiting = asyncio.create_task(writer.append(batch("cancel", {}, number=1)))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await fills
            await committed(writer, batch("cancel", {}, number=2))

    asyncio.run(work())
    assert pages(lake, "cancel", "page_number") == [(0,), (2,)]


def test_a_failing_block_commits_what_was_appended(lake: Lake) -> None:
    async def work(writer: LakeWriter) -> None:
        await writer.append(batch("block", {}, number=0))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_with_writer(work, lake)
    assert pages(lake, "block", "page_number") == [(0,)]


def test_cancelling_the_block_itself_leaves_whole_batches_only(lake: Lake) -> None:
    appended = 0

    async def work(started: asyncio.Event) -> None:
        nonlocal appended
        async with LakeWriter(lake, group_s=0.05) as writer:
            started.set()
            for n in range(1000):
                await writer.append(batch("stop", {"data_trades": trades(5)}, number=n))
                appended += 1
                await asyncio.sleep(0.005)

    async def stop() -> None:
        started = asyncio.Event()
        task = asyncio.create_task(work(started))
        await started.wait()
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop())
    rows = lake.rows(
        "SELECT count(hash(t)) FROM raw.data_trades t JOIN raw.pages p USING (page_id)"
        " WHERE scope = 'stop'"
    )
    assert appended > 3
    assert pages(lake, "stop", "count(*), sum(accepted)") == [(appended, *rows[0])]


def test_a_closed_writer_refuses(lake: Lake) -> None:
    async def work() -> None:
        async with LakeWriter(lake) as writer:
            pass
        with pytest.raises(LakeWriterFailedError, match="closed"):
            await writer.append(batch("closed", {}))

    asyncio.run(work())
