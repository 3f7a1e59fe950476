{# Fails for every rule that some row breaks, with their number; all rules of a table in one scan. A rule
   that is null for a row does not apply to it. #}
{% test rows_obey(model, rules) %}
    with counted as (
        select
            {%- for name, rule in rules.items() %}
            count_if(not ({{ rule }})) as {{ name }}{{ "," if not loop.last }}
            {%- endfor %}
        from {{ model }}
    )

    select
        rule_name,
        broken_rows
    from (unpivot counted on columns(*) into name rule_name value broken_rows)
    where broken_rows > 0
{% endtest %}
