{{ config(materialized='table', partitioned_by=['dt'], meta={'parts': 'dt'}) }}

-- Whose books came on a day: what is asked of all books ever received is asked of these few rows.
select
    dt,
    token_id,
    min(condition_id) as condition_id,
    min(received_at) as first_received_at
from {{ ref('stg_clob_books') }}
where {{ is_known() }}
group by dt, token_id
