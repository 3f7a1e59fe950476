"""Which time's fills are proved to be held: by the pages of the feed, else market by market.

Belongs here: what the walks of feed.py and conditions.py owe. Not here: how they are walked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa

from polymarket_assets.domain.coverage import merge, missing
from polymarket_assets.domain.paging import SECOND, FeedPage, PageSeen, Reach, holes, reaches
from polymarket_assets.domain.windows import DayWindow, Interval, start_of_day
from polymarket_assets.sources.conditions import BEGINNING, lived
from polymarket_assets.sources.feed import feed_start
from polymarket_assets.sources.fills import CURRENT, OVERLAP, PASSES, SERVED, TABLE
from polymarket_assets.sources.gaps import Gap
from polymarket_assets.sources.held_walks import HeldWalk, Run, by_knowledge, promised
from polymarket_assets.store.lake import Lake


def fill_gaps(
    lake: Lake, window: DayWindow, now: datetime, runs: Sequence[Run], walks: Sequence[HeldWalk]
) -> Iterator[Gap]:
    """Time of `window` whose fills are not proved to be held, for both passes.

    Owed are what successful runs promised and, of days that are over, all of them. The youngest
    time the feed must prove; older time it does, or the walks of every market that was listed and
    lived then. Markets no list shows can only be proved by the feed.
    """
    served = Interval(now - SERVED, now)
    said = [part.intersect(served) for part in promised(runs, window, now)]
    owed = merge([*said, *(part.intersect(served) for part in _over(window, now))])
    times = _times(lake, window) if walks else {}
    for name, taker_only in PASSES.items():
        found = reaches(_feed_pages(walks, f"feed:{name}", times))
        covered = _covered_by_walks(f"conditions:{name}:", walks, times)
        for hole in holes(owed, found, OVERLAP):
            for part, is_said in _split(hole.interval, said):
                for piece, known_by in by_knowledge(part, runs, now):
                    lives = lived(lake, piece, known_by=known_by)
                    gap = _gap(name, piece, hole.pages, lives, covered, now)
                    if gap:
                        yield replace(gap, promised=is_said)
        yield from _disagreements(lake, window, name, taker_only, found)


def _over(window: DayWindow, now: datetime) -> list[Interval]:
    """The part of the window that lies before the running day."""
    part = window.until(start_of_day(now.astimezone(UTC).date()))
    return [] if part.is_empty else [part]


def _split(whole: Interval, said: Sequence[Interval]) -> Iterator[tuple[Interval, bool]]:
    """The parts of an interval that a successful run promised, and the others."""
    for part in missing(whole, said):
        yield part, False
    for promise in said:
        part = whole.intersect(promise)
        if not part.is_empty:
            yield part, True


Times = Mapping[str, tuple[datetime, datetime]]


def _feed_pages(walks: Sequence[HeldWalk], scope: str, times: Times) -> list[FeedPage]:
    found = []
    for walk in walks:
        if walk.scope != scope:
            continue
        top = walk.watermark.state.get("top") if walk.watermark else None
        start = datetime.fromisoformat(top) if top else walk.began_at
        for page in walk.pages:
            newest, oldest = times.get(page.page_id, (None, None))
            seen = replace(page, newest=newest, oldest=oldest)
            floor = page.since or feed_start(walk.last_page_at)
            found.append(FeedPage(seen, start, floor, _ends(page, walk), not walk.is_cut))
    return found


def _ends(page: PageSeen, walk: HeldWalk) -> bool:
    """Whether nothing older follows in what a page was asked for.

    By offset that is the last page of a window: the walk was finished there, or went on to another
    stretch of time than the rest of this one.
    """
    if page.offset is None:
        return page.next_cursor is None
    count = walk.watermark.state["pages"] if walk.watermark else 0
    after = next((p for p in walk.pages if p.number == page.number + 1), None)
    if after is None:
        return page.number == count - 1 and not walk.is_cut
    return after.since != page.since


def _gap(  # noqa: PLR0917 - what is known of one piece of time
    name: str,
    part: Interval,
    pages: str,
    lives: Mapping[str, Interval],
    covered: Mapping[str, Sequence[Interval]],
    now: datetime,
) -> Gap | None:
    """What is not proved of a time that the feed does not prove; None if its markets' walks do."""
    lacking = sorted(c for c, life in lives.items() if missing(life, covered.get(c, ())))
    if part.end > now - CURRENT or (part.end > feed_start(now) and (lacking or not lives)):
        return Gap(f"feed:{name}", part, pages, promised=True)
    if not lacking:
        return None
    what = f"no walk proves the fills of {len(lacking)} markets, e.g. {lacking[0]}"
    return Gap(f"conditions:{name}", part, what, promised=True, ids=tuple(lacking))


