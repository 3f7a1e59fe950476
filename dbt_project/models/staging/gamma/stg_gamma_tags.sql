with source as (
    select * from {{ source('raw', 'gamma_tags') }}
    qualify row_number() over (
        partition by dt, tag_id, received_at, payload_sha256 order by page_id, position
    ) = 1
)

select
    -- ids
    tag_id,
    payload ->> '$.slug' as slug,
    payload ->> '$.label' as label,
    -- how the venue's site shows it
    try_cast(payload ->> '$.forceShow' as boolean) as is_always_shown,
    try_cast(payload ->> '$.forceHide' as boolean) as is_always_hidden,
    -- times
    {{ timestamp_of("payload ->> '$.createdAt'") }} as created_at,
    {{ timestamp_of("payload ->> '$.updatedAt'") }} as updated_at,
    -- lineage
    payload_sha256,
    page_id,
    position,
    received_at,
    {{ known_at('observed') }} as known_at,
    dt
from source
