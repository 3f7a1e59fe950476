{{ config(materialized='ephemeral') }}

-- Sum of the YES mids of a neg-risk event's active outcomes, at each moment one of them was seen.
with quotes as (
    select * from {{ ref('int_snapshot_quotes') }}
    where as_of_kind = 'live'
),

versions as (
    select * from {{ ref('market_versions') }}
    where condition_id is not null
),

moments as (
    select
        event_id,
        as_of,
        max(walk_started_at) as proven_at
    from quotes
    where neg_risk
    group by event_id, as_of
),

members as (
    select distinct event_id, condition_id from versions
    where event_id is not null
),

pairs as (
    select
        moments.*,
        members.condition_id
    from moments
    inner join members on moments.event_id = members.event_id
),

-- Which outcomes were the event's and active at the moment, and how they were quoted, by the versions
-- known then.
at_version as (
    select
        pairs.*,
        versions.received_at as version_received_at,
        versions.event_id = pairs.event_id and versions.is_active and not versions.is_closed as is_active,
        {{ shown_bid('versions.yes_best_bid') }} as bid,
        {{ shown_ask('versions.yes_best_ask') }} as ask
    from pairs
    asof inner join versions
        on pairs.condition_id = versions.condition_id and pairs.as_of >= versions.known_at
),

at_quote as (
    select
        at_version.event_id,
        at_version.as_of,
        at_version.bid,
        at_version.ask,
        greatest(at_version.version_received_at, at_version.proven_at) as gamma_seen_at,
        quotes.book_mid_price,
        quotes.book_received_at
    from at_version
    asof left join quotes
        on at_version.condition_id = quotes.condition_id and at_version.as_of >= quotes.as_of
    where at_version.is_active
),

aged as (
    select
        *,
        {{ seconds_between('book_received_at', 'as_of') }} as book_age_s,
        {{ seconds_between('gamma_seen_at', 'as_of') }} as gamma_age_s
    from at_quote
),

mids as (
    select
        event_id,
        as_of,
        coalesce(
            case when book_age_s <= {{ var('book_max_age_s') }} then book_mid_price end,
            case
                when gamma_age_s <= {{ var('gamma_max_age_s') }} and bid <= ask
                    then cast((bid + ask) / 2 as decimal(18, 6))
            end
        ) as mid_price
    from aged
)

select
    event_id,
    as_of,
    cast(sum(mid_price) as decimal(18, 6)) as event_yes_sum
from mids
group by event_id, as_of
having count(*) = count(mid_price)
