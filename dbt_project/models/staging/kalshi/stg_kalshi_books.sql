with source as (
    select * from {{ source('raw', 'kalshi_books') }}
    qualify row_number() over (
        partition by dt, ticker, received_at order by page_id, position
    ) = 1
)

select
    -- ids
    ticker,
    -- levels: best first, both outcomes
    yes_bids,
    yes_asks,
    no_bids,
    no_asks,
    -- times and lineage
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from source
