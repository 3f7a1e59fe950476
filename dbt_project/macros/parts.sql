{# Tables of which a build replaces only what would come out otherwise.

   A model with `meta.parts`, the name of a column (or `closed_in`, see marks_of_markets.sql), says as ever
   what its whole table is. Beside it,
   `marks_of_<model>()` (marks.sql) is a query of (part, inputs): for each value of that column a text
   that changes whenever anything the part's rows are made of changes. A mark is the hash of that text
   and of the model's SQL; ops.model_parts keeps the marks that the table was built with, written in the
   transaction that wrote the rows. A build compares, deletes the parts whose mark is another and
   inserts them anew, so it does not matter what happened in between, or in which order. It builds the
   whole table where that is cheaper, or where the mark of the part `table`, the model itself, differs.

   `narrowings_of_<model>(parts)`, where there is one, gives for relations that the model reads a
   condition that leaves the wanted parts' rows as they are: what is wanted of the result alone does not
   always reach a scan.

   A model with `meta.sliced_by`, the name of a column, makes a part of many rows in slices by that
   column's hash: whatever it joins, numbers or adds up has one value of it. `meta.slice_weight` says how
   much memory its rows take beside those of most models. #}

{# The parts that are to be replaced, as texts; none for the whole table. `existing` is the table. #}
{% macro stale_parts(existing) %}
    {%- do adapter.ensure_transaction() -%}
    {%- set marks -%}
        create or replace temp table parts_now as
        select
            'table' as part,
            '{{ mark_of_model() }}' as mark
        union all
        select
            coalesce(cast(part as varchar), 'open') as part,
            md5(concat_ws('|', '{{ mark_of_model() }}', inputs)) as mark
        from ({{ context['marks_of_' ~ model.name]() }})
    {%- endset -%}
    {%- do run_query(marks) -%}
    {%- if existing is none or not existing.is_table or should_full_refresh() -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set compared = run_query(
        "select part, kept.mark is distinct from parts_now.mark from parts_now full join ("
        ~ "select part, mark from " ~ source('ops', 'model_parts') ~ " where model = '" ~ model_name()
        ~ "') as kept using (part) order by part"
    ) -%}
    {%- set stale = [] -%}
    {%- for part, is_stale in compared.rows if is_stale -%}
        {%- do stale.append(part) -%}
    {%- endfor -%}
    {%- set is_other = 'table' in stale or 2 * (stale | length) > (compared.rows | length)
        or model.config.meta.parts == 'closed_in' and is_miscounted(held_table(existing)) -%}
    {{ return(none if is_other else stale) }}
{% endmacro %}

{# What makes a model's table another one, whatever rows it reads: its SQL and shape, not the build's time,
   and the files of all models that it is made of, since neither a view's nor a step's text is in its own. #}
{% macro mark_of_model() %}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do columns.append(column.name ~ ' ' ~ (column.data_type or '')) -%}
    {%- endfor -%}
    {{ return(local_md5(
        compiled_code | replace(now_utc(), 'now') ~ columns ~ config.get('partitioned_by')
        ~ files_behind(model.depends_on.nodes)
    )) }}
{% endmacro %}

{# The hashes of the files of some models and of all that these are made of. #}
{% macro files_behind(nodes) %}
    {%- set keys = nodes | list -%}
    {%- set hashes = [] -%}
    {#- The list grows while it is walked. -#}
    {%- for key in keys if key.startswith('model.') -%}
        {%- set node = graph.nodes[key] -%}
        {%- do hashes.append(node.checksum.checksum) -%}
        {%- for needed in node.depends_on.nodes if needed not in keys -%}
            {%- do keys.append(needed) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(hashes | sort) }}
{% endmacro %}

{% macro model_name() %}
    {{ return(this.schema ~ '.' ~ this.identifier) }}
{% endmacro %}

{# All parts, in groups of about as many fills as one statement should make, and in how many slices each
   group is made where a part alone has more: a long past or a large day needs no more memory than a
   short or a small one. Of snapshots, wide as they are, there are far fewer than fills. #}
{% macro groups_of_parts() %}
    {%- set parts = run_query(
        "select part from parts_now where part != 'table' order by part"
    ).columns[0].values() -%}
    {%- set fills = run_query("select count(*) from " ~ source('raw', 'data_trades')).rows[0][0] -%}
    {%- set rows_a_fill = 0 if model.config.meta.parts == 'closed_in'
        else 0.25 if model.config.meta.get('is_wide') else 1 -%}
    {%- set statements = 1 + (fills * rows_a_fill) | int // var('fills_at_once') -%}
    {%- set groups = parts | batch(1 + parts | length // statements) | list -%}
    {%- set is_sliced = 'sliced_by' in model.config.meta -%}
    {%- set slices = (statements * slice_weight()) | int // (groups | length or 1) if is_sliced else 1 -%}
    {{ return((groups, [slices, 1] | max)) }}
{% endmacro %}

{# What some parts need read of each relation, by its name; empty where that is not told. #}
{% macro narrowings_of(parts) %}
    {%- set narrowings = context.get('narrowings_of_' ~ model.name) -%}
    {{ return(narrowings(parts) if narrowings is not none else {}) }}
{% endmacro %}

{# In how many slices some parts are made, so that a large day needs no more memory than a small one: as
   the rows that they read of the first narrowed relation ask for. #}
{% macro slices_of_parts(narrowings) %}
    {%- if 'sliced_by' not in model.config.meta -%}
        {{ return(1) }}
    {%- endif -%}
    {%- set read, condition = narrowings.items() | first -%}
    {%- set rows = run_query('select count(*) from ' ~ read ~ ' where ' ~ condition).rows[0][0] -%}
    {{ return(1 + (rows * slice_weight()) | int // var('fills_at_once')) }}
{% endmacro %}

{% macro slice_weight() %}
    {{ return(model.config.meta.get('slice_weight', 1)) }}
{% endmacro %}

{% macro without_rows(sql) %}
    {{ return('select * from (' ~ sql ~ ') limit 0') }}
{% endmacro %}

{# Insert what the model says of some parts, or of a slice of them: (number, of how many). #}
{% macro insert_parts(relation, key, parts, narrowings, slice=none) %}
    {%- set sliced = {
        'wallet': ['fct_wallet_fills', 'int_wallet_pairs', 'trader_positions', 'trader_markets'],
        'transaction_hash': ['int_fills', 'fct_trades'],
    }[model.config.meta.sliced_by] if slice else [] -%}
    {%- set narrowed = namespace(sql=compiled_code) -%}
    {%- for read, condition in narrowings.items() -%}
        {%- set name = read.split('.')[-1] | replace('"', '') -%}
        {%- set in_slice = ' and ' ~ of_slice(slice) if name in sliced else '' -%}
        {%- set narrowed.sql = narrowed.sql | replace(
            'from ' ~ read, 'from (select * from ' ~ read ~ ' where ' ~ condition ~ in_slice ~ ')'
        ) -%}
    {%- endfor -%}
    insert into {{ relation }} by name
    select * from (
        {{ narrowed.sql }}
    ) where {{ rows_of_parts(key, parts) }}{{ ' and ' ~ of_slice(slice) if slice }}
{% endmacro %}

{% macro insert_slices(relation, key, parts, slices=none) %}
    {%- set narrowings = narrowings_of(parts) -%}
    {%- set slices = slices or slices_of_parts(narrowings) -%}
    {%- for number in range(slices) -%}
        {%- set slice = (number, slices) if slices > 1 else none -%}
        {%- do run_query(insert_parts(relation, key, parts, narrowings, slice)) -%}
    {%- endfor -%}
{% endmacro %}

{# A range of hashes: what may fail, as a division may, DuckDB does not ask of a scan. #}
{% macro of_slice(slice) %}
    {%- set number, slices = slice -%}
    {{ return(
        'hash(' ~ model.config.meta.sliced_by ~ ') between ' ~ 2 ** 64 * number // slices
        ~ ' and ' ~ (2 ** 64 * (number + 1) // slices - 1)
    ) }}
{% endmacro %}

{# The condition that a row of a model lies in some of its parts. #}
{% macro rows_of_parts(key, parts) %}
    {{ return(of_stale_markets() if key == 'closed_in' else of_parts(key, parts)) }}
{% endmacro %}

{# The condition that a date lies in some parts; `open` is the part without a date. Days on end are one
   range: a long list would be looked up row by row and keep no file unread. #}
{% macro of_parts(key, parts) %}
    {%- set spans = [] -%}
    {%- for part in parts | reject('equalto', 'open') | sort -%}
        {%- set day = modules.datetime.date.fromisoformat(part) -%}
        {%- if spans and spans[-1][1] + modules.datetime.timedelta(days=1) == day -%}
            {%- do spans.append([spans.pop()[0], day]) -%}
        {%- else -%}
            {%- do spans.append([day, day]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set conditions = [] -%}
    {%- for first, last in spans -%}
        {%- do conditions.append(
            key ~ " between date '" ~ first ~ "' and date '" ~ last ~ "'"
        ) -%}
    {%- endfor -%}
    {%- if 'open' in parts -%}{%- do conditions.append(key ~ ' is null') -%}{%- endif -%}
    {{ return('(' ~ conditions | join(' or ') ~ ')') }}
{% endmacro %}

{# Keep the marks of the table as it is now, in the transaction that wrote it. #}
{% macro keep_marks() %}
    {%- do run_query(
        "delete from " ~ source('ops', 'model_parts') ~ " where model = '" ~ model_name() ~ "'"
    ) -%}
    {%- do run_query(
        "insert into " ~ source('ops', 'model_parts')
        ~ " select '" ~ model_name() ~ "', part, mark from parts_now"
    ) -%}
{% endmacro %}

{# The marks that another model's table was built with. #}
{% macro marks_kept(model_name) -%}
    select
        cast(nullif(part, 'open') as date) as part,
        mark
    from {{ source('ops', 'model_parts') }}
    where model = '{{ model_name }}' and part != 'table'
{%- endmacro %}
