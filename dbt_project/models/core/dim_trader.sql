with months as (
    select * from {{ ref('int_wallet_months') }}
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
        arg_max(name, named_on) as name,
        arg_max(pseudonym, pseudonym_on) as pseudonym,
        min(first_fill_at) as first_fill_at,
        max(last_fill_at) as last_fill_at,
        sum(fills) as fills,
        sum(taker_fills) as taker_fills,
        min(first_seen_at) as first_seen_at
    from months
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
    cast(coalesce(from_fills.fills, 0) as bigint) as fills,
    cast(coalesce(from_fills.taker_fills, 0) as bigint) as taker_fills,
    -- times
    from_fills.first_fill_at,
    from_fills.last_fill_at,
    least(from_fills.first_seen_at, from_boards.first_seen_at, from_acts.first_seen_at)
        as first_seen_at
from from_fills
full join from_boards using (wallet)
full join from_acts using (wallet)
