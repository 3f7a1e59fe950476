{{ config(materialized='table', partitioned_by=['dt'], meta={'parts': 'dt'}) }}

with versions as (
    select * from {{ ref('stg_gamma_markets') }}
    where {{ is_known() }}
),

vocabulary as (
    select * from {{ ref('category_tags') }}
),

-- Which outcome is YES: the one labelled so, else the first; asked only of markets with two.
sided as (
    select
        *,
        len(outcomes) = 2 and len(token_ids) = 2 as is_binary,
        coalesce(list_position([lower(outcome) for outcome in outcomes], 'yes'), 1) as yes_position
    from versions
),

-- Gamma's quotes are the first outcome's; seen from YES they turn over when YES is the second.
quoted as (
    select
        *,
        is_binary and yes_position = 1 as is_yes_first,
        is_binary and yes_position = 2 as is_yes_second
    from sided
),

polymarket as (
    select
        -- ids
        'polymarket' as venue,
        quoted.market_id,
        quoted.condition_id,
        quoted.event_id,
        quoted.slug,
        quoted.question,
        -- rules, as the venue words them
        quoted.description,
        quoted.resolution_source,
        nullif(concat_ws(chr(10) || chr(10), quoted.description, quoted.resolution_source), '')
            as rules_text,
        quoted.market_maker_address,
        -- topic: the market's own, used where its event has none
        quoted.category_raw,
        vocabulary.category as own_category,
        -- outcomes
        quoted.outcomes,
        quoted.token_ids,
        quoted.outcome_prices,
        coalesce(quoted.is_binary, false) as is_binary,
        case when quoted.is_binary then quoted.token_ids[quoted.yes_position] end as yes_token_id,
        case when quoted.is_binary then quoted.token_ids[3 - quoted.yes_position] end as no_token_id,
        -- state
        quoted.is_active,
        coalesce(quoted.is_closed, false) as is_closed,
        quoted.is_accepting_orders,
        quoted.is_order_book_enabled,
        quoted.neg_risk,
        quoted.is_neg_risk_other,
        quoted.neg_risk_market_id,
        quoted.uma_resolution_status,
        -- trading terms
        quoted.tick_size,
        quoted.min_order_size,
        quoted.is_fee_enabled,
        quoted.fee_type,
        quoted.fee_rate,
        quoted.fee_exponent,
        -- quotes of YES
        case
            when quoted.is_binary then quoted.outcome_prices[quoted.yes_position]
        end as yes_price,
        case
            when quoted.is_yes_first then quoted.best_bid
            when quoted.is_yes_second then 1 - quoted.best_ask
        end as yes_best_bid,
        case
            when quoted.is_yes_first then quoted.best_ask
            when quoted.is_yes_second then 1 - quoted.best_bid
        end as yes_best_ask,
        case
            when quoted.is_yes_first then quoted.last_trade_price
            when quoted.is_yes_second then 1 - quoted.last_trade_price
        end as yes_last_trade_price,
        {%- for span in ['1h', '1d', '1w', '1m'] %}
        case
            when quoted.is_yes_first then quoted.price_change_{{ span }}
            when quoted.is_yes_second then -quoted.price_change_{{ span }}
        end as yes_price_change_{{ span }},
        {%- endfor %}
        -- numbers
        quoted.volume_usd,
        quoted.volume_24h_usd,
        quoted.volume_1w_usd,
        quoted.volume_1m_usd,
        quoted.liquidity_usd,
        -- times
        quoted.created_at,
        quoted.start_at,
        quoted.end_at,
        quoted.closed_at,
        quoted.updated_at,
        quoted.game_start_at,
        -- lineage
        quoted.payload_sha256,
        quoted.page_id,
        quoted.position,
        quoted.received_at,
        quoted.known_at,
        quoted.dt
    from quoted
    left join vocabulary on lower(trim(quoted.category_raw)) = vocabulary.tag
),

-- Kalshi trades contracts, not tokens of a condition: what it does not have is null.
kalshi as (
    select
        'kalshi' as venue,
        ticker as market_id,
        event_ticker as event_id,
        title as question,
        rules_primary as description,
        nullif(concat_ws(chr(10) || chr(10), rules_primary, rules_secondary), '') as rules_text,
        ['Yes', 'No'] as outcomes,
        false as is_binary,
        is_open as is_active,
        is_final as is_closed,
        is_open as is_accepting_orders,
        least_tick_size as tick_size,
        yes_bid as yes_best_bid,
        yes_ask as yes_best_ask,
        last_price as yes_last_trade_price,
        created_at,
        open_at as start_at,
        least(close_at, expected_expiration_at) as end_at,
        settled_at as closed_at,
        updated_at,
        payload_sha256,
        page_id,
        position,
        received_at,
        known_at,
        dt
    from {{ ref('stg_kalshi_markets') }}
    where {{ is_known() }}
),

versions_of_both as (
    select * from polymarket
    union all by name
    select * from kalshi
),

hashed as (
    select
        *,
        sha256(rules_text) as rules_sha256
    from versions_of_both
)

-- Of the rules only the versions of one day are compared here, so that a day hangs on nothing but itself.
select
    *,
    coalesce(
        coalesce(rules_sha256, '') != lag(coalesce(rules_sha256, '')) over by_time, false
    ) as rules_changed_on_day,
    row_number() over by_time = 1 as is_first_on_day
from hashed
window by_time as (
    partition by dt, venue, market_id order by received_at, page_id, position
)
