{{ config(materialized='ephemeral') }}

with moments as (
    select * from {{ ref('int_snapshot_moments') }}
),

versions as (
    select * from {{ ref('market_versions') }}
    where condition_id is not null
),

events as (
    select * from {{ ref('int_event_versions') }}
),

walks as (
    select * from {{ ref('stg_gamma_walks') }}
),

market_walks as (
    select * from walks
    where source = 'gamma_markets'
),

event_walks as (
    select * from walks
    where source = 'gamma_events'
),

fees as (
    select * from {{ ref('category_fees') }}
),

-- The version known at the moment, and the last complete walk that proved nothing had changed since.
at_market as (
    select
        moments.feature_snapshot_key,
        moments.as_of,
        moments.created_at as first_created_at,
        versions.*
    from moments
    asof left join versions
        on moments.condition_id = versions.condition_id and moments.as_of >= versions.known_at
),

at_market_walk as (
    select
        at_market.*,
        market_walks.started_at as walk_started_at
    from at_market
    asof left join market_walks on at_market.as_of >= market_walks.known_at
),

at_event as (
    select
        at_market_walk.*,
        events.category as event_category,
        events.category_raw as event_category_raw,
        events.competitive,
        events.open_interest_usd,
        events.liquidity_usd as event_liquidity_usd,
        events.received_at as event_received_at
    from at_market_walk
    asof left join events
        on at_market_walk.event_id = events.event_id and at_market_walk.as_of >= events.known_at
),

at_event_walk as (
    select
        at_event.*,
        event_walks.started_at as event_walk_started_at
    from at_event
    asof left join event_walks on at_event.as_of >= event_walks.known_at
),

aged as (
    select
        * exclude (fee_rate, fee_exponent),
        fee_rate as own_fee_rate,
        fee_exponent as own_fee_exponent,
        {{ seconds_between('greatest(received_at, walk_started_at)', 'as_of') }} as gamma_age_s,
        {{ seconds_between('greatest(event_received_at, event_walk_started_at)', 'as_of') }}
            as event_age_s,
        {{ seconds_between('first_created_at', 'as_of') }} as market_age_s,
        coalesce(nullif(event_category, 'unknown'), own_category, 'unknown') as topic,
        {{ utc_date('as_of') }} as fee_date,
        {{ shown_bid('yes_best_bid') }} as bid,
        {{ shown_ask('yes_best_ask') }} as ask
    from at_event_walk
    where received_at is not null
),

-- A closed market's fields tell the answer: they are as unknown as outdated ones.
judged as (
    select
        *,
        gamma_age_s <= {{ var('gamma_max_age_s') }} and not is_closed as gamma_ok,
        coalesce(event_age_s <= {{ var('gamma_max_age_s') }}, false) as event_ok,
        {{ fee_category('fee_type', 'topic') }} as fee_category
    from aged
),

priced as (
    select
        judged.*,
        fees.rate as seed_rate,
        fees.exponent as seed_exponent
    from judged
    asof left join fees
        on judged.fee_category = fees.category and judged.fee_date >= fees.valid_from
)

select
    -- ids
    feature_snapshot_key,
    market_id,
    event_id,
    -- quality
    gamma_age_s,
    gamma_ok,
    event_age_s,
    event_ok,
    walk_started_at,
    coalesce(bid > ask, false) as is_gamma_crossed,
    -- features 1-18, null as a group when the market's version is outdated
    case when gamma_ok then yes_price end as price,
    case when gamma_ok then bid end as best_bid,
    case when gamma_ok then ask end as best_ask,
    case when gamma_ok and bid <= ask then ask - bid end as spread,
    case
        when gamma_ok and (yes_last_trade_price > 0 or volume_usd > 0) then yes_last_trade_price
    end as last_trade_price,
    case when gamma_ok and market_age_s >= 86400 then yes_price_change_1d end as price_change_1d,
    case when gamma_ok and market_age_s >= 604800 then yes_price_change_1w end as price_change_1w,
    case when gamma_ok and market_age_s >= 2592000 then yes_price_change_1m end as price_change_1m,
    case when gamma_ok then volume_usd end as volume_total,
    case when gamma_ok then volume_24h_usd end as volume_24h,
    case when gamma_ok then volume_1w_usd end as volume_1w,
    case when gamma_ok then liquidity_usd end as liquidity,
    case when gamma_ok then topic end as category,
    case when gamma_ok then coalesce(category_raw, event_category_raw) end as category_raw,
    case when gamma_ok then neg_risk end as neg_risk,
    case when gamma_ok and event_ok then competitive end as competitive,
    case when gamma_ok and market_age_s >= 3600 then yes_price_change_1h end as price_change_1h,
    case when gamma_ok then volume_1m_usd end as volume_1m,
    -- the venue shows 0 for "not computed" on events that do trade
    case
        when not gamma_ok or not event_ok then null
        when open_interest_usd = 0 and coalesce(event_liquidity_usd, liquidity_usd) > 0 then null
        else open_interest_usd
    end as open_interest,
    -- terms and state at that moment, for the rules of strategies
    is_accepting_orders,
    is_order_book_enabled,
    is_neg_risk_other,
    uma_resolution_status,
    tick_size,
    min_order_size,
    {{ fee_columns('priced') }},
    start_at,
    end_at
from priced
