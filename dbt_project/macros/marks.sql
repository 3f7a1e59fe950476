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

{# Positions of a market hang on its fills of all days, as the marks of these days tell, on its pairs and
   on what is known of it; those of a decided market never change again unless one of these does. #}
{% macro marks_of_trader_positions() -%}
    with told as (
        select
            days.condition_id,
            sum(hash(fills.mark)) as hashed
        from {{ ref('int_token_days') }} as days
        inner join ({{ marks_kept('core.fct_wallet_fills') }}) as fills on days.dt = fills.part
        group by days.condition_id
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

{# What a wallet is worth on a day hangs on the moves of its markets up to then and on their marks. A move
   counts from its day on, a market's topic from its first one; both until the market's last mark. #}
{% macro marks_of_trader_category_daily() -%}
    with moves as (
        select
            days.condition_id,
            days.dt,
            hash(days.condition_id, fills.mark) as hashed
        from {{ ref('int_token_days') }} as days
        inner join ({{ marks_kept('core.fct_wallet_fills') }}) as fills on days.dt = fills.part
        union all
        select condition_id, dt, hash('pair', pairs) from {{ ref('int_wallet_pairs') }} as pairs
    ),

    worth as (
        select
            dt,
            sum(hash(condition_id, yes_mark, yes_mark_before, first_dt)) as hashed
        from {{ ref('int_market_marks') }}
        group by dt
    ),

    spans as (
        select
            moved.first_dt,
            marked.last_dt,
            moved.hashed,
            hash(moved.condition_id, markets.category) as category_hashed
        from (
            select
                condition_id,
                min(dt) as first_dt,
                sum(hashed) as hashed
            from moves
            group by condition_id
        ) as moved
        left join (
            select
                condition_id,
                max(dt) as last_dt
            from {{ ref('int_market_marks') }}
            group by condition_id
        ) as marked on moved.condition_id = marked.condition_id
        left join {{ ref('dim_market') }} as markets on moved.condition_id = markets.condition_id
    ),

    changes as (
        select dt, sum(hashed) as hashed from moves group by dt
        union all
        select first_dt, sum(category_hashed) from spans group by first_dt
        union all
        select last_dt + 1, -sum(hashed + category_hashed) from spans group by last_dt
    ),

    so_far as (
        {{ running('changes') }}
    )

    select
        coalesce(worth.dt, moved.dt, results.part) as part,
        concat_ws('|', worth.hashed, '/', so_far.hashed, '/', results.mark) as inputs
    from worth
    full join (select distinct dt from moves) as moved on worth.dt = moved.dt
    full join (
        select * from ({{ marks_kept('leaderboards.trader_markets') }})
        where part is not null
    ) as results on coalesce(worth.dt, moved.dt) = results.part
    asof left join so_far on coalesce(worth.dt, moved.dt, results.part) >= so_far.dt
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
