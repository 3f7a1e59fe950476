{# The tier of a market that ends in `hours` hours: domain/tiers.py in SQL, half-open: at a boundary
   the nearer tier. The plugin hands the boundaries over (PM_TIER_BOUNDARIES_H, hours, falling), as
   it does with the time. #}
{% macro tier_of(hours) -%}
    case
        when {{ hours }} is not null then 'T' || len(list_filter(
            getvariable('tier_boundaries_h'), lambda boundary: cast({{ hours }} as double) <= boundary
        ))
    end
{%- endmacro %}

{# Hours from `moment` to `end_at`, negative past it. #}
{% macro hours_between(moment, end_at) -%}
    cast(epoch_us({{ end_at }}) - epoch_us({{ moment }}) as double) / 3600000000
{%- endmacro %}
