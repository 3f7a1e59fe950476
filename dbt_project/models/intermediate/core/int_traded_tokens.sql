{{ config(materialized='table', meta={'parts': 'closed_in'}) }}

-- depends_on: {{ ref('int_market_lives') }}
-- What the fills themselves say about the tokens of a market: the only trace of one the lists never
-- showed.
with days as (
    select * from {{ ref('int_token_days') }}
)

select
    token_id,
    condition_id,
    arg_max(outcome, last_fill_at) as outcome,
    arg_max(outcome_index, last_fill_at) as outcome_index,
    arg_max(title, last_fill_at) as title,
    arg_max(slug, last_fill_at) as slug,
    arg_max(event_slug, last_fill_at) as event_slug,
    min(first_fill_at) as first_fill_at,
    max(last_fill_at) as last_fill_at,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at
from days
group by token_id, condition_id
