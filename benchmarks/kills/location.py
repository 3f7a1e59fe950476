"""The code location of the concurrency trial: the platform's own assets, collecting at once.

Each collection waits until all runs have come to the same source, so that they are at it at the
same moment however long their processes took to start. Dagster loads this module.

Belongs here: definitions. Not here: who starts them (together.py).
"""

from __future__ import annotations

import dagster as dg

from benchmarks.kills.cases import DAYS
from benchmarks.kills.meeting import anybody_came, meet
from polymarket_assets.defs.resources import Platform
from polymarket_assets.defs.sources import clob, data_api, gamma, kalshi, wallets
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.store.batch import SourceRun


class MeetingPlatform(Platform):
    """A platform whose collections begin together."""

    def collect(self, source: str, window: DayWindow | None, *, fresh: bool = False) -> SourceRun:
        """Run one source once every run has come to it."""
        meet(source)
        return super().collect(source, window, fresh=fresh)


assets = [
    gamma.gamma_events,
    gamma.gamma_markets,
    data_api.data_trades,
    wallets.data_activity,
    clob.clob_prices,
    kalshi.kalshi_markets,
    kalshi.kalshi_trades,
    kalshi.kalshi_candles,
]
day = dg.define_asset_job("day", dg.AssetSelection.assets(*assets))


@dg.schedule(job=day, cron_schedule="* * * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def every_minute() -> dg.RunRequest | dg.SkipReason:
    """The running day, as a schedule asks for it, until the first run collects."""
    if anybody_came():
        return dg.SkipReason("the day is being collected")
    return dg.RunRequest(partition_key=str(DAYS.last))


defs = dg.Definitions(
    assets=assets,
    jobs=[day],
    schedules=[every_minute],
    resources={"platform": MeetingPlatform()},
    executor=dg.in_process_executor,
)
