{{ config(materialized='table') }}

-- Stretches in which a market was on neither of the venue's lists: from the second collection that
-- missed it since its last version (one alone may be a hiccup of the venue), to its next version.
with absences as (
    select distinct condition_id, recorded_at from {{ ref('stg_gamma_absences') }}
    where {{ is_known() }}
),

versions as (
    select condition_id, received_at from {{ ref('market_versions') }}
    where condition_id is not null
),

placed as (
    select
        absences.condition_id,
        absences.recorded_at,
        versions.received_at as next_version_at
    from absences
    asof left join versions
        on
            absences.condition_id = versions.condition_id
            and absences.recorded_at < versions.received_at
)

select
    condition_id,
    list_sort(list(recorded_at))[2] as delisted_from,
    next_version_at as delisted_to
from placed
group by condition_id, next_version_at
having count(*) > 1
