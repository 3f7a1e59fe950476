{{ config(materialized='table') }}

-- Pairs that wallets split or merged, as far as their acts were collected, each as one move of either
-- token. A pair is both tokens of a market for one pUSD: each is bought, or sold, at a half; the first
-- one takes the odd micro-dollar. A merge proves that the pair was there: what it takes beyond the
-- shares held then was split before, unseen.
with fills as (
    select * from {{ ref('fct_wallet_fills') }}
),

tokens as (
    select
        token_id,
        condition_id,
        is_yes,
        cast(row_number() over (
            partition by condition_id order by outcome_index, token_id
        ) as integer) as token_number
    from {{ ref('dim_market_token') }}
    qualify count(*) over (partition by condition_id) = 2
),

acts as (
    select
        activity_id,
        wallet,
        condition_id,
        lower(activity_type) as kind,
        size,
        event_at,
        dt
    from {{ ref('stg_data_activity') }}
    where activity_type in ('SPLIT', 'MERGE') and {{ is_known() }}
),

merging as (
    select distinct
        wallet,
        condition_id
    from acts
    where kind = 'merge'
),

-- What happened to either token's shares, in whole micro-shares: splits first within a second, merges
-- last.
changes as (
    select
        wallet,
        condition_id,
        event_at,
        case kind when 'split' then 0 else 2 end as turn,
        activity_id as move_id,
        {{ micro_units("case kind when 'split' then size else -size end") }} as first,
        {{ micro_units("case kind when 'split' then size else -size end") }} as second,
        kind = 'merge' as is_merge
    from acts
    union all
    select
        fills.wallet,
        fills.condition_id,
        fills.event_at,
        1 as turn,
        fills.fill_id as move_id,
        case
            when tokens.token_number = 1
                then {{ micro_units("case fills.side when 'BUY' then fills.size else -fills.size end") }}
            else 0
        end as first,
        case
            when tokens.token_number = 2
                then {{ micro_units("case fills.side when 'BUY' then fills.size else -fills.size end") }}
            else 0
        end as second,
        false as is_merge
    from fills
    inner join tokens on fills.token_id = tokens.token_id
    inner join merging
        on fills.wallet = merging.wallet and fills.condition_id = merging.condition_id
),

histories as (
    select
        wallet,
        condition_id,
        min(event_at) as first_at,
        list(
            { 'first': first, 'second': second, 'is_merge': is_merge }
            order by event_at asc, turn asc, move_id asc
        ) as changes
    from changes
    group by wallet, condition_id
    having bool_or(is_merge)
),

carried as (
    select
        wallet,
        condition_id,
        first_at,
        list_reduce(  -- noqa: PRS, sqlfluff knows no lambda of two arguments
            changes,
            lambda held, change: {
                'first': greatest(held.first + change.first, 0),
                'second': greatest(held.second + change.second, 0),
                'unseen': held.unseen + case
                    when change.is_merge then greatest(-change.first - least(held.first, held.second), 0)
                    else 0
                end
            },
            {'first': cast(0 as bigint), 'second': cast(0 as bigint), 'unseen': cast(0 as bigint)}
        ) as held
    from histories
),

pairs as (
    select
        activity_id as move_id,
        wallet,
        condition_id,
        kind,
        size,
        event_at,
        dt
    from acts
    union all
    select
        md5(concat_ws('|', 'unseen', wallet, condition_id)) as move_id,
        wallet,
        condition_id,
        'split' as kind,
        cast(held.unseen * cast(0.000001 as decimal(7, 6)) as decimal(18, 6)) as size,
        first_at as event_at,
        {{ utc_date('first_at') }} as dt
    from carried
    where held.unseen > 0
),

halves as (
    select
        *,
        cast(round(size * 0.5, 6) as decimal(18, 6)) as larger_half
    from pairs
)

select
    halves.move_id,
    halves.wallet,
    tokens.token_id,
    halves.condition_id,
    tokens.is_yes,
    halves.kind,
    halves.size,
    case tokens.token_number
        when 1 then halves.larger_half
        else cast(halves.size - halves.larger_half as decimal(18, 6))
    end as cash_usd,
    halves.event_at,
    halves.dt
from halves
inner join tokens on halves.condition_id = tokens.condition_id
