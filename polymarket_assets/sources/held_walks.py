"""What the lake holds of a source's runs and walks: what proofs of completeness rest on.

Belongs here: reading it, and what runs promise. Not here: judging it (completeness.py and the
proofs).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from polymarket_assets.domain.coverage import merge
from polymarket_assets.domain.paging import PageSeen, breaks
from polymarket_assets.domain.windows import DAY, DayWindow, Interval, start_of_day
from polymarket_assets.store.batch import Watermark
from polymarket_assets.store.lake import Lake

BY_EVENT = frozenset(
    {"data_trades", "data_activity", "clob_prices", "kalshi_trades", "kalshi_candles"}
)
"""Sources whose days are those of what happened: it may be received on any later day."""
V1 = frozenset({"/trades", "/activity"})
"""Paths that page by offset, which they leave out when it is 0."""
TIMES = (("start", "end"), ("min_ts", "max_ts"))
"""Names of the first and last second asked for."""


@dataclass(frozen=True)
class Run:
    """A run of the source whose window touches the days."""

    started_at: datetime
    ended_at: datetime
    ok: bool
    window: Interval | None


@dataclass(frozen=True)
class HeldWalk:
    """The held pages of one walk, and its newest watermark (None: the walk left none)."""

    scope: str
    id: str
    pages: tuple[PageSeen, ...]
    watermark: Watermark | None
    began_at: datetime
    last_page_at: datetime

    @property
    def first_asked(self) -> str | None:
        """The cursor it was entered at; None is the top, also where the page is not held."""
        return self.pages[0].asked if self.pages and self.pages[0].number == 0 else None

    @property
    def is_cut(self) -> bool:
        """Whether it did not reach what it was started for, as far as it says itself."""
        return self.watermark is None or not self.watermark.complete

    def breaks(self, given: frozenset[str] = frozenset()) -> list[str]:
        """What is wrong with the order of its pages."""
        count = self.watermark.state.get("pages", 0) if self.watermark else 0
        return breaks(self.pages, count, given=given)


def promised(runs: Iterable[Run], window: DayWindow, now: datetime) -> list[Interval]:
    """The time of `window` that successful runs say they hold."""
    wanted = window.until(now)
    return merge(wanted.intersect(run.window) for run in runs if run.ok and run.window)


def by_knowledge(
    part: Interval, runs: Sequence[Run], now: datetime
) -> Iterator[tuple[Interval, datetime]]:
    """Parts of an interval, each with the moment whose lists say what was due in it.

    That is the start of the newest successful run that had it in its window, else `now`.
    """
    open_part: tuple[Interval, datetime] | None = None
    for piece in _days(part):
        known = max(
            (
                run.started_at
                for run in runs
                if run.ok and run.window and piece.intersect(run.window) == piece
            ),
            default=now,
        )
        if open_part and open_part[1] == known:
            open_part = (Interval(open_part[0].start, piece.end), known)
            continue
        if open_part:
            yield open_part
        open_part = (piece, known)
    if open_part:
        yield open_part


def _days(part: Interval) -> Iterator[Interval]:
    """An interval cut at every midnight (UTC)."""
    if part.is_empty:
        return
    window = DayWindow(part.start.date(), (part.end - timedelta(microseconds=1)).date())
    for day in window.days:
        yield part.intersect(Interval(start_of_day(day), start_of_day(day) + DAY))


def runs_of(lake: Lake, source: str, window: DayWindow) -> list[Run]:
    """The runs of a source whose window touches some days."""
    span = (start_of_day(window.first), start_of_day(window.last) + DAY)
    return [
        Run(
            started.astimezone(UTC),
            ended.astimezone(UTC),
            outcome == "ok",
            Interval(since.astimezone(UTC), until.astimezone(UTC)) if since and until else None,
        )
        for started, ended, outcome, since, until in lake.rows(_RUNS, [source, *span])
    ]


def walks_of(lake: Lake, source: str, window: DayWindow) -> list[HeldWalk]:
    """Walks of a source that can bear on some days, with all their pages.

    What happened on a day was received on that day or later; lists and snapshots are looked at by
    the day of their receipt.
    """
    until = date.max if source in BY_EVENT else window.last
    grouped: dict[str, list[tuple]] = defaultdict(list)
    for walk_id, *page in lake.rows(_PAGES, [source, window.first, until]):
        grouped[walk_id].append(tuple(page))
    watermarks = {
        walk_id: Watermark(
            source, scope, walk_id, cursor, complete, json.loads(state), at.astimezone(UTC)
        )
        for walk_id, scope, cursor, complete, state, at in lake.rows(
            _WATERMARKS, [source, start_of_day(window.first)]
        )
        if walk_id in grouped or window.first <= at.astimezone(UTC).date() <= until
    }
    walks = []
    for walk_id in (*grouped, *(watermarks.keys() - grouped.keys())):
        pages, watermark = grouped.get(walk_id, []), watermarks.get(walk_id)
        moments = [page[-1].astimezone(UTC) for page in pages]
        if watermark and not moments:
            moments = [watermark.recorded_at]
        walks.append(
            HeldWalk(
                watermark.scope if watermark else pages[0][0],
                walk_id,
                tuple(_page(walk_id, page[1:]) for page in pages),
                watermark,
                began_at=min(moments),
                last_page_at=max(moments),
            )
        )
    return sorted(walks, key=lambda walk: (walk.began_at, walk.id))


def _page(walk_id: str, row: tuple) -> PageSeen:
    page_id, number, request, next_cursor, rows, sha256, _ = row
    asked = json.loads(request)
    params = dict(asked.get("params", {}))
    cursor = next((params.pop(n) for n in ("cursor", "after_cursor") if n in params), None)
    offset = params.pop("offset", "0" if asked.get("path") in V1 else None)
    since = until = None
    for first, last in TIMES:
        if first in params and last in params:
            since = datetime.fromtimestamp(int(params.pop(first)), UTC)
            until = datetime.fromtimestamp(int(params.pop(last)) + 1, UTC)
    limit = params.get("limit")
    return PageSeen(
        page_id=page_id,
        walk_id=walk_id,
        number=number,
        asked=cursor,
        next_cursor=next_cursor,
        rows=rows,
        sha256=sha256,
        offset=None if offset is None else int(offset),
        limit=None if limit is None else int(limit),
        since=since,
        until=until,
        filters=json.dumps([asked.get("path"), params, asked.get("body")], sort_keys=True),
    )


_RUNS = """
select started_at, ended_at, outcome, window_from, window_to
from ops.source_runs
where source = $1 and window_to > $2 and window_from < $3
order by started_at
"""
_PAGES = """
with concerned as (
    select distinct walk_id
    from raw.pages
    where source = $1 and dt between $2 and $3
)
select walk_id, scope, page_id, page_number, request, next_cursor, row_count, sha256, received_at
from raw.pages
semi join concerned using (walk_id)
where source = $1
order by walk_id, page_number, page_id
"""
_WATERMARKS = """
select walk_id, scope, cursor, complete, state, recorded_at
from raw.watermarks
where source = $1 and recorded_at >= $2
qualify row_number() over (partition by walk_id order by recorded_at desc, page_id desc) = 1
"""
