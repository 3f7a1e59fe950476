with versions as (
    select * from {{ ref('stg_gamma_markets') }}
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

-- Venues word their rules in one or two texts: joined, their hash tells whether any of them changed.
ruled as (
    select
        *,
        nullif(concat_ws(chr(10) || chr(10), description, resolution_source), '') as rules_text,
        sha256(rules_text) as rules_sha256
    from sided
),

-- Gamma's quotes are the first outcome's; seen from YES they turn over when YES is the second.
quoted as (
    select
        *,
        is_binary and yes_position = 1 as is_yes_first,
        is_binary and yes_position = 2 as is_yes_second
    from ruled
)

select
    -- ids
    'polymarket' as venue,
    quoted.market_id,
    quoted.condition_id,
    quoted.event_id,
    quoted.slug,
    quoted.question,
    -- rules: the text as the venue words it, and whether this version changed them
    quoted.description,
    quoted.resolution_source,
    quoted.rules_text,
    quoted.rules_sha256,
    coalesce(
        quoted.rules_sha256 is distinct from lag(quoted.rules_sha256) over by_time
        and lag(quoted.received_at) over by_time is not null,
        false
    ) as rules_changed,
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
window by_time as (
    partition by quoted.market_id order by quoted.received_at, quoted.page_id, quoted.position
)
