{{ config(
    partitioned_by=['settled_on'],
    meta={'parts': 'settled_on', 'sliced_by': 'wallet', 'slice_weight': 2},
) }}

-- depends_on: {{ ref('fct_wallet_fills') }} {{ ref('int_wallet_pairs') }} {{ ref('int_token_days') }}
with moves as (
    select * from {{ ref('int_wallet_moves') }}
),

-- A conversion turns NO of some markets of an event into YES of its others, and does not say which.
conversion_acts as (
    select * from {{ ref('stg_data_activity') }}
    where activity_type = 'CONVERSION' and {{ is_known() }}
),

tokens as (
    select * from {{ ref('dim_market_token') }}
),

markets as (
    select * from {{ ref('dim_market') }}
),

events as (
    select * from {{ ref('dim_event') }}
),

resolutions as (
    select * from {{ ref('fct_resolutions') }}
),

settled_markets as (
    select * from {{ ref('int_settled_markets') }}
),

open_costs as (
    select * from {{ ref('int_open_costs') }}
),

marks as (
    select * from {{ ref('int_market_marks') }}
    qualify row_number() over (partition by condition_id order by dt desc) = 1
),

conversions as (
    select
        conversion_acts.wallet,
        markets.event_id
    from conversion_acts
    inner join markets on conversion_acts.condition_id = markets.condition_id
    where markets.event_id is not null
    union
    select
        conversion_acts.wallet,
        events.event_id
    from conversion_acts
    inner join events on conversion_acts.event_slug = events.slug
),

-- Shares after each second of moves: below zero means shares came from outside (a split not seen, a
-- transfer, a conversion).
running as (
    select
        *,
        sum(case side when 'BUY' then size else -size end) over (
            partition by wallet, token_id order by event_at
        ) as shares_held
    from moves
),

positions as (
    select
        wallet,
        token_id,
        any_value(condition_id) as condition_id,
        count(*) filter (where kind = 'fill') as fills,
        count(*) filter (where role = 'maker') as maker_fills,
        coalesce(sum(size) filter (where side = 'BUY'), 0) as bought_shares,
        coalesce(sum(size) filter (where side = 'SELL'), 0) as sold_shares,
        coalesce(sum(size) filter (where kind = 'split'), 0) as split_shares,
        coalesce(sum(size) filter (where kind = 'merge'), 0) as merged_shares,
        coalesce(sum(notional_usd) filter (where kind = 'fill'), 0) as volume_usd,
        case when count(*) = count(fee_usd) then sum(fee_usd) end as fees_usd,
        coalesce(sum(notional_usd) filter (where side = 'BUY'), 0) as bought_usd,
        coalesce(sum(notional_usd) filter (where side = 'SELL'), 0) as sold_usd,
        greatest(-min(shares_held), 0) as unexplained_shares,
        min(event_at) filter (where kind = 'fill') as first_fill_at,
        max(event_at) filter (where kind = 'fill') as last_fill_at
    from running
    group by wallet, token_id
),

settled as (
    select
        positions.*,
        tokens.event_id,
        tokens.outcome,
        tokens.is_yes,
        markets.trades_complete,
        conversions.wallet is not null as is_converted,
        coalesce(markets.category, 'unknown') as category,
        positions.bought_shares - positions.sold_shares as net_shares,
        resolutions.payout,
        case when resolutions.payout is not null then resolutions.known_at end as resolved_at,
        settled_markets.settled_on,
        -- A decided position has come to its end: none of its cost is left.
        case
            when resolutions.payout is not null then 0
            else coalesce(open_costs.cost_usd, positions.bought_usd)
        end as cost_usd,
        case
            when resolutions.payout is not null then resolutions.payout
            else {{ yes_price('marks.yes_mark', 'tokens.is_yes') }}
        end as mark,
        case
            when resolutions.payout is not null then 'payout'
            when tokens.is_yes is not null then marks.mark_source
        end as mark_source
    from positions
    left join tokens on positions.token_id = tokens.token_id
    left join markets on positions.condition_id = markets.condition_id
    left join resolutions on positions.token_id = resolutions.token_id
    left join settled_markets on positions.condition_id = settled_markets.condition_id
    left join open_costs
        on positions.wallet = open_costs.wallet and positions.token_id = open_costs.token_id
    left join marks on positions.condition_id = marks.condition_id
    left join conversions
        on positions.wallet = conversions.wallet and tokens.event_id = conversions.event_id
),

valued as (
    select
        *,
        round(mark * net_shares, 6) as value_usd
    from settled
)

select
    -- ids
    wallet,
    token_id,
    condition_id,
    event_id,
    category,
    outcome,
    is_yes,
    -- what was traded
    fills,
    maker_fills,
    cast(bought_shares as decimal(18, 6)) as bought_shares,
    cast(sold_shares as decimal(18, 6)) as sold_shares,
    cast(split_shares as decimal(18, 6)) as split_shares,
    cast(merged_shares as decimal(18, 6)) as merged_shares,
    cast(net_shares as decimal(18, 6)) as net_shares,
    cast(bought_usd as decimal(18, 6)) as bought_usd,
    cast(sold_usd as decimal(18, 6)) as sold_usd,
    cast(volume_usd as decimal(18, 6)) as volume_usd,
    cast(fees_usd as decimal(18, 6)) as fees_usd,
    -- what became of it
    payout,
    cast(case when payout is not null then value_usd end as decimal(18, 6)) as settlement_usd,
    cast(cost_usd as decimal(18, 6)) as cost_usd,
    cast(mark as decimal(18, 6)) as mark,
    mark_source,
    cast(value_usd as decimal(18, 6)) as value_usd,
    cast(
        sold_usd - bought_usd + case when payout is not null then value_usd else cost_usd end
        as decimal(18, 6)
    ) as realized_pnl_usd,
    cast(
        case when payout is not null then 0 else value_usd - cost_usd end as decimal(18, 6)
    ) as unrealized_pnl_usd,
    cast(sold_usd - bought_usd + value_usd as decimal(18, 6)) as pnl_usd,
    -- quality
    cast(unexplained_shares as decimal(18, 6)) as unexplained_shares,
    unexplained_shares = 0
    and is_yes is not null
    and coalesce(trades_complete, true)
    and not is_converted as is_complete,
    -- times
    first_fill_at,
    last_fill_at,
    resolved_at,
    settled_on
from valued
