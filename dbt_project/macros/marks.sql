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

{# Of a term only the stretch within the day counts: that it ends later changes nothing before. #}
{% macro marks_of_fct_wallet_fills() -%}
    select
        trades.part,
        concat_ws('|', trades.mark, fees.hashed) as inputs
    from ({{ marks_kept('core.fct_trades') }}) as trades
    left join (
        select
            days.dt,
            sum(hash(
                terms.condition_id, terms.fee_rate, terms.fee_exponent, terms.fee_source,
                greatest(terms.valid_from, days.starts_at), least(terms.valid_to, days.ends_at)
            )) as hashed
        from (
            select distinct
                dt,
                condition_id,
                cast(dt as timestamp) at time zone 'UTC' as starts_at,
                cast(dt + 1 as timestamp) at time zone 'UTC' as ends_at
            from {{ ref('int_token_days') }}
        ) as days
        inner join {{ ref('int_fee_terms') }} as terms
            on
                days.condition_id = terms.condition_id
                and days.starts_at < terms.valid_to
                and days.ends_at > terms.valid_from
        group by days.dt
    ) as fees on trades.part = fees.dt
{%- endmacro %}

{% macro narrowings_of_fct_wallet_fills(parts) -%}
    {%- set filter = of_parts('dt', parts) -%}
    {{ return({ref('fct_trades') | string: filter, ref('int_fills') | string: filter}) }}
{%- endmacro %}

{% macro marks_of_int_print_days() -%}
    {{ made_of('core.fct_trades') }}
{%- endmacro %}

{% macro marks_of_int_day_closes() -%}
    {{ made_of('core.fct_wallet_fills') }}
{%- endmacro %}

{% macro marks_of_whale_trades() -%}
    select
        trades.part,
        concat_ws('|', trades.mark, labels.hashed) as inputs
    from ({{ marks_kept('core.fct_trades') }}) as trades
    left join (
        select
            days.dt,
            sum(hash(
                days.wallet, traders.name, markets.condition_id, markets.question, markets.category
            )) as hashed
        from (
            select distinct dt, condition_id, wallet from {{ ref('fct_trades') }}
            where notional_usd >= {{ var('whale_tiers_usd')[0] }}
        ) as days
        left join {{ ref('dim_market') }} as markets on days.condition_id = markets.condition_id
        left join {{ ref('dim_trader') }} as traders on days.wallet = traders.wallet
        group by days.dt
    ) as labels on trades.part = labels.dt
{%- endmacro %}

{# Positions of a market hang on its fills of all days, as the marks of these days tell, on its pairs and
   on what is known of it; those of a decided market never change again unless one of these does. #}
{% macro marks_of_trader_positions() -%}
    with days as (
        select distinct condition_id, dt from {{ ref('int_token_days') }}
    ),

    told as (
        select
            days.condition_id,
            hash('fills', days.dt, fills.mark) as hashed
        from days
        inner join ({{ marks_kept('core.fct_wallet_fills') }}) as fills on days.dt = fills.part
        union all
        select condition_id, hash('pair', pairs) from {{ ref('int_wallet_pairs') }} as pairs
        union all
        select condition_id, hash('market', category, trades_complete) from {{ ref('dim_market') }}
        union all
        select condition_id, hash('token', token_id, event_id, outcome, is_yes)
        from {{ ref('dim_market_token') }}
        union all
        select condition_id, hash('payout', token_id, payout, known_at) from {{ ref('fct_resolutions') }}
        union all
        select condition_id, hash('worth', max(dt), arg_max((yes_mark, mark_source), dt))
        from {{ ref('int_market_marks') }}
        group by condition_id
        union all
        select
            markets.condition_id,
            hash('conversion', acts.wallet)
        from {{ ref('stg_data_activity') }} as acts
        inner join {{ ref('dim_market') }} as named on acts.condition_id = named.condition_id
        inner join {{ ref('dim_market') }} as markets on named.event_id = markets.event_id
        where acts.activity_type = 'CONVERSION' and acts.{{ is_known() }}
        union all
        select
            markets.condition_id,
            hash('conversion', acts.wallet)
        from {{ ref('stg_data_activity') }} as acts
        inner join {{ ref('dim_event') }} as events on acts.event_slug = events.slug
        inner join {{ ref('dim_market') }} as markets on events.event_id = markets.event_id
        where acts.activity_type = 'CONVERSION' and acts.{{ is_known() }}
    )

    select
        settled.settled_on as part,
        cast(sum(hash(told.condition_id, told.hashed)) as varchar) as inputs
    from told
    left join {{ ref('int_settled_markets') }} as settled on told.condition_id = settled.condition_id
    group by settled.settled_on
{%- endmacro %}

{% macro narrowings_of_trader_positions(parts) -%}
    {%- do run_query(
        "create or replace temp table conditions_now as select distinct traded.condition_id from ("
        ~ "select condition_id from " ~ ref('int_token_days')
        ~ " union all select condition_id from " ~ ref('int_wallet_pairs')
        ~ ") as traded left join " ~ ref('int_settled_markets') ~ " as settled"
        ~ " on traded.condition_id = settled.condition_id"
        ~ " where " ~ of_parts('settled.settled_on', parts)
    ) -%}
    {%- set wanted = 'condition_id in (select condition_id from conditions_now)' -%}
    {{ return({
        ref('fct_wallet_fills') | string: wanted ~ ' and ' ~ days_of_conditions(),
        ref('int_wallet_pairs') | string: wanted,
        ref('int_market_marks') | string: wanted,
    }) }}
{%- endmacro %}

{# The days on which conditions_now were traded, as a list, so that other days' files stay unread. #}
{% macro days_of_conditions(up_to=none) -%}
    {%- set days = run_query(
        "select distinct cast(dt as varchar) from " ~ ref('int_token_days')
        ~ " where condition_id in (select condition_id from conditions_now)"
        ~ (" and dt <= date '" ~ up_to ~ "'" if up_to else "")
    ).columns[0].values() | list -%}
    {{ return(of_parts('dt', days) if days else 'false') }}
{%- endmacro %}

{% macro marks_of_trader_markets() -%}
    with redemptions as (
        select
            settled.settled_on,
            sum(hash(acts.activity_id, acts.wallet, acts.condition_id, acts.cash_usd)) as hashed
        from {{ ref('stg_data_activity') }} as acts
        left join {{ ref('int_settled_markets') }} as settled
            on acts.condition_id = settled.condition_id
        where acts.activity_type = 'REDEEM' and acts.{{ is_known() }}
        group by settled.settled_on
    )

    select
        positions.part,
        concat_ws('|', positions.mark, redemptions.hashed) as inputs
    from ({{ marks_kept('leaderboards.trader_positions') }}) as positions
    left join redemptions on positions.part is not distinct from redemptions.settled_on
{%- endmacro %}

{% macro narrowings_of_trader_markets(parts) -%}
    {{ return({ref('trader_positions') | string: of_parts('settled_on', parts)}) }}
{%- endmacro %}

{# What a wallet is worth on a day hangs on the moves of its markets up to then and on their marks. #}
{% macro marks_of_trader_category_daily() -%}
    with told as (
        select distinct
            days.condition_id,
            days.dt,
            hash('fills', fills.mark) as hashed
        from {{ ref('int_token_days') }} as days
        inner join ({{ marks_kept('core.fct_wallet_fills') }}) as fills on days.dt = fills.part
        union all
        select condition_id, dt, hash('pair', pairs) from {{ ref('int_wallet_pairs') }} as pairs
    ),

    moved as (
        select
            condition_id,
            dt,
            sum(hash(dt, hashed)) as hashed
        from told
        group by condition_id, dt
    ),

    moved_by as (
        select
            condition_id,
            dt,
            sum(hashed) over (partition by condition_id order by dt) as hashed
        from moved
    ),

    days as (
        select condition_id, dt, hash(yes_mark, yes_mark_before, first_dt) as hashed
        from {{ ref('int_market_marks') }}
        union all by name
        select condition_id, dt from moved
    ),

    by_day as (
        select
            days.dt,
            sum(hash(days.condition_id, days.hashed, moved_by.hashed, markets.category)) as hashed
        from days
        asof left join moved_by
            on days.condition_id = moved_by.condition_id and days.dt >= moved_by.dt
        left join {{ ref('dim_market') }} as markets on days.condition_id = markets.condition_id
        group by days.dt
    )

    select
        coalesce(by_day.dt, results.part) as part,
        concat_ws('|', by_day.hashed, '/', results.mark) as inputs
    from by_day
    full join (
        select * from ({{ marks_kept('leaderboards.trader_markets') }})
        where part is not null
    ) as results on by_day.dt = results.part
{%- endmacro %}

{% macro narrowings_of_trader_category_daily(parts) -%}
    {%- set filter = of_parts('dt', parts) -%}
    {%- do run_query(
        "create or replace temp table conditions_now as"
        ~ " select condition_id from " ~ ref('int_market_marks') ~ " where " ~ filter
        ~ " union select condition_id from " ~ ref('int_token_days') ~ " where " ~ filter
        ~ " union select condition_id from " ~ ref('int_wallet_pairs') ~ " where " ~ filter
    ) -%}
    {%- set wanted = 'condition_id in (select condition_id from conditions_now)' -%}
    {{ return({
        ref('fct_wallet_fills') | string: wanted ~ ' and ' ~ days_of_conditions(up_to=parts | max),
        ref('int_wallet_pairs') | string: wanted,
        ref('int_market_marks') | string: wanted ~ ' and (' ~ filter ~ ' or dt = first_dt)',
        ref('trader_markets') | string: of_parts('settled_on', parts),
    }) }}
{%- endmacro %}

{% macro marks_of_int_trader_days() -%}
    {{ made_of('leaderboards.trader_category_daily') }}
{%- endmacro %}

{# The day on which an event's last market was decided, null while one is not; a market without an event
   is its own. #}
{% macro settled_events() -%}
    select
        coalesce(markets.event_id, markets.condition_id) as event_id,
        case when count(*) = count(settled.settled_on) then max(settled.settled_on) end as settled_on
    from {{ ref('dim_market') }} as markets
    left join {{ ref('int_settled_markets') }} as settled
        on markets.condition_id = settled.condition_id
    group by coalesce(markets.event_id, markets.condition_id)
{%- endmacro %}

{# Markets, each with the part of its own and that of its event. #}
{% macro parts_of_events() -%}
    select
        markets.condition_id,
        settled.settled_on,
        events.event_id,
        events.settled_on as event_settled_on
    from {{ ref('dim_market') }} as markets
    inner join ({{ settled_events() }}) as events
        on coalesce(markets.event_id, markets.condition_id) = events.event_id
    left join {{ ref('int_settled_markets') }} as settled
        on markets.condition_id = settled.condition_id
{%- endmacro %}

{% macro marks_of_trader_events() -%}
    select
        events.event_settled_on as part,
        cast(sum(hash(events.condition_id, events.event_id, markets.mark)) as varchar) as inputs
    from ({{ parts_of_events() }}) as events
    left join ({{ marks_kept('leaderboards.trader_markets') }}) as markets
        on events.settled_on is not distinct from markets.part
    group by events.event_settled_on
{%- endmacro %}

{% macro narrowings_of_trader_events(parts) -%}
    {%- do run_query(
        "create or replace temp table conditions_now as select condition_id, settled_on from ("
        ~ parts_of_events() ~ ") where " ~ of_parts('event_settled_on', parts)
    ) -%}
    {%- set settled = run_query(
        "select distinct coalesce(cast(settled_on as varchar), 'open') from conditions_now"
    ).columns[0].values() | list -%}
    {{ return({
        ref('trader_markets') | string:
            'condition_id in (select condition_id from conditions_now) and '
            ~ (of_parts('settled_on', settled) if settled else 'false'),
    }) }}
{%- endmacro %}
