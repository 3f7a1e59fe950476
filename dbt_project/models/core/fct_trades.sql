{{ config(partitioned_by=['dt'], meta={'partitions': 'daily', 'parts': 'dt'}) }}

-- depends_on: {{ ref('int_token_days') }}
with fills as (
    select * from {{ ref('int_fills') }}
    where taker_only
),

tokens as (
    select * from {{ ref('dim_market_token') }}
),

joined as (
    select
        fills.*,
        tokens.event_id,
        tokens.is_yes,
        coalesce(tokens.outcome, fills.outcome) as token_outcome,
        coalesce(tokens.outcome_index, fills.outcome_index) as token_outcome_index,
        coalesce(tokens.metadata_status, 'missing') as market_status
    from fills
    left join tokens on fills.token_id = tokens.token_id
)

select
    -- ids
    fill_id,
    transaction_hash,
    key_quality,
    n,
    condition_id,
    token_id,
    event_id,
    wallet,
    market_status,
    -- the match, as the taker made it
    side,
    token_outcome as outcome,
    cast(token_outcome_index as integer) as outcome_index,
    is_yes,
    price,
    size,
    cast(round({{ worth_of('size', 'price') }}, 6) as decimal(18, 6)) as notional_usd,
    -- the same match seen from YES: buying NO at p is selling YES at 1 - p
    {{ yes_price('price', 'is_yes') }} as yes_price,
    {{ yes_side('side', 'is_yes') }} as yes_side,
    cast(
        round({{ worth_of('size', yes_price('price', 'is_yes')) }}, 6) as decimal(18, 6)
    ) as yes_notional_usd,
    -- times and lineage
    event_at,
    page_id,
    position,
    received_at,
    known_at,
    dt
from joined
