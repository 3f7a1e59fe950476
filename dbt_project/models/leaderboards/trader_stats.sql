with positions as (
    select * from {{ ref('trader_positions') }}
),

markets as (
    select * from {{ ref('trader_markets') }}
),

events as (
    select * from {{ ref('trader_events') }}
),

daily as (
    select * from {{ ref('trader_daily') }}
),

traders as (
    select * from {{ ref('dim_trader') }}
),

from_positions as (
    select
        wallet,
        sum(fills) as fills,
        sum(maker_fills) as maker_fills,
        sum(bought_usd) as bought_usd,
        sum(sold_usd) as sold_usd,
        sum(volume_usd) as volume_usd,
        case when count(*) = count(fees_usd) then sum(fees_usd) end as fees_usd,
        sum(realized_pnl_usd) as realized_pnl_usd,
        case when count(*) = count(value_usd) then sum(unrealized_pnl_usd) end as unrealized_pnl_usd,
        case when count(*) = count(value_usd) then sum(pnl_usd) end as pnl_usd,
        case when count(*) = count(value_usd) then sum(case when payout is null then value_usd else 0 end) end
            as open_value_usd,
        count(*) filter (where payout is null and net_shares != 0) as open_positions,
        2 * sum(least(bought_shares - split_shares, sold_shares - merged_shares))
        / nullif(sum(bought_shares - split_shares + sold_shares - merged_shares), 0)
            as two_sided_share,
        bool_and(is_complete) as is_complete,
        min(first_fill_at) as first_fill_at,
        max(last_fill_at) as last_fill_at
    from positions
    group by wallet
),

from_markets as (
    select
        wallet,
        count(*) as markets,
        count(*) filter (where is_decided) as decided_markets,
        count(*) filter (where result > 0) as wins,
        count(*) filter (where result < 0) as losses
    from markets
    group by wallet
),

-- How much of all that was won came from the one best event.
from_events as (
    select
        wallet,
        count(*) as events,
        count(*) filter (where is_decided) as decided_events,
        greatest(max(realized_pnl_usd), 0) as biggest_win_usd,
        greatest(max(realized_pnl_usd), 0)
        / nullif(sum(greatest(realized_pnl_usd, 0)), 0) as biggest_win_share
    from events
    group by wallet
),

from_days as (
    select
        wallet,
        count(*) filter (where fills > 0) as active_days
    from daily
    group by wallet
)

select
    from_positions.wallet,
    traders.name,
    -- activity
    cast(from_positions.fills as bigint) as fills,
    cast(from_positions.maker_fills as bigint) as maker_fills,
    from_markets.markets,
    from_markets.decided_markets,
    from_events.events,
    from_events.decided_events,
    coalesce(from_days.active_days, 0) as active_days,
    cast(from_positions.volume_usd as decimal(18, 6)) as volume_usd,
    -- cash, exact, and profit before fees: pnl_usd = sold - bought + worth of all shares
    cast(from_positions.bought_usd as decimal(18, 6)) as bought_usd,
    cast(from_positions.sold_usd as decimal(18, 6)) as sold_usd,
    cast(from_positions.fees_usd as decimal(18, 6)) as fees_usd,
    cast(from_positions.realized_pnl_usd as decimal(18, 6)) as realized_pnl_usd,
    cast(from_positions.unrealized_pnl_usd as decimal(18, 6)) as unrealized_pnl_usd,
    cast(from_positions.pnl_usd as decimal(18, 6)) as pnl_usd,
    cast(from_positions.open_value_usd as decimal(18, 6)) as open_value_usd,
    from_positions.open_positions,
    -- markets won and lost
    from_markets.wins,
    from_markets.losses,
    case
        when from_markets.wins + from_markets.losses >= {{ var('min_closed_markets') }}
            then cast(from_markets.wins / (from_markets.wins + from_markets.losses) as decimal(18, 6))
    end as win_rate,
    {{ wilson_bound('from_markets.wins', 'from_markets.losses', '-') }} as win_rate_low,
    {{ wilson_bound('from_markets.wins', 'from_markets.losses', '+') }} as win_rate_high,
    -- what kind of trader
    cast(from_events.biggest_win_usd as decimal(18, 6)) as biggest_win_usd,
    cast(from_events.biggest_win_share as decimal(18, 6)) as biggest_win_share,
    cast(from_positions.maker_fills / nullif(from_positions.fills, 0) as decimal(18, 6)) as maker_share,
    cast(from_positions.two_sided_share as decimal(18, 6)) as two_sided_share,
    from_positions.is_complete,
    from_positions.first_fill_at,
    from_positions.last_fill_at
from from_positions
inner join from_markets using (wallet)
inner join from_events using (wallet)
left join from_days using (wallet)
left join traders using (wallet)
