{{ config(materialized='view') }}

-- A view: whether a day's first version has other rules hangs on the days before.
with versions as (
    select * from {{ ref('int_market_versions') }}
),

changes as (
    select * from {{ ref('int_rules_changes') }}
)

select
    versions.* exclude (rules_changed_on_day, is_first_on_day),
    versions.rules_changed_on_day
    or (versions.is_first_on_day and changes.market_id is not null) as rules_changed
from versions
left join changes
    on
        versions.dt = changes.dt
        and versions.venue = changes.venue
        and versions.market_id = changes.market_id
