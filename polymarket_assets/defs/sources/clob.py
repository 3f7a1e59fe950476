"""raw/clob_books, raw/clob_markets and raw/clob_prices: books, trading terms, price history."""

from typing import Any

import dagster as dg

from polymarket_assets.defs.partitions import daily, window_of
from polymarket_assets.defs.presenting import source_result
from polymarket_assets.defs.resources import Platform

single_run = dg.BackfillPolicy.single_run()


@dg.asset(
    key=["raw", "clob_books"],
    group_name="raw",
    kinds={"python"},
    deps=[["raw", "gamma_events"], ["raw", "gamma_markets"]],
    partitions_def=daily,
    backfill_policy=single_run,
)
def clob_books(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[Any]:
    """One row per book snapshot of a market's first outcome, as often as its tier asks for.

    Source: CLOB POST /books. A past day is not available: books exist only now.
    """
    window = window_of(context)
    run = platform.collect("clob_books", window)
    return source_result(
        platform.lake(), run, window, preview=_BOOKS, plot=("Books by spread (cents)", _SPREADS)
    )


@dg.asset(
    key=["raw", "clob_markets"],
    group_name="raw",
    kinds={"python"},
    deps=[["raw", "gamma_events"], ["raw", "gamma_markets"]],
    backfill_policy=single_run,
)
def clob_markets(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per market of the universe and version of its tick, smallest order and fee.

    Source: CLOB GET /clob-markets/{condition_id}, asked when new, a day old or changed on Gamma.
    """
    run = platform.collect("clob_markets", None)
    return source_result(platform.lake(), run, None, preview=_TERMS)


@dg.asset(
    key=["raw", "clob_prices"],
    group_name="raw",
    kinds={"python"},
    deps=[["raw", "gamma_markets"]],
    partitions_def=daily,
    backfill_policy=single_run,
)
def clob_prices(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[Any]:
    """One row per token and hourly price point (the midpoint, not a trade).

    Source: CLOB POST /batch-prices-history, tokens with volume over their market's life.
    """
    window = window_of(context)
    run = platform.collect("clob_prices", window)
    return source_result(
        platform.lake(), run, window, preview=_PRICES, plot=("Points by price", _LEVELS)
    )


_TERMS = """
select
    condition_id,
    payload ->> '$.mts' as tick_size,
    payload ->> '$.mos' as min_order_size,
    payload ->> '$.fd.r' as fee_rate,
    received_at
from raw.clob_markets
where dt between $from and $to
order by received_at desc, condition_id
limit 8
"""

_BOOKS = """
select token_id, book_at, bids[1].price as best_bid, asks[1].price as best_ask, len(bids) as bids,
    len(asks) as asks, tick_size
from raw.clob_books
where dt between $from and $to
order by received_at desc, token_id
limit 8
"""

_SPREADS = """
select cast(round(100 * (asks[1].price - bids[1].price)) as integer) as cents, count(*) as books
from raw.clob_books
where dt between $from and $to and len(bids) > 0 and len(asks) > 0
group by 1
order by 1
"""

_PRICES = """
select token_id, event_at, price, fidelity_minutes
from raw.clob_prices
where dt between $from and $to
order by event_at desc, token_id
limit 8
"""

_LEVELS = """
select printf('%.1f', floor(price * 10) / 10) as price, count(*) as points
from raw.clob_prices
where dt between $from and $to
group by 1
order by 1
"""
