{{ config(materialized='ephemeral') }}

-- What the shares still held of each undecided token have cost, where some were sold. A sale takes its
-- part of the cost, rounded half up to a micro-dollar; the rest stays, so that nothing is lost by
-- rounding. Within a second, the venue's unit, what was bought is there to be sold. Whole micro-units:
-- decimals would be divided as floats.
with wallet_moves as (
    select * from {{ ref('int_wallet_moves') }}
),

decided as (
    select token_id from {{ ref('fct_resolutions') }}
    where payout is not null
),

undecided as (
    select
        wallet,
        token_id,
        list(
            {
                'shares': {{ micro_units("case side when 'BUY' then size else -size end") }},
                'cost': {{ micro_units('notional_usd') }}
            }
            order by event_at asc, turn asc, side asc, move_id asc
        ) as moves
    from wallet_moves
    where token_id not in (select decided.token_id from decided)
    group by wallet, token_id
    having bool_or(side = 'SELL')
),

-- Of shares sold beyond those held nothing is known, so the position is then flat.
carried as (
    select
        wallet,
        token_id,
        list_reduce(  -- noqa: PRS, sqlfluff knows no lambda of two arguments
            moves,
            lambda held, move: {
                'shares': greatest(held.shares + move.shares, 0),
                'cost': case
                    when move.shares >= 0 then held.cost + move.cost
                    when held.shares + move.shares <= 0 then 0
                    else held.cost - cast(
                        (2 * cast(held.cost as hugeint) * -move.shares + held.shares)
                        // (2 * held.shares) as bigint
                    )
                end
            },
            {'shares': cast(0 as bigint), 'cost': cast(0 as bigint)}
        ) as held
    from undecided
)

select
    wallet,
    token_id,
    cast(held.cost * cast(0.000001 as decimal(7, 6)) as decimal(18, 6)) as cost_usd
from carried
