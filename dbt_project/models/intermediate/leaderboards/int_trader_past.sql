{{ config(materialized='table', partitioned_by=['until'], meta={'parts': 'until'}) }}

-- All months before the present one added up, so that today's boards of the whole time need not.
with months as (
    select
        *,
        {{ month_of(utc_date(now_utc())) }} as until
    from {{ ref('int_trader_months') }}
)

select
    until,
    category,
    wallet,
    cast(sum(fills) as bigint) as fills,
    cast(sum(wins) as bigint) as wins,
    cast(sum(losses) as bigint) as losses,
    cast(sum(volume_usd) as decimal(38, 6)) as volume_usd,
    cast(sum(pnl_usd) as decimal(38, 6)) as pnl_usd,
    cast(sum(realized_pnl_usd) as decimal(38, 6)) as realized_pnl_usd,
    cast(sum(active_days) as bigint) as active_days
from months
where month < until
group by until, category, wallet
