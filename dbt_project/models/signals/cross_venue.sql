with parameters as (
    {{ strategy_parameters(
        ['cross_venue'],
        [
            'quote_age_max_s', 'kalshi_fee_rate', 'rule_risk', 'carry_per_year', 'min_edge', 'notional_usd',
            'depth_share',
        ]
    ) }}
),

-- The newest decision about each pair, where it is an approval; the plugin sets the variable when it
-- opens a connection.
approvals as (
    select
        unnest(
            from_json(
                getvariable('pair_approvals'),
                '[{
                    "pair_id": "VARCHAR", "relation": "VARCHAR", "rules_sha256_a": "VARCHAR",
                    "rules_sha256_b": "VARCHAR", "actor": "VARCHAR", "decided_at": "TIMESTAMPTZ"
                }]'
            ),
            recursive := true
        )
),

pairs as (
    select * from {{ source('matching', 'venue_pairs') }}
),

texts as (
    select * from {{ source('matching', 'venue_texts') }}
),

sides as (
    select * from {{ ref('int_tradable_sides') }}
    where ask < 1
),

versions as (
    select
        condition_id,
        known_at,
        cast(to_json(row(question, description, outcomes)) as varchar) as words
    from {{ ref('market_versions') }}
    where condition_id is not null
),

kalshi_versions as (
    select
        *,
        cast(to_json(row(title, yes_sub_title, rules_primary, rules_secondary)) as varchar) as words
    from {{ ref('stg_kalshi_markets') }}
),

kalshi_books as (
    select * from {{ ref('stg_kalshi_books') }}
),

-- An approval holds for the words that were approved: those matched, and those last read.
approved as (
    select
        pairs.pair_id,
        pairs.relation,
        pairs.market_a,
        pairs.market_b,
        pairs.title_b,
        approvals.actor,
        texts_a.known_at as words_a_since,
        texts_b.known_at as words_b_since,
        greatest(approvals.decided_at, pairs.known_at, texts_a.known_at, texts_b.known_at) as known_at
    from approvals
    inner join pairs
        on
            approvals.pair_id = pairs.pair_id
            and approvals.relation = pairs.relation
            and approvals.rules_sha256_a = pairs.rules_sha256_a
            and approvals.rules_sha256_b = pairs.rules_sha256_b
    inner join texts as texts_a
        on
            pairs.venue_a = texts_a.venue
            and pairs.market_a = texts_a.market_id
            and pairs.rules_sha256_a = texts_a.rules_sha256
    inner join texts as texts_b
        on
            pairs.venue_b = texts_b.venue
            and pairs.market_b = texts_b.market_id
            and pairs.rules_sha256_b = texts_b.rules_sha256
    where pairs.venue_a = 'polymarket' and pairs.venue_b = 'kalshi'
),

-- The texts are read before each build: words that came with it are compared here.
at_words as (
    select
        sides.*,
        approved.* exclude (known_at),
        versions.words as words_a
    from approved
    inner join sides on approved.market_a = sides.condition_id and approved.known_at <= sides.as_of
    asof inner join versions
        on sides.condition_id = versions.condition_id and sides.as_of >= versions.known_at
),

at_kalshi as (
    select
        at_words.*,
        kalshi_versions.words as words_b,
        kalshi_versions.event_ticker,
        coalesce(kalshi_versions.least_tick_size, 0.01) as kalshi_tick_size
    from at_words
    asof inner join kalshi_versions
        on at_words.market_b = kalshi_versions.ticker and at_words.as_of >= kalshi_versions.known_at
    where kalshi_versions.is_open
),

unchanged as (
    select at_kalshi.*
    from at_kalshi
    where
        words_a_since = (
            select min(versions.known_at) from versions
            where versions.condition_id = at_kalshi.condition_id and versions.words = at_kalshi.words_a
        )
        and words_b_since = (
            select min(kalshi_versions.known_at) from kalshi_versions
            where kalshi_versions.ticker = at_kalshi.market_b and kalshi_versions.words = at_kalshi.words_b
        )
),

