{{ config(
    partitioned_by=['dt'],
    meta={
        'partitions': 'daily', 'parts': 'dt', 'sliced_by': 'transaction_hash', 'slice_weight': 0.25,
    },
) }}

-- depends_on: {{ ref('int_token_days') }} {{ ref('int_traded_tokens') }}
with fills as (
    select * from {{ ref('int_fills') }}
    where not taker_only
),

takers as (
    select
        fill_id,
        transaction_hash
    from {{ ref('fct_trades') }}
),

tokens as (
    select * from {{ ref('dim_market_token') }}
),

fee_terms as (
    select * from {{ ref('int_fee_terms') }}
),

taker_transactions as (
    select distinct transaction_hash
    from takers
    where transaction_hash is not null
),

joined as (
    select
        fills.*,
        tokens.event_id,
        tokens.is_yes,
        coalesce(tokens.outcome, fills.outcome) as token_outcome,
        coalesce(tokens.outcome_index, fills.outcome_index) as token_outcome_index,
        coalesce(tokens.metadata_status, 'missing') as market_status,
        -- The list of takers decides; where it was not collected yet, the role is not known.
        case
            when takers.fill_id is not null then 'taker'
            when taker_transactions.transaction_hash is not null then 'maker'
        end as role
    from fills
    left join tokens on fills.token_id = tokens.token_id
    left join takers on fills.fill_id = takers.fill_id
    left join taker_transactions on fills.transaction_hash = taker_transactions.transaction_hash
),

-- Only takers pay. A condition on the role in the join itself would keep DuckDB from hashing.
payers as (
    select
        *,
        case when role = 'taker' then condition_id end as paid_condition_id
    from joined
),

charged as (
    select
        payers.*,
        fee_terms.fee_source,
        case payers.role
            when 'taker' then {{ fee_of_fill(
                'payers.price', 'payers.size', 'fee_terms.fee_rate', 'fee_terms.fee_exponent'
            ) }}
            when 'maker' then 0
        end as fee_usd
    from payers
    left join fee_terms
        on
            payers.paid_condition_id = fee_terms.condition_id
            and payers.event_at >= fee_terms.valid_from
            and payers.event_at < fee_terms.valid_to
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
    -- the fill, as this wallet had it
    role,
    side,
    token_outcome as outcome,
    cast(token_outcome_index as integer) as outcome_index,
    is_yes,
    price,
    size,
    cast(round({{ worth_of('size', 'price') }}, 6) as decimal(18, 6)) as notional_usd,
    {{ yes_price('price', 'is_yes') }} as yes_price,
    cast(fee_usd as decimal(18, 6)) as fee_usd,
    fee_source,
    -- times and lineage
    event_at,
    page_id,
    position,
    received_at,
    known_at,
    dt
from charged
