{{ config(meta={'dagster': {'ref': {'name': 'market_snapshots'}}}) }}
{% set registry = ref('feature_registry') %}
{% set bounds = run_query(
    'select name, least, most from ' ~ registry ~ ' where least is not null or most is not null order by number'
).rows if execute else [] %}
-- Fails for each feature with values outside the range that the registry gives it, with their number.
with counted as (
    select
        {%- for name, least, most in bounds %}
        count_if({% if least is not none %}{{ name }} < {{ least }}{% else %}false{% endif %}
            or {% if most is not none %}{{ name }} > {{ most }}{% else %}false{% endif %}) as {{ name }}
        {{- "," if not loop.last }}
        {%- else %}
        0 as none_while_dbt_parses
        {%- endfor %}
    from {{ ref('market_snapshots') }}
)

select
    feature,
    outside
from (unpivot counted on columns(*) into name feature value outside)
where outside > 0
