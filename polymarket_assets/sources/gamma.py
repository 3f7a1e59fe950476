"""Gamma's lists: every event and every market, open and closed.

A collection is an open walk (all open objects), a closed walk (all closed ones once, afterwards
only what was added behind its last page) and a follow-up: objects held as open that the open list
no longer shows are asked for by id among the closed ones, so a result is never missed.

Source: GET /events/keyset and /markets/keyset, in ascending id, 100 a page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from polymarket_assets.clients import gamma
from polymarket_assets.clients.errors import InvalidCursorError
from polymarket_assets.clients.pages import FetchedPage
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.session import Session, Walk
from polymarket_assets.store.batch import Watermark

CACHED_FOR = timedelta(seconds=300)
"""The venue's cache lifetime: asking again earlier gives the same answer."""
RESUMABLE_FOR = timedelta(minutes=30)
"""A cut-off open walk older than this starts anew: it would mix two moments."""
FOLLOW_UP_CHUNK = 50
"""Ids per follow-up request: keeps the address below 4 kB."""


@dataclass(frozen=True)
class Kind:
    """How events and markets differ: names, key columns and the client's functions."""

    name: str
    table: str
    id_column: str
    ask_by: str
    pages: Callable[..., AsyncIterator[FetchedPage]]


EVENTS = Kind("events", "gamma_events", "event_id", "event_id", gamma.event_pages)
MARKETS = Kind("markets", "gamma_markets", "market_id", "condition_id", gamma.market_pages)


async def collect_events(session: Session, window: DayWindow) -> None:
    """Fetch the event lists into raw.gamma_events."""
    await _collect(session, EVENTS)


async def collect_markets(session: Session, window: DayWindow) -> None:
    """Fetch the market lists into raw.gamma_markets."""
    await _collect(session, MARKETS)


async def _collect(session: Session, kind: Kind) -> None:
    watermarks = session.lake.watermarks(session.source)
    if _is_fresh(session, watermarks):
        session.tally.notes.append("lists are younger than the venue's cache: nothing asked")
        return
    async with asyncio.TaskGroup() as group:
        open_ids = group.create_task(_walk_open(session, kind, watermarks.get("open")))
        closed_ids = group.create_task(_walk_closed(session, kind, watermarks.get("closed")))
    await _follow_up(session, kind, open_ids.result() | closed_ids.result())
    session.saw(session.now())


def _is_fresh(session: Session, watermarks: dict[str, Watermark]) -> bool:
    return all(
        (held := watermarks.get(scope)) is not None
        and held.complete
        and timedelta(0) <= session.now() - held.recorded_at < CACHED_FOR
        for scope in ("open", "closed")
    )


async def _walk_open(session: Session, kind: Kind, held: Watermark | None) -> set[str]:
    """Walk all open objects; give the ids that were listed, also those before a cut."""
    cut = (
        held
        if held and not held.complete and session.now() - held.recorded_at < RESUMABLE_FOR
        else None
    )
    walk = session.walk("open", cut)
    started = cut.state["started_at"] if cut else session.now().isoformat()
    seen = _ids_before_the_cut(session, kind, walk) if cut else set()
    async for page in kind.pages(
        session.http, closed=False, after_cursor=cut.cursor if cut else None
    ):
        seen |= set(page.parsed.table.column(kind.id_column).to_pylist())
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


def _ids_before_the_cut(session: Session, kind: Kind, walk: Walk) -> set[str]:
    """Ids on the pages this walk had already stored, read back from their bytes.

    Unchanged objects have no new row, so the rows alone would not tell that they were listed.
    """
    rows = session.lake.rows(
        f"""
        with pages as (
            select coalesce(p.body, other.body) as body
            from raw.pages as p
            left join raw.pages as other
                on p.body is null and other.body is not null
                and other.sha256 = p.sha256 and other.source = p.source and other.dt = p.dt
            where p.source = ? and p.scope = ? and p.walk_id = ?
        )
        select unnest(json_extract_string(decode(body), '$.{kind.name}[*].id'))
        from pages
        """,  # noqa: S608 - the only name put in is one of the two kinds above
        [session.source, walk.scope, walk.id],
    )
    return {row[0] for row in rows}


async def _walk_closed(session: Session, kind: Kind, held: Watermark | None) -> set[str]:
    """Walk the closed objects from where the last walk ended; give the ids that were listed."""
    try:
        return await _walk_closed_from(session, kind, held)
    except InvalidCursorError:
        session.tally.notes.append("the venue no longer knows our cursor: closed list walked anew")
        return await _walk_closed_from(session, kind, None)


async def _walk_closed_from(session: Session, kind: Kind, held: Watermark | None) -> set[str]:
    walk = session.walk("closed", held)
    cursor, seen = held.cursor if held else None, set()
    async for page in kind.pages(session.http, closed=True, after_cursor=cursor):
        seen |= set(page.parsed.table.column(kind.id_column).to_pylist())
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
    return seen


async def _follow_up(session: Session, kind: Kind, listed: set[str]) -> None:
    """Ask by id for what is held as open and was on neither list."""
    held = session.lake.rows(
        f"""
        select {kind.id_column}, arg_max({kind.ask_by}, received_at)
        from raw.{kind.table}
        group by 1
        having not coalesce(arg_max(cast(payload ->> '$.closed' as boolean), received_at), false)
        """  # noqa: S608 - names of the two kinds above
    )
    gone: Sequence[str] = sorted(asked for own, asked in held if own not in listed and asked)
    for start in range(0, len(gone), FOLLOW_UP_CHUNK):
        chunk = gone[start : start + FOLLOW_UP_CHUNK]
        walk = session.walk("follow-up")
        async for page in kind.pages(session.http, closed=True, ids=chunk):
            await session.keep(
                walk,
                page,
                kind.table,
                complete=page.next_cursor is None,
                cursor=None,
                state={"asked": len(chunk)},
            )
            session.advance()
