"""Checks of the warehouse that warn: what people should know of, though it stops nobody."""

import dagster as dg

from polymarket_assets.defs.resources import Platform

SHOWN = 10


@dg.asset_check(
    asset=["core", "dim_market"],
    name="our_volume_is_the_venues",
    description=(
        "The takers' fills held of each market add up to the volume the venue names, within 2 %. "
        "Where they fall short, trades_complete is false; leaderboards say so. It never blocks."
    ),
)
def our_volume_is_the_venues(platform: Platform) -> dg.AssetCheckResult:
    """A warning that names the markets with the largest shortfall."""
    lake = platform.lake()
    [(short, whole, unknown)] = lake.rows(_COUNTS)
    worst = [condition for (condition,) in lake.rows(_WORST, [SHOWN])]
    return dg.AssetCheckResult(
        passed=not short,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{short} markets lack fills, the largest: {', '.join(worst)}; next: write their ids "
            "to a file, one a line, and give it to polymarket sources run trades --conditions"
            if short
            else "no market is known to lack fills"
        ),
        metadata={"short": short, "whole": whole, "unknown": unknown},
    )


_COUNTS = """
select
    count(*) filter (where not trades_complete),
    count(*) filter (where trades_complete),
    count(*) filter (where trades_complete is null)
from core.dim_market
"""

_WORST = """
select condition_id
from core.dim_market
where not trades_complete
order by volume_usd desc, condition_id
limit ?
"""
