"""Reading stored pages again: what today's contracts accept of them and the tables lack is written.

Three things are made good, and a venue is never asked for any of them: refused records that a
contract accepts by now; rows (or quarantined records) that were lost after they had been written;
and versions of objects that must follow from the former, since "equal to the last version" means
another thing once there is a version in between.

What is held is never touched. A group of pages is one commit, so this may be killed anywhere and
run again; it runs beside sources, but not twice at once.

Belongs here: which records of a page are lacking. Not here: finding pages (store/stored_pages.py)
or writing (store/late_rows.py).
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from polymarket_assets.clients.contracts.contract import Asked
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.contracts.registry import (
    UnknownContractError,
    candidates,
    read_again,
)
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.session import Progress
from polymarket_assets.store.appender import completed
from polymarket_assets.store.crashpoint import crashpoints
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.late_rows import Held, Late, LateRows, Origin, State, Written
from polymarket_assets.store.locks import advisory_lock
from polymarket_assets.store.raw import ROW_TABLES
from polymarket_assets.store.stored_pages import Content, StoredPage, StoredPages
from polymarket_assets.store.tables.shape import Table

LOCK = "lake-reparse"
MARK = "reparse"
"""Source of the watermarks that say whether a reading was gone through to its end."""
NAMED = 5
"""Reasons and pages that a report names."""


@dataclass
class Reparsed:
    """What came of reading one source's pages again.

    Attributes:
        source: the source.
        pages: pages that were read.
        written: counts of what was (or, in a dry run, would be) written.
        still_refused: records that no contract accepts, by reason's field and rule.
        unreadable: pages that could not be read at all, with the cause.
    """

    source: str
    pages: int = 0
    written: Written = field(default_factory=Written)
    still_refused: Counter[str] = field(default_factory=Counter)
    unreadable: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Facts for machines."""
        return {
            "source": self.source,
            "pages": self.pages,
            "accepted": self.written.accepted,
            "unchanged": self.written.unchanged,
            "restored": self.written.restored,
            "followed": self.written.followed,
            "quarantined": self.written.refused,
            "still_refused": sum(self.still_refused.values()),
            "reasons": dict(self.still_refused.most_common(NAMED)),
            "unreadable": self.unreadable,
        }


@dataclass(frozen=True)
class Wanted:
    """What is to be read again.

    Attributes:
        received: days the pages were received on; None for all.
        page_ids: only these pages.
        missing: also look for lost rows, in pages that have fewer than they should.
        dry_run: count, and write nothing.
    """

    received: DayWindow | None = None
    page_ids: Sequence[str] = ()
    missing: bool = False
    dry_run: bool = False


def reparse(
    lake: Lake,
    sources: Sequence[str],
    wanted: Wanted,
    *,
    now: Callable[[], datetime],
    report: Callable[[Progress], None] = lambda progress: None,
) -> list[Reparsed]:
    """Read stored pages of some sources again and write what is lacking.

    Raises:
        ValueError: there is no such source, or no such page.
        LockHeldError: another process does the same.
    """
    unknown = sorted(set(sources) - set(ROW_TABLES))
    if unknown:
        raise ValueError(f"no source {', '.join(unknown)}; sources: {', '.join(ROW_TABLES)}")
    if wanted.page_ids:
        sources = _sources_of(lake, wanted.page_ids, sources)
    crash = crashpoints(lake.settings)
    with (
        advisory_lock(lake.postgres, LOCK),
        lake.connect(read_only=True) as connection,
        closing(lake.session(for_appends=True)) as session,
    ):
        return [
            _Reading(
                StoredPages(connection, source, ROW_TABLES[source]),
                LateRows(session, source, ROW_TABLES[source], crash),
                source,
                wanted,
                now=now,
                report=report,
            ).run()
            for source in sources
        ]


def read_page(page: StoredPage, content: Content) -> ParsedPage:
    """A stored page as today's contracts read it.

    Raises:
        MalformedPageError, UnknownContractError, KeyError: it can not be read.
    """
    return read_again(
        candidates(content.contract, content.path),
        content.body,
        Asked.of(content.request, page.received_at),
    )


def _sources_of(lake: Lake, page_ids: Sequence[str], sources: Sequence[str]) -> list[str]:
    held = dict(
        lake.rows(
            "select page_id, source from raw.pages where list_contains($pages, page_id)",
            {"pages": list(page_ids)},
        )
    )
    lacking = sorted(set(page_ids) - set(held))
    if lacking:
        raise ValueError(
            f"raw.pages has no page {', '.join(lacking[:NAMED])}; ids stand in the column page_id, "
            "e.g. of `polymarket lake query 'from ops.open_quarantine'`"
        )
    return [source for source in sources if source in held.values()]


