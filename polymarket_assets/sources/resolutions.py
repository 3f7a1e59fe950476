"""How markets end, as the chain and the venue state it: asked again until it is final.

Due are the markets that ended in the window (for a window with today: in the last month, ended or
under way to it) and those once seen pending, as long as no final statement is held. A statement
equal to the last one is not written again. Final is `resolved` with payouts.

The least number of requests is one per 20 markets without a final statement.

Source: GET /v2/resolutions of the Data API.
"""

from __future__ import annotations

from datetime import timedelta

from polymarket_assets.clients import data_wallets
from polymarket_assets.clients.data_api import MOST_CONDITIONS
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.apart import walk_apart
from polymarket_assets.sources.session import Session
from polymarket_assets.sources.tracked import is_fresh

TABLE = "data_resolutions"
LOOKED_BACK = timedelta(days=30)
"""How long after its end a market without any statement is still asked about every time."""


async def collect_resolutions(session: Session, window: DayWindow) -> None:
    """Fetch the results that are not final yet into raw.data_resolutions."""
    now = session.now()
    wanted = window.until(now)
    if wanted.is_empty:
        session.tally.notes.append(f"{window} has not begun: nothing to fetch")
        return
    with_today = window.contains(now.date())
    start = min(wanted.start, now - LOOKED_BACK) if with_today else wanted.start
    rows = session.lake.rows(_DUE, [start, wanted.end, with_today])
    asked = {
        condition
        for mark in session.lake.watermarks(session.source, scopes="group:%").values()
        if is_fresh(mark, now) and not session.fresh
        for condition in mark.state["conditions"]
    }
    due = [condition for (condition,) in rows if condition not in asked]
    if not due:
        session.tally.notes.append("every result of the window is held already")
    groups = [due[start : start + MOST_CONDITIONS] for start in range(0, len(due), MOST_CONDITIONS)]

    async def walk(number: int) -> None:
        group = groups[number]
        page = await data_wallets.resolutions_page(session.http, conditions=group)
        await session.keep(
            session.walk(f"group:{number}"),
            page,
            TABLE,
            complete=True,
            cursor=None,
            state={"conditions": group},
        )

    await walk_apart(session, range(len(groups)), walk)
    session.saw(now)


_DUE = """
with statements as (
    select
        condition_id,
        arg_max(status = 'resolved' and payouts is not null, received_at) as is_final
    from raw.data_resolutions
    group by 1
),
markets as (
    select condition_id, arg_max(payload, received_at) as payload
    from raw.gamma_markets
    where condition_id is not null
    group by 1
),
ended as (
    select
        condition_id,
        coalesce(
            try_cast(payload ->> '$.closedTime' as timestamptz),
            try_cast(payload ->> '$.endDate' as timestamptz)
        ) as ended_at,
        coalesce(payload ->> '$.umaResolutionStatus', '') not in ('', 'resolved') as is_under_way
    from markets
)
select distinct condition_id
from ended
full join statements using (condition_id)
where
    not coalesce(is_final, false)
    and (
        (ended_at >= $1 and ended_at < $2)
        or ($3 and (is_final is not null or is_under_way))
    )
order by condition_id
"""
