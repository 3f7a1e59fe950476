with parameters as (
    {{ strategy_parameters(
        ['term_structure'],
        ['date_tolerance_days', 'hours_min', 'rule_risk', 'min_edge', 'notional_usd', 'depth_share']
    ) }}
),

-- Outcomes of a neg-risk event exclude each other: none of them implies another.
sides as (
    select
        sides.*,
        parameters.*
    from {{ ref('int_tradable_sides') }} as sides
    cross join parameters
    where sides.event_id is not null and not sides.neg_risk and sides.ask < 1
),

versions as (
    select
        condition_id,
        description,
        known_at
    from {{ ref('market_versions') }}
    where condition_id is not null
),

worded as (
    select
        sides.*,
        versions.description,
        {{ deadline_parts('sides.question') }} as parts
    from sides
    asof inner join versions
        on sides.condition_id = versions.condition_id and sides.as_of >= versions.known_at
),

dated as (
    select
        *,
        {{ deadline_of('parts', 'end_at') }} as deadline,
        regexp_replace(question, {{ deadline_pattern() }}, lower(parts.word) || ' <deadline>') as template,
        {{ without_dates('description', 'parts') }} as rules_template
    from worded
),

-- A scheduled end elsewhere means that the date was misread, or that the rules say more than the title.
rungs as (
    select * from dated
    where abs(deadline - {{ utc_date('end_at') }}) <= date_tolerance_days and rules_template is not null
),

pairs as (
    select
        later.event_id,
        later.template,
        earlier.token_id as earlier_token_id,
        later.token_id as later_token_id,
        earlier.deadline as earlier_deadline,
        later.deadline as later_deadline,
        earlier.ask as earlier_ask,
        later.ask as later_ask,
        earlier.as_of as earlier_as_of,
        later.as_of as later_as_of,
        later.rule_risk,
        later.min_edge,
        cast(earlier.ask + earlier.fee_at_ask + later.ask + later.fee_at_ask as decimal(18, 6)) as cost,
        least(earlier.ask_size, later.ask_size) * later.depth_share as depth,
        greatest(earlier.min_order_size, later.min_order_size) as least_size,
        later.notional_usd
    from rungs as earlier
    inner join rungs as later
        on
            earlier.event_id = later.event_id
            and earlier.template = later.template
            and earlier.rules_template = later.rules_template
            and earlier.book_received_at = later.book_received_at
            and earlier.deadline < later.deadline
    where not earlier.is_yes and later.is_yes and earlier.hours_to_close >= earlier.hours_min
),

sized as (
    select
        *,
        cast(1 - rule_risk - cost as decimal(18, 6)) as edge_after_fees,
        {{ whole_lots('least(notional_usd / cost, depth)') }} as suggested_size
    from pairs
),

-- A marketable order is worth at least a dollar.
best as (
    select
        *,
        sha256(concat_ws(
            '|', 'term_structure', earlier_token_id, later_token_id,
            epoch_us(earlier_as_of), epoch_us(later_as_of)
        )) as basket_id
    from sized
    where
        edge_after_fees > min_edge
        and suggested_size >= least_size
        and suggested_size * least(earlier_ask, later_ask) >= 1
    qualify row_number() over (
        partition by event_id, template order by edge_after_fees desc, later_token_id, earlier_token_id
    ) = 1
),

legs as (
    select
        rungs.* exclude (rule_risk, min_edge, notional_usd, depth_share),
        'polymarket' as venue,
        'enter' as action,
        'BUY' as side,
        rungs.ask as price_limit,
        best.edge_after_fees,
        1 - best.rule_risk as confidence,
        best.suggested_size,
        best.basket_id,
        2 as basket_legs,
        {{ no_leader() }},
        concat(
            'by ', best.earlier_deadline, ' implies by ', best.later_deadline, ', yet NO of the earlier at ',
            cast(best.earlier_ask as double), ' and YES of the later at ', cast(best.later_ask as double),
            ' cost ', cast(best.cost as double), ' with fees and pay at least 1: an edge of ',
            cast(best.edge_after_fees as double), ' per pair after rule risk'
        ) as reason
    from best
    inner join rungs on rungs.token_id in (best.earlier_token_id, best.later_token_id)
)

select {{ signal_columns('legs') }}
from legs
