with parameters as (
    {{ strategy_parameters(
        ['mean_reversion'],
        [
            'window_minutes', 'z_min', 'move_min', 'vol_days', 'vol_bars_min', 'vol_floor',
            'volume_depth_max', 'spread_max', 'hours_min', 'retrace', 'stop', 'hold_hours', 'min_edge',
            'assumed_chance', 'notional_usd', 'depth_share',
        ]
    ) }}
),

settings as (
    select
        *,
        to_minutes(cast(window_minutes as bigint)) as span,
        to_seconds(cast(hold_hours * 3600 as double)) as hold_time
    from parameters
),

sides as (
    select * from {{ ref('int_tradable_sides') }}
    where bid > 0 and ask < 1
),

-- A position is told to leave for one more hour after its time is over.
snapshots as (
    select
        snapshots.*,
        settings.*
    from {{ ref('market_snapshots') }} as snapshots
    cross join settings
    where
        snapshots.as_of_kind = 'live'
        and snapshots.mid_source = 'book'
        and snapshots.as_of <= {{ now_utc() }}
        and snapshots.as_of > {{ now_utc() }}
        - to_days(cast(settings.vol_days as integer)) - settings.hold_time - interval '1 hour'
),

watched as (
    select * from snapshots
    where as_of > {{ now_utc() }} - hold_time - interval '1 hour'
),

earlier as (
    select
        condition_id,
        as_of as earlier_as_of,
        mid_price as earlier_mid_price,
        logit_mid as earlier_logit_mid
    from snapshots
),

moves as (
    select
        watched.*,
        watched.mid_price - earlier.earlier_mid_price as move,
        watched.logit_mid - earlier.earlier_logit_mid as log_move
    from watched
    asof inner join earlier
        on
            watched.condition_id = earlier.condition_id
            and watched.as_of - watched.span >= earlier.earlier_as_of
    where watched.as_of - earlier.earlier_as_of <= 1.5 * watched.span
),

-- How far the market usually moves in one span, from all of it that is older than any watched move.
bars as (
    select
        condition_id,
        epoch_us(as_of) // cast(window_minutes * 60000000 as bigint) as bar,
        arg_max(logit_mid, as_of) as logit_mid,
        any_value(vol_floor) as vol_floor,
        any_value(vol_bars_min) as vol_bars_min
    from snapshots
    where as_of <= {{ now_utc() }} - hold_time - interval '1 hour'
    group by all
),

steps as (
    select
        *,
        logit_mid - lag(logit_mid) over by_time as step,
        bar - lag(bar) over by_time as bars_passed
    from bars
    window by_time as (partition by condition_id order by bar)
),

-- The median step times 1.4826 estimates the deviation of normal steps around none, and ignores jumps.
volatilities as (
    select
        condition_id,
        greatest(1.4826 * median(abs(step)), any_value(vol_floor)) as volatility
    from steps
    where bars_passed = 1
    group by condition_id
    having count(*) >= any_value(vol_bars_min)
),

-- Siblings that confirm a move keep the sum of the event at one; a sweep alone displaces it.
jumps as (
    select
        moves.*,
        moves.log_move / volatilities.volatility as z
    from moves
    inner join volatilities on moves.condition_id = volatilities.condition_id
    where
        abs(moves.log_move) >= moves.z_min * volatilities.volatility
        and abs(moves.move) >= moves.move_min
        and moves.trades_ok
        and moves.volume_1h
        <= moves.volume_depth_max * moves.mid_price * (moves.bid_depth_10 + moves.ask_depth_10)
        and (
            not coalesce(moves.neg_risk, false)
            or sign(moves.move) * (moves.event_yes_sum - 1) >= abs(moves.move) / 2
        )
),

-- One move shows in every snapshot of a span: its first one counts, and of several moves the newest.
started as (
    select * from jumps
    qualify coalesce(as_of - lag(as_of) over (partition by condition_id order by as_of) > span, true)
),

