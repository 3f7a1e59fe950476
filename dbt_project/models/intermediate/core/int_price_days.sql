{{ config(materialized='table', partitioned_by=['dt'], meta={'parts': 'dt'}) }}

-- Which tokens have points of the price history on a day.
select
    dt,
    token_id,
    count(*) as points
from {{ ref('stg_clob_prices') }}
where {{ is_known() }}
group by dt, token_id
