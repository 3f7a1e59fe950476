{{ config(materialized='table') }}

-- Days whose first version of a market has other rules than the last one before.
with days as (
    select
        *,
        lag(last_rules_sha256) over (partition by venue, market_id order by dt) as former_rules_sha256
    from {{ ref('int_rules_days') }}
)

select
    dt,
    venue,
    market_id
from days
where first_rules_sha256 != former_rules_sha256
