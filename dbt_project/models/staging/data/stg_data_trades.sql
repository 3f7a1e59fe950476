with source as (
    select * from {{ source('raw', 'data_trades') }}
),

-- What makes two rows the same fill; the venue counts in whole seconds. Only the key's columns go
-- through the windows below, so that a large day needs little memory. The wallet is in the key: its
-- hash beside it changes nothing, and lets a slice of wallets be asked of both scans.
keyed as (
    select
        dt,
        taker_only,
        hash(wallet) as wallet_hash,
        page_id,
        position,
        received_at,
        md5(concat_ws(
            '|', coalesce(transaction_hash, ''), token_id, wallet, side,
            coalesce(cast(price as varchar), ''), cast(size as varchar), epoch_us(event_at) // 1000000
        )) as fill_key
    from {{ source('raw', 'data_trades') }}
),

-- Equal rows of one page are different fills: the first, the second, ...
numbered as (
    select
        *,
        cast(row_number() over (
            partition by dt, taker_only, wallet_hash, page_id, fill_key order by position
        ) as integer) as n
    from keyed
),

-- The n-th of them on another page or walk is the same fill again; the first receipt is kept.
kept as (
    select * from numbered
    qualify row_number() over (
        partition by dt, taker_only, wallet_hash, fill_key, n order by received_at, page_id, position
    ) = 1
)

select
    -- ids
    kept.fill_key || '-' || kept.n as fill_id,
    source.taker_only,
    source.transaction_hash,
    source.token_id,
    source.condition_id,
    source.wallet,
    kept.n,
    case when source.transaction_hash is null then 'weak' else 'strong' end as key_quality,
    -- the fill
    source.side,
    source.price,
    source.size,
    nullif(source.outcome, '') as outcome,
    -- 999 is the venue's mark for "not labelled yet".
    nullif(source.outcome_index, 999) as outcome_index,
    nullif(source.title, '') as title,
    nullif(source.slug, '') as slug,
    nullif(source.event_slug, '') as event_slug,
    nullif(source.name, '') as name,
    nullif(source.pseudonym, '') as pseudonym,
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
        and hash(source.wallet) = kept.wallet_hash
        and source.page_id = kept.page_id
        and source.position = kept.position
