"""One run of one source: its clients, its writer, its clock, and the account of what it did.

Belongs here: what every source shares. Not here: anything about one endpoint.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from polymarket_assets.clients.contracts.registry import name_of
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import Settings
from polymarket_assets.sources.account import Tally, account
from polymarket_assets.sources.limits import NO_LIMITS, LimitedHttp, Limits, StoppedEarlyError
from polymarket_assets.store.batch import (
    Batch,
    Page,
    QuarantinedRow,
    Receipt,
    SourceRun,
    Watermark,
)
from polymarket_assets.store.home import Home
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.writer import LakeWriter, LakeWriterFailedError

T = TypeVar("T")
log = logging.getLogger(__name__)
FIELD_SHOWN = 80
"""Characters of a field's name that a warning repeats."""


class SourceFailedError(RuntimeError):
    """A source ended without all it was asked for; what it did fetch is kept."""

    def __init__(self, run: SourceRun) -> None:
        cause = f"source {run.source} failed: {run.error_class}: {run.error_message}"
        said = str(run.next_action) in cause
        super().__init__(cause if said else f"{cause}; next: {run.next_action}")
        self.run = run


@dataclass
class Progress:
    """How far a source has come, for a progress bar: pages or groups done of a known total."""

    source: str
    done: int = 0
    total: int | None = None
    rows: int = 0


listeners: list[Callable[[Progress], None]] = []
"""Who is shown the progress of sources in this process: a terminal's progress bars."""


def _tell(progress: Progress) -> None:
    for listener in listeners:
        listener(progress)


@dataclass
class Walk:
    """One walk through the pages of one scope; `pages` is how many it has, over every run."""

    source: str
    scope: str
    id: str
    pages: int = 0


class Session:
    """What a source's `collect` function works with."""

    def __init__(
        self,
        source: str,
        *,
        settings: Settings,
        home: Home,
        lake: Lake,
        http: VenueHttp,
        writer: LakeWriter,
        report: Callable[[Progress], None],
        fresh: bool = False,
    ) -> None:
        self.source = source
        self.settings = settings
        self.fresh = fresh
        """Walk anew: what watermarks say is held is asked for once more."""
        self.http = http
        self.now = home.clock.now
        self.tally = Tally()
        self.progress = Progress(source)
        self._lake = lake
        self._writer = writer
        self._report = report
        self._uncounted: set[asyncio.Future[Receipt]] = set()
        if writer.taken_over:
            self.tally.notes.append(f"{writer.taken_over} pages of a killed process committed")

    @property
    def lake(self) -> Lake:
        """The lake, with every page that was handed in until now."""
        self._writer.flush()
        return self._lake

    def walk(self, scope: str, resumed: Watermark | None = None) -> Walk:
        """A new walk of `scope`, or the one that was cut off at `resumed`."""
        if resumed is not None and not resumed.complete:
            return Walk(self.source, scope, resumed.walk_id, resumed.state["pages"])
        return Walk(self.source, scope, uuid.uuid4().hex)

    async def keep(
        self,
        walk: Walk,
        page: FetchedPage,
        table: str,
        *,
        complete: bool,
        cursor: str | None,
        state: dict[str, Any],
    ) -> None:
        """Hand in one page: its bytes, rows, rejected rows and the walk's watermark, all at once.

        On return it is safe on this machine; it is committed and counted within a second or so,
        even if the caller is cancelled meanwhile.

        Args:
            walk: the walk the page belongs to.
            page: the page as received and parsed.
            table: raw table of its rows, without schema.
            complete: whether the walk has reached what it was started for.
            cursor: where a later run goes on.
            state: the source's own facts about this scope (JSON); `pages` is added to them.
        """
        parsed, response = page.parsed, page.response
        number, walk.pages = walk.pages, walk.pages + 1
        batch = Batch(
            page=Page(
                source=walk.source,
                scope=walk.scope,
                path=response.path,
                request=response.request,
                received_at=response.received_at,
                status=response.status,
                body=response.body,
                row_count=parsed.row_count,
                walk_id=walk.id,
                page_number=number,
                next_cursor=page.next_cursor,
                contract=parsed.contract or name_of(response.path),
            ),
            rows={table: parsed.table},
            quarantine=[QuarantinedRow(r.position, r.reason, r.row) for r in parsed.rejected],
            watermark=Watermark(
                source=walk.source,
                scope=walk.scope,
                walk_id=walk.id,
                cursor=cursor,
                complete=complete,
                state=state | {"pages": walk.pages},
                recorded_at=self.now(),
            ),
        )
        committed = await self._writer.append(batch)
        self._warn_of(page)
        self._uncounted.add(committed)
        committed.add_done_callback(partial(self._count, parsed.row_count))

    async def settle(self) -> None:
        """Wait until every page that was handed in is committed and counted.

        Raises:
            LakeWriterFailedError: a commit failed.
        """
        try:
            self._writer.flush()
        finally:
            if self._uncounted:
                await asyncio.wait(self._uncounted)

    def _count(self, rows: int, committed: asyncio.Future[Receipt]) -> None:
        self._uncounted.discard(committed)
        if committed.cancelled() or committed.exception() is not None:
            return
        receipt, tally = committed.result(), self.tally
        tally.pages += 1
        tally.rows += rows
        tally.accepted += receipt.accepted
        tally.unchanged += receipt.unchanged
        tally.quarantined += receipt.quarantined
        self.progress.rows = tally.rows
        self._report(self.progress)

    def _warn_of(self, page: FetchedPage) -> None:
        """Warn of each field that is new in this run; it is kept in the page."""
        new = page.parsed.unknown_fields - self.tally.unknown_fields
        self.tally.unknown_fields |= new
        for name in sorted(new):
            log.warning(
                "%s: %s sends a field that its contract does not know: %s; it is kept and not read",
                self.source,
                page.response.path,
                name[:FIELD_SHOWN],
            )

    def advance(self, done: int = 1, total: int | None = None) -> None:
        """Report `done` more units of work (of `total`, when it has become known)."""
        if total is not None:
            self.progress.total = total
        self.progress.done += done
        self._report(self.progress)

    def saw(self, moment: datetime) -> None:
        """The newest event time among received rows."""
        self.tally.data_until = max(moment, self.tally.data_until or moment)


