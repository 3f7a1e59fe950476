with source as (
    select * from {{ source('raw', 'data_holders') }}
),

kept as (
    select * from source
    qualify row_number() over (
        partition by dt, token_id, received_at, wallet order by page_id, position
    ) = 1
)

select
    -- ids
    token_id,
    wallet,
    -- the holding; equal ones share a rank
    size,
    cast(rank() over (
        partition by dt, token_id, received_at order by size desc
    ) as integer) as holder_rank,
    outcome_index,
    name,
    pseudonym,
    -- lineage
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from kept
