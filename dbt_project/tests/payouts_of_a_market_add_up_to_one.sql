-- Fails with each decided market whose payouts are not worth exactly one share.
select
    condition_id,
    sum(payout) as payouts
from {{ ref('fct_resolutions') }}
group by condition_id
having sum(payout) != 1 or (count(payout) not in (0, count(*)))
