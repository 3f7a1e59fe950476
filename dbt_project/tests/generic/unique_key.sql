{# Fails for every key that occurs twice or has a null in it: for what unique and not_null would ask of
   each column. Only keys whose hash occurs twice are looked at, so that it takes the memory of numbers and
   not of all texts. #}
{% test unique_key(model, columns) %}
    {%- set key = columns | join(', ') -%}
    {%- set has_null = columns | join(' is null or ') ~ ' is null' -%}
    with suspects as (
        select hash({{ key }}) as hashed
        from {{ model }}
        group by hash({{ key }})
        having count(*) > 1
    )

    select
        {{ key }},
        count(*) as occurrences
    from {{ model }}
    where {{ has_null }} or hash({{ key }}) in (select suspects.hashed from suspects)
    group by {{ key }}
    having count(*) > 1 or {{ has_null }}
{% endtest %}
