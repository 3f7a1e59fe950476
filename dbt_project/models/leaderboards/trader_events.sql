{{ config(partitioned_by=['settled_on'], meta={'parts': 'settled_on', 'sliced_by': 'wallet'}) }}

-- depends_on: {{ ref('dim_market') }} {{ ref('int_settled_markets') }}
with markets as (
    select * from {{ ref('trader_markets') }}
),

settled_events as (
    {{ settled_events() }}
)

-- Markets without an event stand for themselves, by their condition id.
select
    markets.wallet,
    coalesce(markets.event_id, markets.condition_id) as event_id,
    any_value(category) as category,
    cast(count(*) as bigint) as markets,
    cast(sum(fills) as bigint) as fills,
    cast(sum(volume_usd) as decimal(18, 6)) as volume_usd,
    cast(
        case when count(*) = count(fees_usd) then sum(fees_usd) end as decimal(18, 6)
    ) as fees_usd,
    cast(sum(net_cash_usd) as decimal(18, 6)) as net_cash_usd,
    cast(sum(realized_pnl_usd) as decimal(18, 6)) as realized_pnl_usd,
    cast(
        case when count(*) = count(pnl_usd) then sum(pnl_usd) end as decimal(18, 6)
    ) as pnl_usd,
    bool_and(is_decided) as is_decided,
    bool_and(is_complete) as is_complete,
    min(first_fill_at) as first_fill_at,
    max(last_fill_at) as last_fill_at,
    any_value(settled_events.settled_on) as settled_on
from markets
left join settled_events on coalesce(markets.event_id, markets.condition_id) = settled_events.event_id
group by markets.wallet, coalesce(markets.event_id, markets.condition_id)
