{{ config(partitioned_by=['dt'], meta={'partitions': 'daily'}) }}

with points as (
    select * from {{ ref('stg_clob_prices') }}
),

tokens as (
    select * from {{ ref('dim_market_token') }}
),

markets as (
    select * from {{ ref('dim_market') }}
)

select
    -- ids
    points.token_id,
    tokens.condition_id,
    tokens.is_yes,
    -- the point
    points.price,
    {{ yes_price('points.price', 'tokens.is_yes') }} as yes_price,
    points.fidelity_minutes,
    -- the settlement that the venue appends to a closed market's history is no market price
    coalesce(points.event_at >= markets.closed_at, false) as is_after_close,
    -- times and lineage
    points.event_at,
    points.page_id,
    points.position,
    points.received_at,
    points.known_at,
    points.dt
from points
left join tokens on points.token_id = tokens.token_id
left join markets on tokens.condition_id = markets.condition_id