class _Reading:
    """One pass over the pages of one source, in the order they were received."""

    def __init__(
        self,
        pages: StoredPages,
        writer: LateRows,
        source: str,
        wanted: Wanted,
        *,
        now: Callable[[], datetime],
        report: Callable[[Progress], None],
    ) -> None:
        self._pages = pages
        self._writer = writer
        self._source = source
        self._table: Table = ROW_TABLES[source]
        self._wanted = wanted
        self._now = now
        self._tell = report
        self._found = Reparsed(source)
        self._changed: set[str] = set()
        """Objects with a late version: their next record is compared with it."""
        self._unfinished = False

    def run(self) -> Reparsed:
        """Do it."""
        pages = self._pages
        interrupted = pages.interrupted(MARK) if self._table.version_key else None
        self._unfinished = interrupted is not None
        pages.choose(
            received=self._wanted.received,
            page_ids=self._wanted.page_ids,
            missing=self._wanted.missing,
            since=interrupted,
        )
        progress = Progress(self._source, total=pages.count)
        self._tell(progress)
        walk = {"walk_id": uuid.uuid4().hex, "first": pages.first}
        for group in pages.groups():
            self._read(group, walk)
            progress.done += len(group)
            progress.rows = self._found.written.accepted + self._found.written.restored
            self._tell(progress)
        if self._unfinished and not self._wanted.dry_run:
            self._writer.remember(self._mark(walk, complete=True))
        return self._found

    def _mark(self, walk: Mapping[str, Any], *, complete: bool) -> dict[str, Any]:
        return {
            "source": MARK,
            "scope": self._source,
            "walk_id": walk["walk_id"],
            "cursor": None,
            "complete": complete,
            "state": f'{{"first": "{walk["first"]}"}}',
            "page_id": walk["first"],
            "recorded_at": self._now(),
        }

    def _read(self, group: Sequence[StoredPage], walk: Mapping[str, Any]) -> None:
        if not (self._changed or any(page.own for page in group)):
            return
        contents = self._pages.load(group)
        held = self._writer.held(group)
        late = Late()
        for page in group:
            if (page.own or self._changed) and (parsed := self._parse(page, contents)):
                self._found.pages += 1
                self._lacking(page, parsed, held, late)
        # Only versions of objects can be wrong between two groups: the mark says so.
        mark = self._mark(walk, complete=False) if self._table.version_key else None
        written = self._writer.commit(late, at=self._now(), mark=mark, dry_run=self._wanted.dry_run)
        self._found.written = self._found.written.plus(written)
        self._unfinished |= mark is not None and written != Written()

    def _parse(self, page: StoredPage, contents: Mapping[str, Content]) -> ParsedPage | None:
        content = contents.get(page.page_id)
        if content is None:
            self._found.unreadable[page.page_id] = "its bytes are no longer held"
            return None
        try:
            return read_page(page, content)
        except (MalformedPageError, UnknownContractError, KeyError) as error:
            self._found.unreadable[page.page_id] = f"{type(error).__name__}: {error}"
            return None

    def _lacking(self, page: StoredPage, parsed: ParsedPage, held: Held, late: Late) -> None:
        """Add to `late` what a page lacks."""
        lost = self._restores(page) and len(held.rows[page.page_id]) < page.accepted
        taken: list[int] = []
        positions = parsed.table.column("position").to_pylist()
        for index, (position, key) in enumerate(zip(positions, self._keys(parsed), strict=True)):
            was = self._counted_as(page, position, key, held, lost=lost)
            if was is not None:
                taken.append(index)
                late.origins.append(Origin(page, position, was, parsed.contract))
        if taken:
            chosen = parsed.table.take(pa.array(taken, pa.int64()))
            late.rows.append(completed(self._table, chosen, page))
        self._refused(page, parsed, held, late, lost=lost)

    def _restores(self, page: StoredPage) -> bool:
        """Whether what was lost of this page is to be written again."""
        return page.own and (self._wanted.missing or bool(self._wanted.page_ids))

    def _keys(self, parsed: ParsedPage) -> Sequence[str | None]:
        """The object each row is a version of."""
        key = self._table.version_key
        if key is None:
            return [None] * parsed.table.num_rows
        return parsed.table.column(key).to_pylist()

    def _counted_as(
        self, page: StoredPage, position: int, key: str | None, held: Held, *, lost: bool
    ) -> State | None:
        """What an accepted record counted as so far, if it is to be looked at; else None."""
        following = key is not None and key in self._changed
        if key is not None and position in held.refused[page.page_id]:
            self._changed.add(key)
        elif key is not None:
            self._changed.discard(key)
        if position in held.rows[page.page_id]:
            return None
        if position in held.open[page.page_id]:
            return "quarantined"
        if lost:
            return "accepted"
        return "unchanged" if following and page.unchanged else None

    def _refused(
        self, page: StoredPage, parsed: ParsedPage, held: Held, late: Late, *, lost: bool
    ) -> None:
        """Refused records: count them, and keep those that are in no table."""
        rows, ever = held.rows[page.page_id], held.refused[page.page_id]
        still = held.open[page.page_id]
        unkept = page.quarantined - len(still) if self._restores(page) else 0
        for rejected in parsed.rejected:
            if rejected.position in still:
                self._found.still_refused[rejected.reason.partition("; got ")[0]] += 1
            if rejected.position in rows or rejected.position in ever:
                continue
            if unkept > 0:
                unkept -= 1
            elif lost:
                late.turned.append(Origin(page, rejected.position, "accepted", parsed.contract))
            else:
                continue
            late.refused.append(
                {
                    "page_id": page.page_id,
                    "source": self._source,
                    "position": rejected.position,
                    "reason": rejected.reason,
                    "row": rejected.row,
                    "received_at": page.received_at,
                    "dt": page.dt,
                }
            )
