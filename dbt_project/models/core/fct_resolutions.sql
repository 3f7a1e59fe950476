with latest as (
    select * from {{ ref('market_versions') }}
    where condition_id is not null
    qualify row_number() over (
        partition by condition_id order by received_at desc, page_id desc, position desc
    ) = 1
),

-- A result is known from the moment of it, or from when its first version reached us.
first_closed as (
    select
        condition_id,
        min(received_at) as received_at
    from {{ ref('market_versions') }}
    where is_closed
    group by condition_id
),

closed as (
    select
        latest.condition_id,
        unnest(latest.token_ids) as token_id,
        unnest(latest.outcomes) as outcome,
        unnest(range(len(latest.token_ids))) as outcome_index,
        unnest(latest.outcome_prices) as final_price,
        latest.uma_resolution_status,
        latest.closed_at as resolved_at,
        latest.created_at,
        first_closed.received_at,
        latest.page_id
    from latest
    inner join first_closed on latest.condition_id = first_closed.condition_id
    where latest.is_closed
),

-- Final prices of automated-market-maker times are like 0.9999985; a tie pays a half to both.
read as (
    select
        *,
        case
            when final_price >= 0.99 then 1
            when final_price <= 0.01 then 0
            when final_price = 0.5 then 0.5
        end as share
    from closed
    where token_id is not null
),

-- Payouts of one market add up to 1; where they do not, nothing is decided.
checked as (
    select
        *,
        sum(share) over (partition by condition_id) = 1
        and count(share) over (partition by condition_id) = count(*) over (partition by condition_id)
            as is_decided
    from read
)

select
    condition_id,
    token_id,
    outcome,
    cast(outcome_index as integer) as outcome_index,
    cast(case when is_decided then share end as decimal(18, 6)) as payout,
    final_price,
    uma_resolution_status,
    resolved_at,
    received_at,
    {{ known_at('resolution', event_at='resolved_at') }} as known_at,
    page_id
from checked
