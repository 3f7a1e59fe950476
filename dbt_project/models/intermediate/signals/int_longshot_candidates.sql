{{ config(materialized='ephemeral') }}

-- Both sides of every market near its end, judged by the rule of the longshot strategies: a favourite
-- at 0.92 to 0.99, tight and deep, whose assumed chance beats its cost with the fee.
with sides as (
    select
        *,
        case when is_yes then 'longshot_yes' else 'longshot_no' end as strategy
    from {{ ref('int_tradable_sides') }}
    where bid > 0 and ask < 1
),

parameters as (
    {{ strategy_parameters(
        ['longshot_yes', 'longshot_no'],
        [
            'price_min', 'price_max', 'spread_max', 'hours_min', 'hours_max', 'depth_min',
            'calibration_margin', 'min_edge', 'notional_usd', 'depth_share',
        ]
    ) }}
),

-- The favourites' assumed underpricing, added in log odds so that it shrinks towards certainty.
priced as (
    select
        sides.*,
        parameters.* exclude (strategy),
        {{ logit('(sides.bid + sides.ask) / 2', 'sides.tick_size') }} + parameters.calibration_margin
            as assumed_log_odds
    from sides
    inner join parameters on sides.strategy = parameters.strategy
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
        cast(assumed_chance - ask - fee_at_ask as decimal(18, 6)) as edge_after_fees,
        {{ whole_lots('least(notional_usd / ask, depth_share * ask_size)') }} as suggested_size
    from chances
    where
        hours_to_close > hours_min
        and hours_to_close <= hours_max
        and ask between price_min and price_max
        and ask - bid <= spread_max
        and ask_size >= depth_min
),

accepted as (
    select
        *,
        'enter' as action,
        'BUY' as side,
        ask as price_limit,
        assumed_chance as confidence,
        {{ no_basket() }},
        {{ no_leader() }},
        concat(
            outcome, ' is asked at ', cast(ask as double),
            ' for ', cast(ask_size as double), ' shares, ',
            round(hours_to_close, 1), ' h before the scheduled end; ',
            'with the fee it costs ', cast(ask + fee_at_ask as double),
            ', its chance is assumed to be ', cast(assumed_chance as double),
            ': an edge of ', cast(edge_after_fees as double), ' per share',
            case when not trades_complete then '; fills of this market are known to be missing' end
        ) as reason
    from sized
    where edge_after_fees > min_edge and suggested_size >= min_order_size
)

select {{ signal_columns('accepted') }}
from accepted
