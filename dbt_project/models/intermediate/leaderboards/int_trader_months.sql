{{ config(materialized='table', partitioned_by=['month'], meta={'parts': 'month'}) }}

-- The days of a wallet's month together, by topic and of `all` topics: boards of a wallet's whole time
-- need not read its days again.
with daily as (
    select
        *,
        {{ month_of('dt') }} as month
    from {{ ref('trader_category_daily') }}
)

{{ trader_sums('daily', 'month') }}