newest as (
    select * from started
    qualify row_number() over (partition by condition_id order by as_of desc) = 1
),

faded as (
    select
        sides.*,
        newest.strategy,
        newest.strategy_version,
        newest.params_hash,
        newest.spread_max,
        newest.hours_min,
        newest.retrace,
        newest.stop,
        newest.hold_time,
        newest.hold_hours,
        newest.min_edge,
        newest.assumed_chance,
        newest.notional_usd,
        newest.depth_share,
        newest.window_minutes,
        newest.move,
        newest.z,
        newest.as_of as moved_at,
        abs(newest.move) as distance,
        (sides.bid + sides.ask) / 2
        - case when sides.is_yes then newest.mid_price else 1 - newest.mid_price end as way_back
    from newest
    inner join sides on newest.condition_id = sides.condition_id and sides.is_yes = (newest.move < 0)
    where sides.as_of >= newest.as_of
),

judged as (
    select
        *,
        case
            when way_back >= retrace * distance then 'exit'
            when way_back <= -stop * distance then 'exit'
            when as_of - moved_at >= hold_time then 'exit'
            when as_of - moved_at <= to_seconds(cast({{ var('signal_life_s') }} as double)) then 'enter'
            else 'hold'
        end as action,
        ask + retrace * distance - (ask - bid) as target_bid,
        ask - stop * distance - (ask - bid) as stop_bid
    from faded
),

-- What leaving brings on average, at the bid and after the fee that leaving costs.
expected as (
    select
        *,
        cast(
            assumed_chance * (
                target_bid - {{ taker_fee('least(target_bid, 1)', 'fee_rate', 'fee_exponent') }}
            )
            + (1 - assumed_chance) * (
                greatest(stop_bid, 0)
                - {{ taker_fee('greatest(stop_bid, 0)', 'fee_rate', 'fee_exponent') }}
            )
            - ask - fee_at_ask
            as decimal(18, 6)
        ) as expected_edge,
        {{ whole_lots('least(notional_usd / ask, depth_share * ask_size)') }} as entry_size
    from judged
),

accepted as (
    select
        *,
        case action when 'enter' then 'BUY' else 'SELL' end as side,
        case action when 'enter' then ask else bid end as price_limit,
        case when action = 'enter' then expected_edge end as edge_after_fees,
        case when action = 'enter' then assumed_chance end as confidence,
        case when action = 'enter' then entry_size end as suggested_size,
        {{ no_basket() }},
        {{ no_leader() }},
        concat(
            'YES moved by ', cast(move as double), ' within ', cast(window_minutes as double),
            ' minutes before ', strftime(moved_at at time zone 'UTC', '%Y-%m-%d %H:%M'), ' UTC, ',
            round(abs(z), 1), ' times its usual step, on little volume; ',
            case
                when action = 'enter'
                    then concat(
                        outcome, ' at ', cast(ask as double), ' is expected back at ',
                        cast(target_bid as double), ' with an assumed chance of ',
                        cast(assumed_chance as double), ', else at ', cast(greatest(stop_bid, 0) as double),
                        ': an edge of ', cast(expected_edge as double), ' per share'
                    )
                when way_back >= retrace * distance
                    then concat(cast(way_back as double), ' of it is taken back: leave')
                when way_back <= -stop * distance
                    then concat('it went on by ', cast(-way_back as double), ': leave')
                when action = 'exit' then concat(cast(hold_hours as double), ' h are over: leave')
                else concat(cast(way_back as double), ' of it is taken back: wait')
            end
        ) as reason
    from expected
    where
        action != 'enter'
        or (
            hours_to_close >= hours_min
            and ask - bid <= spread_max
            and target_bid < 1
            and expected_edge > min_edge
            and entry_size >= min_order_size
        )
)

select {{ signal_columns('accepted') }}
from accepted
