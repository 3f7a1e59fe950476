{% set keys = [
    'feature_snapshot_key', 'condition_id', 'as_of', 'as_of_kind', 'event_id', 'yes_token_id',
    'no_token_id', 'tier', 'gamma_age_s', 'gamma_ok', 'event_age_s', 'event_ok', 'book_age_s',
    'book_ok', 'trades_age_s', 'trades_ok', 'mid_source', 'is_gamma_crossed', 'category_raw', 'book_id',
    'book_best_bid', 'book_best_bid_size', 'book_best_ask', 'book_best_ask_size',
    'is_accepting_orders', 'is_order_book_enabled', 'is_neg_risk_other', 'uma_resolution_status',
    'tick_size', 'min_order_size', 'fee_rate', 'fee_exponent', 'fee_source', 'end_at',
    'schema_version', 'dt'
] %}
{% set snapshots = ref('market_snapshots') %}
-- The registry holds 65 features, and they are exactly the columns of the table that are neither keys
-- nor quality. Fails with each name that only one of the two has.
with registered as (
    select
        number,
        name,
        lower(dtype) as dtype
    from {{ ref('feature_registry') }}
),

present as (
    select
        column_name as name,
        lower(data_type) as dtype
    from information_schema.columns
    where
        table_catalog = '{{ snapshots.database }}'
        and table_schema = '{{ snapshots.schema }}'
        and table_name = '{{ snapshots.identifier }}'
        and column_name not in ('{{ keys | join("', '") }}')
)

select
    coalesce(registered.name, present.name) as name,
    'is not registered, has another type, or is no column' as problem
from registered
full join present on registered.name = present.name and registered.dtype = present.dtype
where registered.name is null or present.name is null
union all
select
    'all' as name,
    'there are not 65 features numbered 1 to 65' as problem
from registered
having count(*) != 65 or count(distinct number) != 65 or min(number) != 1 or max(number) != 65