async def in_parallel(
    items: Sequence[T], work: Callable[[T], Awaitable[None]], *, at_once: int
) -> None:
    """`work(item)` for every item, `at_once` at a time; the first failure stops the rest."""
    queue = iter(items)

    async def worker() -> None:
        for item in queue:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(items))):
            group.create_task(worker())


Collect = Callable[[Session, DayWindow], Awaitable[None]]


def run_source(
    source: str,
    collect: Collect,
    window: DayWindow,
    *,
    settings: Settings,
    home: Home,
    lake: Lake,
    report: Callable[[Progress], None] = _tell,
    fresh: bool = False,
    limits: Limits = NO_LIMITS,
) -> SourceRun:
    """Run one source for `window` and record it in ops.source_runs, whatever happens.

    Args:
        source: its name in the registry.
        collect: what it does.
        window: the days asked for.
        settings: settings of the home.
        home: the open home.
        lake: its lake.
        report: who is told of progress.
        fresh: ask once more for what is held.
        limits: where to stop; a run that met one has the outcome "partial", and the next goes on.

    Raises:
        SourceFailedError: something stays missing; the cause and the next action are in it.
    """
    started, begun = home.clock.now(), time.monotonic()
    with lake.kept_open():
        session, error = asyncio.run(
            _collect(
                source,
                collect,
                window,
                settings=settings,
                home=home,
                lake=lake,
                report=report,
                fresh=fresh,
                limits=limits,
            )
        )
        run = account(
            source,
            session.http.counters,
            session.tally,
            error,
            window=window.until(started),
            started=started,
            ended=home.clock.now(),
            duration_s=time.monotonic() - begun,
        )
        lake.record_source_run(run)
    if run.outcome == "failed":
        raise SourceFailedError(run) from error
    return run


async def _collect(
    source: str,
    collect: Collect,
    window: DayWindow,
    *,
    settings: Settings,
    home: Home,
    lake: Lake,
    report: Callable[[Progress], None],
    fresh: bool,
    limits: Limits,
) -> tuple[Session, Exception | None]:
    """What the source did, and the error that ended it."""
    async with (
        LimitedHttp(settings, now=home.clock.now, pages=limits.pages) as http,
        LakeWriter(lake) as writer,
    ):
        session = Session(
            source,
            settings=settings,
            home=home,
            lake=lake,
            http=http,
            writer=writer,
            report=report,
            fresh=fresh,
        )
        error: Exception | None = None
        try:
            async with asyncio.timeout(limits.seconds) as timeout:
                await collect(session, window)
        except TimeoutError as failure:
            late = limits.seconds is not None and timeout.expired()
            error = StoppedEarlyError(f"after {limits.seconds:g} s") if late else failure
        except ExceptionGroup as group:
            error = _first(group)
        except Exception as failure:  # noqa: BLE001 - every failure is recorded, then raised again
            error = failure
        try:
            await session.settle()
        except LakeWriterFailedError as failure:
            error = error or failure
        return session, error


def _first(group: ExceptionGroup[Exception]) -> Exception:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, ExceptionGroup) else inner
