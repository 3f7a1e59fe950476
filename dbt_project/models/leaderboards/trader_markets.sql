{{ config(partitioned_by=['settled_on'], meta={'parts': 'settled_on', 'sliced_by': 'wallet'}) }}

-- depends_on: {{ ref('int_settled_markets') }}
with positions as (
    select * from {{ ref('trader_positions') }}
),

-- What was redeemed is part of what the position is worth once decided: it is shown, not added.
redemptions as (
    select
        wallet,
        condition_id,
        sum(cash_usd) as redeemed_usd
    from {{ ref('stg_data_activity') }}
    where activity_type = 'REDEEM' and {{ is_known() }}
    group by wallet, condition_id
),

-- A market is won or lost as a whole: all tokens of its condition together, once all are decided.
markets as (
    select
        wallet,
        condition_id,
        any_value(event_id) as event_id,
        any_value(category) as category,
        cast(sum(fills) as bigint) as fills,
        cast(sum(maker_fills) as bigint) as maker_fills,
        cast(sum(volume_usd) as decimal(18, 6)) as volume_usd,
        cast(sum(sold_usd - bought_usd) as decimal(18, 6)) as net_cash_usd,
        cast(
            case when count(*) = count(fees_usd) then sum(fees_usd) end as decimal(18, 6)
        ) as fees_usd,
        cast(sum(cost_usd) as decimal(18, 6)) as cost_usd,
        cast(
            case when count(*) = count(value_usd) then sum(value_usd) end as decimal(18, 6)
        ) as value_usd,
        cast(sum(realized_pnl_usd) as decimal(18, 6)) as realized_pnl_usd,
        cast(
            case when count(*) = count(value_usd) then sum(unrealized_pnl_usd) end as decimal(18, 6)
        ) as unrealized_pnl_usd,
        cast(
            case when count(*) = count(value_usd) then sum(pnl_usd) end as decimal(18, 6)
        ) as pnl_usd,
        count(*) = count(payout) as is_decided,
        case
            when count(*) = count(payout) then cast(sign(sum(realized_pnl_usd)) as integer)
        end as result,
        bool_and(is_complete) as is_complete,
        min(first_fill_at) as first_fill_at,
        max(last_fill_at) as last_fill_at,
        case when count(*) = count(payout) then max(resolved_at) end as resolved_at,
        any_value(settled_on) as settled_on
    from positions
    group by wallet, condition_id
)

select
    markets.*,
    cast(redemptions.redeemed_usd as decimal(18, 6)) as redeemed_usd
from markets
left join redemptions
    on markets.wallet = redemptions.wallet and markets.condition_id = redemptions.condition_id
