{# Whether a fill is a print: rows of size zero are kept as facts and are none. #}
{% macro is_print() -%}
    size > 0
{%- endmacro %}

{% macro is_whale() -%}
    notional_usd >= {{ var('whale_usd') }}
{%- endmacro %}

{# The moments of feature rows, from a relation of (condition_id, as_of, as_of_kind) and the markets. #}
{% macro snapshot_moments(moments, markets) -%}
select
    md5(concat_ws(
        '|', {{ var('schema_version') }}, {{ moments }}.condition_id, {{ moments }}.as_of_kind,
        epoch_us({{ moments }}.as_of)
    )) as feature_snapshot_key,
    {{ moments }}.condition_id,
    {{ moments }}.as_of,
    {{ moments }}.as_of_kind,
    {{ markets }}.yes_token_id,
    {{ markets }}.no_token_id,
    -- created_at never changes, so it is known at any moment of the market's life
    {{ markets }}.created_at,
    {{ utc_date(moments ~ '.as_of') }} as dt
from {{ moments }}
inner join {{ markets }} on {{ moments }}.condition_id = {{ markets }}.condition_id
{%- endmacro %}

{# Features at any past moment: three table macros of the lake, made anew by every build. The steps of
   the model are not written again: `quotes_at` and `snapshots_at` are the compiled SQL of
   int_snapshot_quotes and market_snapshots, on one moment instead of all that were stored. #}

{# The moment for every market known and not closed by then, or for the wanted ones and the other
   markets of their events, closed or not. #}
{% macro moments_at_ddl() -%}
create or replace macro {{ this.database }}.{{ this.schema }}.moments_at(
    wanted_at, wanted_conditions := ''
) as table
with versions as (
    select
        condition_id,
        arg_max(event_id, known_at) filter (where known_at <= cast(wanted_at as timestamptz)) as event_id,
        coalesce(
            arg_max(is_closed, known_at) filter (where known_at <= cast(wanted_at as timestamptz))
            or bool_or(is_closed and closed_at <= cast(wanted_at as timestamptz)),
            false
        ) as is_closed
    from {{ ref('market_versions') }}
    where condition_id is not null
    group by condition_id
),

wanted as (
    select condition_id from versions
    where
        case
            when wanted_conditions = '' then not is_closed
            else
                contains(wanted_conditions, condition_id)
                or event_id in (
                    select siblings.event_id from versions as siblings
                    where contains(wanted_conditions, siblings.condition_id)
                )
        end
),

markets as (
    select * from {{ ref('dim_market') }}
    where is_binary and known_at <= cast(wanted_at as timestamptz)
),

seen_live as (
    select distinct condition_id from {{ this }}
    where as_of_kind = 'live' and as_of <= cast(wanted_at as timestamptz)
),

moments as (
    select
        wanted.condition_id,
        cast(wanted_at as timestamptz) as as_of,
        case when seen_live.condition_id is not null then 'live' else 'backfill' end as as_of_kind
    from wanted
    left join seen_live on wanted.condition_id = seen_live.condition_id
)

{{ snapshot_moments('moments', 'markets') }}
{%- endmacro %}

{% macro quotes_at_ddl(sql) -%}
create or replace macro {{ this.database }}.{{ this.schema }}.quotes_at(
    wanted_at, wanted_conditions := ''
) as table
{{ _moments_wanted() }}
select * from (
    {{ _of_moments_wanted(sql) }}
) as quotes
{%- endmacro %}

{# A change within an hour looks back at the market's own snapshots of up to 75 minutes earlier. #}
{% macro snapshots_at_ddl(sql) -%}
{%- set quotes = ref('int_snapshot_quotes') -%}
create or replace macro {{ this.database }}.{{ this.schema }}.snapshots_at(
    wanted_at, wanted_conditions := ''
) as table
{{ _moments_wanted() }},

quotes_wanted as (
    select * from {{ this.database }}.{{ this.schema }}.quotes_at(wanted_at, wanted_conditions)
    union all by name
    select * from {{ quotes }}
    where
        as_of < cast(wanted_at as timestamptz)
        and as_of >= cast(wanted_at as timestamptz) - interval '75 minutes'
        and dt >= {{ utc_date("(cast(wanted_at as timestamptz) - interval '75 minutes')") }}
)

select {{ model.columns | join(', ') }} from (
    {{ _of_moments_wanted(sql) | replace(quotes | string, 'quotes_wanted') }}
) as snapshots
where
    as_of = cast(wanted_at as timestamptz)
    and (wanted_conditions = '' or contains(wanted_conditions, condition_id))
{%- endmacro %}

{% macro _moments_wanted() -%}
with moments_wanted as (
    select * from {{ this.database }}.{{ this.schema }}.moments_at(wanted_at, wanted_conditions)
)
{%- endmacro %}

{# A model's compiled SQL (none while dbt parses) on those moments, with the tiers' boundaries of this
   build: whoever calls it need not know them. #}
{% macro _of_moments_wanted(sql) -%}
{%- set boundaries = "getvariable('tier_boundaries_h')" -%}
{%- set text = (sql or '') | replace(ref('int_snapshot_moments') | string, 'moments_wanted') -%}
{%- if execute and boundaries in text -%}
    {%- set known = run_query('select cast(' ~ boundaries ~ ' as varchar)').rows[0][0] -%}
    {{ text | replace(boundaries, 'cast(' ~ known ~ ' as double[])') }}
{%- else -%}
    {{ text }}
{%- endif -%}
{%- endmacro %}
