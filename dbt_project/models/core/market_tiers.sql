{{ config(meta={'parts': 'closed_in'}) }}

-- depends_on: {{ ref('int_market_lives') }}
with transitions as (
    select * from {{ ref('tier_transitions') }}
),

terms as (
    select * from {{ ref('int_market_terms') }}
    where valid_to is null
),

stretches as (
    select
        *,
        lead(transition_at) over (partition by condition_id order by transition_at) as until_at
    from transitions
),

-- The current stretch is seen from now, a former one from where it began.
viewed as (
    select
        stretches.condition_id,
        stretches.to_tier as tier,
        stretches.transition_at as since_at,
        stretches.until_at,
        stretches.until_at is null as is_current,
        case
            when stretches.until_at is null then {{ now_utc() }} else stretches.transition_at
        end as as_of,
        case when stretches.until_at is null then terms.end_at else stretches.end_at end as end_at,
        stretches.known_at
    from stretches
    inner join terms on stretches.condition_id = terms.condition_id
    where stretches.to_tier is not null
)

select
    condition_id,
    tier,
    since_at,
    until_at,
    is_current,
    as_of,
    end_at,
    {{ hours_between('as_of', 'end_at') }} as hours_to_close,
    known_at
from viewed
