{# Wallets ranked by profit as of a date, per window and topic: the one text of the rule. The model
   `leaderboard` has today's boards with the default limits, the lake's table macro
   `leaderboards.leaderboard_as_of` those of any date with any limits.

   A window of n days is `dt > as_of - n and dt <= as_of`. Who is ranked is decided by all the wallet has
   traded in the topic up to that date, and by its win rate in the window. Order: profit, win rate,
   volume, wallet, so that it is the same every time. `scored_by` says up to when a wash score counts, and
   `earlier_months` is a query of what the months before that of the date add up to. #}
{% macro leaderboard_query(
    as_of, least_fills, least_volume_usd, least_win_rate, exclude_wash, scored_by, earlier_months
) %}
with recent as (
    select
        *,
        {{ as_of }} - dt as days_ago
    from {{ ref('trader_category_daily') }}
    where dt > {{ as_of }} - 30 and dt <= {{ as_of }}
),

this_month as (
    select * from {{ ref('trader_category_daily') }}
    where dt >= date_trunc('month', {{ as_of }}) and dt <= {{ as_of }}
),

earlier_months as (
    {{ earlier_months }}
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

-- Windows of days from the days, the whole time from its months and the days of the last one.
windows as (
    select
        unnest(['1d', '7d', '30d']) as window_name,
        unnest([1, 7, 30]) as days
),

within as (
    select
        recent.*,
        windows.window_name
    from recent
    inner join windows on recent.days_ago < windows.days
),

in_windows as (
    {{ trader_sums('within', 'window_name') }}
),

of_this_month as (
    {{ trader_sums('this_month') }}
),

whole_time as (
    select
        category,
        wallet,
        {%- for name in trader_sum_names() %}
        sum({{ name }}) as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from (
        select * from earlier_months
        union all by name
        select * from of_this_month
    )
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

{# What is added up of a wallet's days. #}
{% macro trader_sum_names() -%}
    {{ return([
        'fills', 'wins', 'losses', 'volume_usd', 'pnl_usd', 'realized_pnl_usd', 'active_days'
    ]) }}
{%- endmacro %}

{# Days of trader_category_daily added up by wallet and, where given, by `also`: of each topic and of
   `all` together. #}
{% macro trader_sums(days, also=none) -%}
    {%- set keys = (also ~ ', ') if also else '' -%}
    select
        {% if also %}{{ also }},{% endif %}
        coalesce(category, 'all') as category,
        wallet,
        cast(sum(fills) as bigint) as fills,
        cast(sum(wins) as bigint) as wins,
        cast(sum(losses) as bigint) as losses,
        cast(sum(volume_usd) as decimal(38, 6)) as volume_usd,
        cast(sum(pnl_usd) as decimal(38, 6)) as pnl_usd,
        cast(sum(realized_pnl_usd) as decimal(38, 6)) as realized_pnl_usd,
        count(distinct dt) filter (where fills > 0) as active_days
    from {{ days }}
    group by grouping sets (({{ keys }}wallet), ({{ keys }}wallet, category))
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
        ~ " where month < date_trunc('month', cast(wanted_date as date))"
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
