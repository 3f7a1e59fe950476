{{ config(materialized='table', partitioned_by=['dt'], meta={'parts': 'dt'}) }}

-- Newest print and newest whale of a day, by the day on which they became known: that one or the next.
select
    dt,
    condition_id,
    {{ utc_date('known_at') }} as known_on,
    max(event_at) as last_trade_at,
    max(case when {{ is_whale() }} then event_at end) as last_whale_at
from {{ ref('fct_trades') }}
where {{ is_print() }}
group by dt, condition_id, {{ utc_date('known_at') }}
