with source as (
    select * from {{ source('raw', 'kalshi_markets') }}
    qualify row_number() over (
        partition by dt, ticker, received_at, payload_sha256 order by page_id, position
    ) = 1
),

parsed as (
    select
        *,
        from_json(payload, {{ kalshi_market_shape() }}) as market
    from source
)

select
    -- ids
    ticker,
    event_ticker,
    -- words
    market.title,
    nullif(market.subtitle, '') as subtitle,
    nullif(market.yes_sub_title, '') as yes_sub_title,
    nullif(market.no_sub_title, '') as no_sub_title,
    nullif(market.rules_primary, '') as rules_primary,
    nullif(market.rules_secondary, '') as rules_secondary,
    nullif(market.early_close_condition, '') as early_close_condition,
    -- what is measured
    nullif(market.market_type, '') as market_type,
    nullif(market.strike_type, '') as strike_type,
    {{ decimal_of('market.floor_strike') }} as floor_strike,
    {{ decimal_of('market.cap_strike') }} as cap_strike,
    market.custom_strike,
    -- state: the venue's word, which is not that of its filters
    status,
    status = 'active' as is_open,
    status in ('finalized', 'settled') as is_final,
    market.can_close_early,
    nullif(market.result, '') as result,
    nullif(market.expiration_value, '') as expiration_value,
    case
        when nullif(market.result, '') is not null then coalesce(
            {{ decimal_of('market.settlement_value_dollars') }},
            cast(case market.result when 'yes' then 1 when 'no' then 0 end as decimal(18, 6))
        )
    end as settlement_price,
    -- quotes of YES, dollars; the venue writes 0 for no bid, 0 or 1 for no ask and 0 for no trade
    nullif({{ decimal_of('market.yes_bid_dollars') }}, 0) as yes_bid,
    case
        when {{ decimal_of('market.yes_ask_dollars') }} not in (0, 1)
            then {{ decimal_of('market.yes_ask_dollars') }}
    end as yes_ask,
    nullif({{ decimal_of('market.last_price_dollars') }}, 0) as last_price,
    -- numbers, contracts
    {{ decimal_of('market.volume_fp') }} as volume,
    {{ decimal_of('market.volume_24h_fp') }} as volume_24h,
    {{ decimal_of('market.open_interest_fp') }} as open_interest,
    {{ decimal_of('market.notional_value_dollars') }} as notional_value_usd,
    -- trading terms
    nullif(market.price_level_structure, '') as price_level_structure,
    list_min([{{ decimal_of('level.step') }} for level in market.price_ranges]) as least_tick_size,
    -- times
    {{ kalshi_time_of('market.created_time') }} as created_at,
    {{ kalshi_time_of('market.open_time') }} as open_at,
    {{ kalshi_time_of('market.close_time') }} as close_at,
    {{ kalshi_time_of('market.expected_expiration_time') }} as expected_expiration_at,
    coalesce(
        {{ kalshi_time_of('market.latest_expiration_time') }},
        {{ kalshi_time_of('market.expiration_time') }}
    ) as latest_expiration_at,
    {{ kalshi_time_of('market.settlement_ts') }} as settled_at,
    {{ kalshi_time_of('market.updated_time') }} as updated_at,
    -- lineage
    payload_sha256,
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from parsed
