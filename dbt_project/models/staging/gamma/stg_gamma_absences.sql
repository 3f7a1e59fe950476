with source as (
    select * from {{ source('raw', 'watermarks') }}
    where
        source = 'gamma_markets'
        and scope = 'follow-up'
        and complete
)

select
    unnest({{ list_of("state -> '$.absent'") }}) as condition_id,
    walk_id,
    page_id,
    recorded_at,
    {{ known_at('observed', received_at='recorded_at') }} as known_at
from source
