with source as (
    select * from {{ source('raw', 'data_leaderboard') }}
)

select
    -- ids
    category,
    time_period,
    sort_by,
    rank,
    wallet,
    nullif(user_name, '') as user_name,
    verified as is_verified,
    -- numbers, by the venue's accounting
    pnl_usd,
    volume_shares,
    -- lineage
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from source
qualify row_number() over (
    partition by dt, category, time_period, sort_by, received_at, wallet order by page_id, position
) = 1
