{{ config(
    partitioned_by=['dt'],
    meta={'partitions': 'daily', 'parts': 'dt', 'is_wide': true},
    post_hook="{{ snapshots_at_ddl(compiled_code) }}"
) }}

-- depends_on: {{ ref('int_trade_coverage') }} {{ ref('int_snapshot_moments') }} {{ ref('fct_trades') }}
-- depends_on: {{ ref('fct_prices') }}
with quotes as (
    select * from {{ ref('int_snapshot_quotes') }}
),

trades as (
    select * from {{ ref('int_snapshot_trades') }}
),

event_sums as (
    select * from {{ ref('int_event_yes_sums') }}
),

-- The market's own mid an hour earlier: the latest snapshot that had one.
earlier as (
    select
        condition_id,
        as_of as earlier_as_of,
        mid_price as earlier_mid_price
    from quotes
    where mid_price is not null
),

timed as (
    select
        quotes.*,
        {{ seconds_between('quotes.as_of', 'quotes.end_at') }} / 3600 as hours_to_close,
        {{ seconds_between('quotes.created_at', 'quotes.as_of') }} / 3600 as market_age_h,
        {{ seconds_between('quotes.start_at', 'quotes.as_of') }}
        / nullif({{ seconds_between('quotes.start_at', 'quotes.end_at') }}, 0) as elapsed,
        case quotes.mid_source
            when 'book' then quotes.book_best_ask - quotes.book_best_bid
            when 'gamma' then quotes.spread
        end as mid_spread,
        coalesce(quotes.tick_size, {{ var('least_tick') }}) as clip,
        case
            when quotes.as_of - earlier.earlier_as_of <= interval '75 minutes'
                then earlier.earlier_mid_price
        end as earlier_mid_price
    from quotes
    asof left join earlier
        on
            quotes.condition_id = earlier.condition_id
            and quotes.as_of - interval '1 hour' >= earlier.earlier_as_of
),

joined as (
    select
        timed.*,
        trades.* exclude (feature_snapshot_key),
        event_sums.event_yes_sum,
        {{ tier_of('timed.hours_to_close') }} as tier
    from timed
    left join trades on timed.feature_snapshot_key = trades.feature_snapshot_key
    left join event_sums
        on timed.neg_risk and timed.event_id = event_sums.event_id and timed.as_of = event_sums.as_of
)

select
    -- keys
    feature_snapshot_key,
    condition_id,
    as_of,
    as_of_kind,
    event_id,
    yes_token_id,
    no_token_id,
    tier,
    -- 1-18 Gamma
    price,
    best_bid,
    best_ask,
    cast(spread as decimal(18, 6)) as spread,
    last_trade_price,
    price_change_1d,
    price_change_1w,
    price_change_1m,
    volume_total,
    volume_24h,
    volume_1w,
    liquidity,
    category,
    neg_risk,
    competitive,
    price_change_1h,
    volume_1m,
    open_interest,
    -- 19-33 book
    bid_depth_5,
    bid_depth_10,
    bid_depth_20,
    bid_depth_50,
    ask_depth_5,
    ask_depth_10,
    ask_depth_20,
    ask_depth_50,
    bid_levels,
    ask_levels,
    book_imbalance,
    bid_wall_price,
    bid_wall_size,
    ask_wall_price,
    ask_wall_size,
    -- 34-50 trades
    trade_count_1h,
    buy_count_1h,
    sell_count_1h,
    volume_1h,
    vwap_1h,
    whale_count_1h,
    whale_volume_1h,
    whale_net_flow_1h,
    time_since_whale,
    buy_volume_1h,
    sell_volume_1h,
    cast(buy_volume_1h - sell_volume_1h as decimal(18, 6)) as net_flow_1h,
    avg_trade_size_1h,
    max_trade_size_1h,
    time_since_last_trade,
    -- book updates are counted by the stream's collector; snapshots can not tell them
    cast(null as integer) as book_update_count_1h,
    realized_vol_1h,
    -- 51-65 context
    cast(hours_to_close as double) as hours_to_close,
    cast(isodow(as_of at time zone 'UTC') - 1 as integer) as day_of_week,
    cast(hour(as_of at time zone 'UTC') as integer) as hour_of_day,
    mid_price,
    microprice,
    cast(mid_spread / nullif(mid_price, 0) as double) as spread_rel,
    cast({{ logit('mid_price', 'clip') }} as double) as logit_mid,
    {{ entropy('mid_price') }} as outcome_entropy,
    cast(mid_price - vwap_1h as decimal(18, 6)) as vwap_gap_1h,
    cast((buy_volume_1h - sell_volume_1h) / nullif(volume_1h, 0) as double) as trade_imbalance_1h,
    cast(volume_24h / nullif(liquidity, 0) as double) as turnover_24h,
    cast(mid_price - earlier_mid_price as decimal(18, 6)) as mid_change_1h,
    event_yes_sum,
    cast(market_age_h as double) as market_age_h,
    cast(case when end_at > start_at then least(greatest(elapsed, 0), 1.5) end as double)
        as life_elapsed_frac,
    -- quality of the groups
    gamma_age_s,
    gamma_ok,
    event_age_s,
    event_ok,
    book_age_s,
    book_ok,
    trades_age_s,
    trades_ok,
    mid_source,
    is_gamma_crossed,
    category_raw,
    -- the book and the terms at that moment, for strategies
    book_id,
    book_best_bid,
    book_best_bid_size,
    book_best_ask,
    book_best_ask_size,
    is_accepting_orders,
    is_order_book_enabled,
    is_neg_risk_other,
    uma_resolution_status,
    tick_size,
    min_order_size,
    fee_rate,
    fee_exponent,
    fee_source,
    end_at,
    {{ var('schema_version') }} as schema_version,
    dt
from joined
