"""Who else holds what tracked wallets hold, as it stands now; a past day can not be filled.

Of the markets in which tracked wallets hold most (by the newest positions), the largest holders of
each token. Markets asked about within the last minutes are left out, so that a run that is started
anew only takes the rest.

The least number of requests is one per 20 markets.

Source: GET /v2/holders of the Data API, which refuses combos.
"""

from __future__ import annotations

from polymarket_assets.clients import data_wallets
from polymarket_assets.clients.data_api import MOST_CONDITIONS
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.apart import walk_apart
from polymarket_assets.sources.session import Session
from polymarket_assets.sources.tracked import is_fresh

TABLE = "data_holders"
TOP = 20
"""Holders kept per token."""


async def collect_holders(session: Session, window: DayWindow) -> None:
    """Fetch the largest holders of the markets tracked wallets are in into raw.data_holders."""
    now = session.now()
    if not window.contains(now.date()):
        session.tally.notes.append(f"{window}: not available for the past, holders exist only now")
        return
    rows = session.lake.rows(_MARKETS, [now.date(), session.settings.track_markets])
    if not rows:
        session.tally.notes.append("no market to ask about: collect data_positions first")
    asked = {
        condition
        for mark in session.lake.watermarks(session.source, scopes="group:%").values()
        if is_fresh(mark, now) and not session.fresh
        for condition in mark.state["conditions"]
    }
    due = [condition for (condition,) in rows if condition not in asked]
    groups = [due[start : start + MOST_CONDITIONS] for start in range(0, len(due), MOST_CONDITIONS)]

    async def walk(number: int) -> None:
        group = groups[number]
        page = await data_wallets.holders_page(session.http, conditions=group, limit=TOP)
        await session.keep(
            session.walk(f"group:{number}"),
            page,
            TABLE,
            complete=True,
            # More holders follow; only the largest are wanted.
            cursor=None,
            state={"conditions": group},
        )

    await walk_apart(session, range(len(groups)), walk)
    session.saw(now)


_MARKETS = """
with newest as (
    select condition_id, current_value_usd
    from raw.data_positions
    where dt = $1
    qualify received_at >= max(received_at) over (partition by wallet) - interval 1 minute
)
select condition_id
from newest
-- 0x and 64 digits: a combo has fewer, and no holders.
where length(condition_id) = 66
group by 1
order by sum(coalesce(current_value_usd, 0)) desc, condition_id
limit $2
"""
