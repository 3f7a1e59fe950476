with fills as (
    select * from {{ ref('int_fills') }}
),

boards as (
    select * from {{ ref('stg_data_leaderboard') }}
    where {{ is_known() }}
),

acts as (
    select * from {{ ref('stg_data_activity') }}
    where {{ is_known() }}
),

from_fills as (
    select
        wallet,
        arg_max(name, event_at) as name,
        arg_max(pseudonym, event_at) as pseudonym,
        min(event_at) as first_fill_at,
        max(event_at) as last_fill_at,
        count(*) filter (where not taker_only) as fills,
        count(*) filter (where taker_only) as taker_fills,
        min(received_at) as first_seen_at
    from fills
    group by wallet
),

from_boards as (
    select
        wallet,
        arg_max(user_name, received_at) as name,
        arg_max(is_verified, received_at) as is_verified,
        min(received_at) as first_seen_at
    from boards
    group by wallet
),

from_acts as (
    select
        wallet,
        arg_max(name, event_at) as name,
        min(received_at) as first_seen_at
    from acts
    group by wallet
)

select
    -- ids
    wallet,
    coalesce(from_fills.name, from_boards.name, from_acts.name) as name,
    from_fills.pseudonym,
    -- state
    from_boards.wallet is not null as is_ranked_by_venue,
    from_boards.is_verified,
    -- numbers
    coalesce(from_fills.fills, 0) as fills,
    coalesce(from_fills.taker_fills, 0) as taker_fills,
    -- times
    from_fills.first_fill_at,
    from_fills.last_fill_at,
    least(from_fills.first_seen_at, from_boards.first_seen_at, from_acts.first_seen_at)
        as first_seen_at
from from_fills
full join from_boards using (wallet)
full join from_acts using (wallet)
