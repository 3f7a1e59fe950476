with source as (
    select * from {{ source('raw', 'data_resolutions') }}
)

select
    -- ids
    condition_id,
    question_id,
    transaction_hash,
    -- the statement; prices and payouts are pUSD per share, the price that of the first outcome
    status,
    status = 'resolved' and payouts is not null as is_final,
    was_disputed,
    was_arbitrated,
    proposed_price,
    reproposed_price,
    price,
    payouts,
    resolution_source,
    settlement_time_basis,
    resolved_block,
    -- times and lineage
    resolved_at,
    last_update_at,
    expected_settlement_at,
    page_id,
    position,
    received_at,
    {{ known_at('statement', event_at='coalesce(resolved_at, last_update_at)') }} as known_at,
    dt
from source
qualify row_number() over (
    partition by dt, condition_id, received_at order by page_id, position
) = 1
