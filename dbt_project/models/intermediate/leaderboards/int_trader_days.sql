{{ config(materialized='table', partitioned_by=['dt'], meta={'parts': 'dt'}) }}

-- The days of all topics of a wallet together.
with by_category as (
    select * from {{ ref('trader_category_daily') }}
)

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
