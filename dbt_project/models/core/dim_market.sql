{{ config(meta={'parts': 'closed_in'}) }}

-- depends_on: {{ ref('int_trade_coverage') }} {{ ref('int_token_days') }}
with versions as (
    select * from {{ ref('int_market_versions') }}
    where condition_id is not null
),

events as (
    select * from {{ ref('dim_event') }}
),

fees as (
    select * from {{ ref('category_fees') }}
),

traded as (
    select * from {{ ref('int_traded_tokens') }}
),

keywords as (
    select
        list(keyword) filter (where not match_case) as any_case,
        list(keyword) filter (where match_case) as as_written
    from {{ ref('crypto_keywords') }}
),

completeness as (
    select * from {{ ref('int_trade_completeness') }}
),

lives as (
    select * from {{ ref('int_market_lives') }}
),

latest as (
    select * from versions
    qualify row_number() over (
        partition by condition_id order by received_at desc, page_id desc, position desc
    ) = 1
),

topical as (
    select
        latest.* exclude (fee_rate, fee_exponent, category_raw),
        latest.fee_rate as own_fee_rate,
        latest.fee_exponent as own_fee_exponent,
        coalesce(latest.category_raw, events.category_raw) as category_raw,
        coalesce(nullif(events.category, 'unknown'), latest.own_category, 'unknown') as category,
        {{ utc_date(now_utc()) }} as fee_date
    from latest
    left join events on latest.event_id = events.event_id
),

payable as (
    select
        *,
        {{ fee_category('fee_type', 'category') }} as fee_category
    from topical
),

priced as (
    select
        payable.*,
        fees.rate as seed_rate,
        fees.exponent as seed_exponent
    from payable
    asof left join fees
        on payable.fee_category = fees.category and payable.fee_date >= fees.valid_from
),

listed as (
    select
        -- ids
        priced.condition_id,
        priced.market_id,
        priced.event_id,
        priced.slug,
        priced.question,
        'listed' as metadata_status,
        -- topic
        priced.category,
        priced.category_raw,
        -- outcomes
        priced.outcomes,
        priced.is_binary,
        priced.yes_token_id,
        priced.no_token_id,
        -- state
        priced.is_active,
        priced.is_closed,
        priced.is_accepting_orders,
        priced.is_order_book_enabled,
        priced.neg_risk,
        priced.is_neg_risk_other,
        priced.neg_risk_market_id,
        priced.uma_resolution_status,
        -- trading terms
        priced.tick_size,
        priced.min_order_size,
        {{ fee_columns('priced') }},
        -- numbers
        priced.volume_usd,
        priced.liquidity_usd,
        completeness.trades_complete,
        -- times
        priced.created_at,
        priced.start_at,
        priced.end_at,
        priced.closed_at,
        lives.first_seen_at,
        lives.last_changed_at,
        {{ known_at('fixed', received_at='lives.first_seen_at', created_at='priced.created_at') }}
            as known_at
    from priced
    inner join lives on priced.condition_id = lives.condition_id
    left join completeness on priced.condition_id = completeness.condition_id
),

-- Fills of a market the lists never showed are kept; signals and trading skip their market.
missing as (
    select
        condition_id,
        arg_max(title, last_fill_at) as question,
        arg_max(slug, last_fill_at) as slug,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_changed_at,
        min(first_fill_at) as first_fill_at
    from traded
    where condition_id not in (select listed.condition_id from listed)
    group by condition_id
),

with_missing as (
    select * from listed
    union all by name
    select
        condition_id,
        question,
        slug,
        'missing' as metadata_status,
        'unknown' as category,
        false as is_binary,
        false as is_closed,
        'unknown' as fee_source,
        first_seen_at,
        last_changed_at,
        least(first_fill_at, first_seen_at) as known_at
    from missing
)

select
    with_missing.*,
    {{ is_crypto('with_missing.question', 'keywords.any_case', 'keywords.as_written') }} as is_crypto
from with_missing
cross join keywords
