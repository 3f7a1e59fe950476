with source as (
    select * from {{ source('raw', 'data_activity') }}
),

-- What makes two rows the same act; the venue counts in whole seconds. Only the key's columns go
-- through the windows below.
keyed as (
    select
        dt,
        page_id,
        position,
        received_at,
        md5(concat_ws(
            '|', wallet, type, coalesce(transaction_hash, ''), coalesce(condition_id, ''),
            coalesce(token_id, ''), coalesce(side, ''), coalesce(cast(price as varchar), ''),
            cast(size as varchar), epoch_us(event_at) // 1000000
        )) as act_key
    from {{ source('raw', 'data_activity') }}
),

-- Equal rows of one page are different acts: the first, the second, ...
numbered as (
    select
        *,
        cast(row_number() over (
            partition by dt, page_id, act_key order by position
        ) as integer) as n
    from keyed
),

-- The n-th of them on another page or walk is the same act again; the first receipt is kept.
kept as (
    select * from numbered
    qualify row_number() over (
        partition by dt, act_key, n order by received_at, page_id, position
    ) = 1
)

select
    -- ids
    kept.act_key || '-' || kept.n as activity_id,
    source.wallet,
    source.type as activity_type,
    source.transaction_hash,
    source.condition_id,
    source.token_id,
    kept.n,
    case when source.transaction_hash is null then 'weak' else 'strong' end as key_quality,
    -- the act
    source.side,
    source.price,
    source.size,
    source.usdc_size as cash_usd,
    nullif(source.outcome, '') as outcome,
    source.outcome_index,
    nullif(source.title, '') as title,
    nullif(source.slug, '') as slug,
    nullif(source.event_slug, '') as event_slug,
    nullif(source.name, '') as name,
    -- times and lineage
    source.event_at,
    source.page_id,
    source.position,
    source.received_at,
    {{ known_at('fill', 'source.received_at', 'source.event_at') }} as known_at,
    source.dt
from source
inner join kept
    on
        source.dt = kept.dt
        and source.page_id = kept.page_id
        and source.position = kept.position
