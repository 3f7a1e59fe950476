with source as (
    select * from {{ source('raw', 'clob_books') }}
    qualify row_number() over (
        partition by dt, token_id, received_at order by page_id, position
    ) = 1
)

select
    -- ids
    token_id,
    condition_id,
    hash,
    -- levels: best first whatever order they came in, none without size
    list_sort([level for level in coalesce(bids, []) if level.size > 0], 'DESC') as bids,
    list_sort([level for level in coalesce(asks, []) if level.size > 0], 'ASC') as asks,
    -- trading terms
    tick_size,
    min_order_size,
    neg_risk,
    last_trade_price,
    -- times and lineage
    book_at,
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from source
