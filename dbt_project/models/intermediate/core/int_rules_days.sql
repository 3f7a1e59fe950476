{{ config(materialized='table', partitioned_by=['dt'], meta={'parts': 'dt'}) }}

-- With which rules each market went into a day, and with which out of it.
select
    dt,
    venue,
    market_id,
    arg_min(coalesce(rules_sha256, ''), (received_at, page_id, position)) as first_rules_sha256,
    arg_max(coalesce(rules_sha256, ''), (received_at, page_id, position)) as last_rules_sha256
from {{ ref('int_market_versions') }}
group by dt, venue, market_id
