-- Fails with each signal that rests on no live snapshot of its market, is not the only one of its
-- strategy for the token, or is a leg of a basket that is not whole.
with signals as (
    select * from {{ ref('signals') }}
),

snapshots as (
    select * from {{ ref('market_snapshots') }}
    where as_of_kind = 'live'
)

select
    signals.signal_id,
    signals.strategy,
    signals.condition_id
from signals
left join snapshots
    on
        signals.feature_snapshot_key = snapshots.feature_snapshot_key
        and (signals.condition_id = snapshots.condition_id or signals.venue != 'polymarket')
        and signals.as_of = snapshots.as_of
qualify
    snapshots.feature_snapshot_key is null
    or count(*) over (partition by signals.strategy, signals.token_id) > 1
    or (
        signals.basket_id is not null
        and count(*) over (partition by signals.strategy, signals.basket_id) != signals.basket_legs
    )
