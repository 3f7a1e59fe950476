{{ config(materialized='view') }}

-- Since when each market was observed live: its first book, or the first version in which it was open.
with books as (
    select
        coalesce(tokens.condition_id, days.condition_id) as condition_id,
        days.first_received_at as seen_at
    from {{ ref('int_book_days') }} as days
    left join {{ ref('dim_market_token') }} as tokens on days.token_id = tokens.token_id
),

versions as (
    select
        condition_id,
        received_at as seen_at
    from {{ ref('int_market_versions') }}
    where condition_id is not null and is_binary and not is_closed
),

seen as (
    select * from books
    union all
    select * from versions
)

select
    condition_id,
    min(seen_at) as live_from
from seen
group by condition_id
