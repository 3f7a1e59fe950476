{# Positions, results and days of wallets: by the day on which a market, or an event, was settled, or by day. #}

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
