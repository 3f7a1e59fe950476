{{ config(materialized='table', meta={'parts': 'closed_in'}) }}

-- depends_on: {{ ref('int_market_lives') }}
-- Stretches in which a market is known to have had no fill for no_trades_after_h: from the moment
-- that time was over, to the next fill. Time nobody collected proves nothing. A market that has closed
-- is not quiet.
with fills as (
    select
        condition_id,
        min(first_taken_known_at) as first_at,
        max(last_taken_known_at) as last_at
    from {{ ref('int_token_days') }}
    where first_taken_known_at is not null
    group by condition_id, dt
),

coverage as (
    select * from {{ ref('int_trade_coverage') }}
),

-- We begin to look at a market when its first version reaches us, until the last one closes it.
seen as (
    select
        condition_id,
        min(valid_from) as first_seen_at,
        coalesce(
            max(valid_from) filter (where valid_to is null and is_closed), 'infinity'
        ) as closed_from
    from {{ ref('int_market_terms') }}
    group by condition_id
),

-- Within a day no gap is long enough: days stand for their fills.
days as (
    select
        condition_id,
        first_seen_at as first_at,
        first_seen_at as last_at
    from seen
    union all
    select fills.* from fills
    semi join seen on fills.condition_id = seen.condition_id
),

gaps as (
    select
        condition_id,
        max(last_at) over (
            partition by condition_id order by first_at, last_at rows unbounded preceding
        ) as last_at,
        lead(first_at) over (partition by condition_id order by first_at, last_at) as next_at
    from days
),

watched as (
    select
        gaps.condition_id,
        greatest(gaps.last_at, seen.first_seen_at) as last_at,
        least(gaps.next_at, seen.closed_from) as looked_until,
        gaps.next_at,
        greatest(gaps.last_at, seen.first_seen_at)
        + to_hours({{ var('no_trades_after_h') }}) as quiet_from
    from gaps
    inner join seen on gaps.condition_id = seen.condition_id
)

select
    condition_id,
    quiet_from,
    next_at as quiet_to
from watched
semi join coverage
    on watched.last_at >= coverage.covered_from and watched.quiet_from <= coverage.covered_to
where quiet_from < looked_until
