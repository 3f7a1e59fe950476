{# The platform's time. Only models that need "now" call it: dimensions' current fees, leaderboards'
   windows, signals' life. The plugin sets the variable when it opens a connection: a value that dbt
   does not know while it parses, so that a build need not parse everything again. #}
{% macro now_utc() -%}
    {%- if var('now') is none -%}
        coalesce(getvariable('platform_now'), current_timestamp)
    {%- else -%}
        cast('{{ var("now") }}' as timestamptz)
    {%- endif -%}
{%- endmacro %}

{# UTC date of a timestamptz, whatever the session's time zone. #}
{% macro utc_date(moment) -%}
    cast({{ moment }} at time zone 'UTC' as date)
{%- endmacro %}

{# First day of a date's month. #}
{% macro month_of(date) -%}
    cast(date_trunc('month', {{ date }}) as date)
{%- endmacro %}

{# Seconds from `earlier` to `later` as a decimal with microseconds; negative when reversed. #}
{% macro seconds_between(earlier, later) -%}
    cast((epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1000000.0 as decimal(18, 6))
{%- endmacro %}

{# Whole hours since 1970 UTC: an equality key that narrows a join on a time range. #}
{% macro hour_number(moment) -%}
    epoch_us({{ moment }}) // 3600000000
{%- endmacro %}
