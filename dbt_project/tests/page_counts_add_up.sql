-- Every received record was accepted, found unchanged or quarantined. Fails with each page that lost or
-- doubled one.
select
    page_id,
    row_count,
    accepted,
    unchanged,
    quarantined
from {{ source('raw', 'pages') }}
where row_count != accepted + unchanged + quarantined
