{{ config(materialized='ephemeral') }}

with moments as (
    select * from {{ ref('int_snapshot_moments') }}
),

-- One of the day before may still be fresh at midnight; an older one is none.
days as (
    select distinct unnest([dt, dt - 1]) as dt from moments
),

recent as (
    select * from {{ ref('fct_books') }}
    where dt in (select days.dt from days)
),

own_books as (
    select * from recent
    where not is_mirrored
),

-- Where both tokens' books came at once, YES's own is taken.
books as (
    select * from own_books
    union all
    select recent.* from recent
    anti join own_books
        on
            recent.condition_id = own_books.condition_id
            and recent.received_at = own_books.received_at
    where recent.is_mirrored
),

at_book as (
    select
        moments.feature_snapshot_key,
        moments.as_of,
        books.*
    from moments
    asof left join books
        on moments.condition_id = books.condition_id and moments.as_of >= books.known_at
),

aged as (
    select
        *,
        {{ seconds_between('received_at', 'as_of') }} as book_age_s
    from at_book
    where book_id is not null
),

judged as (
    select
        *,
        is_usable and book_age_s <= {{ var('book_max_age_s') }} as book_ok
    from aged
)

select
    -- ids
    feature_snapshot_key,
    book_id,
    received_at as book_received_at,
    book_age_s,
    book_ok,
    -- touch, for prices and strategies
    tick_size as book_tick_size,
    min_order_size as book_min_order_size,
    {%- for name in ['best_bid', 'best_bid_size', 'best_ask', 'best_ask_size'] %}
    case when book_ok then {{ name }} end as book_{{ name }},
    {%- endfor %}
    case when book_ok then mid_price end as book_mid_price,
    -- features 19-33, null as a group when the book is old or not usable
    {%- for name in [
        'bid_depth_5', 'bid_depth_10', 'bid_depth_20', 'bid_depth_50',
        'ask_depth_5', 'ask_depth_10', 'ask_depth_20', 'ask_depth_50',
        'bid_levels', 'ask_levels', 'book_imbalance',
        'bid_wall_price', 'bid_wall_size', 'ask_wall_price', 'ask_wall_size'
    ] %}
    case when book_ok then {{ name }} end as {{ name }},
    {%- endfor %}
    -- feature 55
    case when book_ok then microprice end as microprice
from judged
