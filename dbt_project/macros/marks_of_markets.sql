{# Models with a row or more per market, by the month in which the market closed (int_market_lives).

   The month is no column of theirs: it would say of a market's past how it went on. Markets that are
   open, or in no list, hang on the time: they are the part `open`, which every build makes anew. Of a
   closed market only what may still change is asked. #}

{# Parts whose inputs are, for each closed market, some queries of (condition_id, hashed). #}
{% macro told_of_markets(queries, also="''") -%}
    select
        lives.closed_in as part,
        concat_ws('|', sum(hash(told.kind, told.condition_id, told.hashed)), {{ also }}) as inputs
    from (
        {%- for query in queries %}
        select
            {{ loop.index }} as kind,
            condition_id,
            hashed
        from ({{ query }})
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as told
    inner join {{ ref('int_market_lives') }} as lives on told.condition_id = lives.condition_id
    where lives.closed_in is not null
    group by lives.closed_in
    union all
    {{ open_part() }}
{%- endmacro %}

{% macro open_part() -%}
    select
        cast(null as date) as part,
        cast(current_timestamp as varchar) as inputs
{%- endmacro %}

{% macro told_of_versions() -%}
    select condition_id, hash(versions_hash) as hashed from {{ ref('int_market_lives') }}
{%- endmacro %}

{% macro told_of_fills() -%}
    select condition_id, hash(fills_hash) as hashed from {{ ref('int_market_lives') }}
{%- endmacro %}

{# Parts that are made of nothing but the same parts of other models. #}
{% macro made_of_markets(model_names) -%}
    select
        part,
        cast(sum(hash(mark)) as varchar) as inputs
    from (
        {%- for name in model_names %}
        {{ marks_kept(name) }}
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    )
    where part is not null
    group by part
    union all
    {{ open_part() }}
{%- endmacro %}

{# The markets of the parts that stay as they are: whatever else there is, is made anew. #}
{% macro keep_markets(stale) -%}
    {%- do run_query(
        "create or replace temp table markets_kept as select condition_id from "
        ~ ref('int_market_lives') ~ " where closed_in is not null and not " ~ of_parts('closed_in', stale)
    ) -%}
{%- endmacro %}

{% macro of_stale_markets() -%}
    {{ return('condition_id not in (select condition_id from markets_kept)') }}
{%- endmacro %}

{# The versions of these markets: since the first of them was heard of, so that older files stay unread. #}
{% macro versions_of_stale_markets() -%}
    {%- set first = run_query(
        "select cast(" ~ utc_date('min(first_seen_at)') ~ " as varchar) from " ~ ref('int_market_lives')
        ~ " where " ~ of_stale_markets()
    ).rows[0][0] -%}
    {{ return(of_stale_markets() ~ (" and dt >= date '" ~ first ~ "'" if first else '')) }}
{%- endmacro %}

{# The rows that a table of days has of these markets, as versions_of_stale_markets() does. #}
{% macro days_of_stale_markets(read) -%}
    {%- set days = run_query(
        "select distinct cast(dt as varchar) from " ~ read ~ " where " ~ of_stale_markets()
    ).columns[0].values() | list -%}
    {{ return(of_stale_markets() ~ ' and ' ~ (of_parts('dt', days) if days else 'false')) }}
{%- endmacro %}

{% macro narrowed_to_markets(names) -%}
    {%- set narrowings = {} -%}
    {%- for name in names -%}
        {%- do narrowings.update({ref(name) | string: of_stale_markets()}) -%}
    {%- endfor -%}
    {{ return(narrowings) }}
{%- endmacro %}

{% macro marks_of_int_traded_tokens() -%}
    {{ told_of_markets([told_of_fills()]) }}
{%- endmacro %}

{% macro narrowings_of_int_traded_tokens(parts) -%}
    {{ return({ref('int_token_days') | string: days_of_stale_markets(ref('int_token_days'))}) }}
{%- endmacro %}

{% macro marks_of_int_market_terms() -%}
    {{ told_of_markets([told_of_versions()]) }}
{%- endmacro %}

{% macro narrowings_of_int_market_terms(parts) -%}
    {{ return({ref('int_market_versions') | string: versions_of_stale_markets()}) }}
{%- endmacro %}

{% macro marks_of_fct_resolutions() -%}
    {{ told_of_markets([told_of_versions()]) }}
{%- endmacro %}

{% macro narrowings_of_fct_resolutions(parts) -%}
    {{ return({ref('int_market_versions') | string: versions_of_stale_markets()}) }}
{%- endmacro %}

{# The fee of a topic counts by its date, and whether all fills are held by how far they were collected
   when the newest version came. #}
{% macro marks_of_dim_market() -%}
    {%- set topics -%}
        select
            versions.condition_id,
            hash(events.category, events.category_raw) as hashed
        from {{ ref('int_market_versions') }} as versions
        inner join {{ ref('dim_event') }} as events on versions.event_id = events.event_id
        where versions.condition_id is not null
    {%- endset -%}
    {%- set collected -%}
        select
            lives.condition_id,
            hash(coverage.covered_to < lives.last_changed_at) as hashed
        from {{ ref('int_market_lives') }} as lives
        cross join (
            select max(covered_to) as covered_to from {{ ref('int_trade_coverage') }}
        ) as coverage
    {%- endset -%}
    {%- set vocabulary -%}
        (
            select sum(hash(category, valid_from, rate, exponent)) from {{ ref('category_fees') }}
            where valid_from <= {{ utc_date(now_utc()) }}
        ),
        (select sum(hash(keyword, match_case)) from {{ ref('crypto_keywords') }})
    {%- endset -%}
    {{ told_of_markets([told_of_versions(), told_of_fills(), topics, collected], also=vocabulary) }}
{%- endmacro %}

{% macro narrowings_of_dim_market(parts) -%}
    {%- set narrowings = narrowed_to_markets(['int_traded_tokens', 'int_market_lives']) -%}
    {%- do narrowings.update({
        ref('int_market_versions') | string: versions_of_stale_markets(),
        ref('int_token_days') | string: days_of_stale_markets(ref('int_token_days')),
    }) -%}
    {{ return(narrowings) }}
{%- endmacro %}

{% macro marks_of_int_fee_terms() -%}
    {%- set topics -%}
        select condition_id, hash(category) as hashed from {{ ref('dim_market') }}
    {%- endset -%}
    {%- set fees -%}
        (select sum(hash(category, valid_from, rate, exponent)) from {{ ref('category_fees') }})
    {%- endset -%}
    {{ told_of_markets([told_of_versions(), topics], also=fees) }}
{%- endmacro %}

{% macro narrowings_of_int_fee_terms(parts) -%}
    {%- set narrowings = narrowed_to_markets(['dim_market']) -%}
    {%- do narrowings.update({ref('int_market_versions') | string: versions_of_stale_markets()}) -%}
    {{ return(narrowings) }}
{%- endmacro %}

{# A spell begins before its market closes: what was collected later tells nothing of it. #}
{% macro marks_of_int_quiet_spells() -%}
    {%- set collected -%}
        select
            lives.condition_id,
            sum(hash(
                coverage.covered_from, least(coverage.covered_to, lives.last_changed_at)
            )) as hashed
        from {{ ref('int_market_lives') }} as lives
        inner join {{ ref('int_trade_coverage') }} as coverage
            on lives.last_changed_at >= coverage.covered_from
        group by lives.condition_id
    {%- endset -%}
    {{ told_of_markets([told_of_versions(), told_of_fills(), collected]) }}
{%- endmacro %}

{% macro narrowings_of_int_quiet_spells(parts) -%}
    {%- set narrowings = narrowed_to_markets(['int_market_terms']) -%}
    {%- do narrowings.update({
        ref('int_token_days') | string: days_of_stale_markets(ref('int_token_days'))
    }) -%}
    {{ return(narrowings) }}
{%- endmacro %}

{% macro marks_of_tier_transitions() -%}
    {%- set spells -%}
        select condition_id, hash(quiet_from, quiet_to) as hashed from {{ ref('int_quiet_spells') }}
    {%- endset -%}
    {%- set delistings -%}
        select condition_id, hash(delisted_from, delisted_to) as hashed from {{ ref('int_delistings') }}
    {%- endset -%}
    {{ told_of_markets(
        [told_of_versions(), spells, delistings], also="cast(getvariable('tier_boundaries_h') as varchar)"
    ) }}
{%- endmacro %}

{% macro narrowings_of_tier_transitions(parts) -%}
    {{ return(narrowed_to_markets(['int_market_terms', 'int_quiet_spells', 'int_delistings'])) }}
{%- endmacro %}

{% macro marks_of_market_tiers() -%}
    {{ made_of_markets(['core.tier_transitions', 'core.int_market_terms']) }}
{%- endmacro %}

{% macro narrowings_of_market_tiers(parts) -%}
    {{ return(narrowed_to_markets(['tier_transitions', 'int_market_terms'])) }}
{%- endmacro %}

{# The last prices of days are those of fills, seen from YES. A market without a result has a mark of
   today. #}
{% macro marks_of_int_market_marks() -%}
    {%- set labels -%}
        select
            traded.condition_id,
            hash(tokens.token_id, tokens.is_yes) as hashed
        from {{ ref('int_traded_tokens') }} as traded
        inner join {{ ref('dim_market_token') }} as tokens on traded.token_id = tokens.token_id
    {%- endset -%}
    {%- set points -%}
        select
            tokens.condition_id,
            hash('prices', days.mark) as hashed
        from {{ ref('int_price_days') }} as points
        inner join ({{ marks_kept('core.fct_prices') }}) as days on points.dt = days.part
        inner join {{ ref('dim_market_token') }} as tokens on points.token_id = tokens.token_id
    {%- endset -%}
    {%- set results -%}
        select
            resolutions.condition_id,
            hash(tokens.is_yes, resolutions.payout, resolutions.known_at) as hashed
        from {{ ref('fct_resolutions') }} as resolutions
        inner join {{ ref('dim_market_token') }} as tokens on resolutions.token_id = tokens.token_id
        where resolutions.payout is not null
    {%- endset -%}
    {%- set undecided -%}
        select
            lives.condition_id,
            hash({{ utc_date(now_utc()) }}) as hashed
        from {{ ref('int_market_lives') }} as lives
        anti join (
            select condition_id from {{ ref('fct_resolutions') }} where payout is not null
        ) as decided on lives.condition_id = decided.condition_id
    {%- endset -%}
    {{ told_of_markets([told_of_fills(), labels, points, results, undecided]) }}
{%- endmacro %}

{% macro narrowings_of_int_market_marks(parts) -%}
    {%- set narrowings = narrowed_to_markets(['fct_prices', 'fct_resolutions']) -%}
    {%- do narrowings.update({
        ref('int_day_closes') | string: days_of_stale_markets(ref('int_day_closes'))
    }) -%}
    {{ return(narrowings) }}
{%- endmacro %}

{% macro marks_of_int_last_prints() -%}
    {%- set prints -%}
        select
            prints.condition_id,
            hash(days.mark) as hashed
        from {{ ref('int_print_days') }} as prints
        inner join ({{ marks_kept('features.int_print_days') }}) as days on prints.dt = days.part
    {%- endset -%}
    {{ told_of_markets([prints]) }}
{%- endmacro %}

{% macro narrowings_of_int_last_prints(parts) -%}
    {{ return({ref('int_print_days') | string: days_of_stale_markets(ref('int_print_days'))}) }}
{%- endmacro %}
