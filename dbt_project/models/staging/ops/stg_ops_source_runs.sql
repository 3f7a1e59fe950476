with source as (
    select * from {{ source('ops', 'source_runs') }}
)

select
    -- ids
    run_id,
    source,
    outcome,
    -- what was asked for
    window_from,
    window_to,
    started_at,
    ended_at,
    {{ known_at('observed', received_at='ended_at') }} as known_at,
    -- what came
    rows as row_count,
    accepted,
    unchanged,
    quarantined,
    data_until,
    error_class,
    error_message
from source
qualify row_number() over (partition by run_id order by ended_at) = 1
