{{ config(materialized='ephemeral') }}

with moments as (
    select * from {{ ref('int_snapshot_moments') }}
),

-- Prints of the moments' days and of those before, to which a window of one hour may reach back and
-- which are known the next day at the latest.
days as (
    select distinct unnest([dt, dt - 1]) as dt from moments
),

trades as (
    select
        *,
        {{ hour_number('event_at') }} as hour_number,
        {{ utc_date('known_at') }} as known_on,
        {{ is_whale() }} as is_whale,
        case yes_side when 'BUY' then 1 else -1 end as direction
    from {{ ref('fct_trades') }}
    where {{ is_print() }} and dt in (select days.dt from days)
),

minutes as (
    select
        condition_id,
        yes_price,
        event_at,
        known_at,
        {{ hour_number('event_at') }} as hour_number
    from {{ ref('fct_prices') }}
    where is_yes and fidelity_minutes = 1 and not is_after_close and dt in (select days.dt from days)
),

coverage as (
    select * from {{ ref('int_trade_coverage') }}
),

-- The collected stretch that began before the window and reached the moment, up to the lag with
-- which fills arrive; without one the window's counts would be too small, so they are unknown.
covered as (
    select
        moments.*,
        coalesce(
            coverage.covered_to
            >= moments.as_of - to_seconds(cast({{ var('trades_max_lag_s') }} as double)),
            false
        ) as trades_ok
    from moments
    asof left join coverage on moments.as_of - interval '1 hour' >= coverage.covered_from
),

-- A window of one hour touches two whole hours; joining on them keeps the time range narrow.
hours as (
    select
        feature_snapshot_key,
        condition_id,
        as_of,
        unnest([{{ hour_number('as_of') }}, {{ hour_number('as_of') }} - 1]) as hour_number
    from covered
    where trades_ok
),

windows as (
    select
        hours.feature_snapshot_key,
        count(*) as trade_count,
        count(*) filter (where trades.yes_side = 'BUY') as buy_count,
        count(*) filter (where trades.yes_side = 'SELL') as sell_count,
        sum(trades.yes_notional_usd) as volume,
        sum(trades.yes_notional_usd) filter (where trades.yes_side = 'BUY') as buy_volume,
        sum(trades.yes_notional_usd) filter (where trades.yes_side = 'SELL') as sell_volume,
        sum(trades.size) as shares,
        max(trades.yes_notional_usd) as max_trade_size,
        count(*) filter (where trades.is_whale) as whale_count,
        sum(trades.notional_usd) filter (where trades.is_whale) as whale_volume,
        sum(trades.direction * trades.notional_usd) filter (where trades.is_whale) as whale_net_flow
    from hours
    inner join trades
        on hours.condition_id = trades.condition_id and hours.hour_number = trades.hour_number
    where
        trades.event_at > hours.as_of - interval '1 hour'
        and trades.event_at <= hours.as_of
        and trades.known_at <= hours.as_of
    group by hours.feature_snapshot_key
),

-- Newest print and newest whale among those known at a time: of the day's own, and of all days before.
newest as (
    select
        condition_id,
        known_on,
        known_at,
        max(event_at) over running as last_trade_at,
        max(case when is_whale then event_at end) over running as last_whale_at
    from trades
    window running as (partition by condition_id, known_on order by known_at)
),

last_prints as (
    select * from {{ ref('int_last_prints') }}
),

at_last_day as (
    select
        covered.*,
        last_prints.last_trade_at as earlier_trade_at,
        last_prints.last_whale_at as earlier_whale_at
    from covered
    asof left join last_prints
        on covered.condition_id = last_prints.condition_id and covered.dt > last_prints.known_on
),

at_newest as (
    select
        at_last_day.*,
        greatest(newest.last_trade_at, at_last_day.earlier_trade_at) as last_trade_at,
        greatest(newest.last_whale_at, at_last_day.earlier_whale_at) as last_whale_at
    from at_last_day
    asof left join newest
        on
            at_last_day.condition_id = newest.condition_id
            and at_last_day.dt = newest.known_on
            and at_last_day.as_of >= newest.known_at
),

-- Midpoints of whole minutes within the hour, as log odds, and the step from one to the next.
minute_steps as (
    select
        hours.feature_snapshot_key,
        minutes.event_at,
        {{ logit('minutes.yes_price', var('least_tick')) }} as log_odds
    from hours
    inner join minutes
        on hours.condition_id = minutes.condition_id and hours.hour_number = minutes.hour_number
    where
        minutes.event_at > hours.as_of - interval '1 hour'
        and minutes.event_at <= hours.as_of
        and minutes.known_at <= hours.as_of
),

steps as (
    select
        feature_snapshot_key,
        log_odds
        - lag(log_odds) over (partition by feature_snapshot_key order by event_at) as step
    from minute_steps
),

volatility as (
    select
        feature_snapshot_key,
        sqrt(sum(step * step)) as realized_vol
    from steps
    group by feature_snapshot_key
    having count(*) >= 10
)

select
    at_newest.feature_snapshot_key,
    at_newest.trades_ok,
    {{ seconds_between('at_newest.last_trade_at', 'at_newest.as_of') }} as trades_age_s,
    -- features 34-50; counts and sums are 0 only where the window is covered
    {%- for name in ['trade_count', 'buy_count', 'sell_count'] %}
    case when trades_ok then cast(coalesce(windows.{{ name }}, 0) as integer) end as {{ name }}_1h,
    {%- endfor %}
    {%- for name in ['volume', 'buy_volume', 'sell_volume', 'whale_volume', 'whale_net_flow'] %}
    case
        when trades_ok then cast(coalesce(windows.{{ name }}, 0) as decimal(18, 6))
    end as {{ name }}_1h,
    {%- endfor %}
    case when trades_ok then cast(coalesce(windows.whale_count, 0) as integer) end as whale_count_1h,
    cast(windows.volume / nullif(windows.shares, 0) as decimal(18, 6)) as vwap_1h,
    cast(windows.volume / windows.trade_count as decimal(18, 6)) as avg_trade_size_1h,
    windows.max_trade_size as max_trade_size_1h,
    case
        when trades_ok then {{ seconds_between('at_newest.last_whale_at', 'at_newest.as_of') }}
    end as time_since_whale,
    case
        when trades_ok then {{ seconds_between('at_newest.last_trade_at', 'at_newest.as_of') }}
    end as time_since_last_trade,
    volatility.realized_vol as realized_vol_1h
from at_newest
left join windows on at_newest.feature_snapshot_key = windows.feature_snapshot_key
left join volatility on at_newest.feature_snapshot_key = volatility.feature_snapshot_key
