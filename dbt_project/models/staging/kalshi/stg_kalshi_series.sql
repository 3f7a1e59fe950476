with source as (
    select * from {{ source('raw', 'kalshi_series') }}
    qualify row_number() over (
        partition by dt, series_ticker, received_at, payload_sha256 order by page_id, position
    ) = 1
),

parsed as (
    select
        *,
        from_json(payload, {{ kalshi_series_shape() }}) as series
    from source
)

select
    -- ids
    series_ticker,
    series.title,
    nullif(series.category, '') as category,
    [lower(tag) for tag in series.tags] as tags,
    nullif(series.frequency, '') as frequency,
    -- fees
    nullif(series.fee_type, '') as fee_type,
    {{ decimal_of('series.fee_multiplier') }} as fee_multiplier,
    -- rules
    [place.url for place in series.settlement_sources] as settlement_sources,
    nullif(series.contract_url, '') as contract_url,
    nullif(series.contract_terms_url, '') as contract_terms_url,
    -- times and lineage
    {{ kalshi_time_of('series.last_updated_ts') }} as updated_at,
    payload_sha256,
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from parsed
