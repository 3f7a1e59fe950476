"""Whether what a source says it holds is proved by the pages it holds.

A run that ended well promises its window. The promise is proved when the pages of its walks follow
each other without a gap, ended where the venue said so, and cover the window; a watermark proves
nothing by itself. A gap names what is not proved and the command that fetches it.

Belongs here: gaps, and the proof every walk owes. The proofs that need a source's own knowledge are
in fill_proof.py and price_proof.py.
"""

from __future__ import annotations

import json
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from polymarket_assets.domain.coverage import merge
from polymarket_assets.domain.paging import PageSeen, breaks
from polymarket_assets.domain.windows import DAY, DayWindow, Interval, start_of_day
from polymarket_assets.sources.selection import name_for_people
from polymarket_assets.store.batch import Watermark
from polymarket_assets.store.lake import Lake

ENDS_AT_NULL = frozenset({"gamma_events", "gamma_markets", "kalshi_events", "kalshi_markets"})
"""Sources whose walks may end nowhere but where the venue names no next cursor."""
ONLY_NOW = frozenset(
    {"clob_books", "kalshi_books", "data_leaderboard", "data_positions", "data_holders"}
)
"""Sources the venue serves no past of: what was missed can not be had any more."""
BY_EVENT = frozenset(
    {"data_trades", "data_activity", "clob_prices", "kalshi_trades", "kalshi_candles"}
)
"""Sources whose days are those of what happened: it may be received on any later day."""
NARROWED_BY = {"data_trades": "--conditions", "clob_prices": "--tokens"}
"""Sources that can be asked for some ids alone, and the option that names the file of ids."""
ANSWERS = frozenset({"clob_prices", "kalshi_candles"})
"""Sources of single answers about ids and a time, which answer_proof.py judges."""
OWN_PROOF = ("feed:", "conditions:")
"""Scopes whose walks fill_proof.py judges: they jump, and stop where they meet what is held."""
UNSAID_END = frozenset({"kalshi_books"})
"""Sources whose last page may be followed by requests that give none, so that no page says it."""
UNDER_WAY = timedelta(minutes=6)
"""A walk whose last page is younger may still be running."""


@dataclass(frozen=True)
class Gap:
    """Something that is not proved.

    Attributes:
        scope: which walk or part of the source.
        interval: which time of the venue, where that is known.
        what: which pages and why, in words.
        promised: a run or watermark says it is held; else a run is known to have failed or stopped.
        ids: the conditions or tokens concerned, where it is about some of them.
        fillable: whether the venue still serves it.
    """

    scope: str
    interval: Interval | None
    what: str
    promised: bool
    ids: tuple[str, ...] = ()
    fillable: bool = True

    def __str__(self) -> str:
        when = (
            f" {_text(self.interval.start)} to {_text(self.interval.end)}" if self.interval else ""
        )
        return f"{self.scope}{when}: {self.what}"


@dataclass(frozen=True)
class Evaluation:
    """What of a window is proved for one source."""

    source: str
    window: DayWindow
    gaps: tuple[Gap, ...]
    walks: int = 0
    pages: int = 0
    notes: tuple[str, ...] = ()

    @property
    def disproved(self) -> tuple[Gap, ...]:
        """Gaps in what is said to be held: nothing may be built on it."""
        return tuple(gap for gap in self.gaps if gap.promised)

    def command(self, ids_file: str | None = None) -> str | None:
        """The command that fetches what is missing; None when nothing is, or nothing can be."""
        fillable = [gap for gap in self.gaps if gap.fillable]
        if not fillable:
            return None
        words = ["polymarket sources run", name_for_people(self.source)]
        days = [gap.interval for gap in fillable if gap.interval]
        if days:
            last = max(interval.end for interval in days) - timedelta(microseconds=1)
            words += ["--from", str(min(i.start for i in days).date()), "--to", str(last.date())]
        if self.source in NARROWED_BY and ids_file and all(gap.ids for gap in fillable):
            words += [NARROWED_BY[self.source], ids_file]
        if any(gap.promised for gap in fillable):
            words.append("--fresh")
        return " ".join(words)

    def words(self, ids_file: str | None = None) -> str:
        """The gaps and what to do about them, for people."""
        if not self.gaps:
            return "; ".join(self.notes) or "every page is held, every walk ended where it may"
        shown = "; ".join(str(gap) for gap in self.gaps[:SHOWN])
        more = f"; and {len(self.gaps) - SHOWN} more" if len(self.gaps) > SHOWN else ""
        command = self.command(ids_file)
        advice = f"next: {command}" if command else "the venue serves no past of it"
        return f"{shown}{more}; {advice}"


SHOWN = 5


def write_ids(found: Evaluation, folder: Path) -> str | None:
    """Write the ids that gaps are about to a file, one a line; its path, None without any."""
    ids = sorted({one for gap in found.gaps if gap.fillable for one in gap.ids})
    if not ids:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{found.source}-{str(found.window).replace('...', '-to-')}.txt"
    file.write_text("\n".join(ids) + "\n")
    return shlex.quote(str(file))


