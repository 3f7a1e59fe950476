with totals as (
    select * from {{ ref('int_trader_totals') }}
),

months as (
    select * from {{ ref('int_trader_months') }}
    where category = 'all'
),

traders as (
    select * from {{ ref('dim_trader') }}
),

-- The whole time of a wallet. How much of all that was won came from the one best event is asked of
-- events, what was won and lost of markets, the rest of positions.
added_up as (
    select
        wallet,
        sum(fills) as fills,
        sum(maker_fills) as maker_fills,
        sum(markets) as markets,
        sum(decided_markets) as decided_markets,
        sum(events) as events,
        sum(decided_events) as decided_events,
        sum(bought_usd) as bought_usd,
        sum(sold_usd) as sold_usd,
        sum(volume_usd) as volume_usd,
        case when sum(positions) = sum(positions_with_fees) then sum(fees_usd) end as fees_usd,
        sum(realized_pnl_usd) as realized_pnl_usd,
        sum(positions) = sum(positions_with_value) as is_valued,
        sum(unrealized_pnl_usd) as unrealized_pnl_usd,
        sum(pnl_usd) as pnl_usd,
        sum(open_value_usd) as open_value_usd,
        sum(open_positions) as open_positions,
        sum(wins) as wins,
        sum(losses) as losses,
        max(biggest_win_usd) as biggest_win_usd,
        max(biggest_win_usd) / nullif(sum(won_usd), 0) as biggest_win_share,
        2 * sum(two_sided_shares) / nullif(sum(traded_shares), 0) as two_sided_share,
        bool_and(is_complete) as is_complete,
        min(first_fill_at) as first_fill_at,
        max(last_fill_at) as last_fill_at
    from totals
    group by wallet
),

from_days as (
    select
        wallet,
        sum(active_days) as active_days
    from months
    group by wallet
)

select
    added_up.wallet,
    traders.name,
    -- activity
    {%- for name in ['fills', 'maker_fills', 'markets', 'decided_markets', 'events', 'decided_events'] %}
    cast(added_up.{{ name }} as bigint) as {{ name }},
    {%- endfor %}
    cast(coalesce(from_days.active_days, 0) as bigint) as active_days,
    cast(added_up.volume_usd as decimal(18, 6)) as volume_usd,
    -- cash, exact, and profit before fees: pnl_usd = sold - bought + worth of all shares
    {%- for name in ['bought_usd', 'sold_usd', 'fees_usd', 'realized_pnl_usd'] %}
    cast(added_up.{{ name }} as decimal(18, 6)) as {{ name }},
    {%- endfor %}
    {%- for name in ['unrealized_pnl_usd', 'pnl_usd', 'open_value_usd'] %}
    cast(case when added_up.is_valued then added_up.{{ name }} end as decimal(18, 6)) as {{ name }},
    {%- endfor %}
    cast(added_up.open_positions as bigint) as open_positions,
    -- markets won and lost
    cast(added_up.wins as bigint) as wins,
    cast(added_up.losses as bigint) as losses,
    case
        when added_up.wins + added_up.losses >= {{ var('min_closed_markets') }}
            then cast(added_up.wins / (added_up.wins + added_up.losses) as decimal(18, 6))
    end as win_rate,
    {{ wilson_bound('added_up.wins', 'added_up.losses', '-') }} as win_rate_low,
    {{ wilson_bound('added_up.wins', 'added_up.losses', '+') }} as win_rate_high,
    -- what kind of trader
    cast(added_up.biggest_win_usd as decimal(18, 6)) as biggest_win_usd,
    cast(added_up.biggest_win_share as decimal(18, 6)) as biggest_win_share,
    cast(added_up.maker_fills / nullif(added_up.fills, 0) as decimal(18, 6)) as maker_share,
    cast(added_up.two_sided_share as decimal(18, 6)) as two_sided_share,
    added_up.is_complete,
    added_up.first_fill_at,
    added_up.last_fill_at
from added_up
left join from_days on added_up.wallet = from_days.wallet
left join traders on added_up.wallet = traders.wallet
