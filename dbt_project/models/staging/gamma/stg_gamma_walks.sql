with source as (
    select * from {{ source('raw', 'watermarks') }}
    where
        source in ('gamma_events', 'gamma_markets')
        and scope = 'open'
        and complete
)

select
    source,
    walk_id,
    -- Every open object was seen as it was at or after this moment; an unchanged one got no new row.
    coalesce({{ timestamp_of("state ->> '$.started_at'") }}, recorded_at) as started_at,
    recorded_at,
    {{ known_at('observed', received_at='recorded_at') }} as known_at
from source
qualify row_number() over (partition by source, walk_id order by recorded_at) = 1
