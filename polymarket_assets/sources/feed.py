"""The bare feed of fills: the current and the previous month, newest first, no filter by time.

What was walked is kept as stretches, each with the cursor of its lower end (domain/coverage.py): a
later walk comes down from the top, jumps over every stretch it meets and asks only for what lies
between them. It ends where the window begins. While v2 is away, v1 fills the gaps by time; such a
stretch has no cursor to jump by.

Source: GET /v2/trades of the Data API, without conditions; GET /trades of v1.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from polymarket_assets.clients import data_api, data_api_v1
from polymarket_assets.clients.errors import InvalidCursorError, VenueError
from polymarket_assets.clients.pages import FetchedPage, Trail
from polymarket_assets.domain.coverage import Stretch, add, around, covers, missing, settled
from polymarket_assets.domain.windows import Interval
from polymarket_assets.sources.fills import (
    OVERLAP,
    PASSES,
    TABLE,
    Versions,
    lowest,
    note_newest,
)
from polymarket_assets.sources.offsets import BY_TIME, walk_by_time
from polymarket_assets.sources.session import Session
from polymarket_assets.store.lake import Lake


def feed_start(now: datetime) -> datetime:
    """The oldest instant the bare feed serves: the start of the previous month (UTC)."""
    return (now.replace(day=1) - timedelta(days=1)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )


async def walk_feed(session: Session, versions: Versions, wanted: Interval, name: str) -> None:
    """Fetch what is missing of `wanted` for the pass `name`."""
    scope = _scope(name)
    held = session.lake.watermarks(session.source, scopes=scope).get(scope)
    if held and not session.fresh and covers(_stretches(held.state), wanted):
        session.tally.notes.append(f"{scope}: held already")
        return
    stretches = _settled(held.state) if held else ()
    if not session.fresh and (below := _cut_off_by_time(stretches, wanted)):
        await _finish_by_time(session, versions, name, below, stretches)
        stretches = _held(session.lake, name)
    if not versions.v2_is_away:
        try:
            await _from_the_top(session, name, wanted, stretches)
        except VenueError as error:
            versions.fall_back(session, error)
        else:
            return
    await _by_time(session, versions, name, wanted, _held(session.lake, name))


async def _from_the_top(
    session: Session, name: str, wanted: Interval, stretches: tuple[Stretch, ...]
) -> None:
    try:
        await _descend(session, name, wanted, stretches)
    except InvalidCursorError:
        session.tally.notes.append(
            f"{_scope(name)}: the venue forgot our cursor, walked from the top"
        )
        await _descend(session, name, wanted, ())


async def _finish_by_time(
    session: Session,
    versions: Versions,
    name: str,
    below: Interval,
    stretches: tuple[Stretch, ...],
) -> None:
    """Go on with a walk over v1 that was cut off: v2 has no cursor there to enter by."""
    try:
        await _by_time(session, versions, name, below, stretches)
    except VenueError as error:
        if versions.v2_is_away:
            raise
        session.tally.notes.append(f"{_scope(name)}: v1 does not go on: {error.cause}")


async def _by_time(
    session: Session,
    versions: Versions,
    name: str,
    wanted: Interval,
    stretches: tuple[Stretch, ...],
) -> None:
    """Fill the gaps of `wanted` over v1, the newest first."""
    top = session.now()
    walk = session.walk(_scope(name))
    held = [] if session.fresh else [stretch.interval for stretch in stretches]
    gaps = missing(wanted, held)
    for number, gap in enumerate(reversed(gaps), start=1):

        async def fetch(*, start: int, end: int, offset: int) -> FetchedPage:
            return await data_api_v1.trades_page(
                session.http, taker_only=PASSES[name], start=start, end=end, offset=offset
            )

        async def keep(
            page: FetchedPage, whole: datetime, ended: bool, gap: Interval = gap, at: int = number
        ) -> None:
            nonlocal stretches
            if whole < gap.end:
                stretches = add(stretches, Stretch(Interval(whole, gap.end), BY_TIME))
            note_newest(session, page)
            done = ended and at == len(gaps)
            await session.keep(
                walk,
                page,
                TABLE,
                complete=done,
                cursor=None if done else BY_TIME,
                state={"top": top.isoformat(), "stretches": _as_json(stretches)},
            )
            session.advance()

        await walk_by_time(
            gap,
            fetch,
            keep,
            name=f"data_v1_trades, {_scope(name)}",
            full=data_api_v1.TRADES_PAGE,
            longest=versions.longest,
        )


def _cut_off_by_time(stretches: tuple[Stretch, ...], wanted: Interval) -> Interval | None:
    """What a walk over v1 that was cut off has left of `wanted` below it, if there is one."""
    ends = [
        stretch.interval.start
        for stretch in stretches
        if stretch.cursor == BY_TIME and stretch.interval.start > wanted.start
    ]
    return wanted.intersect(Interval(wanted.start, min(ends))) if ends else None


def fed(lake: Lake, name: str) -> list[Interval]:
    """The times whose fills the feed has given for certain, for the pass `name`."""
    return [stretch.interval for stretch in _held(lake, name)]


def _held(lake: Lake, name: str) -> tuple[Stretch, ...]:
    held = lake.watermarks(TABLE, scopes=_scope(name)).get(_scope(name))
    return _settled(held.state) if held else ()


async def _descend(
    session: Session, name: str, wanted: Interval, stretches: tuple[Stretch, ...]
) -> None:
    """Walk from the top of the feed down to `wanted.start`, jumping over what is held.

    A fresh walk jumps over nothing, but keeps that the stretches are held.
    """
    top = session.now()
    walk = session.walk(_scope(name))
    trail = Trail(walk.scope)
    cursor: str | None = None
    reached = top
    while True:
        page = await data_api.trades_page(
            session.http, taker_only=PASSES[name], cursor=cursor, trail=trail, patient=False
        )
        if page.next_cursor is None:
            reached = feed_start(session.now())
        elif low := lowest(page):
            # Fills of the page's last second may go on behind it: only the next one is certain.
            reached = min(reached, low + timedelta(seconds=1))
        if reached < top:
            stretches = add(stretches, Stretch(Interval(reached, top), page.next_cursor))
        cursor = page.next_cursor
        held = None if session.fresh else around(stretches, reached)
        if held and (held.cursor != BY_TIME or held.interval.start <= wanted.start):
            reached, cursor = held.interval.start, held.cursor
        done = cursor is None or reached <= wanted.start
        note_newest(session, page)
        await session.keep(
            walk,
            page,
            TABLE,
            complete=done,
            cursor=cursor,
            state={"top": top.isoformat(), "stretches": _as_json(stretches)},
        )
        session.advance()
        if done:
            return


def _scope(name: str) -> str:
    return f"feed:{name}"


def _settled(state: dict[str, Any]) -> tuple[Stretch, ...]:
    """The stretches of a watermark's state, less what may have become visible late."""
    return settled(_stretches(state), datetime.fromisoformat(state["top"]), OVERLAP)


def _stretches(state: dict[str, Any]) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(
            Interval(datetime.fromisoformat(s["from"]), datetime.fromisoformat(s["to"])),
            s["cursor"],
        )
        for s in state["stretches"]
    )


def _as_json(stretches: Iterable[Stretch]) -> list[dict[str, str | None]]:
    return [
        {
            "from": s.interval.start.isoformat(),
            "to": s.interval.end.isoformat(),
            "cursor": s.cursor,
        }
        for s in stretches
    ]
