with source as (
    select * from {{ source('raw', 'kalshi_events') }}
    qualify row_number() over (
        partition by dt, event_ticker, received_at, payload_sha256 order by page_id, position
    ) = 1
),

parsed as (
    select
        *,
        from_json(payload, {{ kalshi_event_shape() }}) as event
    from source
)

select
    -- ids
    event_ticker,
    series_ticker,
    event.title,
    nullif(event.sub_title, '') as sub_title,
    nullif(event.category, '') as category,
    -- what its markets have to do with each other
    event.mutually_exclusive as is_mutually_exclusive,
    nullif(event.collateral_return_type, '') as collateral_return_type,
    -- times
    {{ kalshi_time_of('event.strike_date') }} as strike_at,
    nullif(event.strike_period, '') as strike_period,
    {{ kalshi_time_of('event.last_updated_ts') }} as updated_at,
    -- lineage
    payload_sha256,
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from parsed
