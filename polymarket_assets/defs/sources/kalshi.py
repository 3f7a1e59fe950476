"""raw/kalshi_*: Kalshi's lists, order books, trades and candles.

No asset here depends on one of Polymarket, nor the other way round: one venue that is down never
stops the other.
"""

from typing import Any

import dagster as dg

from polymarket_assets.defs.partitions import daily, window_of
from polymarket_assets.defs.presenting import source_result
from polymarket_assets.defs.resources import Platform

single_run = dg.BackfillPolicy.single_run()


@dg.asset(
    key=["raw", "kalshi_series"], group_name="raw", kinds={"python"}, backfill_policy=single_run
)
def kalshi_series(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per series and version of it, as received.

    Source: Kalshi GET /series, at most every six hours.
    """
    run = platform.collect("kalshi_series", None)
    return source_result(platform.lake(), run, None, preview=_SERIES)


@dg.asset(
    key=["raw", "kalshi_events"], group_name="raw", kinds={"python"}, backfill_policy=single_run
)
def kalshi_events(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per event and version of it, as received.

    Source: Kalshi GET /events. An object equal to its last version is not written again.
    """
    run = platform.collect("kalshi_events", None)
    return source_result(platform.lake(), run, None, preview=_EVENTS)


@dg.asset(
    key=["raw", "kalshi_markets"], group_name="raw", kinds={"python"}, backfill_policy=single_run
)
def kalshi_markets(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per market and version of it, as received; followed until the status is final.

    Source: Kalshi GET /markets and /historical/markets, combos excluded.
    """
    run = platform.collect("kalshi_markets", None)
    return source_result(
        platform.lake(), run, None, preview=_MARKETS, plot=("Markets by status", _STATUSES)
    )


@dg.asset(
    key=["raw", "kalshi_trades"],
    group_name="raw",
    kinds={"python"},
    partitions_def=daily,
    backfill_policy=single_run,
)
def kalshi_trades(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per trade and page it came on; trade_id is its key.

    Source: Kalshi GET /markets/trades and /historical/trades. What is held is not asked for again.
    """
    window = window_of(context)
    run = platform.collect("kalshi_trades", window)
    return source_result(
        platform.lake(), run, window, preview=_TRADES, plot=("Trades", _TRADES_OVER_TIME)
    )


@dg.asset(
    key=["raw", "kalshi_books"],
    group_name="raw",
    kinds={"python"},
    deps=[["raw", "kalshi_series"], ["raw", "kalshi_events"], ["raw", "kalshi_markets"]],
    partitions_def=daily,
    backfill_policy=single_run,
)
def kalshi_books(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per book snapshot of a market: ten levels of each side, best level first.

    Source: Kalshi GET /markets/orderbooks. A past day is not available: books exist only now.
    """
    window = window_of(context)
    run = platform.collect("kalshi_books", window)
    return source_result(
        platform.lake(), run, window, preview=_BOOKS, plot=("Books by spread (cents)", _SPREADS)
    )


@dg.asset(
    key=["raw", "kalshi_candles"],
    group_name="raw",
    kinds={"python"},
    deps=[["raw", "kalshi_markets"]],
    partitions_def=daily,
    backfill_policy=single_run,
)
def kalshi_candles(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per market and full hour of its life, markets with volume.

    Source: Kalshi GET /markets/candlesticks and /historical/markets/{ticker}/candlesticks.
    """
    window = window_of(context)
    run = platform.collect("kalshi_candles", window)
    return source_result(platform.lake(), run, window, preview=_CANDLES)


_SERIES = """
select series_ticker, payload ->> '$.title' as title, payload ->> '$.category' as category
from raw.kalshi_series
where dt between $from and $to
order by received_at desc, series_ticker
limit 8
"""

_EVENTS = """
select event_ticker, payload ->> '$.title' as title, payload ->> '$.category' as category
from raw.kalshi_events
where dt between $from and $to
order by received_at desc, event_ticker
limit 8
"""

_MARKETS = """
select
    ticker,
    payload ->> '$.title' as title,
    status,
    payload ->> '$.yes_bid_dollars' as yes_bid,
    payload ->> '$.yes_ask_dollars' as yes_ask
from raw.kalshi_markets
where dt between $from and $to
order by received_at desc, ticker
limit 8
"""

_STATUSES = """
with latest as (
    select ticker, arg_max(status, received_at) as status
    from raw.kalshi_markets
    where dt between $from and $to
    group by 1
)
select status, count(*) as markets
from latest
group by 1
order by 2 desc
"""

_TRADES = """
select event_at, ticker, taker_outcome, yes_price, size
from raw.kalshi_trades
where dt between $from and $to
order by event_at desc
limit 8
"""

_TRADES_OVER_TIME = """
select
    case
        when $from = $to then strftime(event_at, '%H:00')
        when cast($to as date) - cast($from as date) <= 62 then strftime(event_at, '%m-%d')
        else strftime(event_at, '%Y-%m')
    end as period,
    count(distinct trade_id) as trades
from raw.kalshi_trades
where dt between $from and $to
group by 1
order by 1
"""

_BOOKS = """
select
    ticker,
    received_at,
    yes_bids[1].price as best_bid,
    yes_asks[1].price as best_ask,
    len(yes_bids) as bids,
    len(yes_asks) as asks
from raw.kalshi_books
where dt between $from and $to
order by received_at desc, ticker
limit 8
"""

_SPREADS = """
select
    cast(round(100 * (yes_asks[1].price - yes_bids[1].price)) as integer) as cents,
    count(*) as books
from raw.kalshi_books
where dt between $from and $to and len(yes_bids) > 0 and len(yes_asks) > 0
group by 1
order by 1
"""

_CANDLES = """
select ticker, event_at, yes_bid_close, yes_ask_close, price_close, size
from raw.kalshi_candles
where dt between $from and $to
order by event_at desc, ticker
limit 8
"""
