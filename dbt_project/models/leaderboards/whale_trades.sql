{{ config(partitioned_by=['dt'], meta={'partitions': 'daily', 'parts': 'dt'}) }}

with trades as (
    select * from {{ ref('fct_trades') }}
    where notional_usd >= {{ var('whale_tiers_usd')[0] }}
),

markets as (
    select * from {{ ref('dim_market') }}
),

traders as (
    select * from {{ ref('dim_trader') }}
)

select
    trades.fill_id,
    trades.condition_id,
    trades.token_id,
    trades.event_id,
    markets.question,
    coalesce(markets.category, 'unknown') as category,
    trades.wallet,
    traders.name,
    trades.outcome,
    trades.side,
    trades.price,
    trades.size,
    trades.notional_usd,
    cast(case
        {%- for usd in var('whale_tiers_usd') | reverse %}
        when trades.notional_usd >= {{ usd }} then {{ usd }}
        {%- endfor %}
    end as integer) as whale_tier_usd,
    -- Money into YES counts up, money into NO down.
    cast(case
        when trades.yes_side = 'BUY' then trades.notional_usd
        when trades.yes_side = 'SELL' then -trades.notional_usd
    end as decimal(18, 6)) as yes_flow_usd,
    trades.event_at,
    trades.known_at,
    trades.dt
from trades
left join markets on trades.condition_id = markets.condition_id
left join traders on trades.wallet = traders.wallet
