{{ config(meta={'parts': 'closed_in'}) }}

-- depends_on: {{ ref('int_market_lives') }}
with versions as (
    select
        *,
        {{ is_pending('uma_resolution_status') }} as is_pending,
        [{{ payout_of('price') }} for price in outcome_prices] as shares
    from {{ ref('int_market_versions') }}
    where condition_id is not null
),

latest as (
    select * from versions
    qualify row_number() over (
        partition by condition_id order by received_at desc, page_id desc, position desc
    ) = 1
),

-- While an outcome is proposed or disputed it may still turn over, closed market or not.
compared as (
    select
        versions.condition_id,
        versions.received_at,
        versions.is_pending != latest.is_pending
        or coalesce(versions.shares, []) != coalesce(latest.shares, []) as said_otherwise
    from versions
    inner join latest on versions.condition_id = latest.condition_id
    where versions.is_closed
),

first_closed as (
    select
        condition_id,
        min(received_at) as received_at,
        max(received_at) filter (where said_otherwise) as last_otherwise_at
    from compared
    group by condition_id
),

-- Where we saw a closed market say otherwise, its result is known from the first version after that.
turned as (
    select
        first_closed.condition_id,
        first_closed.received_at,
        min(compared.received_at) filter (
            where compared.received_at > first_closed.last_otherwise_at
        ) as settled_at
    from first_closed
    inner join compared on first_closed.condition_id = compared.condition_id
    group by first_closed.condition_id, first_closed.received_at
),

closed as (
    select
        latest.condition_id,
        unnest(latest.token_ids) as token_id,
        unnest(latest.outcomes) as outcome,
        unnest(range(len(latest.token_ids))) as outcome_index,
        unnest(latest.outcome_prices) as final_price,
        latest.is_pending,
        latest.uma_resolution_status,
        latest.closed_at as resolved_at,
        latest.created_at,
        turned.received_at,
        turned.settled_at,
        latest.page_id
    from latest
    inner join turned on latest.condition_id = turned.condition_id
    where latest.is_closed
),

read as (
    select
        *,
        {{ payout_of('final_price') }} as share
    from closed
    where token_id is not null
),

-- Payouts of one market add up to 1; where they do not, nothing is decided.
checked as (
    select
        *,
        not is_pending
        and sum(share) over (partition by condition_id) = 1
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
    greatest({{ known_at('resolution', event_at='resolved_at') }}, settled_at) as known_at,
    page_id
from checked