-- YES of one and NO of the other pay 1 when both ask the same; the same side of both when one asks the
-- opposite of the other.
quoted as (
    select
        unchanged.*,
        parameters.*,
        unchanged.is_yes = (unchanged.relation = 'COMPLEMENT') as is_kalshi_yes,
        case
            when unchanged.is_yes = (unchanged.relation = 'COMPLEMENT') then kalshi_books.yes_asks[1]
            else kalshi_books.no_asks[1]
        end as kalshi_ask,
        {{ seconds_between('kalshi_books.known_at', 'unchanged.as_of') }} as quote_age_s
    from unchanged
    asof inner join kalshi_books
        on unchanged.market_b = kalshi_books.ticker and unchanged.as_of >= kalshi_books.known_at
    cross join parameters
),

sized as (
    select
        *,
        floor(least(
            notional_usd / (ask + fee_at_ask + kalshi_ask.price),
            depth_share * ask_size,
            depth_share * kalshi_ask.size
        )) as suggested_size
    from quoted
    where quote_age_s <= quote_age_max_s and kalshi_ask.price < 1
),

-- Kalshi rounds the fee of an order up to a cent; the money of both legs is tied up to the end.
charged as (
    select
        *,
        cast(ceil(round(
            100 * kalshi_fee_rate * suggested_size * kalshi_ask.price * (1 - kalshi_ask.price), 6
        )) / 100 / suggested_size as decimal(18, 6)) as kalshi_fee
    from sized
    where suggested_size >= greatest(min_order_size, 1)
),

priced as (
    select
        *,
        cast(ask + fee_at_ask + kalshi_ask.price + kalshi_fee as decimal(18, 6)) as cost,
        cast(
            (1 - rule_risk)
            - (ask + fee_at_ask + kalshi_ask.price + kalshi_fee)
            * (1 + carry_per_year * greatest(hours_to_close, 0) / 8760)
            as decimal(18, 6)
        ) as edge_after_fees
    from charged
),

best as (
    select
        *,
        sha256(concat_ws('|', 'cross_venue', pair_id, token_id, epoch_us(as_of))) as basket_id
    from priced
    where edge_after_fees > min_edge and suggested_size * least(ask, kalshi_ask.price) >= 1
    qualify row_number() over (partition by condition_id order by edge_after_fees desc, pair_id) = 1
),

explained as (
    select
        *,
        'enter' as action,
        'BUY' as side,
        1 - rule_risk as confidence,
        2 as basket_legs,
        {{ no_leader() }},
        concat(
            relation, ' with Kalshi ', market_b, ' by ', actor, ': ',
            outcome, ' here at ', cast(ask as double), ' and ',
            case when is_kalshi_yes then 'YES' else 'NO' end, ' there at ', cast(kalshi_ask.price as double),
            ' cost ', cast(cost as double), ' with both fees and pay 1: an edge of ',
            cast(edge_after_fees as double), ' per pair after carry and rule risk'
        ) as reason
    from best
),

legs as (
    select
        * exclude (title_b),
        'polymarket' as venue,
        ask as price_limit
    from explained
    union all by name
    select
        * exclude (title_b) replace (
            market_b as condition_id,
            event_ticker as event_id,
            concat_ws(':', market_b, case when is_kalshi_yes then 'YES' else 'NO' end) as token_id,
            case when is_kalshi_yes then 'Yes' else 'No' end as outcome,
            title_b as question,
            kalshi_tick_size as tick_size,
            cast(1 as decimal(18, 6)) as min_order_size,
            kalshi_fee_rate as fee_rate,
            cast(1 as decimal(18, 6)) as fee_exponent,
            false as neg_risk
        ),
        'kalshi' as venue,
        kalshi_ask.price as price_limit
    from explained
)

select {{ signal_columns('legs') }}
from legs
