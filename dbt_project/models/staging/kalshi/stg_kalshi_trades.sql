with source as (
    select * from {{ source('raw', 'kalshi_trades') }}
    -- A trade met again, on a repeated page or at the border of two windows, is the same trade.
    qualify row_number() over (
        partition by dt, trade_id order by received_at, page_id, position
    ) = 1
)

select
    -- ids
    trade_id,
    ticker,
    -- the trade
    yes_price,
    no_price,
    size,
    taker_outcome,
    taker_book_side,
    is_block_trade,
    -- times and lineage
    event_at,
    page_id,
    position,
    received_at,
    {{ known_at('fill') }} as known_at,
    dt
from source
