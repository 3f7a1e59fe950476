{{ config(materialized='table') }}

-- When each listed market was first and last heard of, and what its rows are made of, as the marks of the
-- days of its versions and its fills tell it. A market that its newest versions all call closed lies in
-- the month of the newest: nothing but another version or fill changes what is known of it.
with versions as (
    select
        condition_id,
        dt,
        received_at,
        is_closed
    from {{ ref('int_market_versions') }}
    where condition_id is not null
),

traded_days as (
    select
        condition_id,
        dt
    from {{ ref('int_token_days') }}
),

version_marks as (
    {{ marks_kept('core.int_market_versions') }}
),

fill_marks as (
    {{ marks_kept('core.int_token_days') }}
),

told as (
    select
        versions.condition_id,
        min(versions.received_at) as first_seen_at,
        max(versions.received_at) as last_changed_at,
        max(versions.received_at) filter (where not versions.is_closed) as last_open_at,
        sum(hash(version_marks.mark)) as versions_hash
    from versions
    left join version_marks on versions.dt = version_marks.part
    group by versions.condition_id
),

traded as (
    select
        traded_days.condition_id,
        sum(hash(fill_marks.mark)) as fills_hash
    from traded_days
    left join fill_marks on traded_days.dt = fill_marks.part
    group by traded_days.condition_id
)

select
    told.condition_id,
    told.first_seen_at,
    told.last_changed_at,
    case
        when coalesce(told.last_open_at < told.last_changed_at, true)
            then {{ month_of(utc_date('told.last_changed_at')) }}
    end as closed_in,
    told.versions_hash,
    traded.fills_hash
from told
left join traded on told.condition_id = traded.condition_id
