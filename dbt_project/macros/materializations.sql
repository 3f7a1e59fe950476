{# A table or view is replaced where it stands, in one transaction: readers see the old one until the
   commit. dbt-duckdb's own way (build beside, rename twice, commit, drop, commit) costs a second
   commit per model, and each one makes every connection read the lake's whole catalog again. #}

{% materialization table, adapter='duckdb', supported_languages=['sql'] -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set partitioned_by = duckdb__get_partitioned_by(target_relation, false) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- do drop_for_replacement(load_cached_relation(this)) -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, target_relation, compiled_code, partitioned_by=partitioned_by) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{% materialization view, adapter='duckdb', supported_languages=['sql'] -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- do drop_for_replacement(load_cached_relation(this)) -%}
    {%- call statement('main') -%}
        {{ create_view_as(target_relation, compiled_code) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{# Drop what stands in the place, as the first statement of the transaction that builds its successor. #}
{% macro drop_for_replacement(existing) %}
    {%- do adapter.ensure_transaction() -%}
    {%- if existing is not none -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
{% endmacro %}
