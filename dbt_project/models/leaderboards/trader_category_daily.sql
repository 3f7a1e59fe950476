{{ config(partitioned_by=['dt'], meta={'partitions': 'daily', 'parts': 'dt', 'sliced_by': 'wallet'}) }}

-- depends_on: {{ ref('fct_wallet_fills') }} {{ ref('int_wallet_pairs') }} {{ ref('int_token_days') }}
with wallet_moves as (
    select * from {{ ref('int_wallet_moves') }}
),

categories as (
    select condition_id, category from {{ ref('dim_market') }}
),

results as (
    select * from {{ ref('trader_markets') }}
    where is_decided
),

marks as (
    select * from {{ ref('int_market_marks') }}
),

first_marks as (
    select distinct condition_id, first_dt as dt from marks
),

-- A pair split before the market had any price counts from the day it had one: it costs what it is worth.
moves as (
    select
        wallet_moves.* exclude (dt),
        kind = 'fill' as is_fill,
        case
            when kind = 'fill' then wallet_moves.dt else greatest(wallet_moves.dt, first_marks.dt)
        end as dt
    from wallet_moves
    left join first_marks on wallet_moves.condition_id = first_marks.condition_id
),

-- What a wallet did in a token on a day, and the shares it held after it.
flows as (
    select
        wallet,
        token_id,
        dt,
        any_value(condition_id) as condition_id,
        any_value(is_yes) as is_yes,
        count(*) filter (where is_fill) as fills,
        count(*) filter (where is_fill and side = 'BUY') as buys,
        count(*) filter (where is_fill and side = 'SELL') as sells,
        sum(notional_usd) filter (where is_fill) as volume_usd,
        coalesce(sum(notional_usd) filter (where is_fill and side = 'BUY'), 0) as bought_usd,
        coalesce(sum(notional_usd) filter (where is_fill and side = 'SELL'), 0) as sold_usd,
        coalesce(sum(case side when 'BUY' then -notional_usd else notional_usd end), 0) as cash_usd,
        sum(case side when 'BUY' then size else -size end) as net_size
    from moves
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
        coalesce(categories.category, 'unknown') as category,
        marks.dt,
        case when marks.dt = held.dt then held.cash_usd else 0 end as net_cash_usd,
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
    left join categories on held.condition_id = categories.condition_id
),

-- Marked change of equity: cash received less cash paid, plus the change in worth of the shares. A
-- token whose outcome is not known has no mark and is left out; the wallet is then not complete.
day_values as (
    select
        wallet,
        category,
        dt,
        sum(value_usd) as position_value_usd,
        sum(net_cash_usd + value_usd - value_before_usd) as pnl_usd
    from valued
    group by wallet, category, dt
),

day_flows as (
    select
        flows.wallet,
        coalesce(categories.category, 'unknown') as category,
        flows.dt,
        sum(flows.fills) as fills,
        sum(flows.buys) as buys,
        sum(flows.sells) as sells,
        count(distinct flows.condition_id) filter (where flows.fills > 0) as markets,
        sum(flows.volume_usd) as volume_usd,
        sum(flows.bought_usd) as bought_usd,
        sum(flows.sold_usd) as sold_usd
    from flows
    left join categories on flows.condition_id = categories.condition_id
    group by flows.wallet, coalesce(categories.category, 'unknown'), flows.dt
),

-- A market counts as a whole, on the day of its result.
day_results as (
    select
        wallet,
        category,
        {{ utc_date('resolved_at') }} as dt,
        sum(realized_pnl_usd) as realized_pnl_usd,
        count(*) filter (where result > 0) as wins,
        count(*) filter (where result < 0) as losses
    from results
    group by wallet, category, {{ utc_date('resolved_at') }}
),

days as (
    select wallet, category, dt from day_values
    union
    select wallet, category, dt from day_flows
    union
    select wallet, category, dt from day_results
)

select
    days.wallet,
    days.category,
    days.dt,
    {%- for name in ['fills', 'buys', 'sells', 'markets'] %}
    cast(coalesce(day_flows.{{ name }}, 0) as bigint) as {{ name }},
    {%- endfor %}
    {%- for name in ['volume_usd', 'bought_usd', 'sold_usd'] %}
    cast(coalesce(day_flows.{{ name }}, 0) as decimal(18, 6)) as {{ name }},
    {%- endfor %}
    cast(coalesce(day_values.position_value_usd, 0) as decimal(18, 6)) as position_value_usd,
    cast(coalesce(day_values.pnl_usd, 0) as decimal(18, 6)) as pnl_usd,
    cast(coalesce(day_results.realized_pnl_usd, 0) as decimal(18, 6)) as realized_pnl_usd,
    cast(coalesce(day_results.wins, 0) as bigint) as wins,
    cast(coalesce(day_results.losses, 0) as bigint) as losses
from days
left join day_values using (wallet, category, dt)
left join day_flows using (wallet, category, dt)
left join day_results using (wallet, category, dt)
