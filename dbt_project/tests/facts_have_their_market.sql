-- Fails with each market or token that a fact names and the dimensions lack.
with named as (
    select condition_id, token_id, 'fct_trades' as fact from {{ ref('fct_trades') }}
    union
    select condition_id, token_id, 'fct_wallet_fills' as fact from {{ ref('fct_wallet_fills') }}
    union
    select condition_id, token_id, 'fct_resolutions' as fact from {{ ref('fct_resolutions') }}
),

markets as (
    select condition_id from {{ ref('dim_market') }}
),

tokens as (
    select token_id from {{ ref('dim_market_token') }}
)

select
    named.fact,
    named.condition_id,
    named.token_id
from named
left join markets on named.condition_id = markets.condition_id
left join tokens on named.token_id = tokens.token_id
where markets.condition_id is null or tokens.token_id is null
