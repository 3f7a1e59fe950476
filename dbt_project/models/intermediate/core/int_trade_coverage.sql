{{ config(materialized='view') }}

-- Which stretches of time the collected fills cover without a gap. A run covers its window up to its
-- start; the venue serves three years, so an older window's success proves nothing. That all fills of a
-- stretch are held is known when they are, whenever the run was: no run is left out for being late.
with runs as (
    select
        greatest(window_from, started_at - interval '1095 days') as covered_from,
        least(window_to, started_at, {{ now_utc() }}) as covered_to
    from {{ ref('stg_ops_source_runs') }}
    where
        source = 'data_trades'
        and outcome = 'ok'
        and window_from is not null
        and window_to is not null
),

-- A run that starts later than every earlier one ended opens a new stretch.
marked as (
    select
        covered_from,
        covered_to,
        coalesce(
            covered_from > max(covered_to) over (
                order by covered_from, covered_to
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as opens_stretch
    from runs
    where covered_from < covered_to
),

numbered as (
    select
        covered_from,
        covered_to,
        sum(cast(opens_stretch as integer)) over (
            order by covered_from, covered_to rows unbounded preceding
        ) as stretch
    from marked
)

select
    min(covered_from) as covered_from,
    max(covered_to) as covered_to
from numbered
group by stretch
