"""raw/data_trades and raw/data_leaderboard: the Data API's fills and boards."""

from typing import Any

import dagster as dg

from polymarket_assets.defs.partitions import daily, window_of
from polymarket_assets.defs.presenting import source_result
from polymarket_assets.defs.resources import Platform

single_run = dg.BackfillPolicy.single_run()


@dg.asset(
    key=["raw", "data_trades"],
    group_name="raw",
    kinds={"python"},
    deps=[["raw", "gamma_markets"]],
    partitions_def=daily,
    backfill_policy=single_run,
)
def data_trades(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[Any]:
    """One row per fill and page it came on; `taker_only` tells the two feeds apart.

    Source: Data API GET /v2/trades (v1 while v2 is away); by the bare feed for the current window,
    the cheaper way for older days. What is held is not asked for again.
    """
    window = window_of(context)
    run = platform.collect("data_trades", window)
    return source_result(
        platform.lake(), run, window, preview=_FILLS, plot=("Fills", _FILLS_OVER_TIME)
    )


@dg.asset(
    key=["raw", "data_leaderboard"],
    group_name="raw",
    kinds={"python"},
    partitions_def=daily,
    backfill_policy=single_run,
)
def data_leaderboard(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per board, poll and rank of the venue's own leaderboards.

    Source: Data API GET /v2/leaderboard. A past day is not available: boards exist only now.
    """
    window = window_of(context)
    run = platform.collect("data_leaderboard", window)
    return source_result(platform.lake(), run, window, preview=_BOARD)


_FILLS = """
select event_at, title, outcome, side, price, size, wallet, transaction_hash
from raw.data_trades
where dt between $from and $to and taker_only
order by event_at desc
limit 8
"""

_FILLS_OVER_TIME = """
select
    case
        when $from = $to then strftime(event_at, '%H:00')
        when cast($to as date) - cast($from as date) <= 62 then strftime(event_at, '%m-%d')
        else strftime(event_at, '%Y-%m')
    end as period,
    count(*) as fills
from raw.data_trades
where dt between $from and $to and taker_only
group by 1
order by 1
"""

_BOARD = """
select category, time_period, sort_by, rank, user_name, wallet, pnl_usd, volume_shares
from raw.data_leaderboard
where dt between $from and $to
order by received_at desc, category, time_period, sort_by, rank
limit 8
"""
