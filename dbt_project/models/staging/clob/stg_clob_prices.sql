with source as (
    select * from {{ source('raw', 'clob_prices') }}
)

select
    -- ids
    token_id,
    -- the point
    price,
    fidelity_minutes,
    -- times and lineage
    event_at,
    page_id,
    position,
    received_at,
    {{ known_at('price') }} as known_at,
    dt
from source
-- One point per token and moment: the finest, then the first received.
qualify row_number() over (
    partition by dt, token_id, event_at order by fidelity_minutes, received_at, page_id, position
) = 1
