with markets as (
    select * from {{ ref('dim_market') }}
),

versions as (
    select * from {{ ref('int_market_versions') }}
    where condition_id is not null
),

traded as (
    select * from {{ ref('int_traded_tokens') }}
),

-- A market without token ids in its newest version (an old placeholder) keeps those it had.
latest as (
    select * from versions
    where len(token_ids) > 0
    qualify row_number() over (
        partition by condition_id order by received_at desc, page_id desc, position desc
    ) = 1
),

listed as (
    select
        condition_id,
        unnest(token_ids) as token_id,
        unnest(outcomes) as outcome,
        unnest(range(len(token_ids))) as outcome_index,
        is_binary,
        yes_token_id,
        no_token_id,
        coalesce(list_position([lower(outcome) for outcome in outcomes], 'yes'), 1) - 1 as yes_index
    from latest
),

from_lists as (
    select
        token_id,
        condition_id,
        outcome,
        cast(outcome_index as integer) as outcome_index,
        case when is_binary then outcome_index = yes_index end as is_yes,
        case
            when is_binary and token_id = yes_token_id then no_token_id
            when is_binary then yes_token_id
        end as opposite_token_id,
        'listed' as metadata_status
    from listed
    where token_id is not null
    qualify row_number() over (partition by token_id order by condition_id) = 1
),

-- Of an unlisted market's tokens only what its fills say: the label, where there is one.
from_fills as (
    select
        traded.token_id,
        traded.condition_id,
        traded.outcome,
        traded.outcome_index,
        case
            when lower(traded.outcome) = 'yes' then true
            when lower(traded.outcome) = 'no' then false
            else traded.outcome_index = 0
        end as is_yes,
        cast(null as varchar) as opposite_token_id,
        'missing' as metadata_status
    from traded
    where traded.token_id not in (select from_lists.token_id from from_lists)
    qualify row_number() over (
        partition by traded.token_id order by traded.last_fill_at desc, traded.condition_id asc
    ) = 1
),

tokens as (
    select * from from_lists
    union all
    select * from from_fills
)

select
    tokens.token_id,
    tokens.condition_id,
    markets.event_id,
    tokens.outcome,
    tokens.outcome_index,
    tokens.is_yes,
    tokens.opposite_token_id,
    tokens.metadata_status,
    markets.known_at
from tokens
inner join markets on tokens.condition_id = markets.condition_id
