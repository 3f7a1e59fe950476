{{ config(materialized='table') }}

select
    wallet,
    bool_and(is_complete) as is_complete
from {{ ref('trader_positions') }}
group by wallet
