with source as (
    select * from {{ source('raw', 'kalshi_candles') }}
    -- The first receipt counts: only full hours are asked for, so a later one says the same.
    qualify row_number() over (
        partition by dt, ticker, period_minutes, event_at order by received_at, page_id, position
    ) = 1
)

select
    -- ids
    ticker,
    period_minutes,
    -- quotes and trades of the period
    yes_bid_open,
    yes_bid_high,
    yes_bid_low,
    yes_bid_close,
    yes_ask_open,
    yes_ask_high,
    yes_ask_low,
    yes_ask_close,
    price_open,
    price_high,
    price_low,
    price_close,
    size,
    open_interest,
    -- times and lineage
    event_at,
    page_id,
    position,
    received_at,
    {{ known_at('price') }} as known_at,
    dt
from source
