{{ config(materialized='view', meta={'partitions': 'daily'}) }}

-- A view: whether a wallet is complete may change for all its days at once.
with days as (
    select * from {{ ref('int_trader_days') }}
),

completeness as (
    select * from {{ ref('int_wallet_completeness') }}
)

select
    days.wallet,
    days.dt,
    -- activity
    days.fills,
    days.buys,
    days.sells,
    days.markets,
    -- cash of fills, exact
    days.volume_usd,
    days.bought_usd,
    days.sold_usd,
    cast(days.sold_usd - days.bought_usd as decimal(18, 6)) as net_cash_usd,
    -- worth and profit, before fees
    days.position_value_usd,
    days.pnl_usd,
    days.realized_pnl_usd,
    days.wins,
    days.losses,
    completeness.is_complete
from days
left join completeness on days.wallet = completeness.wallet
