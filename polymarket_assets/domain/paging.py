"""What the pages of a walk prove: that none is missing, and which time they cover without a gap.

A page proves the time between where it was entered and its own last row. Entered at a cursor, it
begins where the page that gave the cursor ended; entered at the top, at the moment of asking. A
page whose giver is not held proves no more than its own rows.

Belongs here: the algebra of pages and cursors. Not here: where pages are kept, which walks are due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from polymarket_assets.domain.coverage import missing
from polymarket_assets.domain.windows import Interval

SECOND = timedelta(seconds=1)
SPOKEN = 5
CAPS = (3_000, 5_000, 10_000)
"""Row counts at which offset-paged endpoints have been seen to end without saying so."""


@dataclass(frozen=True)
class PageSeen:
    """One held page of a walk.

    Attributes:
        page_id: its id in raw.pages.
        walk_id: the walk it belongs to.
        number: its place in the walk, from 0.
        asked: the cursor it was asked at; None at the top of the list.
        next_cursor: the cursor it gave; None at the end.
        rows: records in it.
        sha256: hash of its bytes.
        offset, limit: what was asked, where the endpoint pages by offset.
        since, until: the time asked for, where one was; `until` is not included.
        newest, oldest: event times of its first and last row, for lists that are newest first.
        filters: the request without its cursor, offset and time.
    """

    page_id: str
    walk_id: str
    number: int
    asked: str | None = None
    next_cursor: str | None = None
    rows: int = 0
    sha256: str = ""
    offset: int | None = None
    limit: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    newest: datetime | None = None
    oldest: datetime | None = None
    filters: str = ""

    @property
    def name(self) -> str:
        """How people are told of it."""
        return f"page {self.number} of walk {self.walk_id[:8]}"


def breaks(pages: Sequence[PageSeen], count: int, *, given: Collection[str] = ()) -> list[str]:
    """What is wrong with the order of one walk's pages, in words; nothing when it is whole.

    Args:
        pages: the held pages of the walk.
        count: how many it has by its watermark.
        given: cursors at which the walk may have been entered; its top always is one.
    """
    by_number: dict[int, list[PageSeen]] = defaultdict(list)
    for page in pages:
        by_number[page.number].append(page)
    absent = [n for n in range(max([count, *(n + 1 for n in by_number)])) if n not in by_number]
    found = [f"page {spoken(absent)} of {max(count, len(by_number))} is not held"] if absent else []
    for number, same in sorted(by_number.items()):
        if number == 0:
            entries, giver = {None, *given}, "no held page gave"
        elif number - 1 in by_number:
            # A walk may begin again at its top, and goes on below it then.
            entries = {None, *(before.next_cursor for before in by_number[number - 1])}
            giver = f"page {number - 1} did not give"
        else:
            continue
        if any(page.offset is None and page.asked not in entries for page in same):
            found.append(f"page {number} was asked at a cursor that {giver}")
    return found + capped(pages)


def capped(pages: Sequence[PageSeen]) -> list[str]:
    """Signs that an offset walk met the venue's cap instead of its end, in words.

    A walk that met a cap and went on by time has other pages behind it; only its end is looked at.
    """
    last = max(pages, key=lambda page: page.number, default=None)
    if last is None or last.offset is None:
        return []
    window = [
        p
        for p in pages
        if (p.offset is not None, p.since, p.until) == (True, last.since, last.until)
    ]
    total = sum({p.offset: p.rows for p in window}.values())
    twin = next((p for p in window if p.sha256 == last.sha256 and p.offset != last.offset), None)
    if last.rows and twin:
        again = f"page {last.number} (offset {last.offset}), the last, repeats page {twin.number}"
        return [f"{again} (offset {twin.offset}): past its cap the venue gives the same rows again"]
    if last.limit is not None and 0 < last.limit <= last.rows:
        return [f"the walk ended on a full page at offset {last.offset}: more may follow"]
    if total in CAPS:
        return [f"the walk ended at exactly {total:,} rows, which is a cap of the venue"]
    return []


@dataclass(frozen=True)
class FeedPage:
    """A page of a newest-first feed.

    Attributes:
        page: the page.
        top: when its walk was started.
        floor: what was asked for, or what the feed served then, began here.
        ends: nothing older than the page follows in what was asked for.
        finished: the walk reached what it was started for.
    """

    page: PageSeen
    top: datetime
    floor: datetime
    ends: bool
    finished: bool = True


@dataclass(frozen=True)
class Reach:
    """The time a page proves; `finished` as of its walk."""

    page: PageSeen
    interval: Interval
    top: datetime
    finished: bool


def reaches(pages: Iterable[FeedPage]) -> list[Reach]:
    """What each page of a newest-first feed proves, oldest first."""
    held = list(pages)
    placed = {(p.page.walk_id, p.page.number): p for p in held}
    givers: dict[str, list[FeedPage]] = defaultdict(list)
    for feed_page in held:
        if feed_page.page.next_cursor is not None:
            givers[feed_page.page.next_cursor].append(feed_page)

    def bottom(feed_page: FeedPage, seen: frozenset[str] = frozenset()) -> datetime | None:
        page = feed_page.page
        if feed_page.ends:
            return feed_page.floor
        if page.oldest is not None:
            # Rows of the last second may go on behind the page: only the next one is certain.
            return page.oldest + SECOND
        if page.page_id in seen:
            return None
        return ceiling(feed_page, seen | {page.page_id})

    def ceiling(feed_page: FeedPage, seen: frozenset[str] = frozenset()) -> datetime | None:
        page = feed_page.page
        if page.offset is not None:
            above_it = placed.get((page.walk_id, page.number - 1)) if page.offset else None
            return bottom(above_it, seen) if above_it else None if page.offset else page.until
        if page.asked is None:
            return feed_page.top
        above = [bottom(giver, seen) for giver in givers.get(page.asked, ())]
        return min((moment for moment in above if moment is not None), default=None)

    found = []
    for feed_page in held:
        high, low = ceiling(feed_page), bottom(feed_page)
        end = high if high is not None else feed_page.page.newest
        if end is None or low is None:
            continue
        interval = Interval(min(low, end), end)
        found.append(Reach(feed_page.page, interval, feed_page.top, feed_page.finished))
    return sorted(found, key=lambda reach: (reach.interval, reach.page.page_id))


def proved(found: Sequence[Reach], overlap: timedelta) -> list[Interval]:
    """The time that pages prove for certain.

    What lies within `overlap` below the start of a walk may have become visible after it; it is
    certain once a later walk has come by. Only the newest finished walk is taken at its word, and
    what has begun since.
    """
    last = max((reach.top for reach in found if reach.finished), default=None)
    return [
        reach.interval
        if last is not None and reach.top >= last
        else Interval(
            reach.interval.start,
            max(reach.interval.start, min(reach.interval.end, reach.top - overlap)),
        )
        for reach in found
    ]


@dataclass(frozen=True)
class Hole:
    """Time that no page proves, and the pages around it in words."""

    interval: Interval
    pages: str


def holes(required: Iterable[Interval], found: Sequence[Reach], overlap: timedelta) -> list[Hole]:
    """The parts of `required` that no page proves, each with the pages it lies between."""
    certain = proved(found, overlap)
    gaps = [gap for wanted in required for gap in missing(wanted, certain)]
    return [Hole(gap, _between(gap, found)) for gap in gaps]


def _between(gap: Interval, found: Sequence[Reach]) -> str:
    above = min(
        (r for r in found if r.interval.start >= gap.end), key=lambda r: r.interval, default=None
    )
    below = max(
        (r for r in found if r.interval.end <= gap.start),
        key=lambda r: r.interval.end,
        default=None,
    )
    if above and below:
        return f"between {above.page.name} and {below.page.name}"
    if above:
        return f"below {above.page.name}"
    return f"above {below.page.name}" if below else "no page of it is held"


def spoken(numbers: Sequence[int]) -> str:
    """Numbers in words: "3", "3-7", "1, 4-5", at most SPOKEN runs of them."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    more = len(words) - SPOKEN
    return ", ".join(words[:SPOKEN]) + (f" and {more} more" if more > 0 else "")
