"""What tracked wallets did: trades, splits, merges, redemptions, rewards, over any days.

Each wallet has its own watermark: the stretches of time that are held. What a window lacks of them
is walked newest first and, once held, never asked for again but for the last minutes, in which acts
may have become visible late. A walk that was cut off goes on with its own window and cursor. While
v2 is away, v1 is asked from the time that has been reached.

The least number of requests is one per wallet and gap, plus one for each further full page.

Source: GET /v2/activity of the Data API; GET /activity of v1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from polymarket_assets.clients import data_api_v1, data_wallets
from polymarket_assets.clients.errors import InvalidCursorError, VenueError
from polymarket_assets.clients.pages import FetchedPage, Trail
from polymarket_assets.domain.coverage import merge, missing
from polymarket_assets.domain.windows import DayWindow, Interval
from polymarket_assets.sources.apart import walk_apart
from polymarket_assets.sources.fills import Versions, lowest
from polymarket_assets.sources.offsets import BY_TIME, walk_by_time
from polymarket_assets.sources.session import Session, Walk
from polymarket_assets.sources.tracked import tracked_wallets
from polymarket_assets.store.batch import Watermark

TABLE = "data_activity"
OVERLAP = timedelta(minutes=10)
"""Asked for again below the time of each walk: what the venue shows late."""


@dataclass
class _Gap:
    """One walk: a stretch of one wallet's time, begun at `started`, whole down to `reached`."""

    wallet: str
    wanted: Interval
    started: datetime
    reached: datetime
    held: list[Interval]

    @property
    def scope(self) -> str:
        return f"wallet:{self.wallet}"

    @property
    def bounds(self) -> tuple[int, int]:
        """First and last second, as the venue takes them."""
        return max(1, int(self.wanted.start.timestamp())), int(self.wanted.end.timestamp())

    def state(self, *, complete: bool) -> dict[str, Any]:
        """What its watermark says."""
        certain = Interval(self.wanted.start, min(self.wanted.end, self.started - OVERLAP))
        held = merge([*self.held, certain]) if complete else self.held
        return {
            "held": [_as_json(interval) for interval in held],
            "wanted": _as_json(self.wanted),
            "started": self.started.isoformat(),
            "reached": self.reached.isoformat(),
        }


async def collect_activity(session: Session, window: DayWindow) -> None:
    """Fetch what is missing of `window` into raw.data_activity."""
    wanted = window.until(session.now())
    if wanted.is_empty:
        session.tally.notes.append(f"{window} has not begun: nothing to fetch")
        return
    wallets = tracked_wallets(session)
    if not wallets:
        session.tally.notes.append("no wallet is tracked: collect data_leaderboard first")
    held = {} if session.fresh else session.lake.watermarks(session.source, scopes="wallet:%")
    versions = Versions()

    async def walk(wallet: str) -> None:
        last = held.get(f"wallet:{wallet}")
        if last is not None and not last.complete:
            last = await _finish(session, versions, wallet, last)
        stretches = _stretches(last.state["held"]) if last else []
        for gap in missing(wanted, stretches):
            now = session.now()
            work = _Gap(wallet, gap, now, gap.end, stretches)
            await _walk(session, versions, work, None)
            stretches = _stretches(work.state(complete=True)["held"])

    await walk_apart(session, wallets, walk)
    # Quiet wallets are not late: what is held reaches the end of the window.
    session.saw(wanted.end)


async def _finish(
    session: Session, versions: Versions, wallet: str, cut: Watermark
) -> Watermark | None:
    """End a walk that was cut off; give the wallet's watermark then."""
    state = cut.state
    [wanted] = _stretches([state["wanted"]])
    gap = _Gap(
        wallet,
        wanted,
        datetime.fromisoformat(state["started"]),
        datetime.fromisoformat(state["reached"]),
        _stretches(state["held"]),
    )
    await _walk(session, versions, gap, cut)
    return session.lake.watermarks(session.source, scopes=gap.scope).get(gap.scope)


async def _walk(session: Session, versions: Versions, gap: _Gap, cut: Watermark | None) -> None:
    walk = session.walk(gap.scope, cut)
    by_time = cut is not None and cut.cursor == BY_TIME
    if not versions.v2_is_away and not by_time:
        try:
            await _by_cursor(session, gap, walk, cut.cursor if cut else None)
        except VenueError as error:
            versions.fall_back(session, error)
        else:
            return
    await _by_time(session, versions, gap, walk)


async def _by_cursor(session: Session, gap: _Gap, walk: Walk, cursor: str | None) -> None:
    try:
        await _by_cursor_from(session, gap, walk, cursor)
    except InvalidCursorError:
        session.tally.notes.append(f"{gap.scope}: the venue forgot our cursor, walked anew")
        await _by_cursor_from(session, gap, walk, None)


async def _by_cursor_from(session: Session, gap: _Gap, walk: Walk, cursor: str | None) -> None:
    trail = Trail(gap.scope)
    start, end = gap.bounds
    done = False
    while not done:
        page = await data_wallets.activity_page(
            session.http,
            wallet=gap.wallet,
            start=start,
            end=end,
            cursor=cursor,
            trail=trail,
            patient=False,
        )
        cursor, low = page.next_cursor, lowest(page)
        done = cursor is None
        if low is not None:
            # Acts of the page's last second may go on behind it.
            gap.reached = min(gap.reached, low + timedelta(seconds=1))
        await _keep(session, gap, walk, page, complete=done, cursor=cursor)


async def _by_time(session: Session, versions: Versions, gap: _Gap, walk: Walk) -> None:
    async def fetch(*, start: int, end: int, offset: int) -> FetchedPage:
        return await data_api_v1.activity_page(
            session.http, wallet=gap.wallet, start=start, end=end, offset=offset
        )

    async def keep(page: FetchedPage, whole: datetime, ended: bool) -> None:
        gap.reached = min(gap.reached, whole)
        await _keep(session, gap, walk, page, complete=ended, cursor=None if ended else BY_TIME)

    await walk_by_time(
        Interval(gap.wanted.start, gap.reached),
        fetch,
        keep,
        name=f"data_v1_activity, {gap.scope}",
        full=data_api_v1.ACTIVITY_PAGE,
        longest=versions.longest,
    )


async def _keep(
    session: Session,
    gap: _Gap,
    walk: Walk,
    page: FetchedPage,
    *,
    complete: bool,
    cursor: str | None,
) -> None:
    await session.keep(
        walk, page, TABLE, complete=complete, cursor=cursor, state=gap.state(complete=complete)
    )


def _as_json(interval: Interval) -> list[str]:
    return [interval.start.isoformat(), interval.end.isoformat()]


def _stretches(pairs: Sequence[Sequence[str]]) -> list[Interval]:
    return [Interval(*map(datetime.fromisoformat, pair)) for pair in pairs]
