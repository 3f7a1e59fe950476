{# A snapshot of an hour's activity is of the next day where the hour is a day's last; beside the activity
   itself it hangs on the versions received on the day and on what is fixed of the markets it is about.
   Since when a market was seen live counts on the days on which it tells one hour from another. #}
{% macro marks_of_int_snapshot_moments() -%}
    with active as (
        select dt, condition_id from {{ ref('int_token_days') }}
        union all
        select days.dt, tokens.condition_id
        from {{ ref('int_price_days') }} as days
        inner join {{ ref('dim_market_token') }} as tokens on days.token_id = tokens.token_id
        union all
        select days.dt, coalesce(tokens.condition_id, days.condition_id) as condition_id
        from {{ ref('int_book_days') }} as days
        left join {{ ref('dim_market_token') }} as tokens on days.token_id = tokens.token_id
        union all
        select dt, condition_id from {{ ref('int_market_versions') }}
    ),

    fixed as (
        select
            active.dt,
            sum(markets.hashed) as hashed
        from active
        inner join (
            select condition_id, hash(condition_id, yes_token_id, no_token_id, created_at) as hashed
            from {{ ref('dim_market') }}
            where is_binary
        ) as markets on active.condition_id = markets.condition_id
        group by active.dt
    ),

    beginnings as (
        select
            {{ utc_date('live_from') }} as live_on,
            hash(condition_id, live_from) as moment_hashed,
            hash(condition_id) as hashed
        from {{ ref('int_first_seen_live') }}
    ),

    changes as (
        select live_on - 1 as dt, moment_hashed as hashed from beginnings
        union all
        select live_on + 1, hashed - cast(moment_hashed as hugeint) from beginnings
    ),

    live_so_far as (
        {{ running('changes') }}
    ),

    told as (
        select part as dt, hash('fills', mark) as hashed from ({{ marks_kept('core.fct_trades') }})
        union all
        select part as dt, hash('prices', mark) as hashed from ({{ marks_kept('core.fct_prices') }})
        union all
        select fixed.dt, hash('fixed', fixed.hashed, live_so_far.hashed) as hashed
        from fixed
        asof left join live_so_far on fixed.dt >= live_so_far.dt
    ),

    told_of_both_days as (
        select dt, hashed from told
        union all
        select dt + 1 as dt, hash('before', hashed) as hashed from told
        union all
        select part as dt, hash('books', mark) as hashed from ({{ marks_kept('core.fct_books') }})
        union all
        select part as dt, hash('versions', mark) as hashed
        from ({{ marks_kept('core.int_market_versions') }})
    )

    select
        dt as part,
        concat_ws('|', sum(hashed), least({{ now_utc() }}, {{ end_of('dt') }})) as inputs
    from told_of_both_days
    group by dt
{%- endmacro %}

{% macro narrowings_of_int_snapshot_moments(parts) -%}
    {%- set both_days = of_parts('dt', with_days_before(parts)) -%}
    {{ return({
        ref('fct_trades') | string: both_days,
        ref('fct_prices') | string: both_days,
        ref('fct_books') | string: of_parts('dt', parts),
    }) }}
{%- endmacro %}

{# The quotes of a day hang on every version, and on every proof that one was current, known by its end. #}
{% macro marks_of_int_snapshot_quotes() -%}
    with told as (
        select part as dt, hash('versions', mark) as hashed
        from ({{ marks_kept('core.int_market_versions') }})
        union all
        select
            {{ utc_date('known_at') }} as dt,
            hash(
                event_id, category, category_raw, competitive, open_interest_usd, liquidity_usd,
                received_at, known_at
            ) as hashed
        from {{ ref('int_event_versions') }}
        union all
        select
            {{ utc_date('known_at') }} as dt,
            hash(source, started_at, known_at) as hashed
        from {{ ref('stg_gamma_walks') }}
    ),

    days as (
        select dt, sum(hashed) as hashed from told
        group by dt
    ),

    known_by as (
        select dt, sum(hashed) over (order by dt) as hashed from days
    ),

    fees as (
        select sum(hash(category, valid_from, rate, exponent)) as hashed from {{ ref('category_fees') }}
    ),

    of_one_day as (
        select part, mark from ({{ marks_kept('core.fct_books') }})
        union all
        select part, mark from ({{ marks_kept('core.fct_prices') }})
    ),

    of_both_days as (
        select dt, sum(hashed) as hashed
        from (
            select part as dt, hash(mark) as hashed from of_one_day
            union all
            select part + 1 as dt, hash('before', mark) as hashed from of_one_day
        )
        group by dt
    )

    select
        moments.part,
        concat_ws('|', moments.mark, known_by.hashed, '/', of_both_days.hashed, '/', fees.hashed) as inputs
    from ({{ marks_kept('features.int_snapshot_moments') }}) as moments
    asof left join known_by on moments.part >= known_by.dt
    left join of_both_days on moments.part = of_both_days.dt
    cross join fees
{%- endmacro %}

{% macro narrowings_of_int_snapshot_quotes(parts) -%}
    {%- set both_days = of_parts('dt', with_days_before(parts)) -%}
    {{ return({
        ref('int_snapshot_moments') | string: of_parts('dt', parts),
        ref('fct_books') | string: both_days,
        ref('fct_prices') | string: both_days,
    }) }}
{%- endmacro %}

{# Quotes of the day before are looked back at for an hour, fills of all days before for the newest. #}
{% macro marks_of_market_snapshots() -%}
    with fills as (
        select
            part,
            hash(mark) as hashed,
            sum(hash(part, mark)) over (order by part) as hashed_until
        from ({{ marks_kept('core.fct_trades') }})
    ),

    quotes as (
        select * from ({{ marks_kept('features.int_snapshot_quotes') }})
    ),

    covered as (
        select
            quotes.part,
            sum(hash(
                greatest(coverage.covered_from, {{ end_of('quotes.part - 2') }}),
                least(coverage.covered_to, {{ end_of('quotes.part') }})
            )) as hashed
        from quotes
        inner join {{ ref('int_trade_coverage') }} as coverage
            on
                coverage.covered_from < {{ end_of('quotes.part') }}
                and coverage.covered_to > {{ end_of('quotes.part - 2') }}
        group by quotes.part
    )

    select
        quotes.part,
        concat_ws(
            '|', quotes.mark, before.mark, '/', fills.hashed, '/', earlier.hashed_until, '/', covered.hashed,
            '/', getvariable('tier_boundaries_h')
        ) as inputs
    from quotes
    left join quotes as before on quotes.part = before.part + 1
    left join fills on quotes.part = fills.part
    asof left join fills as earlier on quotes.part > earlier.part
    left join covered on quotes.part = covered.part
{%- endmacro %}

{% macro narrowings_of_market_snapshots(parts) -%}
    {%- set both_days = of_parts('dt', with_days_before(parts)) -%}
    {{ return({
        ref('int_snapshot_quotes') | string: both_days,
        ref('int_snapshot_moments') | string: of_parts('dt', parts),
        ref('fct_trades') | string: both_days,
        ref('fct_prices') | string: both_days,
    }) }}
{%- endmacro %}

{# Days, and the day before each. #}
{% macro with_days_before(parts) -%}
    {%- set days = [] -%}
    {%- for part in parts -%}
        {%- set day = modules.datetime.date.fromisoformat(part) -%}
        {%- do days.append(day | string) -%}
        {%- do days.append((day - modules.datetime.timedelta(days=1)) | string) -%}
    {%- endfor -%}
    {{ return(days | unique | list) }}
{%- endmacro %}
