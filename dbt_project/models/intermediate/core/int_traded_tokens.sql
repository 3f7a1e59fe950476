{{ config(materialized='table') }}

-- What the fills themselves say about tokens: the only trace of a market the lists never showed.
with fills as (
    select * from {{ ref('int_fills') }}
)

select
    token_id,
    arg_max(condition_id, event_at) as condition_id,
    arg_max(outcome, event_at) as outcome,
    arg_max(outcome_index, event_at) as outcome_index,
    arg_max(title, event_at) as title,
    arg_max(slug, event_at) as slug,
    arg_max(event_slug, event_at) as event_slug,
    min(event_at) as first_fill_at,
    max(event_at) as last_fill_at,
    min(received_at) as first_seen_at,
    max(received_at) as last_seen_at
from fills
group by token_id
