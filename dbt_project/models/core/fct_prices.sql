{{ config(partitioned_by=['dt'], meta={'partitions': 'daily', 'parts': 'dt'}) }}

-- depends_on: {{ ref('int_price_days') }}
with points as (
    select * from {{ ref('stg_clob_prices') }}
    where {{ is_known() }}
),

tokens as (
    select * from {{ ref('dim_market_token') }}
),

closings as (
    {{ first_closings() }}
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
    coalesce(points.event_at >= closings.closed_at, false) as is_after_close,
    -- times and lineage
    points.event_at,
    points.page_id,
    points.position,
    points.received_at,
    points.known_at,
    points.dt
from points
left join tokens on points.token_id = tokens.token_id
left join closings on tokens.condition_id = closings.condition_id
