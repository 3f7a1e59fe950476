{{ config(materialized='table', partitioned_by=['month'], meta={'parts': 'month'}) }}

-- The days of a wallet's month together, by topic and of `all` topics: boards of a wallet's whole time
-- need not read its days again.
with days as (
    {{ trader_days() }}
),

dated as (
    select
        *,
        {{ month_of('dt') }} as month
    from days
)

{{ trader_sums('dated', 'month') }}
