{{ config(materialized='table', partitioned_by=['month'], meta={'parts': 'month'}) }}

-- The days of a wallet's month together: what is asked of its whole time is asked of these.
with days as (
    select
        *,
        {{ month_of('dt') }} as month
    from {{ ref('int_wallet_days') }}
)

select
    month,
    wallet,
    -- the newest word of the month
    arg_max(name, dt) as name,
    max(dt) filter (where name is not null) as named_on,
    arg_max(pseudonym, dt) as pseudonym,
    max(dt) filter (where pseudonym is not null) as pseudonym_on,
    cast(sum(fills) as bigint) as fills,
    cast(sum(taker_fills) as bigint) as taker_fills,
    min(first_fill_at) as first_fill_at,
    max(last_fill_at) as last_fill_at,
    min(first_seen_at) as first_seen_at
from days
group by month, wallet
