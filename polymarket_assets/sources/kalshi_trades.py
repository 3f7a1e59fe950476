"""Kalshi's trades of all markets, walked day by day.

A day is asked for by its time, newest first, and what of it is held is remembered with each page:
windows that are held are never asked for again, a walk that was cut off goes on at its cursor, and
if the venue has forgotten the cursor, below the last trade that is held. Days are independent and
walked side by side; what lies before the venue's cutoff comes from its historical tier.

trade_id is the key of a trade: a page the venue repeats adds nothing to the distinct trades.

Source: GET /markets/trades and /historical/trades.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from polymarket_assets.clients import kalshi
from polymarket_assets.clients.errors import InvalidCursorError
from polymarket_assets.clients.pages import FetchedPage, Trail
from polymarket_assets.domain.coverage import merge, missing
from polymarket_assets.domain.windows import DAY, DayWindow, Interval, start_of_day
from polymarket_assets.sources.kalshi_tiers import OPENED, cutoff_for
from polymarket_assets.sources.session import Session, Walk, in_parallel
from polymarket_assets.store.batch import Watermark

TABLE = "kalshi_trades"
OVERLAP = timedelta(minutes=1)
"""Not held yet below the moment of asking: a trade may be listed a little late."""


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
    due = _due(session, wanted)
    if not due:
        session.tally.notes.append("every trade of the window is held already")
        return
    cutoff = await cutoff_for(session, start_of_day(due[0]))
    session.advance(0, total=len(due))

    async def work(day: date) -> None:
        await _collect_day(session, day, cutoff.traded if cutoff else None)
        session.advance()

    await in_parallel(due, work, at_once=session.settings.http_connections)


def _due(session: Session, wanted: Interval) -> list[date]:
    """Days of `wanted` that are not held to their end, or to now."""
    held = session.lake.watermarks(session.source, scopes="day:%")
    days = []
    for part in wanted.pieces(DAY):
        day = part.start.date()
        mark = held.get(_scope(day))
        if mark is None or not mark.complete or missing(part, _held(mark)):
            days.append(day)
    return days


async def _collect_day(session: Session, day: date, live_from: datetime | None) -> None:
    """Walk what is missing of one day: first the walk that was cut off, then the gaps."""
    mark = session.lake.watermarks(session.source, scopes=_scope(day)).get(_scope(day))
    held = _held(mark) if mark else []
    if mark is not None and not mark.complete:
        held = await _finish(session, day, mark, held)
    now = session.now()
    whole = Interval(start_of_day(day), min(start_of_day(day) + DAY, now))
    for gap in missing(whole, held):
        for piece in _pieces(gap, live_from, now):
            held = await _walk(session, session.walk(_scope(day)), piece, held)


def _pieces(gap: Interval, live_from: datetime | None, now: datetime) -> list[Piece]:
    """`gap` by tier, the newer part first."""
    border = live_from or gap.start
    live = Interval(max(gap.start, border), gap.end)
    old = Interval(gap.start, min(gap.end, border))
    pieces = [
        Piece(live, historical=False, asked_at=now),
        Piece(old, historical=True, asked_at=now),
    ]
    return [piece for piece in pieces if not piece.interval.is_empty]


async def _finish(
    session: Session, day: date, mark: Watermark, held: list[Interval]
) -> list[Interval]:
    """Go on with a walk that was cut off; give what is held then."""
    piece, reached = Piece.of(mark.state["walk"]), _moment(mark.state["reached"])
    try:
        walk = session.walk(_scope(day), mark)
        return await _walk(session, walk, piece, held, cursor=mark.cursor, reached=reached)
    except InvalidCursorError:
        session.tally.notes.append(f"{day}: the venue forgot our cursor, gone on by time")
        return merge([*held, piece.held_from(reached)])


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


def _scope(day: date) -> str:
    return f"day:{day}"


def _held(mark: Watermark) -> list[Interval]:
    return [Interval(_moment(start), _moment(end)) for start, end in mark.state["held"]]


def _as_json(interval: Interval) -> list[str]:
    return [interval.start.isoformat(), interval.end.isoformat()]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
