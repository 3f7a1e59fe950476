with parameters as (
    {{ strategy_parameters(
        ['intra_market_arbitrage'],
        ['legs_max', 'rule_risk', 'min_edge', 'profit_min_usd', 'notional_usd', 'depth_share']
    ) }}
),

sides as (
    select
        sides.*,
        parameters.*
    from {{ ref('int_tradable_sides') }} as sides
    cross join parameters
    where sides.ask < 1
),

books as (
    select * from {{ ref('fct_books') }}
    where is_usable
),

events as (
    select * from {{ ref('int_event_versions') }}
),

-- YES and NO of one market: NO's ask is that of its own book, since in one book and its mirror both
-- asks together cost 1 and the spread.
own_asks as (
    select
        sides.* replace (
            case when sides.is_yes then books.best_ask else 1 - books.best_bid end as ask,
            case when sides.is_yes then books.best_ask_size else books.best_bid_size end as ask_size
        )
    from sides
    inner join books
        on
            sides.condition_id = books.condition_id
            and sides.token_id = books.token_id
            and sides.book_received_at = books.received_at
    where sides.is_yes != books.is_mirrored
),

complements as (
    select
        * replace ({{ taker_fee('ask', 'fee_rate', 'fee_exponent') }} as fee_at_ask),
        'complement' as kind,
        condition_id as set_id,
        1 as payout,
        2 as outcomes
    from own_asks
    where ask < 1
),

-- Which outcomes an event had, by its version known at the moment.
event_sides as (
    select
        sides.*,
        events.market_ids,
        events.neg_risk_augmented
    from sides
    asof inner join events on sides.event_id = events.event_id and sides.as_of >= events.known_at
    where sides.neg_risk
),

outcome_sets as (
    select
        * exclude (market_ids, neg_risk_augmented),
        case when is_yes then 'all YES' else 'several NO' end as kind,
        event_id as set_id,
        case when is_yes then 1 else count(*) over by_set - 1 end as payout,
        case
            when is_yes and neg_risk_augmented is false then len(market_ids)
            when not is_yes then count(*) over by_set
        end as outcomes
    from event_sides
    window by_set as (partition by event_id, is_yes)
),

legs as (
    select * from complements
    union all by name
    select * from outcome_sets
),

-- One answer of the venue shows all legs; where the list of outcomes is longer, the set is not whole.
sets as (
    select
        kind,
        set_id,
        min(case when neg_risk then event_id else condition_id end) as family,
        any_value(payout) as payout,
        any_value(rule_risk) as rule_risk,
        any_value(min_edge) as min_edge,
        any_value(profit_min_usd) as profit_min_usd,
        cast(sum(ask + fee_at_ask) as decimal(18, 6)) as cost,
        count(*) as basket_legs,
        min(ask) as least_ask,
        max(min_order_size) as least_size,
        {{ whole_lots(
            'least(any_value(notional_usd) / sum(ask + fee_at_ask), any_value(depth_share) * min(ask_size))'
        ) }} as suggested_size,
        sha256(concat_ws(
            '|', 'intra_market_arbitrage',
            string_agg(concat_ws('|', token_id, epoch_us(as_of)), '|' order by token_id)
        )) as basket_id
    from legs
    group by kind, set_id
    having
        count(*) = any_value(outcomes)
        and count(*) between 2 and any_value(legs_max)
        and count(distinct book_received_at) = 1
),

priced as (
    select
        *,
        cast(payout * (1 - rule_risk) - cost as decimal(18, 6)) as edge_after_fees
    from sets
),

-- A marketable order is worth at least a dollar.
best as (
    select * from priced
    where
        edge_after_fees > min_edge
        and edge_after_fees * suggested_size >= profit_min_usd
        and suggested_size >= least_size
        and suggested_size * least_ask >= 1
    qualify row_number() over (partition by family order by edge_after_fees desc, kind, set_id) = 1
),

accepted as (
    select
        legs.* exclude (kind, set_id, payout, rule_risk, min_edge, profit_min_usd),
        'polymarket' as venue,
        'enter' as action,
        'BUY' as side,
        legs.ask as price_limit,
        best.edge_after_fees,
        1 - best.rule_risk as confidence,
        best.suggested_size,
        best.basket_id,
        best.basket_legs,
        {{ no_leader() }},
        concat(
            'a set of ', best.basket_legs, ' legs (',
            case best.kind when 'complement' then 'YES and NO of one market' else best.kind end,
            ') costs ', cast(best.cost as double), ' with fees and pays ', best.payout,
            '; here ', legs.outcome, ' at ', cast(legs.ask as double), ': an edge of ',
            cast(best.edge_after_fees as double), ' per set after rule risk'
        ) as reason
    from best
    inner join legs on best.kind = legs.kind and best.set_id = legs.set_id
)

select {{ signal_columns('accepted') }}
from accepted
