{# What each part of a model is made of, as parts.sql asks for it: (part, inputs).

   Raw rows are told by the catalog's account of their files, a row of another model by its hash or by
   the mark its part was built with. Of what a model reads across its parts (labels of tokens, fee terms,
   names) only the rows that concern a part count for it. #}

{# A part that is made of nothing but the same part of another model. #}
{% macro made_of(model_name) -%}
    select part, mark as inputs from ({{ marks_kept(model_name) }})
{%- endmacro %}

{# Days of a raw table as the catalog's account of their files tells them. Until a day's rows are all
   known it depends on the time; `lag` is how long that takes after its end. #}
{% macro raw_days(table, lag='0 minutes') -%}
    select
        dt as part,
        concat_ws('|', mark, least({{ now_utc() }}, {{ end_of('dt') }} + interval '{{ lag }}')) as inputs
    from query(getvariable('day_marks_of_{{ table }}'))
{%- endmacro %}

{# What a dimension says of whatever a table of days has, by day. Each of its rows is hashed once, not once
   for every day it is on. #}
{% macro told_of_days(days, key, dimension, columns) -%}
    select
        days.dt,
        sum(told.hashed) as hashed
    from {{ ref(days) }} as days
    inner join (
        select
            {{ key }},
            hash({{ columns | join(', ') }}) as hashed
        from {{ ref(dimension) }}
    ) as told on days.{{ key }} = told.{{ key }}
    group by days.dt
{%- endmacro %}

{% macro end_of(date) -%}
    cast({{ date }} + 1 as timestamp) at time zone 'UTC'
{%- endmacro %}

{% macro marks_of_int_fills() -%}
    {{ raw_days('data_trades', lag='5 minutes') }}
{%- endmacro %}

{# Read through a view, which hands on what is wanted of the result. #}
{% macro narrowings_of_int_fills(parts) -%}
    {{ return({source('raw', 'data_trades') | string: of_parts('dt', parts)}) }}
{%- endmacro %}

{# Versions of both venues; the topics of the vocabulary are in each. #}
{% macro marks_of_int_market_versions() -%}
    select
        received.part,
        concat_ws('|', sum(hash(received.inputs)), any_value(vocabulary.hashed)) as inputs
    from (
        {{ raw_days('gamma_markets') }}
        union all
        {{ raw_days('kalshi_markets') }}
    ) as received
    cross join (
        select sum(hash(tag, category)) as hashed from {{ ref('category_tags') }}
    ) as vocabulary
    group by received.part
{%- endmacro %}

{% macro marks_of_int_rules_days() -%}
    {{ made_of('core.int_market_versions') }}
{%- endmacro %}

{% macro marks_of_int_book_days() -%}
    {{ raw_days('clob_books') }}
{%- endmacro %}

{% macro marks_of_int_price_days() -%}
    {{ raw_days('clob_prices') }}
{%- endmacro %}

{% macro marks_of_fct_books() -%}
    select
        books.part,
        concat_ws('|', books.mark, labels.hashed) as inputs
    from ({{ marks_kept('core.int_book_days') }}) as books
    left join (
        {{ told_of_days(
            'int_book_days', 'token_id', 'dim_market_token', ['token_id', 'condition_id', 'is_yes']
        ) }}
    ) as labels on books.part = labels.dt
{%- endmacro %}

{# Of a market's end only what comes before the end of the day counts. #}
{% macro marks_of_fct_prices() -%}
    select
        prices.part,
        concat_ws('|', prices.mark, labels.hashed) as inputs
    from ({{ marks_kept('core.int_price_days') }}) as prices
    left join (
        select
            days.dt,
            sum(hash(
                tokens.token_id, tokens.condition_id, tokens.is_yes,
                least(closings.closed_at, {{ end_of('days.dt') }})
            )) as hashed
        from {{ ref('int_price_days') }} as days
        inner join {{ ref('dim_market_token') }} as tokens on days.token_id = tokens.token_id
        left join ({{ first_closings() }}) as closings on tokens.condition_id = closings.condition_id
        group by days.dt
    ) as labels on prices.part = labels.dt
{%- endmacro %}

{% macro marks_of_int_token_days() -%}
    {{ made_of('core.int_fills') }}
{%- endmacro %}

{% macro marks_of_int_wallet_days() -%}
    {{ made_of('core.int_fills') }}
{%- endmacro %}

{# What changes on some days, each change with its day, added up to each of them. #}
{% macro running(changes) -%}
    select
        dt,
        sum(sum(hashed)) over (order by dt) as hashed
    from {{ changes }}
    where dt is not null
    group by dt
{%- endmacro %}

{% macro marks_of_fct_trades() -%}
    select
        fills.part,
        concat_ws('|', fills.mark, labels.hashed) as inputs
    from ({{ marks_kept('core.int_fills') }}) as fills
    left join (
        {{ told_of_days('int_token_days', 'token_id', 'dim_market_token', [
            'token_id', 'event_id', 'is_yes', 'outcome', 'outcome_index', 'metadata_status'
        ]) }}
    ) as labels on fills.part = labels.dt
{%- endmacro %}

{# Of a term only the days on which it is in force count, and on the first and the last of them the moment:
   that it ends later changes nothing before. Most markets have one fee on all days they are traded: what
   it is need not be looked for on each. #}
{% macro marks_of_fct_wallet_fills() -%}
    with traded as (
        select
            condition_id,
            min({{ utc_date('first_fill_at') }}) as first_on,
            max({{ utc_date('last_fill_at') }}) as last_on
        from {{ ref('int_traded_tokens') }}
        group by condition_id
    ),

    terms as (
        select
            terms.condition_id,
            terms.valid_from,
            terms.valid_to,
            {{ utc_date('terms.valid_from') }} as begins_on,
            {{ utc_date('terms.valid_to') }} as ends_on,
            hash(terms.condition_id, terms.fee_rate, terms.fee_exponent, terms.fee_source) as hashed,
            bool_and(
                {{ utc_date('terms.valid_from') }} < traded.first_on
                and {{ utc_date('terms.valid_to') }} > traded.last_on
            ) over (partition by terms.condition_id) as is_only_one
        from {{ ref('int_fee_terms') }} as terms
        inner join traded
            on
                terms.condition_id = traded.condition_id
                and {{ utc_date('terms.valid_from') }} <= traded.last_on
                and {{ utc_date('terms.valid_to') }} >= traded.first_on
    ),

    days as (
        select dt, condition_id from {{ ref('int_token_days') }}
    ),

    told as (
        select
            days.dt,
            sum(terms.hashed) as hashed
        from days
        inner join (select * from terms where is_only_one) as terms
            on days.condition_id = terms.condition_id
        group by days.dt
        union all
        select
            days.dt,
            sum(
                cast(terms.hashed as hugeint)
                + case when terms.begins_on = days.dt then hash('begins', terms.valid_from) else 0 end
                + case when terms.ends_on = days.dt then hash('ends', terms.valid_to) else 0 end
            ) as hashed
        from days
        inner join (select * from terms where not is_only_one) as terms
            on
                days.condition_id = terms.condition_id
                and days.dt >= terms.begins_on
                and days.dt <= terms.ends_on
        group by days.dt
    ),

    fees as (
        select dt, sum(hashed) as hashed from told group by dt
    )

    select
        trades.part,
        concat_ws('|', trades.mark, fees.hashed) as inputs
    from ({{ marks_kept('core.fct_trades') }}) as trades
    left join fees on trades.part = fees.dt
{%- endmacro %}

{% macro narrowings_of_fct_wallet_fills(parts) -%}
    {%- set filter = of_parts('dt', parts) -%}
    {{ return({ref('int_fills') | string: filter, ref('fct_trades') | string: filter}) }}
{%- endmacro %}

{% macro marks_of_int_print_days() -%}
    {{ made_of('core.fct_trades') }}
{%- endmacro %}

{% macro marks_of_int_day_closes() -%}
    {{ made_of('core.fct_wallet_fills') }}
{%- endmacro %}

{% macro marks_of_whale_trades() -%}
    with whales as (
        select dt, condition_id, wallet from {{ ref('fct_trades') }}
        where notional_usd >= {{ var('whale_tiers_usd')[0] }}
    ),

    told as (
        select
            whales.dt,
            sum(markets.hashed) as hashed
        from whales
        inner join (
            select condition_id, hash(condition_id, question, category) as hashed
            from {{ ref('dim_market') }}
        ) as markets on whales.condition_id = markets.condition_id
        group by whales.dt
        union all
        select
            whales.dt,
            sum(traders.hashed) as hashed
        from whales
        inner join (
            select wallet, hash(wallet, name) as hashed from {{ ref('dim_trader') }}
        ) as traders on whales.wallet = traders.wallet
        group by whales.dt
    )

    select
        trades.part,
        concat_ws('|', trades.mark, labels.hashed) as inputs
    from ({{ marks_kept('core.fct_trades') }}) as trades
    left join (select dt, sum(hashed) as hashed from told group by dt) as labels on trades.part = labels.dt
{%- endmacro %}
