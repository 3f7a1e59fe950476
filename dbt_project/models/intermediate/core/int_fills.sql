{{ config(
    materialized='table',
    partitioned_by=['dt'],
    meta={'parts': 'dt', 'sliced_by': 'wallet', 'slice_weight': 0.25},
) }}

-- The deduplication of all fills, paid once: facts, tokens and traders read it from here.
select * from {{ ref('stg_data_trades') }}
where {{ is_known() }}
