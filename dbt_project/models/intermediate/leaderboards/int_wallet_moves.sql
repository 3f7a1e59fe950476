{{ config(materialized='ephemeral') }}

-- What changed a wallet's shares of a token: its fills, and the pairs it split (bought) or merged (sold).
-- Redemptions are not among them, since a decided position is worth its payout before and after; nor
-- are conversions, of which the venue does not say which tokens they took.
with fills as (
    select * from {{ ref('fct_wallet_fills') }}
),

pairs as (
    select * from {{ ref('int_wallet_pairs') }}
)

select
    'fill' as kind,
    1 as turn,
    fill_id as move_id,
    wallet,
    token_id,
    condition_id,
    is_yes,
    role,
    side,
    size,
    notional_usd,
    fee_usd,
    event_at,
    dt
from fills
union all
select
    kind,
    case kind when 'split' then 0 else 2 end as turn,
    move_id,
    wallet,
    token_id,
    condition_id,
    is_yes,
    null as role,
    case kind when 'split' then 'BUY' else 'SELL' end as side,
    size,
    cash_usd as notional_usd,
    cast(0 as decimal(18, 6)) as fee_usd,
    event_at,
    dt
from pairs
