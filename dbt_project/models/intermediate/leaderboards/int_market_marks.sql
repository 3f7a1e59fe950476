{{ config(materialized='table', meta={'parts': 'closed_in'}) }}

-- depends_on: {{ ref('int_market_lives') }} {{ ref('int_price_days') }} {{ ref('int_traded_tokens') }}
-- What a YES share of each market was worth at the end of each day: its payout once there is one,
-- else the last price of a fill or of the price history up to then. Without gaps from the first price
-- to the result or to today.
with fills as (
    select * from {{ ref('int_day_closes') }}
),

points as (
    select * from {{ ref('fct_prices') }}
    where not is_after_close and yes_price is not null
),

resolutions as (
    select * from {{ ref('fct_resolutions') }}
),

tokens as (
    select * from {{ ref('dim_market_token') }}
),

payouts as (
    select
        resolutions.condition_id,
        max(case when tokens.is_yes then resolutions.payout end) as yes_payout,
        max({{ utc_date('resolutions.known_at') }}) as resolved_on
    from resolutions
    inner join tokens on resolutions.token_id = tokens.token_id
    where resolutions.payout is not null
    group by resolutions.condition_id
),

prices as (
    select condition_id, dt, event_at, yes_price, '1' as preference, 'fill' as mark_source from fills
    union all
    select
        condition_id,
        dt,
        event_at,
        yes_price,
        '2' || token_id as preference,
        'price_history' as mark_source
    from points
),

closes as (
    select
        condition_id,
        dt,
        arg_max(yes_price, (event_at, preference)) as yes_price,
        arg_max(mark_source, (event_at, preference)) as mark_source
    from prices
    group by condition_id, dt
),

lives as (
    select
        closes.condition_id,
        min(closes.dt) as first_day,
        greatest(
            max(closes.dt), coalesce(any_value(payouts.resolved_on), {{ utc_date(now_utc()) }})
        ) as last_day,
        any_value(payouts.yes_payout) as yes_payout,
        any_value(payouts.resolved_on) as resolved_on
    from closes
    left join payouts on closes.condition_id = payouts.condition_id
    group by closes.condition_id
),

days as (
    select
        *,
        cast(unnest(generate_series(first_day, last_day, interval '1 day')) as date) as dt
    from lives
),

marked as (
    select
        days.condition_id,
        days.dt,
        days.first_day as first_dt,
        case when days.dt >= days.resolved_on then days.yes_payout else closes.yes_price end as yes_mark,
        case when days.dt >= days.resolved_on then 'payout' else closes.mark_source end as mark_source,
        coalesce(days.dt >= days.resolved_on, false) as is_resolved
    from days
    asof left join closes on days.condition_id = closes.condition_id and days.dt >= closes.dt
)

select
    condition_id,
    dt,
    yes_mark,
    lag(yes_mark) over (partition by condition_id order by dt) as yes_mark_before,
    mark_source,
    is_resolved,
    first_dt
from marked
