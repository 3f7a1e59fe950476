{{ config(materialized='table', meta={'parts': 'closed_in'}) }}

-- depends_on: {{ ref('int_market_lives') }}
-- The taker fee of each market over time: its own schedule since a version of it was known, until then
-- the rate of its category on the day.
with versions as (
    select
        condition_id,
        known_at as valid_from,
        is_fee_enabled,
        fee_type,
        fee_rate as own_fee_rate,
        fee_exponent as own_fee_exponent,
        concat_ws('|', is_fee_enabled, fee_type, fee_rate, fee_exponent) as terms
    from {{ ref('int_market_versions') }}
    where condition_id is not null
    qualify row_number() over (
        partition by condition_id, known_at order by page_id desc, position desc
    ) = 1
),

markets as (
    select * from {{ ref('dim_market') }}
),

fees as (
    select
        category,
        cast(valid_from as timestamp) at time zone 'UTC' as valid_from,
        rate,
        exponent
    from {{ ref('category_fees') }}
),

said as (
    select * exclude (terms) from versions
    qualify coalesce(terms != lag(terms) over (partition by condition_id order by valid_from), true)
    union all by name
    select condition_id, timestamptz '-infinity' as valid_from from markets
),

spelled as (
    select
        said.*,
        lead(said.valid_from, 1, 'infinity') over (
            partition by said.condition_id order by said.valid_from
        ) as valid_to,
        {{ fee_category('said.fee_type', 'markets.category') }} as fee_category
    from said
    inner join markets on said.condition_id = markets.condition_id
),

-- The category's rates change on dates of their own.
moments as (
    select
        spelled.* exclude (valid_from, valid_to),
        unnest(list_prepend(spelled.valid_from, dates.changes)) as valid_from
    from spelled
    left join lateral (
        select coalesce(list(fees.valid_from), []) as changes
        from fees
        where
            spelled.own_fee_rate is null
            and fees.category = spelled.fee_category
            and fees.valid_from > spelled.valid_from
            and fees.valid_from < spelled.valid_to
    ) as dates on true
),

priced as (
    select
        moments.*,
        fees.rate as seed_rate,
        fees.exponent as seed_exponent
    from moments
    asof left join fees
        on moments.fee_category = fees.category and moments.valid_from >= fees.valid_from
)

select
    condition_id,
    valid_from,
    lead(valid_from, 1, 'infinity') over (
        partition by condition_id order by valid_from
    ) as valid_to,
    {{ fee_columns('priced') }}
from priced
