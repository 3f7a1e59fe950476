{{ config(materialized='view', meta={'partitions': 'daily'}) }}

-- A view: whether a wallet is complete may change for all its days at once.
with days as (
    select * from {{ ref('int_trader_days') }}
),

traders as (
    select * from {{ ref('trader_stats') }}
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
    traders.is_complete
from days
left join traders on days.wallet = traders.wallet
