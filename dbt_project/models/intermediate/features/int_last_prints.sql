{{ config(materialized='table', meta={'parts': 'closed_in'}) }}

-- depends_on: {{ ref('int_market_lives') }}
-- Of each market and day on which prints of it became known: when the newest print and the newest whale
-- known by the day's end had happened.
with days as (
    select
        condition_id,
        known_on,
        max(last_trade_at) as last_trade_at,
        max(last_whale_at) as last_whale_at
    from {{ ref('int_print_days') }}
    group by condition_id, known_on
)

select
    condition_id,
    known_on,
    max(last_trade_at) over running as last_trade_at,
    max(last_whale_at) over running as last_whale_at
from days
window running as (partition by condition_id order by known_on)
