{{ config(materialized='table', partitioned_by=['dt'], meta={'parts': 'dt'}) }}

-- What a day's fills say of each wallet.
with fills as (
    select * from {{ ref('int_fills') }}
)

select
    dt,
    wallet,
    arg_max(name, event_at) as name,
    arg_max(pseudonym, event_at) as pseudonym,
    count(*) filter (where not taker_only) as fills,
    count(*) filter (where taker_only) as taker_fills,
    min(event_at) as first_fill_at,
    max(event_at) as last_fill_at,
    min(received_at) as first_seen_at
from fills
group by dt, wallet
