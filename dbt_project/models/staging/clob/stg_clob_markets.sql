with source as (
    select * from {{ source('raw', 'clob_markets') }}
    qualify row_number() over (
        partition by dt, condition_id, received_at, payload_sha256 order by page_id, position
    ) = 1
)

-- The venue leaves out a key whose value is false, 0 or empty: a missing flag is false, not unknown.
select
    -- ids
    condition_id,
    {{ list_of("payload -> '$.t[*].t'") }} as token_ids,
    {{ list_of("payload -> '$.t[*].o'") }} as outcomes,
    -- trading terms
    {{ decimal_of("payload ->> '$.mts'") }} as tick_size,
    {{ decimal_of("payload ->> '$.mos'") }} as min_order_size,
    coalesce({{ decimal_of("payload ->> '$.fd.r'") }}, 0) as fee_rate,
    coalesce({{ decimal_of("payload ->> '$.fd.e'") }}, 0) as fee_exponent,
    coalesce(cast(payload ->> '$.fd.to' as boolean), false) as is_fee_taker_only,
    coalesce(cast(payload ->> '$.nr' as boolean), false) as neg_risk,
    coalesce(cast(payload ->> '$.ao' as boolean), false) as is_accepting_orders,
    -- delays before a taker's order is matched
    coalesce(cast(payload ->> '$.itode' as boolean), false) as has_taker_delay,
    coalesce({{ decimal_of("payload ->> '$.sd'") }}, 0) as sports_delay_s,
    coalesce(cast(payload ->> '$.cbos' as boolean), false) as is_book_cleared_at_start,
    -- times
    {{ timestamp_of("payload ->> '$.aot'") }} as accepting_orders_since_at,
    {{ timestamp_of("payload ->> '$.gst'") }} as game_start_at,
    -- lineage
    payload_sha256,
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from source
