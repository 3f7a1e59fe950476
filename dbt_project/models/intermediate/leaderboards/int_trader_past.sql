{{ config(materialized='table', partitioned_by=['until'], meta={'parts': 'until'}) }}

-- All months before the present one added up, so that today's boards of the whole time need not.
with months as (
    select
        *,
        {{ month_of(utc_date(now_utc())) }} as until
    from {{ ref('int_trader_months') }}
)

select
    until,
    category,
    wallet,
    {%- for name in trader_sum_names() %}
    {%- set type = 'decimal(38, 6)' if name.endswith('_usd') else 'bigint' %}
    cast(sum({{ name }}) as {{ type }}) as {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
from months
where month < until
group by until, category, wallet
