"""The bare feed of fills: the current and the previous month, newest first, no filter by time.

What was walked is kept as stretches, each with the cursor of its lower end (domain/coverage.py): a
later walk comes down from the top, jumps over every stretch it meets and asks only for what lies
between them. It ends where the window begins.

Source: GET /v2/trades of the Data API, without conditions.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from polymarket_assets.clients import data_api
from polymarket_assets.clients.errors import InvalidCursorError
from polymarket_assets.clients.pages import Trail
from polymarket_assets.domain.coverage import Stretch, add, around, covers, settled
from polymarket_assets.domain.windows import Interval
from polymarket_assets.sources.fills import OVERLAP, PASSES, TABLE, lowest, note_newest
from polymarket_assets.sources.session import Session
from polymarket_assets.store.lake import Lake


def feed_start(now: datetime) -> datetime:
    """The oldest instant the bare feed serves: the start of the previous month (UTC)."""
    return (now.replace(day=1) - timedelta(days=1)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )


async def walk_feed(session: Session, wanted: Interval, name: str) -> None:
    """Fetch what is missing of `wanted` for the pass `name`."""
    scope = _scope(name)
    held = session.lake.watermarks(session.source, scopes=scope).get(scope)
    if held and not session.fresh and covers(_stretches(held.state), wanted):
        session.tally.notes.append(f"{scope}: held already")
        return
    try:
        await _descend(session, name, wanted, _settled(held.state) if held else ())
    except InvalidCursorError:
        session.tally.notes.append(f"{scope}: the venue forgot our cursor, walked from the top")
        await _descend(session, name, wanted, ())


def fed(lake: Lake, name: str) -> list[Interval]:
    """The times whose fills the feed has given for certain, for the pass `name`."""
    held = lake.watermarks(TABLE, scopes=_scope(name)).get(_scope(name))
    return [stretch.interval for stretch in _settled(held.state)] if held else []


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
            session.http, taker_only=PASSES[name], cursor=cursor, trail=trail
        )
        if page.next_cursor is None:
            reached = feed_start(session.now())
        elif low := lowest(page):
            # Fills of the page's last second may go on behind it: only the next one is certain.
            reached = min(reached, low + timedelta(seconds=1))
        if reached < top:
            stretches = add(stretches, Stretch(Interval(reached, top), page.next_cursor))
        cursor = page.next_cursor
        if not session.fresh and (held := around(stretches, reached)):
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
