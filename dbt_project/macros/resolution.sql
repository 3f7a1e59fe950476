{# What a final price pays: prices of automated-market-maker times are like 0.9999985; a tie pays a
   half to both; anything between decides nothing. #}
{% macro payout_of(price) -%}
    case when {{ price }} >= 0.99 then 1 when {{ price }} <= 0.01 then 0 when {{ price }} = 0.5 then 0.5 end
{%- endmacro %}

{# Whether the oracle has an outcome before it that may still turn over. A dispute takes days: where a
   version received 90 days after the close still says so, the venue has only never updated it, as with
   hundreds of markets of 2022 and early 2024. Markets are asked for again as long
   (gamma_follow_up.py, FOLLOWED_FOR). #}
{% macro is_pending(uma_resolution_status) -%}
    (
        coalesce({{ uma_resolution_status }}, '') in ('requested', 'proposed', 'disputed')
        and coalesce(received_at < closed_at + interval 90 days, true)
    )
{%- endmacro %}

{# The first time at which any version says a market closed: a later word changes nothing before it. #}
{% macro first_closings() -%}
    select
        condition_id,
        min(closed_at) as closed_at
    from {{ ref('market_versions') }}
    where is_closed and condition_id is not null
    group by condition_id
{%- endmacro %}
