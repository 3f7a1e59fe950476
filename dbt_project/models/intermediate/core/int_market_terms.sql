{{ config(materialized='table', meta={'parts': 'closed_in'}) }}

-- depends_on: {{ ref('int_market_lives') }}
-- What a market's tier depends on, a row whenever a version changed any of it.
with versions as (
    select
        condition_id,
        received_at,
        end_at,
        is_closed,
        is_closed
        and not {{ is_pending('uma_resolution_status') }}
        and list_sum([{{ payout_of('price') }} for price in outcome_prices]) = 1
        and not list_contains(
            [({{ payout_of('price') }}) is null for price in outcome_prices], true
        ) as is_resolved,
        not coalesce(is_accepting_orders, true) as has_stopped
    from {{ ref('int_market_versions') }}
    where condition_id is not null
    qualify row_number() over (
        partition by condition_id, received_at order by page_id desc, position desc
    ) = 1
),

-- An end that is no longer said is the one last said.
carried as (
    select
        condition_id,
        received_at,
        last_value(end_at ignore nulls) over by_time as end_at,
        is_closed,
        coalesce(is_resolved, false) as is_resolved,
        has_stopped
    from versions
    window by_time as (partition by condition_id order by received_at)
),

worded as (
    select
        *,
        concat_ws(' ', end_at, is_closed, is_resolved, has_stopped) as terms
    from carried
),

marked as (
    select
        *,
        coalesce(
            terms != lag(terms) over (partition by condition_id order by received_at), true
        ) as is_change
    from worded
)

select
    condition_id,
    received_at as valid_from,
    lead(received_at) over (partition by condition_id order by received_at) as valid_to,
    end_at,
    is_closed,
    is_resolved,
    has_stopped
from marked
where is_change