def evaluate(
    lake: Lake, source: str, window: DayWindow, now: datetime, *, keep_pages_days: int
) -> Evaluation:
    """What of the days of `window` the held pages of `source` prove.

    For fills and prices the days are those of the events; for everything else those of receipt.
    Pages older than `keep_pages_days` may have been dropped, except those of fills.
    """
    # Only here: the proofs build on this module's types.
    from polymarket_assets.sources.answer_proof import answer_gaps, price_gaps  # noqa: PLC0415
    from polymarket_assets.sources.fill_proof import fill_gaps  # noqa: PLC0415

    runs = runs_of(lake, source, window)
    walks = walks_of(lake, source, window)
    kept_since = now - timedelta(days=keep_pages_days)
    gaps: list[Gap] = []
    if source == "clob_prices":
        gaps += price_gaps(lake, window, now, runs, kept_since)
    elif source in ANSWERS:
        gaps += answer_gaps(lake, source, window, now, kept_since)
    else:
        own = [walk for walk in walks if walk.began_at >= kept_since and _concerns(walk, window)]
        gaps += _broken_walks(source, own, runs, now)
    if source == "data_trades":
        gaps += fill_gaps(lake, window, now, runs, walks)
    notes = ()
    if not walks and source in ONLY_NOW:
        notes = (f"{window}: not available for the past, nothing to prove",)
    return Evaluation(
        source,
        window,
        tuple(sorted(gaps, key=lambda gap: (not gap.promised, gap.scope))),
        len(walks),
        sum(len(walk.pages) for walk in walks),
        notes,
    )


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


def _broken_walks(
    source: str,
    walks: Sequence[HeldWalk],
    runs: Sequence[Run],
    now: datetime,
) -> Iterable[Gap]:
    """Walks of which a page is missing or that ended too soon, unless they were walked again."""
    of_scope: dict[str, list[HeldWalk]] = defaultdict(list)
    for walk in walks:
        of_scope[walk.scope].append(walk)
    for scope, held in sorted(of_scope.items()):
        given = _given(held)
        whole: list[HeldWalk] = []
        for walk in reversed(held):
            found = walk.breaks(given) + _end(source, walk)
            if not found:
                whole.append(walk)
            elif not (_walked_again(walk, whole) or _is_taken_care_of(walk, runs, now)):
                yield Gap(
                    scope,
                    _time_of(walk),
                    f"walk {walk.id[:8]} of {_text(walk.began_at)}: {'; '.join(found)}",
                    promised=any(run.ok and run.ended_at >= walk.last_page_at for run in runs),
                    fillable=source not in ONLY_NOW or walk.began_at.date() == now.date(),
                )


def _given(held: Sequence[HeldWalk]) -> frozenset[str]:
    """The cursors at which a walk of a scope may begin: the ends of those before it.

    A walk may end at a page without a successor and the next one ask for that page again. Where the
    oldest of the walks began, nothing is known.
    """
    ends = (walk.pages[-1] for walk in held if walk.pages)
    cursors = [c for page in ends for c in (page.next_cursor, page.asked)]
    return frozenset(c for c in (held[0].first_asked, *cursors) if c is not None)


def _concerns(walk: HeldWalk, window: DayWindow) -> bool:
    """Whether a walk is judged here, and asked for a time that touches the days."""
    asked = _time_of(walk)
    days = Interval(start_of_day(window.first), start_of_day(window.last) + DAY)
    return not walk.scope.startswith(OWN_PROOF) and (
        asked is None or not asked.intersect(days).is_empty
    )


def _time_of(walk: HeldWalk) -> Interval | None:
    """The time a walk asked for: by its first page, else by the days its scope names."""
    for page in walk.pages:
        if page.since is not None and page.until is not None and page.since < page.until:
            return Interval(page.since, page.until)
    days = [date.fromisoformat(day) for day in re.findall(r"\d{4}-\d\d-\d\d", walk.scope)]
    return Interval(start_of_day(min(days)), start_of_day(max(days)) + DAY) if days else None


def _walked_again(walk: HeldWalk, whole: Sequence[HeldWalk]) -> bool:
    """Whether a later walk that is whole asked the same from the same place on."""
    asked = _time_of(walk)
    for later in whole:
        same = not walk.pages or later.pages[0].filters == walk.pages[0].filters
        again = _time_of(later)
        covers = again == asked or (
            asked is not None and again is not None and asked.intersect(again) == asked
        )
        if same and covers and later.first_asked == walk.first_asked:
            return True
    return False


def _is_taken_care_of(walk: HeldWalk, runs: Sequence[Run], now: datetime) -> bool:
    """Whether a walk that was cut off is still running, or a later run has seen to it."""
    return walk.is_cut and (
        now - walk.last_page_at < UNDER_WAY
        or any(run.ok and run.started_at > walk.last_page_at for run in runs)
    )


def _end(source: str, walk: HeldWalk) -> list[str]:
    last = max(walk.pages, key=lambda page: page.number, default=None)
    if last is None:
        return []
    if walk.is_cut and source not in UNSAID_END:
        return [f"it was cut off after page {last.number}"]
    if source in ENDS_AT_NULL and last.next_cursor is not None:
        return [f"it ended at page {last.number}, which names a next cursor"]
    return []


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


V1 = frozenset({"/trades", "/activity"})
"""Paths that page by offset, which they leave out when it is 0."""
TIMES = (("start", "end"), ("min_ts", "max_ts"))
"""Names of the first and last second asked for."""


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


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


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
