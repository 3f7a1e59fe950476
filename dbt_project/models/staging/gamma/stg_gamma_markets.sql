with source as (
    select * from {{ source('raw', 'gamma_markets') }}
    qualify row_number() over (
        partition by dt, market_id, received_at, payload_sha256 order by page_id, position
    ) = 1
),

parsed as (
    select
        *,
        from_json(payload, {{ gamma_market_shape() }}) as market
    from source
)

select
    -- ids
    market_id,
    condition_id,
    market.eventIds[1] as event_id,
    market.slug,
    market.question,
    market.description,
    nullif(market.resolutionSource, '') as resolution_source,
    nullif(lower(market.marketMakerAddress), '') as market_maker_address,
    market.category as category_raw,
    -- outcomes: JSON arrays inside texts, in the venue's order
    {{ list_of('market.outcomes') }} as outcomes,
    {{ list_of('market.clobTokenIds') }} as token_ids,
    [{{ decimal_of('price') }} for price in {{ list_of('market.outcomePrices') }}] as outcome_prices,
    -- state
    market.active as is_active,
    market.closed as is_closed,
    market.acceptingOrders as is_accepting_orders,
    market.enableOrderBook as is_order_book_enabled,
    market.negRisk as neg_risk,
    market.negRiskOther as is_neg_risk_other,
    nullif(market.negRiskMarketID, '') as neg_risk_market_id,
    nullif(market.umaResolutionStatus, '') as uma_resolution_status,
    -- trading terms
    {{ decimal_of('market.orderPriceMinTickSize') }} as tick_size,
    {{ decimal_of('market.orderMinSize') }} as min_order_size,
    market.feesEnabled as is_fee_enabled,
    market.feeType as fee_type,
    {{ decimal_of('market.feeSchedule.rate') }} as fee_rate,
    {{ decimal_of('market.feeSchedule.exponent') }} as fee_exponent,
    -- numbers, of the first outcome where they are prices
    coalesce({{ decimal_of('market.volumeNum') }}, {{ decimal_of('market.volume') }}) as volume_usd,
    {{ decimal_of('market.volume24hr') }} as volume_24h_usd,
    {{ decimal_of('market.volume1wk') }} as volume_1w_usd,
    {{ decimal_of('market.volume1mo') }} as volume_1m_usd,
    coalesce({{ decimal_of('market.liquidityNum') }}, {{ decimal_of('market.liquidity') }})
        as liquidity_usd,
    {{ decimal_of('market.bestBid') }} as best_bid,
    {{ decimal_of('market.bestAsk') }} as best_ask,
    {{ decimal_of('market.lastTradePrice') }} as last_trade_price,
    {{ decimal_of('market.oneHourPriceChange') }} as price_change_1h,
    {{ decimal_of('market.oneDayPriceChange') }} as price_change_1d,
    {{ decimal_of('market.oneWeekPriceChange') }} as price_change_1w,
    {{ decimal_of('market.oneMonthPriceChange') }} as price_change_1m,
    -- times
    {{ timestamp_of('market.createdAt') }} as created_at,
    {{ timestamp_of('market.startDate') }} as start_at,
    {{ timestamp_of('market.endDate') }} as end_at,
    {{ timestamp_of('market.closedTime') }} as closed_at,
    {{ timestamp_of('market.updatedAt') }} as updated_at,
    {{ timestamp_of('market.gameStartTime') }} as game_start_at,
    -- lineage
    payload_sha256,
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from parsed
