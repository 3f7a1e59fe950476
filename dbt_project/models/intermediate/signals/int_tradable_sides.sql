{{ config(materialized='table') }}

-- Both sides of every market that could be traded now, at its newest live snapshot: the terms and the
-- book are known and fresh, nothing about its result is proposed, and the fee is known.
with snapshots as (
    select * from {{ ref('market_snapshots') }}
    where
        as_of_kind = 'live'
        and as_of > {{ now_utc() }} - to_seconds(cast({{ var('signal_life_s') }} as double))
        and as_of <= {{ now_utc() }}
),

markets as (
    select * from {{ ref('dim_market') }}
    where metadata_status = 'listed'
),

tokens as (
    select * from {{ ref('dim_market_token') }}
),

newest as (
    select * from snapshots
    qualify row_number() over (partition by condition_id order by as_of desc) = 1
),

alive as (
    select
        *,
        as_of - to_microseconds(cast(book_age_s * 1000000 as bigint)) as book_received_at
    from newest
    where
        gamma_ok
        and book_ok
        and is_accepting_orders
        and coalesce(is_order_book_enabled, true)
        and not coalesce(is_neg_risk_other, false)
        and uma_resolution_status is null
        and fee_source in ('market', 'category_seed')
),

-- Buying NO at 1 - bid is taking the YES bid: one book, seen from its two sides.
sides as (
    select
        *,
        true as is_yes,
        yes_token_id as token_id,
        book_best_bid as bid,
        book_best_bid_size as bid_size,
        book_best_ask as ask,
        book_best_ask_size as ask_size
    from alive
    union all
    select
        *,
        false as is_yes,
        no_token_id as token_id,
        1 - book_best_ask as bid,
        book_best_ask_size as bid_size,
        1 - book_best_bid as ask,
        book_best_bid_size as ask_size
    from alive
)

select
    -- ids
    sides.feature_snapshot_key,
    sides.condition_id,
    sides.event_id,
    sides.token_id,
    sides.is_yes,
    tokens.outcome,
    markets.question,
    -- the book from this side
    cast(sides.bid as decimal(18, 6)) as bid,
    sides.bid_size,
    cast(sides.ask as decimal(18, 6)) as ask,
    sides.ask_size,
    -- trading terms
    sides.tick_size,
    sides.min_order_size,
    sides.fee_rate,
    sides.fee_exponent,
    coalesce(sides.neg_risk, false) as neg_risk,
    {{ taker_fee('sides.ask', 'sides.fee_rate', 'sides.fee_exponent') }} as fee_at_ask,
    -- quality and times
    markets.trades_complete,
    sides.hours_to_close,
    sides.end_at,
    sides.book_received_at,
    sides.as_of
from sides
inner join markets on sides.condition_id = markets.condition_id
inner join tokens on sides.token_id = tokens.token_id
