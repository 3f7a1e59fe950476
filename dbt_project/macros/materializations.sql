{# A table or view is replaced where it stands, in one transaction: readers see the old one until the
   commit. dbt-duckdb's own way (build beside, rename twice, commit, drop, commit) costs a second
   commit per model. What changes a table's or view's definition makes every connection read the lake's
   whole catalog again, some 50 ms: a view whose SQL is what it was stays as it is, and so does a seed
   whose file is; a table whose shape is what it was is emptied and filled again. #}

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
        {%- elif partitioned_by and (not key or model.config.meta.get('is_wide')) -%}
            {%- set content = set_aside(compiled_code) -%}
        {%- else -%}
            {%- set content = compiled_code -%}
        {%- endif -%}
        {%- set shape = shape_of(compiled_code, partitioned_by) -%}
        {%- if may_be_refilled(existing, shape) -%}
            {%- call statement('main') -%}
                delete from {{ target_relation }};
                insert into {{ target_relation }} by name {{ content }}
            {%- endcall -%}
        {%- else -%}
            {%- do drop_for_replacement(existing) -%}
            {%- call statement('main') -%}
                {{ create_table_as(False, target_relation, content, partitioned_by=partitioned_by) }}
            {%- endcall -%}
            {%- do run_query("comment on table " ~ target_relation ~ " is '" ~ shape ~ "'") -%}
        {%- endif -%}
        {%- for parts in groups if is_grouped -%}
            {%- do insert_slices(target_relation, key, parts, slices) -%}
        {%- endfor -%}
    {%- elif stale -%}
        {%- do keep_markets(stale) if key == 'closed_in' -%}
        {%- call statement('main') -%}
            delete from {{ target_relation }} where {{ rows_of_parts(key, stale) }}
        {%- endcall -%}
        {%- do insert_slices(target_relation, key, stale) -%}
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

{% materialization seed, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set rows = load_agate_table() -%}
    {%- do store_result('agate_table', response='OK', agate_table=rows) -%}
    {%- set mark = local_md5(model.checksum.checksum ~ config.get('column_types')) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set is_there = existing is not none and held_table(existing).mark == mark
        and adapter.get_columns_in_relation(existing) | map(attribute='name') | list == rows.column_names | list -%}
    {%- if is_there -%}
        {%- call statement('main') -%}
            select 1 -- the file's rows are there already
        {%- endcall -%}
    {%- else -%}
        {%- do drop_for_replacement(existing) -%}
        {%- do create_csv_table(model, rows) -%}
        {%- set loaded = load_csv_rows(model, rows) -%}
        {%- call noop_statement('main', 'CREATE', 'CREATE', rows.rows | length) -%}
            {{ loaded }}
        {%- endcall -%}
        {%- do run_query("comment on table " ~ target_relation ~ " is '" ~ mark ~ "'") -%}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The hash of what a table is declared as: columns, constraints and partitions. #}
{% macro shape_of(sql, partitioned_by) %}
    {%- do adapter.ensure_transaction() -%}
    {%- set declared = [partitioned_by] -%}
    {%- for column in run_query('describe select * from (' ~ sql ~ ')').rows -%}
        {%- do declared.append(column[0] ~ ' ' ~ column[1]) -%}
    {%- endfor -%}
    {%- if config.get('contract').enforced -%}
        {%- do declared.append(get_table_columns_and_constraints()) -%}
    {%- endif -%}
    {{ return(local_md5(declared | string)) }}
{% endmacro %}

{# Whether a table may be emptied and filled again instead of being made anew. Not where it is large,
   since each deleted row is remembered until the commit; and not when the catalog, which never counts
   deleted rows down, takes it for many times what it is: the planner believes it. #}
{% macro may_be_refilled(existing, shape) %}
    {%- if existing is none or not existing.is_table or should_full_refresh() -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set held = held_table(existing) -%}
    {{ return(held.mark == shape and held.rows <= 1000000 and not is_miscounted(held)) }}
{% endmacro %}

{# Whether the catalog takes a table for many times what it is. #}
{% macro is_miscounted(held) %}
    {{ return(held.counted > 4 * held.rows + 1000) }}
{% endmacro %}

{# What the catalog says of a table: the hash in its comment, its rows, and all rows it ever counted.
   Asked inside Postgres: DuckDB's own list of tables would fetch the statistics of each. #}
{% macro held_table(relation) %}
    {%- do adapter.ensure_transaction() -%}
    {%- set question -%}
        select
            (
                select tag.value from ducklake_tag as tag
                where tag.object_id = held.table_id and tag.key = 'comment' and tag.end_snapshot is null
            ) as mark,
            (
                select coalesce(sum(file.record_count), 0) from ducklake_data_file as file
                where file.table_id = held.table_id and file.end_snapshot is null
            ) as live_rows,
            (
                select coalesce(sum(stats.record_count), 0) from ducklake_table_stats as stats
                where stats.table_id = held.table_id
            ) as counted_rows
        from ducklake_table as held
        inner join ducklake_schema as named
            on held.schema_id = named.schema_id and named.end_snapshot is null
        where
            held.end_snapshot is null
            and named.schema_name = '{{ relation.schema }}'
            and held.table_name = '{{ relation.identifier }}'
    {%- endset -%}
    {%- set found = run_query(
        "from postgres_query('__ducklake_metadata_" ~ relation.database ~ "', $$" ~ question ~ "$$)"
    ).rows -%}
    {%- set mark, rows, counted = found[0] if found else (none, 0, 0) -%}
    {{ return({'mark': mark, 'rows': rows | int, 'counted': counted | int}) }}
{% endmacro %}

{# Tables and views of a schema, as dbt asks for them before it builds; inside Postgres, as above. #}
{% macro duckdb__list_relations_without_caching(schema_relation) %}
    {%- set question -%}
        select
            named.schema_name,
            held.name,
            held.type
        from (
            select schema_id, table_name as name, 'table' as type
            from ducklake_table where end_snapshot is null
            union all
            select schema_id, view_name, 'view'
            from ducklake_view where end_snapshot is null
        ) as held
        inner join ducklake_schema as named
            on held.schema_id = named.schema_id and named.end_snapshot is null
        where named.schema_name = '{{ schema_relation.schema }}'
    {%- endset -%}
    {%- call statement('list_relations_without_caching', fetch_result=True) -%}
        select
            '{{ schema_relation.database }}' as database,
            name,
            schema_name as schema,
            type
        from postgres_query('__ducklake_metadata_{{ schema_relation.database }}', $${{ question }}$$)
    {%- endcall -%}
    {{ return(load_result('list_relations_without_caching').table) }}
{% endmacro %}

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
