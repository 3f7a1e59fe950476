{{ config(partitioned_by=['dt'], meta={'partitions': 'daily'}) }}

with fills as (
    select * from {{ ref('fct_wallet_fills') }}
),

positions as (
    select * from {{ ref('trader_positions') }}
),

marks as (
    select * from {{ ref('int_market_marks') }}
),

-- What a wallet did in a token on a day, and the shares it held after it.
flows as (
    select
        wallet,
        token_id,
        dt,
        any_value(condition_id) as condition_id,
        any_value(is_yes) as is_yes,
        count(*) as fills,
        count(*) filter (where side = 'BUY') as buys,
        count(*) filter (where side = 'SELL') as sells,
        sum(notional_usd) as volume_usd,
        coalesce(sum(notional_usd) filter (where side = 'BUY'), 0) as bought_usd,
        coalesce(sum(notional_usd) filter (where side = 'SELL'), 0) as sold_usd,
        sum(case side when 'BUY' then size else -size end) as net_size
    from fills
    group by wallet, token_id, dt
),

-- The shares after each of these days, and the last day on which they may change worth.
held as (
    select
        *,
        shares - net_size as shares_before,
        case when shares = 0 then dt else coalesce(next_dt - 1, 'infinity') end as last_dt
    from (
        select
            *,
            sum(net_size) over running as shares,
            lead(dt) over running as next_dt
        from flows
        window running as (partition by wallet, token_id order by dt)
    )
),

-- On the day of the flow the shares held before it are revalued, later those held since.
valued as (
    select
        held.wallet,
        marks.dt,
        case when marks.dt = held.dt then held.sold_usd - held.bought_usd else 0 end as net_cash_usd,
        round(held.shares * {{ yes_price('marks.yes_mark', 'held.is_yes') }}, 6) as value_usd,
        round(
            case when marks.dt = held.dt then held.shares_before else held.shares end
            * coalesce({{ yes_price('marks.yes_mark_before', 'held.is_yes') }}, 0),
            6
        ) as value_before_usd
    from held
    inner join marks
        on
            held.condition_id = marks.condition_id
            and held.dt <= marks.dt
            and held.last_dt >= marks.dt
),

-- Marked change of equity: cash received less cash paid, plus the change in worth of the shares. A
-- token whose outcome is not known has no mark and is left out; the wallet is then not complete.
day_values as (
    select
        wallet,
        dt,
        sum(value_usd) as position_value_usd,
        sum(net_cash_usd + value_usd - value_before_usd) as pnl_usd
    from valued
    group by wallet, dt
),

day_flows as (
    select
        wallet,
        dt,
        sum(fills) as fills,
        sum(buys) as buys,
        sum(sells) as sells,
        count(distinct condition_id) as markets,
        sum(volume_usd) as volume_usd,
        sum(bought_usd) as bought_usd,
        sum(sold_usd) as sold_usd
    from flows
    group by wallet, dt
),

-- A market is won or lost as a whole, on the day of its result.
results as (
    select
        wallet,
        condition_id,
        {{ utc_date('max(resolved_at)') }} as dt,
        sum(realized_pnl_usd) as realized_pnl_usd
    from positions
    group by wallet, condition_id
    having count(*) = count(realized_pnl_usd)
),

day_results as (
    select
        wallet,
        dt,
        sum(realized_pnl_usd) as realized_pnl_usd,
        count(*) filter (where realized_pnl_usd > 0) as wins,
        count(*) filter (where realized_pnl_usd < 0) as losses
    from results
    group by wallet, dt
),

completeness as (
    select
        wallet,
        bool_and(is_complete) as is_complete
    from positions
    group by wallet
),

days as (
    select wallet, dt from day_values
    union
    select wallet, dt from day_flows
    union
    select wallet, dt from day_results
)

select
    days.wallet,
    days.dt,
    -- activity
    {%- for name in ['fills', 'buys', 'sells', 'markets'] %}
    cast(coalesce(day_flows.{{ name }}, 0) as bigint) as {{ name }},
    {%- endfor %}
    -- cash of fills, exact
    {%- for name in ['volume_usd', 'bought_usd', 'sold_usd'] %}
    cast(coalesce(day_flows.{{ name }}, 0) as decimal(18, 6)) as {{ name }},
    {%- endfor %}
    cast(coalesce(day_flows.sold_usd - day_flows.bought_usd, 0) as decimal(18, 6)) as net_cash_usd,
    -- worth and profit, before fees
    cast(coalesce(day_values.position_value_usd, 0) as decimal(18, 6)) as position_value_usd,
    cast(coalesce(day_values.pnl_usd, 0) as decimal(18, 6)) as pnl_usd,
    cast(coalesce(day_results.realized_pnl_usd, 0) as decimal(18, 6)) as realized_pnl_usd,
    cast(coalesce(day_results.wins, 0) as bigint) as wins,
    cast(coalesce(day_results.losses, 0) as bigint) as losses,
    completeness.is_complete
from days
left join day_values on days.wallet = day_values.wallet and days.dt = day_values.dt
left join day_flows on days.wallet = day_flows.wallet and days.dt = day_flows.dt
left join day_results on days.wallet = day_results.wallet and days.dt = day_results.dt
left join completeness on days.wallet = completeness.wallet
