"""Jobs and schedules. Ticks follow real time; the day they ask for is the platform clock's.

Dagster is the batch clock: nothing here is finer than five minutes. Intervals are settings
(PM_SCHEDULE_…_MINUTES); a schedule's name tells the default. No automation condition covers an
execution asset; `trade` starts by its schedule or by hand, and reads only published versions.
Not here: upkeep (upkeep.py).
"""

from datetime import datetime, timedelta

import dagster as dg

from polymarket_assets.defs.partitions import one_day
from polymarket_assets.settings import load_settings
from polymarket_assets.sources.late_fills import reopened
from polymarket_assets.sources.registry import LISTS
from polymarket_assets.store.home import open_home
from polymarket_assets.store.lake import Lake

raw = dg.AssetSelection.groups("raw")
execution = dg.AssetSelection.groups("execution")
lists = dg.AssetSelection.assets(*(["raw", source] for source in LISTS))
prices = dg.AssetSelection.assets(["raw", "clob_prices"], ["raw", "kalshi_candles"])
tracked = dg.AssetSelection.assets(
    ["raw", "data_activity"],
    ["raw", "data_positions"],
    ["raw", "data_holders"],
    ["raw", "data_resolutions"],
)

collect = dg.define_asset_job(
    "collect", raw, description="Every source, for a day or a range of days."
)
markets = dg.define_asset_job(
    "markets", lists, description="Both venues' lists; trading terms of the universe's markets."
)
live = dg.define_asset_job(
    "live",
    raw - lists - prices - tracked,
    description="What changes by the minute: fills, trades, books and leaderboards of today.",
)
follow = dg.define_asset_job(
    "follow", tracked, description="Tracked wallets and markets on their way to a result."
)
price_history = dg.define_asset_job(
    "price_history", prices, description="Hourly price points and candles of today."
)
close = dg.define_asset_job(
    "close",
    raw - lists,
    description="A day that is over once more, and the proof that it is whole.",
)
warehouse = dg.define_asset_job(
    "warehouse",
    dg.AssetSelection.all() - raw - execution,
    description="dbt build, its tests, and a published version when all of them pass.",
)
trade = dg.define_asset_job(
    "trade", execution, description="Approvals, orders and portfolio, from the published version."
)
everything = dg.define_asset_job(
    "everything",
    dg.AssetSelection.all(),
    description="Collect, build, test, publish, approve, trade.",
)

settings = load_settings()
RUNNING = dg.DefaultScheduleStatus.RUNNING
STOPPED = dg.DefaultScheduleStatus.STOPPED
HOUR = 60


def every(minutes: int, offset: int = 0) -> str:
    """Cron text for every so many minutes of an hour (a divisor of 60), `offset` past the full."""
    return f"{offset % minutes}-59/{minutes} * * * *" if minutes < HOUR else f"{offset} * * * *"


def _today(days_ago: int = 0) -> str:
    now = open_home(load_settings()).clock.now()
    return str(one_day(now - timedelta(days=days_ago)))


@dg.schedule(
    job=markets, cron_schedule=every(settings.schedule_markets_minutes), default_status=RUNNING
)
def markets_every_15_minutes() -> dg.RunRequest:
    """Event and market lists of both venues; Gamma caches its own for five minutes."""
    return dg.RunRequest()


@dg.schedule(job=live, cron_schedule=every(settings.schedule_live_minutes), default_status=RUNNING)
def live_every_5_minutes() -> dg.RunRequest:
    """Fills, trades, books and leaderboards of the running day."""
    return dg.RunRequest(partition_key=_today())


@dg.schedule(
    job=follow, cron_schedule=every(settings.schedule_follow_minutes, 3), default_status=RUNNING
)
def follow_every_10_minutes() -> dg.RunRequest:
    """Activity, positions and holders of tracked wallets; results that are not final."""
    return dg.RunRequest(partition_key=_today())


@dg.schedule(
    job=price_history,
    cron_schedule=every(settings.schedule_prices_minutes, 7),
    default_status=RUNNING,
)
def prices_every_hour() -> dg.RunRequest:
    """Price points and candles since the last hour."""
    return dg.RunRequest(partition_key=_today())


@dg.schedule(
    job=warehouse,
    cron_schedule=every(settings.schedule_warehouse_minutes, 2),
    default_status=RUNNING,
)
def warehouse_every_5_minutes() -> dg.RunRequest:
    """Build and test after each collection; publish when all is well."""
    return dg.RunRequest(partition_key=_today())


@dg.schedule(
    job=trade,
    cron_schedule=every(settings.schedule_trade_minutes, 4),
    default_status=RUNNING if settings.mode == "paper" else STOPPED,
)
def trade_every_5_minutes() -> dg.RunRequest:
    """One executor step against the approved signals of the published version."""
    return dg.RunRequest()


@dg.schedule(job=close, cron_schedule="20 0 * * *", default_status=RUNNING)
def close_yesterday() -> dg.RunRequest:
    """Yesterday once more, after its last fills have become visible; proves it whole."""
    return dg.RunRequest(partition_key=_today(days_ago=1))


@dg.sensor(job=close, minimum_interval_seconds=900, default_status=dg.DefaultSensorStatus.RUNNING)
def late_fills(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Days that were closed and got fills since: each is materialized and proved again."""
    since = datetime.fromisoformat(context.cursor) if context.cursor else None
    days, seen_until = reopened(Lake.open(load_settings()), since)
    requests = [
        dg.RunRequest(
            run_key=f"late-fills-{day.dt}-{day.newest_at.isoformat()}",
            partition_key=str(day.dt),
            tags={"polymarket/late_fills": str(day.fills)},
        )
        for day in days
    ]
    return dg.SensorResult(requests, cursor=seen_until.isoformat() if seen_until else None)
