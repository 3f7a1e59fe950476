{{ config(partitioned_by=['dt'], meta={'partitions': 'daily', 'parts': 'dt'}) }}

with by_category as (
    select * from {{ ref('trader_category_daily') }}
),

positions as (
    select * from {{ ref('trader_positions') }}
),

completeness as (
    select
        wallet,
        bool_and(is_complete) as is_complete
    from positions
    group by wallet
),

days as (
    select
        wallet,
        dt,
        {%- for name in ['fills', 'buys', 'sells', 'markets', 'wins', 'losses'] %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {%- endfor %}
        cast(sum(volume_usd) as decimal(18, 6)) as volume_usd,
        cast(sum(bought_usd) as decimal(18, 6)) as bought_usd,
        cast(sum(sold_usd) as decimal(18, 6)) as sold_usd,
        cast(sum(position_value_usd) as decimal(18, 6)) as position_value_usd,
        cast(sum(pnl_usd) as decimal(18, 6)) as pnl_usd,
        cast(sum(realized_pnl_usd) as decimal(18, 6)) as realized_pnl_usd
    from by_category
    group by wallet, dt
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
