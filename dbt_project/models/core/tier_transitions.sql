{{ config(meta={'parts': 'closed_in'}) }}

-- depends_on: {{ ref('int_market_lives') }}
with terms as (
    select * from {{ ref('int_market_terms') }}
),

-- A stretch that goes on ends some time.
quiet as (
    select
        condition_id,
        quiet_from,
        coalesce(quiet_to, 'infinity') as quiet_to
    from {{ ref('int_quiet_spells') }}
),

delisted as (
    select
        condition_id,
        delisted_from,
        coalesce(delisted_to, 'infinity') as delisted_to
    from {{ ref('int_delistings') }}
),

-- Every moment at which a market's tier may change, each by what was known then: a boundary counts
-- only while the end it belongs to was the one we knew.
crossings as (
    select
        condition_id,
        valid_from,
        valid_to,
        unnest([
            end_at - to_microseconds(cast(boundary * 3600000000 as bigint))
            for boundary in list_append(getvariable('tier_boundaries_h'), 0)
        ]) as moment
    from terms
    where end_at is not null
),

moments as (
    select condition_id, valid_from as moment from terms
    union
    select condition_id, moment from crossings
    where moment > valid_from and moment < coalesce(valid_to, 'infinity')
    union
    select condition_id, unnest([quiet_from, quiet_to]) as moment from quiet
    union
    select condition_id, unnest([delisted_from, delisted_to]) as moment from delisted
),

informed as (
    select
        moments.condition_id,
        moments.moment,
        terms.end_at,
        {{ hours_between('moments.moment', 'terms.end_at') }} as hours_to_close,
        case
            when terms.is_resolved then 'resolved'
            when terms.is_closed then 'expired'
            when moments.moment < delisted.delisted_to then 'delisted'
            when terms.has_stopped and moments.moment >= terms.end_at then 'expired'
            when moments.moment < quiet.quiet_to then 'no_trades'
        end as ending
    from moments
    asof inner join terms
        on moments.condition_id = terms.condition_id and moments.moment >= terms.valid_from
    asof left join quiet
        on moments.condition_id = quiet.condition_id and moments.moment >= quiet.quiet_from
    asof left join delisted
        on moments.condition_id = delisted.condition_id and moments.moment >= delisted.delisted_from
    where moments.moment <= {{ now_utc() }}
),

tiered as (
    select
        *,
        case when ending is null then {{ tier_of('hours_to_close') }} end as tier
    from informed
),

followed as (
    select
        *,
        lag(tier) over by_time as from_tier,
        lag(end_at) over by_time as former_end_at
    from tiered
    window by_time as (partition by condition_id order by moment)
),

changed as (
    select
        *,
        row_number() over (partition by condition_id order by moment) as ordinal
    from followed
    where coalesce(tier, '') != coalesce(from_tier, '')
)

select
    condition_id,
    from_tier,
    tier as to_tier,
    moment as transition_at,
    end_at,
    hours_to_close,
    case
        when tier is null then ending
        when ordinal = 1 then 'listed'
        when from_tier is null then 'reactivated'
        when coalesce(end_at != former_end_at, true) then 'end_changed'
        else 'time'
    end as reason,
    moment as known_at
from changed
