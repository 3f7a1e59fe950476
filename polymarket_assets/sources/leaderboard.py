"""The venue's own leaderboards, as they stand now.

Finite periods are marked equity changes, `all` is realised only, and volume counts shares of both
sides: never added up with ours. A past day can not be filled.

Source: GET /v2/leaderboard of the Data API.
"""

from __future__ import annotations

from itertools import product
from typing import Literal, get_args

from polymarket_assets.clients import data_api
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.session import Session, in_parallel

TABLE = "data_leaderboard"
Period = Literal["day", "week", "month", "all"]
Sort = Literal["PNL", "VOLUME"]
PERIODS: tuple[Period, ...] = get_args(Period)
SORTS: tuple[Sort, ...] = get_args(Sort)
TOP = 100
"""Ranks kept per board, or as many as PM_TRACK_TOP needs."""


async def collect_leaderboards(session: Session, window: DayWindow) -> None:
    """Fetch the top of every board into raw.data_leaderboard."""
    now = session.now()
    if not window.contains(now.date()):
        session.tally.notes.append(f"{window}: not available for the past, a board exists only now")
        return
    categories = [
        c.strip() for c in session.settings.leaderboard_categories.split(",") if c.strip()
    ]
    ranks = min(max(TOP, session.settings.track_top), data_api.PAGE_SIZE)
    boards = list(product(categories, PERIODS, SORTS))
    session.advance(0, total=len(boards))

    async def work(board: tuple[str, Period, Sort]) -> None:
        category, period, sort_by = board
        page = await data_api.leaderboard_page(
            session.http, category=category, time_period=period, sort_by=sort_by, limit=ranks
        )
        await session.keep(
            session.walk(":".join(board)),
            page,
            TABLE,
            complete=True,
            cursor=None,
            state={"ranks": page.parsed.row_count},
        )
        session.advance()

    await in_parallel(boards, work, at_once=session.settings.http_connections)
    session.saw(now)
