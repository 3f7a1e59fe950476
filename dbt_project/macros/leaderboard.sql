{# Wallets ranked by profit as of a date, per window and topic: the one text of the rule. The model
   `leaderboard` has today's boards with the default limits, the lake's table macro
   `leaderboards.leaderboard_as_of` those of any date with any limits.

   A window of n days is `dt > as_of - n and dt <= as_of`. Who is ranked is decided by all the wallet has
   traded in the topic up to that date, and by its win rate in the window. Order: profit, win rate,
   volume, wallet, so that it is the same every time. `scored_by` says up to when a wash score counts, and
   `months` is a query of what the months, the last one up to the date, add up to. #}
{% macro leaderboard_query(
    as_of, least_fills, least_volume_usd, least_win_rate, exclude_wash, scored_by, months
) %}
with days as (
    {{ trader_days() }}
),

-- Each day lies in a window and in all longer ones: it is added up once, in the shortest.
recent as (
    select
        *,
        case when {{ as_of }} - dt < 1 then 1 when {{ as_of }} - dt < 7 then 7 else 30 end as days_within
    from days
    where dt > {{ as_of }} - 30 and dt <= {{ as_of }}
),

months as (
    {{ months }}
),

traders as (
    select * from {{ ref('dim_trader') }}
),

stats as (
    select * from {{ ref('trader_stats') }}
),

wash_scores as (
    select * from {{ source('scoring', 'wash_scores') }}
    where scored_at <= {{ scored_by }}
    qualify row_number() over (partition by wallet order by scored_at desc) = 1
),

-- Windows of days from the days, the whole time from its months.
windows as (
    select
        unnest(['1d', '7d', '30d']) as window_name,
        unnest([1, 7, 30]) as days
),

by_shortest as (
    {{ trader_sums('recent', 'days_within') }}
),

in_windows as (
    select
        windows.window_name,
        by_shortest.category,
        by_shortest.wallet,
        {{ sums_of_sums() }}
    from by_shortest
    inner join windows on by_shortest.days_within <= windows.days
    group by windows.window_name, by_shortest.category, by_shortest.wallet
),

whole_time as (
    select
        category,
        wallet,
        {{ sums_of_sums() }}
    from months
    group by category, wallet
),

admitted as (
    select * from whole_time
    where fills >= {{ least_fills }} and volume_usd >= {{ least_volume_usd }}
),

totals as (
    select * from in_windows
    union all by name
    select
        *,
        'all' as window_name
    from whole_time
),

rated as (
    select
        totals.*,
        case
            when totals.wins + totals.losses >= {{ var('min_closed_markets') }}
                then cast(totals.wins / (totals.wins + totals.losses) as decimal(18, 6))
        end as win_rate,
        {{ wilson_bound('totals.wins', 'totals.losses', '-') }} as win_rate_low,
        coalesce(wash_scores.is_flagged, false) as is_wash_flagged
    from totals
    semi join admitted
        on totals.category = admitted.category and totals.wallet = admitted.wallet
    left join wash_scores on totals.wallet = wash_scores.wallet
),

kept as (
    select * from rated
    where
        coalesce(win_rate, 0) >= {{ least_win_rate }}
        and not (is_wash_flagged and {{ exclude_wash }})
)

select
    kept.window_name,
    kept.category,
    cast({{ as_of }} as date) as as_of_date,
    cast(row_number() over (
        partition by kept.window_name, kept.category
        order by kept.pnl_usd desc, kept.win_rate desc nulls last, kept.volume_usd desc, kept.wallet asc
    ) as integer) as rank,
    kept.wallet,
    traders.name,
    cast(kept.pnl_usd as decimal(18, 6)) as pnl_usd,
    cast(kept.realized_pnl_usd as decimal(18, 6)) as realized_pnl_usd,
    kept.win_rate,
    kept.win_rate_low,
    cast(kept.wins as bigint) as wins,
    cast(kept.losses as bigint) as losses,
    cast(kept.volume_usd as decimal(18, 6)) as volume_usd,
    cast(kept.fills as bigint) as fills,
    cast(kept.active_days as bigint) as active_days,
    stats.biggest_win_share,
    kept.is_wash_flagged,
    stats.is_complete
from kept
left join traders on kept.wallet = traders.wallet
left join stats on kept.wallet = stats.wallet
{% endmacro %}

{# The days of wallets by topic, and of `all` topics together. #}
{% macro trader_days() -%}
    {%- set numbers = 'fills, wins, losses, volume_usd, pnl_usd, realized_pnl_usd' -%}
    select category, wallet, dt, {{ numbers }} from {{ ref('trader_category_daily') }}
    union all
    select 'all' as category, wallet, dt, {{ numbers }} from {{ ref('int_trader_days') }}
{%- endmacro %}

{% macro sums_of_sums() -%}
    {%- for name in [
        'fills', 'wins', 'losses', 'volume_usd', 'pnl_usd', 'realized_pnl_usd', 'active_days'
    ] -%}
    sum({{ name }}) as {{ name }}{{ ", " if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Such days added up by wallet, topic and, where given, `also`. #}
{% macro trader_sums(days, also=none) -%}
    {%- set keys = (also ~ ', ') if also else '' -%}
    select
        {{ keys }}
        category,
        wallet,
        cast(sum(fills) as bigint) as fills,
        cast(sum(wins) as bigint) as wins,
        cast(sum(losses) as bigint) as losses,
        cast(sum(volume_usd) as decimal(38, 6)) as volume_usd,
        cast(sum(pnl_usd) as decimal(38, 6)) as pnl_usd,
        cast(sum(realized_pnl_usd) as decimal(38, 6)) as realized_pnl_usd,
        count(*) filter (where fills > 0) as active_days
    from {{ days }}
    group by {{ keys }}category, wallet
{%- endmacro %}

{# The lake's own table macro, made anew by every build; its arguments have names no column has. #}
{% macro leaderboard_as_of_ddl() %}
create or replace macro {{ this.database }}.{{ this.schema }}.leaderboard_as_of(
    wanted_date,
    wanted_window := '7d',
    wanted_category := 'all',
    least_fills := {{ var('leaderboard_min_fills') }},
    least_volume_usd := {{ var('leaderboard_min_volume_usd') }},
    least_win_rate := 0,
    exclude_wash := false
) as table
select * from (
    {{ leaderboard_query(
        'cast(wanted_date as date)', 'least_fills', 'least_volume_usd', 'least_win_rate', 'exclude_wash',
        "timestamptz 'infinity'",
        'select * exclude (month) from ' ~ ref('int_trader_months')
        ~ " where month < date_trunc('month', cast(wanted_date as date)) union all by name "
        ~ trader_sums(
            "days where dt >= date_trunc('month', cast(wanted_date as date)) and dt <= cast(wanted_date as date)"
        )
    ) }}
) as boards
where window_name = wanted_window and category = wanted_category
{% endmacro %}

{# A bound of Wilson's interval for a share of successes, at 95 %; null without any trial.

   Source: E. B. Wilson, Probable inference (1927): (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n). #}
{% macro wilson_bound(wins, losses, sign) -%}
    {%- set n = '(' ~ wins ~ ' + ' ~ losses ~ ')' -%}
    {%- set z = 1.959964 -%}
    cast(case
        when {{ n }} > 0 then (
            {{ wins }} / {{ n }} + {{ z * z / 2 }} / {{ n }}
            {{ sign }} {{ z }} * sqrt(
                {{ wins }} / {{ n }} * ({{ losses }} / {{ n }}) / {{ n }}
                + {{ z * z / 4 }} / ({{ n }} * {{ n }})
            )
        ) / (1 + {{ z * z }} / {{ n }})
    end as decimal(18, 6))
{%- endmacro %}
