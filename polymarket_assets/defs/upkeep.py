"""Upkeep by schedule: small files hourly, old data nightly, every file's bytes weekly.

Belongs here: the ops, their jobs and schedules, and how long Dagster's own runs are kept. Not here:
what upkeep does (store/maintenance.py, store/checksums.py).
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from polymarket_assets.defs.old_runs import delete_old_runs
from polymarket_assets.serving.stores import home_clock
from polymarket_assets.settings import load_settings
from polymarket_assets.store.checksums import damaged_files, scrub
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.maintenance import MaintenanceReport, maintain
from polymarket_assets.store.repair import next_steps

RUNNING = dg.DefaultScheduleStatus.RUNNING
KEEP_RUNS = timedelta(days=14)
_LOCK_WAIT_S = 600


def _report(context: dg.OpExecutionContext, done: MaintenanceReport) -> None:
    context.log.info("maintenance: %s", done)
    context.add_output_metadata(
        {name: value for name, value in done.as_json().items() if value not in ((), {})}
    )


@dg.op
def merge_small_files(context: dg.OpExecutionContext) -> None:
    """Merge small files and record the hashes of new ones."""
    _report(context, maintain(Lake.open(load_settings()), expire=False, wait_s=_LOCK_WAIT_S))


@dg.op
def drop_and_expire(context: dg.OpExecutionContext) -> None:
    """Drop rows that are too old, old versions and their files; never a published one."""
    settings = load_settings()
    today = home_clock(settings).now().date()
    _report(context, maintain(Lake.open(settings), today=today, wait_s=_LOCK_WAIT_S))


@dg.op
def forget_old_runs(context: dg.OpExecutionContext) -> None:
    """Delete Dagster's own records of old runs, except the last of each partition."""
    done = delete_old_runs(context.instance, before=datetime.now(UTC) - KEEP_RUNS)
    context.log.info("%d old runs deleted, %d kept", done.deleted, done.kept)


@dg.op
def compare_files() -> None:
    """Compare every data file with its hash; damage fails the run and is named in its error."""
    lake = Lake.open(load_settings())
    scrub(lake)
    damaged = damaged_files(lake)
    if damaged:
        raise dg.Failure(
            "; ".join(
                f"{found.described}; next: {next_steps(lake, found.file)}" for found in damaged
            )
        )


@dg.job(description="Merge the lake's small files.")
def merge() -> None:
    """Under the same lock as a warehouse build."""
    merge_small_files()


@dg.job(description="Lake maintenance, under the same lock as a warehouse build; old runs.")
def maintenance() -> None:
    """Drop, expire, merge, clean."""
    drop_and_expire()
    forget_old_runs()


@dg.job(description="Read every data file and compare its hash.")
def scrub_files() -> None:
    """Beside everything else: it only reads."""
    compare_files()


@dg.schedule(job=merge, cron_schedule="50 * * * *", default_status=RUNNING)
def merge_every_hour() -> dg.RunRequest:
    """Before the small files of an hour slow readers down."""
    return dg.RunRequest()


@dg.schedule(job=maintenance, cron_schedule="30 3 * * *", default_status=RUNNING)
def maintenance_every_night() -> dg.RunRequest:
    """Once a night, when few people look."""
    return dg.RunRequest()


@dg.schedule(job=scrub_files, cron_schedule="15 4 * * 0", default_status=RUNNING)
def scrub_every_week() -> dg.RunRequest:
    """Sunday mornings."""
    return dg.RunRequest()
