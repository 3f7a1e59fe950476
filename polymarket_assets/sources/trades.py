"""Fills of every market: the bare feed for the current window, the cheaper way for older days.

Two passes with the same rules: `taker` (taker_only=true, one row per match, for core.fct_trades)
and `all` (taker_only=false, both sides, for core.fct_wallet_fills).

The feed serves the current and the previous month and has markets no list knows, but is walked from
its newest fill down; walks by condition are whole histories of listed markets. Days older than the
feed are walked by condition; of the days it serves, the last two are taken from it, older ones by
whichever way asks for less (domain/fill_walks.py). No day needs both.

Belongs here: which part of a window which walk fetches. Not here: the walks themselves (feed.py,
conditions.py), or what both know of a page and of the venue's versions (fills.py).

Source: GET /v2/trades of the Data API; GET /trades of v1 while v2 is away.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from polymarket_assets.clients.data_api import PAGE_SIZE
from polymarket_assets.domain.fill_walks import (
    MarketFlow,
    Way,
    cheaper_way,
    condition_requests,
    feed_requests,
)
from polymarket_assets.domain.windows import DayWindow, Interval
from polymarket_assets.sources.conditions import due_groups, walk_conditions, walk_named
from polymarket_assets.sources.feed import fed, feed_start, walk_feed
from polymarket_assets.sources.fills import CURRENT, PASSES, SERVED, Versions
from polymarket_assets.sources.session import Session, in_parallel

FILL_USD = Decimal(50)
"""Notional taken for an average fill; both estimates share it, so it hardly moves the choice."""


async def collect_trades(
    session: Session, window: DayWindow, *, conditions: Sequence[str] = ()
) -> None:
    """Fetch the fills of `window` into raw.data_trades; nothing that is held is asked for.

    With `conditions` only these are walked, each by itself and not from the feed.
    """
    now = session.now()
    wanted = window.until(now)
    if wanted.is_empty:
        session.tally.notes.append(f"{window} has not begun: nothing to fetch")
        return
    if wanted.start < now - SERVED:
        part = "" if wanted.end <= now - SERVED else f" before {now - SERVED:%Y-%m-%d}"
        session.tally.notes.append(f"{window}: not served{part}, the venue keeps three years")
    served = wanted.intersect(Interval(now - SERVED, now))
    versions = Versions()
    if conditions:
        await walk_named(session, versions, served, conditions)
        return
    recent = served.intersect(Interval(feed_start(now), now))
    older = served.intersect(Interval(served.start, feed_start(now)))
    if not recent.is_empty and _way(session, recent, now) == "conditions":
        recent, older = Interval(now, now), served
    if not recent.is_empty:
        work = partial(walk_feed, session, versions, recent)
        await in_parallel(list(PASSES), work, at_once=len(PASSES))
    if not older.is_empty:
        await walk_conditions(session, versions, older)


def _way(session: Session, recent: Interval, now: datetime) -> Way:
    """How to fetch what the feed serves of a window."""
    if recent.end > now - CURRENT:
        return "feed"
    flows = {
        condition: MarketFlow(Interval(born.astimezone(UTC), died.astimezone(UTC)), volume)
        for condition, born, died, volume in session.lake.rows(_FLOWS, [now])
    }
    groups = [
        [
            flow if group.down_to is None else flow.since(group.down_to)
            for condition in group.conditions
            if (flow := flows.get(condition))
        ]
        for group in due_groups(session, recent)
    ]
    down_to = Interval(recent.start, now)
    feed = sum(
        feed_requests(
            flows.values(), down_to, fed(session.lake, name), fill_usd=FILL_USD, page=PAGE_SIZE
        )
        for name in PASSES
    )
    conditions = condition_requests(groups, fill_usd=FILL_USD, page=PAGE_SIZE)
    way = cheaper_way(feed=feed, conditions=conditions)
    if way == "conditions":
        session.tally.notes.append(
            f"by condition, some {conditions} requests instead of {feed} down the feed: fills of"
            " markets no list knows are not among them"
        )
    return way


_FLOWS = """
with markets as (
    select condition_id, arg_max(payload, received_at) as payload
    from raw.gamma_markets
    where condition_id is not null
    group by 1
),
read as (
    -- In one reading: one for each field would take as many times as long, and as much memory.
    select
        condition_id,
        from_json(
            payload,
            '{"createdAt": "VARCHAR", "startDate": "VARCHAR", "closedTime": "VARCHAR",
              "volumeNum": "VARCHAR", "volume": "VARCHAR"}'
        ) as market
    from markets
),
lives as (
    select
        condition_id,
        least(
            try_cast(market.createdAt as timestamptz), try_cast(market.startDate as timestamptz)
        ) as born_at,
        least(coalesce(try_cast(market.closedTime as timestamptz), $1), $1) as died_at,
        coalesce(
            try_cast(market.volumeNum as decimal(18, 6)),
            try_cast(market.volume as decimal(18, 6)),
            0
        ) as volume_usd
    from read
)
select condition_id, born_at, died_at, volume_usd from lives
where born_at < died_at
"""
