"""LakeWriter: many concurrent walks append pages, one thread commits them in groups.

Belongs here: the queue between asyncio and that thread, its bound, and who learns of which outcome.
What a group becomes in the lake is `appender.py`'s business.

A commit costs some 15 ms however small it is, so whatever is queued while one runs goes into the
next: one walk alone waits for nobody, sixteen walks share their commits.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

from polymarket_assets.store.appender import Appender, check_batch
from polymarket_assets.store.batch import Batch, Receipt
from polymarket_assets.store.crashpoint import crashpoints
from polymarket_assets.store.lake import Lake

QUEUE_BYTES = 64_000_000
"""Bytes of bodies and rows that may wait or be under way; beyond it `append` waits."""


class LakeWriterFailedError(RuntimeError):
    """A commit failed for good, and with it every append that waited."""


@dataclass
class _Entry:
    batch: Batch
    done: asyncio.Future[Receipt]
    size: int


class LakeWriter:
    """`async with LakeWriter(lake) as writer: await writer.append(batch)`.

    One event loop, any number of tasks. After a failure the writer accepts nothing more: what later
    pages build on is missing.
    """

    def __init__(self, lake: Lake, *, queue_bytes: int = QUEUE_BYTES) -> None:
        self._appender = Appender(lake)
        self._crash = crashpoints(lake.settings)
        self._limit = queue_bytes
        self._queue: list[_Entry] = []
        self._bytes = 0
        self._closing = False
        self._failure: BaseException | None = None
        self._changed = asyncio.Condition()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lake-writer")

    async def __aenter__(self) -> LakeWriter:
        self._committing = asyncio.create_task(self._commit_groups())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Commit what is queued, or, if the block failed, drop what no commit has begun with."""
        async with self._changed:
            self._closing = True
            if error is not None:
                for entry in self._queue:
                    entry.done.cancel()
            self._changed.notify_all()
        try:
            await self._committing
        finally:
            self._thread.submit(self._appender.close)
            self._thread.shutdown()

    async def append(self, batch: Batch) -> Receipt:
        """Commit one page with its rows, rejected rows and watermark; returns once it is committed.

        Waits while the queue is full. If the waiting task is cancelled before its commit has begun,
        nothing is written; if it had begun, the commit is finished all the same.

        Raises:
            BatchRefusedError: the batch contradicts itself or its tables; others are not affected.
            LakeWriterFailedError: the commit failed; the cause is chained.
        """
        check_batch(batch)
        size = len(batch.page.body) + sum(rows.nbytes for rows in batch.rows.values())
        async with self._changed:
            await self._changed.wait_for(self._has_room)
            if self._failure is not None or self._closing:
                raise self._refusal()
            entry = _Entry(batch, asyncio.get_running_loop().create_future(), size)
            self._queue.append(entry)
            self._bytes += size
            self._changed.notify_all()
        self._crash("page_enqueued")
        return await entry.done

    def _has_room(self) -> bool:
        return self._bytes < self._limit or self._closing or self._failure is not None

    async def _commit_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while group := await self._next_group():
            try:
                receipts = await loop.run_in_executor(
                    self._thread, self._appender.commit, [entry.batch for entry in group]
                )
            except BaseException as failure:
                await self._fail(group, failure)
                if isinstance(failure, asyncio.CancelledError):
                    raise
                return
            for entry, receipt in zip(group, receipts, strict=True):
                if not entry.done.done():
                    entry.done.set_result(receipt)
            await self._release(group)

    async def _next_group(self) -> list[_Entry]:
        """Everything queued, as soon as there is something; empty when the writer is closing."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._queue or self._closing)
                entries, self._queue = self._queue, []
            group = [entry for entry in entries if not entry.done.cancelled()]
            await self._release([entry for entry in entries if entry.done.cancelled()])
            if group or not entries:
                return group

    async def _release(self, entries: list[_Entry]) -> None:
        async with self._changed:
            self._bytes -= sum(entry.size for entry in entries)
            self._changed.notify_all()

    async def _fail(self, group: list[_Entry], failure: BaseException) -> None:
        self._failure = failure
        async with self._changed:
            for entry in (*group, *self._queue):
                if not entry.done.done():
                    entry.done.set_exception(self._refusal())
            self._queue.clear()
            self._changed.notify_all()

    def _refusal(self) -> LakeWriterFailedError:
        if self._failure is None:
            return LakeWriterFailedError("the writer is closed: append inside its async with block")
        refusal = LakeWriterFailedError(
            f"a commit to the lake failed; its watermarks say which pages are held: {self._failure}"
        )
        refusal.__cause__ = self._failure
        return refusal
