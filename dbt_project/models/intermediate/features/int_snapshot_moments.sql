{{ config(
    materialized='table',
    partitioned_by=['dt'],
    meta={'parts': 'dt'},
    post_hook="{{ moments_at_ddl() }}"
) }}

-- depends_on: {{ ref('int_token_days') }} {{ ref('int_price_days') }} {{ ref('int_book_days') }}
-- depends_on: {{ ref('dim_market_token') }} {{ ref('int_market_versions') }}
with versions as (
    select * from {{ ref('market_versions') }}
    where condition_id is not null and is_binary
),

markets as (
    select * from {{ ref('dim_market') }}
    where is_binary
),

books as (
    select * from {{ ref('fct_books') }}
),

trades as (
    select * from {{ ref('fct_trades') }}
),

prices as (
    select * from {{ ref('fct_prices') }}
    where not is_after_close
),

first_live as (
    select * from {{ ref('int_first_seen_live') }}
),

-- Live: a book was received, or a changed version of an open market.
live as (
    select condition_id, received_at as as_of from books
    union
    select condition_id, received_at as as_of from versions
    where not is_closed
),

-- Backfill: hours with fills or prices before the market was observed live. A fill that was known only
-- after its hour makes no row: at that moment nobody could tell that there would be one.
active_hours as (
    select condition_id, {{ hour_number('event_at') }} as hour_number, known_at from trades
    union
    select condition_id, {{ hour_number('event_at') }} as hour_number, known_at from prices
),

hours as (
    select distinct
        condition_id,
        make_timestamptz((hour_number + 1) * 3600000000) as as_of
    from active_hours
    where known_at <= make_timestamptz((hour_number + 1) * 3600000000)
),

backfill as (
    select hours.*
    from hours
    left join first_live on hours.condition_id = first_live.condition_id
    where first_live.live_from is null or hours.as_of < first_live.live_from
),

moments as (
    select condition_id, as_of, 'live' as as_of_kind from live
    union all
    select condition_id, as_of, 'backfill' as as_of_kind from backfill
)

{{ snapshot_moments('moments', 'markets') }}
where moments.as_of <= {{ now_utc() }}
