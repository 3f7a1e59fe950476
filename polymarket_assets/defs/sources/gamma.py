"""raw/gamma_events, raw/gamma_markets and raw/gamma_tags: Gamma's lists."""

from typing import Any

import dagster as dg

from polymarket_assets.defs.presenting import source_result
from polymarket_assets.defs.resources import Platform

single_run = dg.BackfillPolicy.single_run()


@dg.asset(
    key=["raw", "gamma_events"], group_name="raw", kinds={"python"}, backfill_policy=single_run
)
def gamma_events(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per event and version of it, as received; markets are named by id.

    Source: Gamma GET /events/keyset. An object equal to its last version is not written again.
    """
    run = platform.collect("gamma_events", None)
    return source_result(platform.lake(), run, None, preview=_EVENTS)


@dg.asset(
    key=["raw", "gamma_markets"], group_name="raw", kinds={"python"}, backfill_policy=single_run
)
def gamma_markets(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """One row per market and version of it, as received; events are named by id.

    Source: Gamma GET /markets/keyset. An object equal to its last version is not written again.
    """
    run = platform.collect("gamma_markets", None)
    return source_result(
        platform.lake(),
        run,
        None,
        preview=_MARKETS,
        plot=("Markets by 24 h volume (USD)", _VOLUMES),
    )


@dg.asset(key=["raw", "gamma_tags"], group_name="raw", kinds={"python"}, backfill_policy=single_run)
def gamma_tags(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[Any]:
    """One row per tag and version of it, as received.

    Source: Gamma GET /tags, walked once a day. A tag equal to its last version is not written.
    """
    run = platform.collect("gamma_tags", None)
    return source_result(platform.lake(), run, None, preview=_TAGS)


_TAGS = """
select tag_id, payload ->> '$.slug' as slug, payload ->> '$.label' as label, received_at
from raw.gamma_tags
where dt between $from and $to
order by received_at desc, tag_id
limit 8
"""

_EVENTS = """
select event_id, payload ->> '$.title' as title, payload ->> '$.volume' as volume, received_at
from raw.gamma_events
where dt between $from and $to
order by received_at desc, event_id
limit 8
"""

_MARKETS = """
select
    market_id,
    payload ->> '$.question' as question,
    payload ->> '$.outcomePrices' as outcome_prices,
    closed,
    received_at
from raw.gamma_markets
where dt between $from and $to
order by received_at desc, market_id
limit 8
"""

_VOLUMES = """
with latest as (
    select market_id, arg_max(payload, received_at) as payload
    from raw.gamma_markets
    where dt between $from and $to
    group by 1
),
volumes as (
    select coalesce(try_cast(payload ->> '$.volume24hr' as double), 0) as volume from latest
)
select
    case
        when volume = 0 then '0'
        when volume < 100 then '<100'
        when volume < 1000 then '<1k'
        when volume < 10000 then '<10k'
        else '10k+'
    end as size,
    count(*) as markets
from volumes
group by 1
order by min(volume)
"""
