{{ config(materialized='ephemeral') }}

-- Both sides of every market near its end, judged by the rule of the longshot strategies: a favourite
-- at 0.92 to 0.99, tight and deep, whose assumed chance beats its cost with the fee.
with snapshots as (
    select * from {{ ref('market_snapshots') }}
    where as_of_kind = 'live'
),

markets as (
    select * from {{ ref('dim_market') }}
    where metadata_status = 'listed'
),

tokens as (
    select * from {{ ref('dim_market_token') }}
),

parameters as (
    select
        strategy,
        {%- for name in [
            'price_min', 'price_max', 'spread_max', 'hours_min', 'hours_max', 'depth_min',
            'calibration_margin', 'min_edge', 'notional_usd', 'depth_share'
        ] %}
        max(case when name = '{{ name }}' then cast(value as decimal(18, 6)) end) as {{ name }},
        {%- endfor %}
        any_value(version) as strategy_version,
        sha256(string_agg(name || '=' || value, '|' order by name)) as params_hash
    from {{ ref('strategy_parameters') }}
    group by strategy
),

newest as (
    select * from snapshots
    qualify row_number() over (partition by condition_id order by as_of desc) = 1
),

alive as (
    select * from newest
    where
        as_of > {{ now_utc() }} - to_seconds(cast({{ var('signal_life_s') }} as double))
        and as_of <= {{ now_utc() }}
        and gamma_ok
        and book_ok
        and is_accepting_orders
        and coalesce(is_order_book_enabled, true)
        and not coalesce(is_neg_risk_other, false)
        and uma_resolution_status is null
        and fee_source in ('market', 'category_seed')
),

-- Buying NO at 1 - bid is taking the YES bid: one book, seen from its two sides.
sides as (
    select
        alive.*,
        'longshot_yes' as strategy,
        yes_token_id as token_id,
        book_best_bid as bid,
        book_best_ask as ask,
        book_best_ask_size as depth
    from alive
    union all
    select
        alive.*,
        'longshot_no' as strategy,
        no_token_id as token_id,
        1 - book_best_ask as bid,
        1 - book_best_bid as ask,
        book_best_bid_size as depth
    from alive
),

-- The favourites' assumed underpricing, added in log odds so that it shrinks towards certainty.
priced as (
    select
        sides.*,
        parameters.* exclude (strategy),
        cast(
            round(sides.fee_rate * pow(sides.ask * (1 - sides.ask), sides.fee_exponent), 6)
            as decimal(18, 6)
        ) as fee_per_share,
        {{ logit('(sides.bid + sides.ask) / 2', 'sides.tick_size') }} + parameters.calibration_margin
            as assumed_log_odds
    from sides
    inner join parameters on sides.strategy = parameters.strategy
    where sides.bid > 0 and sides.ask < 1
),

chances as (
    select
        *,
        cast(round(1 / (1 + exp(-assumed_log_odds)), 6) as decimal(18, 6)) as assumed_chance
    from priced
),

sized as (
    select
        *,
        cast(assumed_chance - ask - fee_per_share as decimal(18, 6)) as edge_after_fees,
        cast(floor(least(notional_usd / ask, depth_share * depth) * 100) / 100 as decimal(18, 6))
            as suggested_size
    from chances
    where
        hours_to_close > hours_min
        and hours_to_close <= hours_max
        and ask between price_min and price_max
        and ask - bid <= spread_max
        and depth >= depth_min
),

accepted as (
    select
        *,
        strftime(as_of at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') as as_of_text
    from sized
    where edge_after_fees > min_edge and suggested_size >= min_order_size
)

select
    sha256(concat_ws(
        '|', accepted.strategy, accepted.strategy_version, accepted.params_hash,
        accepted.condition_id, accepted.token_id, 'BUY', 'enter', accepted.as_of_text
    )) as signal_id,
    accepted.strategy,
    accepted.strategy_version,
    accepted.params_hash,
    'enter' as action,
    accepted.condition_id,
    accepted.event_id,
    accepted.token_id,
    tokens.outcome,
    'BUY' as side,
    cast(accepted.ask as decimal(18, 6)) as price_limit,
    accepted.edge_after_fees,
    accepted.assumed_chance as confidence,
    cast(round(accepted.suggested_size * accepted.ask, 6) as decimal(18, 6)) as suggested_notional_usd,
    accepted.suggested_size,
    concat(
        tokens.outcome, ' is asked at ', cast(accepted.ask as double),
        ' for ', cast(accepted.depth as double), ' shares, ',
        round(accepted.hours_to_close, 1), ' h before the scheduled end; ',
        'with the fee it costs ', cast(accepted.ask + accepted.fee_per_share as double),
        ', its chance is assumed to be ', cast(accepted.assumed_chance as double),
        ': an edge of ', cast(accepted.edge_after_fees as double), ' per share',
        case when not markets.trades_complete then '; fills of this market are known to be missing' end
    ) as reason,
    accepted.as_of,
    accepted.as_of + to_seconds(cast({{ var('signal_life_s') }} as double)) as expires_at,
    accepted.feature_snapshot_key,
    accepted.tick_size,
    accepted.min_order_size,
    accepted.fee_rate,
    accepted.fee_exponent,
    coalesce(accepted.neg_risk, false) as neg_risk,
    markets.question
from accepted
inner join markets on accepted.condition_id = markets.condition_id
inner join tokens on accepted.token_id = tokens.token_id
