"""LakeWriter: many concurrent walks append pages, one thread commits them in groups.

Belongs here: the queue between asyncio and that thread, its bound, when a commit is due, and who
learns of which outcome. What a group becomes in the lake is `appender.py`'s business, what keeps it
from being lost until then is `spool.py`'s.

A page is safe, and its walk goes on, as soon as the spool has it. A commit costs some 35 ms however
small it is, so one is due only when pages have waited for a second, when they are many, or when
somebody wants to read what has been appended.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType

import pyarrow as pa

from polymarket_assets.store.appender import Appender, BatchRefusedError, check_batch
from polymarket_assets.store.batch import Batch, Receipt
from polymarket_assets.store.crashpoint import crashpoints
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.spool import Spool, SpoolDamagedError, Spooled, left_behind

GROUP_BYTES = 10_000_000
"""Bytes of bodies and rows with which a commit is due."""
QUEUE_BYTES = 2 * GROUP_BYTES
"""Bytes that may wait or be under way, all in memory; beyond it `append` waits."""
GROUP_S = 1.0
"""Seconds a page waits at most before a commit is due."""

log = logging.getLogger(__name__)


class LakeWriterFailedError(RuntimeError):
    """A commit failed for good; the pages it should have held wait in the spool."""


@dataclass
class _Group:
    """The pages of one file of the spool, in their order.

    Attributes:
        due_at: monotonic seconds at which its commit is due at the latest.
        size: bytes of bodies and rows.
        batches: the pages.
        waiting: who wants to know of each page, and its bytes.
        file: where the pages are too; None as long as more are added.
    """

    due_at: float
    size: int = 0
    batches: list[Batch] = field(default_factory=list)
    waiting: list[tuple[asyncio.Future[Receipt], int]] = field(default_factory=list)
    file: Spooled | None = None


class LakeWriter:
    """`async with LakeWriter(lake) as writer: committed = await writer.append(batch)`.

    One event loop, any number of tasks. After a failure the writer accepts nothing more: what later
    pages build on is missing.

    Attributes:
        taken_over: pages of killed processes that were committed before the block began.
    """

    def __init__(
        self,
        lake: Lake,
        *,
        queue_bytes: int = QUEUE_BYTES,
        group_bytes: int = GROUP_BYTES,
        group_s: float = GROUP_S,
    ) -> None:
        self.taken_over = 0
        self._settings = lake.settings
        self._appender = Appender(lake)
        self._crash = crashpoints(lake.settings)
        self._queue_bytes = queue_bytes
        self._group_bytes = min(group_bytes, queue_bytes)
        self._group_s = group_s
        self._unsettled: set[asyncio.Future[Receipt]] = set()
        self._unsettled_bytes = 0
        # What follows is shared with the thread.
        self._changed = threading.Condition()
        self._queue: deque[_Group] = deque()
        self._wanted = False
        self._closing = False
        self._failure: BaseException | None = None

    async def __aenter__(self) -> LakeWriter:
        # Rows are made in one thread and let go in another: Arrow's own allocator would keep what
        # they took, some 40 MB.
        pa.set_memory_pool(pa.system_memory_pool())
        self._loop = asyncio.get_running_loop()
        try:
            await asyncio.to_thread(self._take_over)
        except BaseException:
            self._appender.close()
            raise
        self._spool = Spool(self._settings)
        self._thread = threading.Thread(target=self._commit_groups, name="lake-writer")
        self._thread.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Commit what was appended, whatever ended the block."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        try:
            await asyncio.to_thread(self._thread.join)
        finally:
            self._thread.join()
            self._spool.close()

    async def append(self, batch: Batch) -> asyncio.Future[Receipt]:
        """Take one page with its rows, rejected rows and watermark; it is safe on return.

        Waits while the queue is full; cancelled then, nothing is written. The future tells when the
        page is in the lake, and what became of it there.

        Raises:
            BatchRefusedError: the batch contradicts itself or its tables; others are not affected.
            DiskFullError: there was no room for it; others are not affected.
            LakeWriterFailedError: an earlier commit failed; the cause is chained.
        """
        check_batch(batch)
        while self._unsettled_bytes >= self._queue_bytes:
            await asyncio.wait(self._unsettled, return_when=asyncio.FIRST_COMPLETED)
        size = len(batch.page.body) + sum(rows.nbytes for rows in batch.rows.values())
        done: asyncio.Future[Receipt] = self._loop.create_future()
        with self._changed:
            if self._failure is not None or self._closing:
                raise self._refusal()
            self._spool.add(batch)
            if not self._queue or self._queue[-1].file is not None:
                self._queue.append(_Group(time.monotonic() + self._group_s))
            group = self._queue[-1]
            group.batches.append(batch)
            group.waiting.append((done, size))
            group.size += size
            if group.size >= self._group_bytes:
                group.file = self._spool.seal()
            self._changed.notify_all()
        self._unsettled.add(done)
        self._unsettled_bytes += size
        self._crash("page_enqueued")
        return done

    def flush(self) -> None:
        """Have everything that was appended committed; returns when it is in the lake.

        Raises:
            LakeWriterFailedError: a commit failed; the cause is chained.
        """
        with self._changed:
            self._wanted = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._failure or not self._queue)
            self._wanted = False
            if self._failure is not None:
                raise self._refusal()

    # The thread

    def _commit_groups(self) -> None:
        try:
            while group := self._next_group():
                receipts = self._appender.commit(group[0].batches)
                group[1].remove()
                with self._changed:
                    self._queue.popleft()
                    self._changed.notify_all()
                self._loop.call_soon_threadsafe(self._settle, group[0].waiting, receipts)
                del group  # its pages go before the next ones are looked at
        except BaseException as failure:  # noqa: BLE001 - every waiting append learns of it
            with self._changed:
                self._failure = failure
                unsettled = [page for group in self._queue for page in group.waiting]
                self._queue.clear()
                self._changed.notify_all()
            self._loop.call_soon_threadsafe(self._settle, unsettled, None)
        finally:
            self._appender.close()

    def _next_group(self) -> tuple[_Group, Spooled] | None:
        """The first group, when its commit is due, and its file; None when the writer is closing.

        It stays in the queue until it is committed.
        """
        with self._changed:
            while (wait_s := self._due_in_s()) != 0:
                self._changed.wait(wait_s)
            if not self._queue:
                return None
            first = self._queue[0]
            first.file = first.file or self._spool.seal()
            return first, first.file

    def _due_in_s(self) -> float | None:
        """Seconds until the next commit is due; None for as long as nothing is queued."""
        if self._closing:
            return 0
        if not self._queue:
            return None
        if self._wanted or self._queue[0].file is not None:
            return 0
        return max(0, self._queue[0].due_at - time.monotonic())

    def _take_over(self) -> None:
        """Commit what killed processes have left in the spool."""
        with left_behind(self._settings) as files:
            for file in files:
                self._take_over_file(file)
        if self.taken_over:
            log.info("%d pages of a killed process committed", self.taken_over)

    def _take_over_file(self, file: Spooled) -> None:
        batches: list[Batch] = []
        damage: ValueError | None = None
        try:
            batches.extend(file.batches())
        except SpoolDamagedError as error:
            damage = error
        try:
            self.taken_over += self._appender.commit_missing(batches)
        except BatchRefusedError as error:
            damage = error
        if damage is None:
            file.remove()
        else:
            # Their walks have no watermark beyond what is held: they will be asked for again.
            log.warning("pages of a killed process are kept in %s: %s", file.set_aside(), damage)

    # The event loop

    def _settle(
        self,
        waiting: Sequence[tuple[asyncio.Future[Receipt], int]],
        receipts: Sequence[Receipt] | None,
    ) -> None:
        """Tell those who wait that their pages are in the lake, or that they are not."""
        for number, (done, size) in enumerate(waiting):
            self._unsettled.discard(done)
            self._unsettled_bytes -= size
            if done.cancelled():
                continue
            if receipts is None:
                done.set_exception(self._refusal())
            else:
                done.set_result(receipts[number])

    def _refusal(self) -> LakeWriterFailedError:
        if self._failure is None:
            return LakeWriterFailedError("the writer is closed: append inside its async with block")
        refusal = LakeWriterFailedError(
            "a commit to the lake failed; what was fetched meanwhile is kept on this machine and "
            f"committed by the next run: {self._failure}"
        )
        refusal.__cause__ = self._failure
        return refusal
