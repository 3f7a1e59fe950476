with source as (
    select * from {{ source('raw', 'data_positions') }}
),

-- The pages of one walk are one snapshot of one wallet.
pages as (
    select
        page_id,
        walk_id,
        dt
    from {{ source('raw', 'pages') }}
    where source = 'data_positions'
),

joined as (
    select
        source.*,
        pages.walk_id as snapshot_id
    from source
    inner join pages on source.dt = pages.dt and source.page_id = pages.page_id
)

select
    -- ids
    snapshot_id,
    wallet,
    token_id,
    condition_id,
    event_id,
    nullif(opposite_token_id, '') as opposite_token_id,
    -- what is held, by the venue's accounting
    size,
    average_price,
    entry_cost_usd,
    entry_fees_usd,
    current_price,
    current_value_usd,
    bought_size,
    realized_pnl_usd,
    unrealized_pnl_usd,
    status,
    redeemable as is_redeemable,
    mergeable as is_mergeable,
    neg_risk as is_neg_risk,
    -- the market
    title,
    slug,
    event_slug,
    outcome,
    outcome_index,
    {{ timestamp_of('end_date') }} as end_at,
    -- times and lineage
    first_entry_at,
    last_event_at,
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from joined
qualify row_number() over (
    partition by dt, snapshot_id, wallet, token_id order by received_at, page_id, position
) = 1
