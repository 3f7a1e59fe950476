-- Every received record is accepted, found unchanged or quarantined, and what counts as quarantined is there.
-- Fails with each page that lost or doubled one.
with pages as (
    select * from {{ source('ops', 'page_accounts') }}
),

still_refused as (
    select
        page_id,
        count(*) as records
    from {{ source('ops', 'open_quarantine') }}
    group by page_id
)

select
    pages.page_id,
    pages.row_count,
    pages.accepted,
    pages.unchanged,
    pages.quarantined,
    still_refused.records
from pages
left join still_refused on pages.page_id = still_refused.page_id
where
    pages.row_count != pages.accepted + pages.unchanged + pages.quarantined
    or pages.quarantined != coalesce(still_refused.records, 0)
