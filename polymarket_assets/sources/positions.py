"""What tracked wallets hold, as it stands now; a past day can not be filled.

Each wallet is a walk of its own. A wallet whose snapshot was completed within the last minutes is
not asked for again, and one that was cut off within them goes on at its cursor: a run that is
started anew only takes the rest.

The least number of requests is one per wallet, plus one for each further 1000 positions.

Source: GET /v2/positions of the Data API; closed positions are not listed.
"""

from __future__ import annotations

from polymarket_assets.clients import data_wallets
from polymarket_assets.clients.errors import InvalidCursorError
from polymarket_assets.clients.pages import Trail
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.apart import walk_apart
from polymarket_assets.sources.session import Session
from polymarket_assets.sources.tracked import is_fresh, tracked_wallets
from polymarket_assets.store.batch import Watermark

TABLE = "data_positions"


async def collect_positions(session: Session, window: DayWindow) -> None:
    """Fetch the positions of every tracked wallet into raw.data_positions."""
    now = session.now()
    if not window.contains(now.date()):
        session.tally.notes.append(
            f"{window}: not available for the past, positions exist only now"
        )
        return
    wallets = tracked_wallets(session)
    if not wallets:
        session.tally.notes.append("no wallet is tracked: collect data_leaderboard first")
    held = {} if session.fresh else session.lake.watermarks(session.source, scopes="wallet:%")
    fresh = {scope: mark for scope, mark in held.items() if is_fresh(mark, now)}
    due = [w for w in wallets if not ((mark := fresh.get(f"wallet:{w}")) and mark.complete)]

    async def walk(wallet: str) -> None:
        resumed = fresh.get(f"wallet:{wallet}")
        try:
            await _walk(session, wallet, resumed)
        except InvalidCursorError:
            session.tally.notes.append(f"{wallet}: the venue forgot our cursor, walked anew")
            await _walk(session, wallet, None)

    await walk_apart(session, due, walk)
    session.saw(now)


async def _walk(session: Session, wallet: str, resumed: Watermark | None) -> None:
    walk = session.walk(f"wallet:{wallet}", resumed)
    trail = Trail(walk.scope)
    cursor = resumed.cursor if resumed else None
    done = False
    while not done:
        page = await data_wallets.positions_page(
            session.http, wallet=wallet, cursor=cursor, trail=trail
        )
        cursor = page.next_cursor
        done = cursor is None
        await session.keep(walk, page, TABLE, complete=done, cursor=cursor, state={})
