"""Days that were closed and got fills since.

A fill may become visible long after it happened. Whoever finds it asks for another day, so nothing
else says that its own day has changed.

Belongs here: finding such days. Not here: what is done about them (defs/automation.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from polymarket_assets.store.lake import Lake


@dataclass(frozen=True)
class ReopenedDay:
    """A closed day with the fills it got since, and when the newest of them came."""

    dt: date
    fills: int
    newest_at: datetime


def reopened(lake: Lake, since: datetime | None) -> tuple[list[ReopenedDay], datetime | None]:
    """Closed days that got fills after `since`, oldest first, and up to when that is known.

    A day is closed by a successful run that had it in its window and began after its end. A fill
    that came with a run of its own day changes nothing unseen and does not count. Without `since`
    (the first look) there is nothing to compare with: no day is given.
    """
    [(until,)] = lake.rows("select max(ended_at) from ops.source_runs where source = 'data_trades'")
    if until is None or since is None:
        return [], until.astimezone(UTC) if until else since
    rows = lake.rows(_LATE, [since, until])
    days = [ReopenedDay(dt, fills, at.astimezone(UTC)) for dt, fills, at in rows]
    return days, until.astimezone(UTC)


_LATE = """
with candidates as (
    select distinct dt
    from raw.data_trades
    where received_at > $1 and received_at <= $2 and dt < cast(timezone('UTC', received_at) as date)
),
numbered as (
    select
        dt,
        received_at,
        hash(
            taker_only, transaction_hash, token_id, wallet, side, price, size, event_at,
            row_number() over (
                partition by
                    page_id, taker_only, transaction_hash, token_id, wallet, side, price, size,
                    event_at
                order by position
            )
        ) as fill
    from raw.data_trades
    semi join candidates using (dt)
),
arrived as (
    select dt, fill, min(received_at) as arrived_at
    from numbered
    group by dt, fill
),
runs as (
    select started_at, ended_at, outcome, window_from, window_to
    from ops.source_runs
    where source = 'data_trades' and window_from is not null
),
late as (
    select dt, arrived_at
    from arrived
    where
        arrived_at > $1
        and arrived_at <= $2
        and exists (
            from runs
            where
                outcome = 'ok'
                and window_from <= timezone('UTC', cast(arrived.dt as timestamp))
                and window_to >= timezone('UTC', cast(arrived.dt + 1 as timestamp))
                and ended_at < arrived.arrived_at
        )
        and not exists (
            from runs
            where
                started_at <= arrived.arrived_at
                and ended_at >= arrived.arrived_at
                and window_from < timezone('UTC', cast(arrived.dt + 1 as timestamp))
                and window_to > timezone('UTC', cast(arrived.dt as timestamp))
        )
)
select dt, count(*), max(arrived_at)
from late
group by dt
order by dt
"""
