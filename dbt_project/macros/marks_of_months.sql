{# A month that is made of days, or of parts that are days, of other models. #}
{% macro made_of_days_of(model_names) -%}
    select
        {{ month_of('part') }} as part,
        cast(sum(hash(model, part, mark)) as varchar) as inputs
    from (
        {%- for name in model_names %}
        select '{{ name }}' as model, part, mark from ({{ marks_kept(name) }})
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    )
    group by {{ month_of('part') }}
{%- endmacro %}

{# The condition that a date lies in some months; `open` is the part without a date. #}
{% macro of_months(key, months) -%}
    {%- set spans = [] -%}
    {%- for month in months -%}
        {%- do spans.append(
            key ~ ' is null' if month == 'open'
            else '(' ~ key ~ " >= date '" ~ month ~ "' and " ~ key ~ " < date '" ~ month ~ "' + interval 1 month)"
        ) -%}
    {%- endfor -%}
    {{ return('(' ~ spans | join(' or ') ~ ')') }}
{%- endmacro %}

{% macro marks_of_int_trader_months() -%}
    {{ made_of_days_of(['leaderboards.trader_category_daily', 'leaderboards.int_trader_days']) }}
{%- endmacro %}

{% macro narrowings_of_int_trader_months(parts) -%}
    {%- set wanted = of_months('dt', parts) -%}
    {{ return({
        ref('trader_category_daily') | string: wanted, ref('int_trader_days') | string: wanted
    }) }}
{%- endmacro %}

{% macro marks_of_int_trader_past() -%}
    select
        {{ month_of(utc_date(now_utc())) }} as part,
        cast(sum(hash(part, mark)) as varchar) as inputs
    from ({{ marks_kept('leaderboards.int_trader_months') }})
    where part < {{ month_of(utc_date(now_utc())) }}
{%- endmacro %}

{% macro marks_of_int_wallet_months() -%}
    {{ made_of_days_of(['core.int_wallet_days']) }}
{%- endmacro %}

{% macro narrowings_of_int_wallet_months(parts) -%}
    {{ return({ref('int_wallet_days') | string: of_months('dt', parts)}) }}
{%- endmacro %}

{% macro marks_of_int_trader_totals() -%}
    {{ made_of_days_of([
        'leaderboards.trader_positions', 'leaderboards.trader_markets', 'leaderboards.trader_events'
    ]) }}
{%- endmacro %}

{% macro narrowings_of_int_trader_totals(parts) -%}
    {%- set wanted = of_months('settled_on', parts) -%}
    {{ return({
        ref('trader_positions') | string: wanted,
        ref('trader_markets') | string: wanted,
        ref('trader_events') | string: wanted,
    }) }}
{%- endmacro %}
