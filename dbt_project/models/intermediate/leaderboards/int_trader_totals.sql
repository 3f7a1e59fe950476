{{ config(materialized='table', partitioned_by=['month'], meta={'parts': 'month'}) }}

-- What a wallet's positions, markets and events add up to, by the month in which they were decided, those
-- that are not under no month: sums over its whole time need not read them all again. A row of each of
-- the three.
with positions as (
    select
        *,
        {{ month_of('settled_on') }} as month
    from {{ ref('trader_positions') }}
),

markets as (
    select
        *,
        {{ month_of('settled_on') }} as month
    from {{ ref('trader_markets') }}
),

events as (
    select
        *,
        {{ month_of('settled_on') }} as month
    from {{ ref('trader_events') }}
),

from_positions as (
    select
        month,
        wallet,
        count(*) as positions,
        count(fees_usd) as positions_with_fees,
        count(value_usd) as positions_with_value,
        count(*) filter (where payout is null and net_shares != 0) as open_positions,
        cast(sum(fills) as bigint) as fills,
        cast(sum(maker_fills) as bigint) as maker_fills,
        sum(bought_usd) as bought_usd,
        sum(sold_usd) as sold_usd,
        sum(volume_usd) as volume_usd,
        sum(fees_usd) as fees_usd,
        sum(realized_pnl_usd) as realized_pnl_usd,
        sum(unrealized_pnl_usd) as unrealized_pnl_usd,
        sum(pnl_usd) as pnl_usd,
        sum(case when payout is null then value_usd else 0 end) as open_value_usd,
        sum(bought_shares - split_shares + sold_shares - merged_shares) as traded_shares,
        sum(least(bought_shares - split_shares, sold_shares - merged_shares)) as two_sided_shares,
        bool_and(is_complete) as is_complete,
        min(first_fill_at) as first_fill_at,
        max(last_fill_at) as last_fill_at
    from positions
    group by month, wallet
),

from_markets as (
    select
        month,
        wallet,
        count(*) as markets,
        count(*) filter (where is_decided) as decided_markets,
        count(*) filter (where result > 0) as wins,
        count(*) filter (where result < 0) as losses
    from markets
    group by month, wallet
),

from_events as (
    select
        month,
        wallet,
        count(*) as events,
        count(*) filter (where is_decided) as decided_events,
        greatest(max(realized_pnl_usd), 0) as biggest_win_usd,
        sum(greatest(realized_pnl_usd, 0)) as won_usd
    from events
    group by month, wallet
)

select * from from_positions
union all by name
select * from from_markets
union all by name
select * from from_events
