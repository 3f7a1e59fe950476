with source as (
    select * from {{ source('raw', 'gamma_events') }}
    qualify row_number() over (
        partition by dt, event_id, received_at, payload_sha256 order by page_id, position
    ) = 1
),

parsed as (
    select
        *,
        from_json(payload, {{ gamma_event_shape() }}) as event
    from source
)

select
    -- ids
    event_id,
    event.slug,
    event.title,
    event.seriesSlug as series_slug,
    coalesce(event.marketIds, []) as market_ids,
    -- topic
    list_distinct([lower(trim(tag.slug)) for tag in coalesce(event.tags, []) if tag.slug is not null])
        as tags,
    event.category as category_raw,
    -- state
    event.active as is_active,
    event.closed as is_closed,
    coalesce(event.negRisk, event.enableNegRisk) as neg_risk,
    event.negRiskAugmented as neg_risk_augmented,
    nullif(event.negRiskMarketID, '') as neg_risk_market_id,
    -- numbers
    {{ decimal_of('event.volume') }} as volume_usd,
    {{ decimal_of('event.liquidity') }} as liquidity_usd,
    {{ decimal_of('event.openInterest') }} as open_interest_usd,
    try_cast(event.competitive as double) as competitive,
    -- times
    {{ timestamp_of('event.createdAt') }} as created_at,
    {{ timestamp_of('event.startDate') }} as start_at,
    {{ timestamp_of('event.endDate') }} as end_at,
    {{ timestamp_of('event.closedTime') }} as closed_at,
    -- lineage
    payload_sha256,
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from parsed
