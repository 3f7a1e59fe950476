"""Daily UTC partitions, from PM_START_DATE up to today."""

from datetime import UTC, datetime

import dagster as dg

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import load_settings

daily = dg.DailyPartitionsDefinition(
    start_date=load_settings().start_date.isoformat(),
    timezone="UTC",
    # Today's partition exists while it runs; it is materialized again during the day.
    end_offset=1,
)


def window_of(context: dg.AssetExecutionContext) -> DayWindow:
    """The days this step was asked for: one partition, or a range in one run."""
    return DayWindow.of(context.partition_keys)


def days_of_run(run: dg.DagsterRun) -> DayWindow | None:
    """The days a run was asked for, by its tags; None for a run without partitions."""
    names = ("partition", "asset_partition_range_start", "asset_partition_range_end")
    days = [run.tags[f"dagster/{name}"] for name in names if f"dagster/{name}" in run.tags]
    return DayWindow.of(days) if days else None


def one_day(day: datetime) -> DayWindow:
    """The window of the UTC day that `day` falls on."""
    date = day.astimezone(UTC).date()
    return DayWindow(date, date)
