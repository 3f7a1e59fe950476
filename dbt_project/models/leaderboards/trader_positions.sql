with fills as (
    select * from {{ ref('fct_wallet_fills') }}
),

tokens as (
    select * from {{ ref('dim_market_token') }}
),

resolutions as (
    select * from {{ ref('fct_resolutions') }}
),

markets as (
    select * from {{ ref('dim_market') }}
),

-- Shares after each second of fills: below zero means shares came from outside (a split, a transfer).
running as (
    select
        *,
        sum(case side when 'BUY' then size else -size end) over (
            partition by wallet, token_id order by event_at
        ) as shares_held
    from fills
),

positions as (
    select
        wallet,
        token_id,
        any_value(condition_id) as condition_id,
        count(*) as fills,
        coalesce(sum(size) filter (where side = 'BUY'), 0) as bought_shares,
        coalesce(sum(size) filter (where side = 'SELL'), 0) as sold_shares,
        coalesce(sum(notional_usd) filter (where side = 'BUY'), 0) as bought_usd,
        coalesce(sum(notional_usd) filter (where side = 'SELL'), 0) as sold_usd,
        greatest(-min(shares_held), 0) as unexplained_shares,
        min(event_at) as first_fill_at,
        max(event_at) as last_fill_at
    from running
    group by wallet, token_id
),

settled as (
    select
        positions.*,
        tokens.outcome,
        tokens.is_yes,
        markets.trades_complete,
        positions.bought_shares - positions.sold_shares as net_shares,
        resolutions.payout,
        case when resolutions.payout is not null then resolutions.known_at end as resolved_at
    from positions
    left join tokens on positions.token_id = tokens.token_id
    left join markets on positions.condition_id = markets.condition_id
    left join resolutions on positions.token_id = resolutions.token_id
)

select
    -- ids
    wallet,
    token_id,
    condition_id,
    outcome,
    is_yes,
    -- what was traded
    fills,
    cast(bought_shares as decimal(18, 6)) as bought_shares,
    cast(sold_shares as decimal(18, 6)) as sold_shares,
    cast(net_shares as decimal(18, 6)) as net_shares,
    cast(bought_usd as decimal(18, 6)) as bought_usd,
    cast(sold_usd as decimal(18, 6)) as sold_usd,
    -- what became of it
    payout,
    cast(round(payout * net_shares, 6) as decimal(18, 6)) as settlement_usd,
    cast(sold_usd - bought_usd + round(payout * net_shares, 6) as decimal(18, 6)) as realized_pnl_usd,
    -- quality
    cast(unexplained_shares as decimal(18, 6)) as unexplained_shares,
    unexplained_shares = 0 and is_yes is not null and coalesce(trades_complete, true) as is_complete,
    -- times
    first_fill_at,
    last_fill_at,
    resolved_at
from settled
