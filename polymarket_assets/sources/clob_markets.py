"""Trading terms of the universe's markets at the CLOB: tick, smallest order, fee.

The venue answers for one market a request, so a market is asked for when it is first seen, when its
terms are a day old, and when Gamma has changed its tick or fee since. An answer equal to the last
one makes no new row.

Source: GET /clob-markets/{condition_id} of the CLOB.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus

from polymarket_assets.clients import clob
from polymarket_assets.clients.errors import RequestRefusedError
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.session import Session, in_parallel
from polymarket_assets.sources.universe import Member, members
from polymarket_assets.store.batch import Watermark

TABLE = "clob_markets"


async def collect_clob_markets(session: Session, window: DayWindow) -> None:
    """Fetch the terms that are new, old or changed into raw.clob_markets."""
    now = session.now()
    held = session.lake.watermarks(session.source)
    longest = timedelta(hours=session.settings.clob_markets_max_age_h)
    due = [
        market
        for market in members(session)
        if _is_due(market, held.get(market.condition_id), now, longest)
    ]
    session.advance(0, total=len(due))
    unknown = 0

    async def work(market: Member) -> None:
        nonlocal unknown
        try:
            page = await clob.market_page(session.http, condition=market.condition_id)
        except RequestRefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            unknown += 1
            session.advance()
            return
        await session.keep(
            session.walk(market.condition_id),
            page,
            TABLE,
            complete=True,
            cursor=None,
            state={"terms": market.terms},
        )
        session.advance()

    await in_parallel(due, work, at_once=session.settings.http_connections)
    session.saw(now)
    if not due:
        session.tally.notes.append("the terms of every market of the universe are held")
    if unknown:
        session.tally.notes.append(f"the CLOB does not know {unknown} of {len(due)} markets")


def _is_due(market: Member, held: Watermark | None, now: datetime, longest: timedelta) -> bool:
    return (
        held is None or now - held.recorded_at >= longest or held.state.get("terms") != market.terms
    )