def _covered_by_walks(
    prefix: str, walks: Sequence[HeldWalk], times: Times
) -> dict[str, list[Interval]]:
    """Per condition: the time its own walks prove, those alone whose pages are all held."""
    covered: dict[str, list[Interval]] = defaultdict(list)
    for walk in walks:
        if not walk.scope.startswith(prefix) or not walk.pages:
            continue
        if walk.watermark is None or walk.is_cut or walk.breaks():
            continue
        state, last = walk.watermark.state, walk.pages[-1]
        down_to = datetime.fromisoformat(state["down_to"]) if state["down_to"] else None
        _, oldest = times.get(last.page_id, (None, None))
        met_what_is_held = down_to is not None and oldest is not None and oldest < down_to
        by_offset = last.offset is not None
        if last.next_cursor is not None and not met_what_is_held:
            continue
        start = down_to if down_to and (by_offset or last.next_cursor is not None) else BEGINNING
        interval = Interval(start, datetime.fromisoformat(state["covered_to"]))
        for condition in state["conditions"]:
            covered[condition].append(interval)
    return covered


def _times(lake: Lake, window: DayWindow) -> Times:
    """Event times of the first and last row of each page received since the window began.

    A page whose bytes were held already has no rows of its own: its twin's count for it.
    """
    since = start_of_day(window.first)
    return {
        page_id: (newest.astimezone(UTC), oldest.astimezone(UTC))
        for page_id, newest, oldest in lake.rows(_TIMES, [TABLE, window.first, since])
    }


def _disagreements(
    lake: Lake, window: DayWindow, name: str, taker_only: bool, found: Sequence[Reach]
) -> Iterator[Gap]:
    """Fills that a walk of the feed showed and the next walk over the same second did not.

    Time within the overlap below a walk's start is left out: there a fill may not be visible yet.
    """
    frame = pa.table(
        {
            "page_id": [r.page.page_id for r in found],
            "walk_id": [r.page.walk_id for r in found],
            "top": pa.array([r.top for r in found], pa.timestamp("us", tz="UTC")),
            "low": pa.array([r.interval.start for r in found], pa.timestamp("us", tz="UTC")),
            "high": pa.array(
                # The last second of a page may go on behind it.
                [min(r.interval.end - SECOND, r.top - OVERLAP) for r in found],
                pa.timestamp("us", tz="UTC"),
            ),
        }
    )
    with lake.connect() as connection:
        connection.register("reaches", frame)
        rows = connection.execute(
            _VANISHED, [TABLE, window.first, window.last, taker_only]
        ).fetchall()
    for walk_id, count, first, last in rows:
        yield Gap(
            f"feed:{name}",
            Interval(first.astimezone(UTC), last.astimezone(UTC) + SECOND),
            f"{count} fills an earlier walk showed are missing from walk {walk_id[:8]}",
            promised=True,
        )


_TWINS = """
with asked as (
    select page_id, scope, dt, sha256, accepted
    from raw.pages
    where source = $1 and dt >= $2
),
written as (
    select scope, dt, sha256, min(page_id) as written_id
    from asked
    where accepted > 0
    group by all
),
twins as (
    select asked.page_id, coalesce(written.written_id, asked.page_id) as written_id
    from asked
    left join written using (scope, dt, sha256)
)"""

_TIMES = f"""{_TWINS},
ends as (
    select
        page_id,
        arg_min(event_at, position) as newest,
        arg_max(event_at, position) as oldest
    from raw.data_trades
    where received_at >= $3
    group by page_id
)
select twins.page_id, newest, oldest
from twins
inner join ends on twins.written_id = ends.page_id
"""  # noqa: S608 - our own text

_VANISHED = f"""{_TWINS},
fills as (
    select
        page_id,
        event_at,
        hash(transaction_hash, token_id, wallet, side, price, size, event_at) as fill
    from raw.data_trades
    where dt between $2 and $3 and taker_only = $4
),
shown as (
    select distinct twins.page_id, fills.fill
    from fills
    inner join twins on fills.page_id = twins.written_id
    semi join reaches on twins.page_id = reaches.page_id
),
known as (
    select fill, any_value(event_at) as event_at
    from fills
    where page_id in (select written_id from twins semi join reaches using (page_id))
    group by fill
),
passed as (
    select
        known.fill,
        known.event_at,
        reaches.walk_id,
        reaches.top,
        shown.fill is not null as is_shown
    from known
    inner join reaches on known.event_at >= reaches.low and known.event_at < reaches.high
    left join shown on reaches.page_id = shown.page_id and known.fill = shown.fill
),
-- A walk may pass a second on two pages, if it was resumed.
walked as (
    select fill, event_at, walk_id, top, bool_or(is_shown) as is_shown
    from passed
    group by all
),
compared as (
    select
        *,
        row_number() over (partition by fill order by top desc) as age,
        lead(is_shown) over (partition by fill order by top desc) as was_shown
    from walked
)
select walk_id, count(*), min(event_at), max(event_at)
from compared
where age = 1 and not is_shown and was_shown
group by walk_id
"""  # noqa: S608 - our own text
