{{ config(
    materialized='table',
    partitioned_by=['dt'],
    meta={'parts': 'dt', 'is_wide': true},
    post_hook="{{ quotes_at_ddl(compiled_code) }}"
) }}

-- depends_on: {{ ref('market_versions') }} {{ ref('int_event_versions') }} {{ ref('stg_gamma_walks') }}
-- depends_on: {{ ref('category_fees') }} {{ ref('fct_books') }}
with moments as (
    select * from {{ ref('int_snapshot_moments') }}
),

gamma as (
    select * from {{ ref('int_snapshot_gamma') }}
),

books as (
    select * from {{ ref('int_snapshot_book') }}
),

points as (
    select
        condition_id,
        yes_price,
        event_at,
        known_at
    from {{ ref('fct_prices') }}
    where is_yes and not is_after_close
),

-- The venue's price history is the midpoint; only backfilled hours, which have no quotes, need it.
backfill_points as (
    select
        moments.feature_snapshot_key,
        points.yes_price as history_mid_price,
        {{ seconds_between('points.event_at', 'moments.as_of') }} as history_age_s
    from moments
    asof inner join points
        on moments.condition_id = points.condition_id and moments.as_of >= points.known_at
    where moments.as_of_kind = 'backfill'
),

joined as (
    select
        moments.*,
        gamma.* exclude (feature_snapshot_key, gamma_ok, event_ok, tick_size, min_order_size),
        books.* exclude (feature_snapshot_key, book_ok, book_tick_size, book_min_order_size),
        coalesce(gamma.gamma_ok, false) as gamma_ok,
        coalesce(gamma.event_ok, false) as event_ok,
        coalesce(books.book_ok, false) as book_ok,
        coalesce(books.book_tick_size, gamma.tick_size) as tick_size,
        coalesce(books.book_min_order_size, gamma.min_order_size) as min_order_size,
        cast((gamma.best_bid + gamma.best_ask) / 2 as decimal(18, 6)) as gamma_mid_price,
        case
            when backfill_points.history_age_s <= {{ var('history_max_age_s') }}
                then backfill_points.history_mid_price
        end as history_mid_price
    from moments
    left join gamma on moments.feature_snapshot_key = gamma.feature_snapshot_key
    left join books on moments.feature_snapshot_key = books.feature_snapshot_key
    left join backfill_points on moments.feature_snapshot_key = backfill_points.feature_snapshot_key
)

select
    *,
    coalesce(
        book_mid_price, case when not is_gamma_crossed then gamma_mid_price end, history_mid_price
    ) as mid_price,
    case
        when book_mid_price is not null then 'book'
        when gamma_mid_price is not null and not is_gamma_crossed then 'gamma'
        when history_mid_price is not null then 'history'
    end as mid_source
from joined
