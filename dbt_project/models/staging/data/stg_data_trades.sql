with source as (
    select
        *,
        -- The venue counts in seconds; the key does too.
        epoch_us(event_at) // 1000000 as event_second
    from {{ source('raw', 'data_trades') }}
),

-- Equal rows of one page are different fills: the first, the second, ...
numbered as (
    select
        *,
        cast(row_number() over (
            partition by
                dt, taker_only, page_id,
                transaction_hash, token_id, wallet, side, price, size, event_second
            order by position
        ) as integer) as n
    from source
),

-- The n-th of them on another page or walk is the same fill again; the first receipt is kept.
deduplicated as (
    select * from numbered
    qualify row_number() over (
        partition by
            dt, taker_only,
            transaction_hash, token_id, wallet, side, price, size, event_second, n
        order by received_at, page_id, position
    ) = 1
)

select
    -- ids
    md5(concat_ws(
        '|', coalesce(transaction_hash, ''), token_id, wallet, side, coalesce(cast(price as varchar), ''),
        cast(size as varchar), event_second, n
    )) as fill_id,
    taker_only,
    transaction_hash,
    token_id,
    condition_id,
    wallet,
    n,
    case when transaction_hash is null then 'weak' else 'strong' end as key_quality,
    -- the fill
    side,
    price,
    size,
    nullif(outcome, '') as outcome,
    -- 999 is the venue's mark for "not labelled yet".
    nullif(outcome_index, 999) as outcome_index,
    nullif(title, '') as title,
    nullif(slug, '') as slug,
    nullif(event_slug, '') as event_slug,
    nullif(name, '') as name,
    nullif(pseudonym, '') as pseudonym,
    -- times and lineage
    event_at,
    page_id,
    position,
    received_at,
    {{ known_at('fill') }} as known_at,
    dt
from deduplicated
