"""Kalshi's trades of all markets, walked by windows of time.

A window is asked for newest first, and what of it is held is remembered with each page: what is
held is never asked for again, a walk that was cut off goes on at its cursor, and if the venue has
forgotten the cursor, below the last trade that is held. Windows are independent and walked side by
side, up to a week each; what lies before the venue's cutoff comes from its historical tier.

trade_id is the key of a trade: a page the venue repeats adds nothing to the distinct trades.

Source: GET /markets/trades and /historical/trades.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from polymarket_assets.clients import kalshi
from polymarket_assets.clients.errors import InvalidCursorError
from polymarket_assets.clients.pages import FetchedPage, Trail
from polymarket_assets.domain.coverage import merge, missing
from polymarket_assets.domain.windows import DayWindow, Interval
from polymarket_assets.sources.kalshi_tiers import OPENED, cutoff_for
from polymarket_assets.sources.session import Session, Walk, in_parallel
from polymarket_assets.store.batch import Watermark

TABLE = "kalshi_trades"
OVERLAP = timedelta(minutes=1)
"""Not held yet below the moment of asking: a trade may be listed a little late."""
LONGEST = timedelta(days=7)
"""Longest window of one walk: the years before the venue was busy cost few requests, and the days
since, of which each has thousands of pages, still go side by side."""


@dataclass(frozen=True)
class Piece:
    """One walk: a time, the tier that serves it, and when its first page was asked for."""

    interval: Interval
    historical: bool
    asked_at: datetime

    def as_json(self) -> dict[str, Any]:
        """For a watermark's state."""
        return {
            "from": self.interval.start.isoformat(),
            "to": self.interval.end.isoformat(),
            "historical": self.historical,
            "asked_at": self.asked_at.isoformat(),
        }

    @classmethod
    def of(cls, state: dict[str, Any]) -> Piece:
        """The piece of a watermark's state."""
        interval = Interval(_moment(state["from"]), _moment(state["to"]))
        return cls(interval, state["historical"], _moment(state["asked_at"]))

    def held_from(self, start: datetime) -> Interval:
        """What is held for certain once all from `start` on has been seen."""
        end = self.interval.end if self.historical else self.asked_at - OVERLAP
        return Interval(start, min(self.interval.end, max(start, end)))


async def collect_trades(session: Session, window: DayWindow) -> None:
    """Fetch the trades of `window` into raw.kalshi_trades; nothing that is held is asked for."""
    wanted = window.until(session.now())
    if wanted.is_empty:
        session.tally.notes.append(f"{window} has not begun: nothing to fetch")
        return
    if wanted.start < OPENED:
        session.tally.notes.append(f"not served before {OPENED:%Y-%m-%d}, when Kalshi opened")
        wanted = wanted.intersect(Interval(OPENED, wanted.end))
    marks = {} if session.fresh else session.lake.watermarks(session.source)
    cut = {scope: mark for scope, mark in marks.items() if not mark.complete}
    held = [interval for mark in marks.values() for interval in _held(mark)]
    under_way = [Piece.of(mark.state["walk"]).interval for mark in cut.values()]
    gaps = missing(wanted, [*held, *under_way])
    if not gaps and not cut:
        session.tally.notes.append("every trade of the window is held already")
        return
    cutoff = await cutoff_for(session, gaps[0].start) if gaps else None
    now, border = session.now(), cutoff.traded if cutoff else None
    pieces = [piece for gap in gaps for piece in _pieces(gap, border, now)]
    session.advance(0, total=len(cut) + len(pieces))

    async def go_on(scope: str) -> None:
        await _finish(session, scope, cut[scope])
        session.advance()

    async def work(scope: str) -> None:
        mark = marks.get(scope)
        known = _held(mark) if mark else []
        for piece in due[scope]:
            known = await _walk(session, session.walk(scope), piece, known)
            session.advance()

    # First what was cut off: its scope may be that of a window that is due.
    await in_parallel(sorted(cut), go_on, at_once=session.settings.http_connections)
    marks |= session.lake.watermarks(session.source) if cut else {}
    due: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        due[_scope(piece.interval)].append(piece)
    await in_parallel(sorted(due), work, at_once=session.settings.http_connections)


def _pieces(gap: Interval, live_from: datetime | None, now: datetime) -> list[Piece]:
    """`gap` in windows, none of them in both tiers."""
    border = live_from or gap.start
    live = Interval(max(gap.start, border), gap.end)
    old = Interval(gap.start, min(gap.end, border))
    return [
        Piece(window, historical=part is old, asked_at=now)
        for part in (old, live)
        for window in part.pieces(LONGEST)
    ]


def _scope(window: Interval) -> str:
    """Windows of one day share its scope, so that a running day does not leave hundreds."""
    first, last = window.start.date(), (window.end - timedelta(microseconds=1)).date()
    return f"day:{first}" if first == last else f"window:{window.start:%Y-%m-%dT%H:%M}..{last}"


async def _finish(session: Session, scope: str, mark: Watermark) -> None:
    """Go on with a walk that was cut off."""
    piece, reached = Piece.of(mark.state["walk"]), _moment(mark.state["reached"])
    held, walk = _held(mark), session.walk(scope, mark)
    try:
        await _walk(session, walk, piece, held, cursor=mark.cursor, reached=reached)
    except InvalidCursorError:
        session.tally.notes.append(f"{scope}: the venue forgot our cursor, gone on by time")
        rest = replace(piece, interval=Interval(piece.interval.start, reached))
        await _walk(session, walk, rest, merge([*held, piece.held_from(reached)]))


async def _walk(
    session: Session,
    walk: Walk,
    piece: Piece,
    held: list[Interval],
    *,
    cursor: str | None = None,
    reached: datetime | None = None,
) -> list[Interval]:
    """Walk one piece from its top, or from `cursor`; give what is held then."""
    trail = Trail(walk.scope)
    start, end = piece.interval.start, piece.interval.end
    reached = reached or end
    while True:
        page = await kalshi.trades_page(
            session.http,
            start=start,
            end=end,
            historical=piece.historical,
            cursor=cursor,
            trail=trail,
        )
        cursor = page.next_cursor
        reached = min(reached, _lowest(page) or reached)
        # A venue that took no notice of the window would lead on into the past.
        done = cursor is None or reached < start
        if done:
            held = merge([*held, piece.held_from(start)])
        _note_newest(session, page)
        state: dict[str, Any] = {"held": [_as_json(interval) for interval in held]}
        if not done:
            state |= {"walk": piece.as_json(), "reached": reached.isoformat()}
        await session.keep(
            walk, page, TABLE, complete=done, cursor=None if done else cursor, state=state
        )
        if done:
            return held


def _lowest(page: FetchedPage) -> datetime | None:
    """The time of a page's last trade; None for a page without any."""
    times = page.parsed.table.column("event_at")
    return times[-1].as_py() if len(times) else None


def _note_newest(session: Session, page: FetchedPage) -> None:
    times = page.parsed.table.column("event_at")
    if len(times):
        session.saw(times[0].as_py())


def _held(mark: Watermark) -> list[Interval]:
    return [Interval(_moment(start), _moment(end)) for start, end in mark.state["held"]]


def _as_json(interval: Interval) -> list[str]:
    return [interval.start.isoformat(), interval.end.isoformat()]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
