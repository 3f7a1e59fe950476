{# A table or view is replaced where it stands, in one transaction: readers see the old one until the
   commit. dbt-duckdb's own way (build beside, rename twice, commit, drop, commit) costs a second
   commit per model, and each one makes every connection read the lake's whole catalog again. For the
   same reason a view whose SQL is what it was stays as it is. #}

{% materialization table, adapter='duckdb', supported_languages=['sql'] -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set existing = load_cached_relation(this) -%}
    {%- set key = model.config.meta.get('parts') -%}
    {%- set stale = stale_parts(existing) if key else none -%}
    {%- if stale is none -%}
        {%- set partitioned_by = duckdb__get_partitioned_by(target_relation, false) -%}
        {%- set groups, slices = groups_of_parts() if key else ([], 1) -%}
        {%- set is_grouped = groups | length > 1 or slices > 1 -%}
        {%- if is_grouped -%}
            {%- set content = without_rows(compiled_code) -%}
        {%- elif partitioned_by and not key -%}
            {%- set content = set_aside(compiled_code) -%}
        {%- else -%}
            {%- set content = compiled_code -%}
        {%- endif -%}
        {%- do drop_for_replacement(existing) -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, target_relation, content, partitioned_by=partitioned_by) }}
        {%- endcall -%}
        {%- for parts in groups if is_grouped -%}
            {%- for number in range(slices) -%}
                {%- set slice = (number, slices) if slices > 1 else none -%}
                {%- do run_query(insert_parts(target_relation, key, parts, slice)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- elif stale -%}
        {%- call statement('main') -%}
            delete from {{ target_relation }} where {{ of_parts(key, stale) }};
            {{ insert_parts(target_relation, key, stale) }}
        {%- endcall -%}
    {%- else -%}
        {%- call statement('main') -%}
            select 1 -- every part is what it would be made of now
        {%- endcall -%}
    {%- endif -%}
    {%- do run_query('drop table if exists temp.set_aside') -%}
    {%- if key and stale != [] -%}
        {%- do keep_marks() -%}
    {%- endif -%}
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
    {%- set mark = local_md5(compiled_code) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and existing.is_view and mark_of_view(this) == mark -%}
        {%- call statement('main') -%}
            select 1 -- the view is there already
        {%- endcall -%}
    {%- else -%}
        {%- do drop_for_replacement(existing) -%}
        {%- call statement('main') -%}
            {{ create_view_as(target_relation, compiled_code) }}
        {%- endcall -%}
        {%- do run_query("comment on view " ~ target_relation ~ " is '" ~ mark ~ "'") -%}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{# The rows of a query as a temporary table, and the query for it. Rows that go into many partitions fill a
   buffer for each of them; together with what their query still holds that is more than there is. #}
{% macro set_aside(sql) %}
    {%- do adapter.ensure_transaction() -%}
    {%- do run_query('create or replace temp table set_aside as ' ~ sql) -%}
    {{ return('select * from set_aside') }}
{% endmacro %}

{# The hash of the SQL a view was made of, as its comment keeps it; none for a view without one. #}
{% macro mark_of_view(relation) %}
    {%- set found = run_query(
        "select comment from duckdb_views() where database_name = '" ~ relation.database
        ~ "' and schema_name = '" ~ relation.schema ~ "' and view_name = '" ~ relation.identifier ~ "'"
    ) -%}
    {{ return(found.rows[0][0] if found.rows else none) }}
{% endmacro %}

{# Drop what stands in the place, as the first statement of the transaction that builds its successor. #}
{% macro drop_for_replacement(existing) %}
    {%- do adapter.ensure_transaction() -%}
    {%- if existing is not none -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
{% endmacro %}
