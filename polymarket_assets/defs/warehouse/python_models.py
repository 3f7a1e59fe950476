"""Assets that Python computes before a build, from the tables of the one before."""

from typing import Any

import dagster as dg

from polymarket_assets.defs.resources import Platform
from polymarket_assets.warehouse.wash_scores import score_wallets


@dg.asset(key=["leaderboards", "wash_scores"], group_name="leaderboards", kinds={"python"})
def wash_scores(platform: Platform) -> dg.MaterializeResult[Any]:
    """Volume-quality score of each wallet of the last 30 days; boards can leave out flagged ones.

    Reads the fills of the last build, so it names no dbt model as its input and is one build old.
    """
    lake = platform.lake()
    scored = score_wallets(lake, platform.home().clock.now())
    return dg.MaterializeResult(metadata={"dagster/row_count": scored})
