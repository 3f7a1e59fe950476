"""Gamma's lists: every event and every market, open and closed.

A collection is, in this order, an open walk (all open objects), a closed walk (all closed ones
once, afterwards only what was added behind its last page) and a follow-up by id of what the walks
do not bring back (gamma_follow_up.py). The order matters: an object that closes between the two
walks is then seen as open.

Source: GET /events/keyset and /markets/keyset, in ascending id, 100 a page.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from polymarket_assets.clients import gamma
from polymarket_assets.clients.contracts import events, markets
from polymarket_assets.clients.errors import InvalidCursorError
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.gamma_follow_up import Kind, follow_up
from polymarket_assets.sources.session import Session
from polymarket_assets.store.batch import Watermark

CACHED_FOR = timedelta(seconds=300)
"""The venue's cache lifetime: asking again earlier gives the same answer."""
RESUMABLE_FOR = timedelta(minutes=30)
"""A cut-off open walk older than this starts anew: it would mix two moments."""
BODIES_AT_ONCE = 20
"""Stored pages that are in memory together when they are read back."""


EVENTS = Kind(
    table="gamma_events",
    id_column="event_id",
    ask_by="event_id",
    closed="cast(payload ->> '$.closed' as boolean)",
    is_decided_later=False,
    pages=gamma.event_pages,
    parse=events.parse,
)
MARKETS = Kind(
    table="gamma_markets",
    id_column="market_id",
    ask_by="condition_id",
    closed="closed",
    is_decided_later=True,
    pages=gamma.market_pages,
    parse=markets.parse,
)


async def collect_events(session: Session, window: DayWindow) -> None:
    """Fetch the event lists into raw.gamma_events."""
    await _collect(session, EVENTS)


async def collect_markets(session: Session, window: DayWindow) -> None:
    """Fetch the market lists into raw.gamma_markets."""
    await _collect(session, MARKETS)


async def _collect(session: Session, kind: Kind) -> None:
    began, before = session.now(), _last_whole_run(session)
    held = {} if session.fresh else session.lake.watermarks(session.source)
    open_walk, closed_walk = held.get("open"), held.get("closed")
    walked = _is_fresh(session, open_walk) and _is_fresh(session, closed_walk)
    if walked and _was_finished(before, open_walk, closed_walk):
        session.tally.notes.append("lists are younger than the venue's cache: nothing asked")
        return
    listed = await _walk_open(session, kind, open_walk)
    if not _is_fresh(session, closed_walk):
        await _walk_closed(session, kind, closed_walk)
    await follow_up(session, kind, listed, began=began, before=before)
    session.saw(session.now())


def _is_fresh(session: Session, walk: Watermark | None) -> bool:
    return (
        walk is not None
        and walk.complete
        and timedelta(0) <= session.now() - walk.recorded_at < CACHED_FOR
    )


def _last_whole_run(session: Session) -> datetime | None:
    """When a run last came to its end, follow-up included."""
    [(ended,)] = session.lake.rows(
        "select max(ended_at) from ops.source_runs where source = ? and outcome = 'ok'",
        [session.source],
    )
    return ended


def _was_finished(ended: datetime | None, *walks: Watermark | None) -> bool:
    """Whether a run went on to its end, at `ended`, behind these walks."""
    return ended is not None and all(walk and walk.recorded_at <= ended for walk in walks)


async def _walk_open(session: Session, kind: Kind, held: Watermark | None) -> set[str]:
    """Walk all open objects; give the ids that were listed, also those before a cut."""
    if held is not None and _is_fresh(session, held):
        return _ids_of_walk(session, kind, held)
    if held is None or held.complete or session.now() - held.recorded_at >= RESUMABLE_FOR:
        return await _walk_open_from(session, kind, None)
    try:
        listed = _ids_of_walk(session, kind, held)
        return listed | await _walk_open_from(session, kind, held)
    except InvalidCursorError:
        session.tally.notes.append("the venue no longer knows our cursor: open list walked anew")
        return await _walk_open_from(session, kind, None)


async def _walk_open_from(session: Session, kind: Kind, cut: Watermark | None) -> set[str]:
    walk = session.walk("open", cut)
    started = cut.state["started_at"] if cut else session.now().isoformat()
    cursor = cut.cursor if cut else None
    seen: set[str] = set()
    async for page in kind.pages(session.http, closed=False, after_cursor=cursor):
        seen |= kind.ids(page.parsed)
        await session.keep(
            walk,
            page,
            kind.table,
            complete=page.next_cursor is None,
            cursor=page.next_cursor,
            state={"started_at": started},
        )
        session.advance()
    return seen


def _ids_of_walk(session: Session, kind: Kind, held: Watermark) -> set[str]:
    """Ids on the pages a walk has stored, read back from their bytes.

    Unchanged objects have no new row, so the rows alone would not tell that they were listed.
    """
    seen: set[str] = set()
    with session.lake.connect(read_only=True) as connection:
        bodies = connection.execute(_BODIES, [session.source, held.scope, held.walk_id])
        while some := bodies.fetchmany(BODIES_AT_ONCE):
            seen.update(*(kind.ids(kind.parse(body)) for (body,) in some))
    return seen


_BODIES = """
with walk as (
    select distinct dt, sha256
    from raw.pages
    where source = $1 and scope = $2 and walk_id = $3
)
select body
from raw.pages
semi join walk using (dt, sha256)
where source = $1 and body is not null
"""


async def _walk_closed(session: Session, kind: Kind, held: Watermark | None) -> None:
    """Walk the closed objects from where the last walk ended."""
    try:
        await _walk_closed_from(session, kind, held)
    except InvalidCursorError:
        session.tally.notes.append("the venue no longer knows our cursor: closed list walked anew")
        await _walk_closed_from(session, kind, None)


async def _walk_closed_from(session: Session, kind: Kind, held: Watermark | None) -> None:
    walk = session.walk("closed", held)
    cursor = held.cursor if held else None
    async for page in kind.pages(session.http, closed=True, after_cursor=cursor):
        # The last page has no successor yet: the next run asks for it again and goes on behind it.
        cursor = page.next_cursor or cursor
        await session.keep(
            walk,
            page,
            kind.table,
            complete=page.next_cursor is None,
            cursor=cursor,
            state={},
        )
        session.advance()
