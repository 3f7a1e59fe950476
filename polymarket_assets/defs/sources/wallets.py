"""raw/data_activity, data_positions, data_holders and data_resolutions: who did and holds what."""

from typing import Any

import dagster as dg

from polymarket_assets.defs.partitions import daily, window_of
from polymarket_assets.defs.presenting import source_result
from polymarket_assets.defs.resources import Platform

single_run = dg.BackfillPolicy.single_run()


@dg.asset(
    key=["raw", "data_activity"],
    group_name="raw",
    kinds={"python"},
    deps=[["raw", "data_leaderboard"]],
    partitions_def=daily,
    backfill_policy=single_run,
)
def data_activity(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per act of a tracked wallet and page it came on: trades, splits, redemptions, more.

    Source: Data API GET /v2/activity (v1 while v2 is away). What is held is not asked for again.
    """
    window = window_of(context)
    run = platform.collect("data_activity", window)
    return source_result(
        platform.lake(), run, window, preview=_ACTS, plot=("Acts by type", _ACTS_BY_TYPE)
    )


@dg.asset(
    key=["raw", "data_positions"],
    group_name="raw",
    kinds={"python"},
    deps=[["raw", "data_leaderboard"]],
    partitions_def=daily,
    backfill_policy=single_run,
)
def data_positions(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per tracked wallet, token and snapshot, by the venue's accounting.

    Source: Data API GET /v2/positions. A past day is not available: positions exist only now.
    """
    window = window_of(context)
    run = platform.collect("data_positions", window)
    return source_result(platform.lake(), run, window, preview=_POSITIONS)


@dg.asset(
    key=["raw", "data_holders"],
    group_name="raw",
    kinds={"python"},
    deps=[["raw", "data_positions"]],
    partitions_def=daily,
    backfill_policy=single_run,
)
def data_holders(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per token that tracked wallets hold, snapshot and large holder of it.

    Source: Data API GET /v2/holders. A past day is not available: holders exist only now.
    """
    window = window_of(context)
    run = platform.collect("data_holders", window)
    return source_result(platform.lake(), run, window, preview=_HOLDERS)


@dg.asset(
    key=["raw", "data_resolutions"],
    group_name="raw",
    kinds={"python"},
    deps=[["raw", "gamma_markets"]],
    partitions_def=daily,
    backfill_policy=single_run,
)
def data_resolutions(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per changed statement about a market's result, followed until it is final.

    Source: Data API GET /v2/resolutions, markets that ended in the window or are pending.
    """
    window = window_of(context)
    run = platform.collect("data_resolutions", window)
    return source_result(
        platform.lake(), run, window, preview=_RESULTS, plot=("Statements", _STATEMENTS)
    )


_ACTS = """
select event_at, wallet, type, side, size, usdc_size, price, title, outcome
from raw.data_activity
where dt between $from and $to
order by event_at desc
limit 8
"""

_ACTS_BY_TYPE = """
select type, count(*) as acts
from raw.data_activity
where dt between $from and $to
group by 1
order by 2 desc
"""

_POSITIONS = """
select wallet, title, outcome, size, average_price, current_price, current_value_usd, status
from raw.data_positions
where dt between $from and $to
order by received_at desc, current_value_usd desc
limit 8
"""

_HOLDERS = """
select token_id, name, wallet, size
from raw.data_holders
where dt between $from and $to
order by received_at desc, token_id, size desc
limit 8
"""

_RESULTS = """
select condition_id, status, cast(payouts as varchar) as payouts, was_disputed, resolved_at,
    last_update_at
from raw.data_resolutions
where dt between $from and $to
order by received_at desc, condition_id
limit 8
"""

_STATEMENTS = """
select status, count(*) as statements
from raw.data_resolutions
where dt between $from and $to
group by 1
order by 2 desc
"""
