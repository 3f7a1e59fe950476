with daily as (
    select * from {{ ref('trader_daily') }}
    where dt <= {{ utc_date(now_utc()) }}
),

traders as (
    select * from {{ ref('dim_trader') }}
),

windows as (
    select
        unnest(['1d', '7d', '30d', 'all']) as window_name,
        unnest([1, 7, 30, null]) as days
),

-- Who is ranked is decided by all the wallet ever traded, not by the window.
admitted as (
    select wallet
    from daily
    group by wallet
    having
        sum(fills) >= {{ var('leaderboard_min_fills') }}
        and sum(volume_usd) >= {{ var('leaderboard_min_volume_usd') }}
),

totals as (
    select
        windows.window_name,
        daily.wallet,
        sum(daily.pnl_usd) as pnl_usd,
        sum(daily.realized_pnl_usd) as realized_pnl_usd,
        sum(daily.volume_usd) as volume_usd,
        sum(daily.fills) as fills,
        sum(daily.wins) as wins,
        sum(daily.losses) as losses,
        count(*) filter (where daily.fills > 0) as active_days,
        any_value(daily.is_complete) as is_complete
    from windows
    inner join daily
        on windows.days is null or daily.dt > {{ utc_date(now_utc()) }} - windows.days
    inner join admitted on daily.wallet = admitted.wallet
    group by windows.window_name, daily.wallet
),

rated as (
    select
        *,
        case
            when wins + losses >= {{ var('min_closed_markets') }}
                then cast(wins / (wins + losses) as decimal(18, 6))
        end as win_rate
    from totals
)

select
    rated.window_name,
    {{ utc_date(now_utc()) }} as as_of_date,
    cast(row_number() over (
        partition by rated.window_name
        order by rated.pnl_usd desc, rated.win_rate desc nulls last, rated.volume_usd desc, rated.wallet asc
    ) as integer) as rank,
    rated.wallet,
    traders.name,
    cast(rated.pnl_usd as decimal(18, 6)) as pnl_usd,
    cast(rated.realized_pnl_usd as decimal(18, 6)) as realized_pnl_usd,
    rated.win_rate,
    cast(rated.wins as bigint) as wins,
    cast(rated.losses as bigint) as losses,
    cast(rated.volume_usd as decimal(18, 6)) as volume_usd,
    cast(rated.fills as bigint) as fills,
    cast(rated.active_days as bigint) as active_days,
    rated.is_complete
from rated
left join traders on rated.wallet = traders.wallet
