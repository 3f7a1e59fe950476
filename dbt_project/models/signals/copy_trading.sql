with parameters as (
    {{ strategy_parameters(
        ['copy_trading'],
        [
            'leaders_max', 'history_days', 'events_min', 'profit_min_usd', 'win_rate_low_min',
            'maker_share_max', 'biggest_win_share_max', 'fill_age_max_s', 'fill_min_usd', 'slippage_max',
            'discount_max', 'hours_min', 'assumed_edge', 'min_edge', 'copy_share', 'notional_usd', 'depth_share',
        ]
    ) }}
),

-- The last midnight that lies before every snapshot a signal may rest on.
settings as (
    select
        *,
        date_trunc(
            'day',
            ({{ now_utc() }} - to_seconds(cast({{ var('signal_life_s') }} as double))) at time zone 'UTC'
        ) at time zone 'UTC' as frozen_at
    from parameters
),

fills as (
    select * from {{ ref('fct_wallet_fills') }}
    where size > 0 and market_status = 'listed'
),

-- What is copied is at most a day old, whatever the settings: no older file needs to be read.
recent_fills as (
    select * from {{ ref('fct_wallet_fills') }}
    where
        size > 0 and market_status = 'listed'
        and dt >= {{ utc_date(now_utc()) }} - 2
),

resolutions as (
    select * from {{ ref('fct_resolutions') }}
    where payout is not null
),

sides as (
    select * from {{ ref('int_tradable_sides') }}
),

wash_scores as (
    select scores.*
    from {{ source('scoring', 'wash_scores') }} as scores
    cross join settings
    where scores.scored_at <= settings.frozen_at
    qualify row_number() over (partition by scores.wallet order by scores.scored_at desc) = 1
),

-- What each wallet had made of each event, as far as it was decided by then.
results as (
    select
        fills.wallet,
        coalesce(fills.event_id, fills.condition_id) as event_id,
        sum(
            case fills.side when 'BUY' then 1 else -1 end
            * ({{ worth_of('fills.size', 'resolutions.payout') }} - fills.notional_usd)
        ) as profit_usd,
        count(*) as fills,
        count(*) filter (where fills.role = 'maker') as maker_fills
    from fills
    cross join settings
    inner join resolutions on fills.token_id = resolutions.token_id
    where
        fills.known_at <= settings.frozen_at
        and resolutions.known_at <= settings.frozen_at
        and resolutions.known_at > settings.frozen_at - to_days(cast(settings.history_days as integer))
    group by fills.wallet, coalesce(fills.event_id, fills.condition_id)
),

records as (
    select
        wallet,
        count(*) as events,
        sum(profit_usd) as profit_usd,
        count(*) filter (where profit_usd > 0) as wins,
        count(*) filter (where profit_usd < 0) as losses,
        sum(maker_fills) / sum(fills) as maker_share,
        max(profit_usd) / nullif(sum(greatest(profit_usd, 0)), 0) as biggest_win_share
    from results
    group by wallet
),

leaders as (
    select
        records.*,
        settings.* exclude (profit_min_usd),
        row_number() over (order by records.profit_usd desc, records.wallet) as leader_rank
    from records
    cross join settings
    left join wash_scores on records.wallet = wash_scores.wallet
    where
        records.events >= settings.events_min
        and records.profit_usd > settings.profit_min_usd
        and {{ wilson_bound('records.wins', 'records.losses', '-') }} >= settings.win_rate_low_min
        and records.maker_share <= settings.maker_share_max
        and records.biggest_win_share <= settings.biggest_win_share_max
        and not coalesce(wash_scores.is_flagged, false)
    qualify leader_rank <= settings.leaders_max
),

-- What a leader just did with a token: bought as taker, or sold in whatever way.
moves as (
    select
        recent_fills.wallet,
        recent_fills.token_id,
        recent_fills.side as leader_side,
        max(recent_fills.event_at) as moved_at,
        sum(recent_fills.notional_usd) as leader_usd,
        cast(sum(recent_fills.notional_usd) / sum(recent_fills.size) as decimal(18, 6)) as leader_price
    from leaders
    inner join recent_fills on leaders.wallet = recent_fills.wallet
    inner join sides on recent_fills.token_id = sides.token_id
    where
        recent_fills.known_at <= sides.as_of
        and recent_fills.event_at > sides.as_of - to_seconds(cast(leaders.fill_age_max_s as double))
        and (recent_fills.side = 'SELL' or recent_fills.role = 'taker')
    group by recent_fills.wallet, recent_fills.token_id, recent_fills.side
),

followed as (
    select
        sides.*,
        leaders.* exclude (wallet),
        leaders.wallet as leader_wallet,
        moves.leader_side,
        moves.leader_usd,
        moves.leader_price,
        moves.moved_at
    from moves
    inner join leaders on moves.wallet = leaders.wallet
    inner join sides on moves.token_id = sides.token_id
    where moves.leader_side = 'SELL' or moves.leader_usd >= leaders.fill_min_usd
    qualify row_number() over (
        partition by moves.token_id order by moves.moved_at desc, leaders.leader_rank, moves.leader_side desc
    ) = 1
),

priced as (
    select
        *,
        case leader_side when 'BUY' then 'enter' else 'exit' end as action,
        leader_side as side,
        least(leader_price + assumed_edge, 1) as assumed_chance,
        cast(least(leader_price + assumed_edge, 1) - ask - fee_at_ask as decimal(18, 6)) as assumed_gain,
        {{ whole_lots('least(notional_usd / ask, copy_share * leader_usd / ask, depth_share * ask_size)') }}
            as entry_size
    from followed
),

accepted as (
    select
        *,
        {{ no_basket() }},
        case action when 'enter' then ask else bid end as price_limit,
        case when action = 'enter' then assumed_gain end as edge_after_fees,
        case when action = 'enter' then assumed_chance end as confidence,
        case when action = 'enter' then entry_size end as suggested_size,
        concat(
            leader_wallet, ' (', events, ' decided events, ', wins, ' won, ',
            cast(round(profit_usd, 2) as double), ' USD) ',
            case leader_side when 'BUY' then 'bought ' else 'sold ' end, outcome, ' for ',
            cast(round(leader_usd, 2) as double), ' USD at ', cast(leader_price as double),
            case action
                when 'enter'
                    then concat(
                        '; it is asked at ', cast(ask as double), ', its chance is assumed to be ',
                        cast(assumed_chance as double), ': an edge of ', cast(assumed_gain as double),
                        ' per share'
                    )
                else concat('; it is bid at ', cast(bid as double), ': leave')
            end
        ) as reason
    from priced
    where
        (action = 'exit' and bid > 0)
        or (
            action = 'enter'
            and ask < 1
            and ask between leader_price - discount_max and leader_price + slippage_max
            and hours_to_close >= hours_min
            and assumed_gain > min_edge
            and entry_size >= min_order_size
            and entry_size * ask >= 1
        )
)

select {{ signal_columns('accepted') }}
from accepted
