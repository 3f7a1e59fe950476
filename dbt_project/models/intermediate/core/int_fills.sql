{{ config(materialized='table', partitioned_by=['dt'], meta={'parts': 'dt'}) }}

-- The deduplication of all fills, paid once: facts, tokens and traders read it from here.
select * from {{ ref('stg_data_trades') }}
where {{ is_known() }}
