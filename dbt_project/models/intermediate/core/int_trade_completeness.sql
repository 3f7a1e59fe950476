{{ config(materialized='ephemeral') }}

-- Whether the fills held of a market are all there are: the takers' fills add up to the volume the
-- venue names. It is judged only where the fills were collected past the moment the venue named it.
with listed as (
    select
        condition_id,
        volume_usd,
        received_at
    from {{ ref('int_market_versions') }}
    where condition_id is not null
    qualify row_number() over (
        partition by condition_id order by received_at desc, page_id desc, position desc
    ) = 1
),

coverage as (
    select max(covered_to) as covered_to from {{ ref('int_trade_coverage') }}
),

traded as (
    select
        condition_id,
        sum(taken_usd) as traded_usd
    from {{ ref('int_token_days') }}
    group by condition_id
)

select
    listed.condition_id,
    listed.volume_usd,
    cast(coalesce(traded.traded_usd, 0) as decimal(18, 6)) as traded_usd,
    case
        when listed.volume_usd is null or coalesce(coverage.covered_to < listed.received_at, true)
            then null
        else
            coalesce(traded.traded_usd, 0)
            >= listed.volume_usd * (1 - {{ var('volume_tolerance') }}) - {{ var('volume_tolerance_usd') }}
    end as trades_complete
from listed
cross join coverage
left join traded on listed.condition_id = traded.condition_id
