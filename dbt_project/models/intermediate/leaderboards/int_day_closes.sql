{{ config(materialized='table', partitioned_by=['dt'], meta={'parts': 'dt'}) }}

-- The last price of each market and day that a fill had, seen from YES.
select
    dt,
    condition_id,
    arg_max(yes_price, (event_at, fill_id)) as yes_price,
    max(event_at) as event_at
from {{ ref('fct_wallet_fills') }}
where size > 0 and yes_price is not null
group by dt, condition_id
