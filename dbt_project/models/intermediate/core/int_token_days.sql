{{ config(materialized='table', partitioned_by=['dt'], meta={'parts': 'dt'}) }}

-- What a day's fills say of each token: all that is asked of the whole past is asked of these few rows.
with fills as (
    select * from {{ ref('int_fills') }}
)

select
    dt,
    token_id,
    condition_id,
    -- the newest word of the day
    arg_max(outcome, event_at) as outcome,
    arg_max(outcome_index, event_at) as outcome_index,
    arg_max(title, event_at) as title,
    arg_max(slug, event_at) as slug,
    arg_max(event_slug, event_at) as event_slug,
    -- the takers' list
    cast(sum({{ worth_of('size', 'price') }}) filter (where taker_only) as decimal(38, 12)) as taken_usd,
    min(known_at) filter (where taker_only) as first_taken_known_at,
    max(known_at) filter (where taker_only) as last_taken_known_at,
    -- times
    min(event_at) as first_fill_at,
    max(event_at) as last_fill_at,
    min(received_at) as first_seen_at,
    max(received_at) as last_seen_at
from fills
group by dt, token_id, condition_id
