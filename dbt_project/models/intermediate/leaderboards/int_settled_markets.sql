{{ config(materialized='table') }}

-- The day on which each decided market was.
select
    condition_id,
    max({{ utc_date('known_at') }}) as settled_on
from {{ ref('fct_resolutions') }}
where payout is not null
group by condition_id
