"""The checks of each raw table, one step for all of them: a step costs a third of a second.

rows_equal_pages      nothing was lost or doubled between a page and its rows
quarantine_is_empty   nothing was refused
no_new_fields         the venue sends nothing that its contract does not know
walks_are_whole       no page is missing from a walk, and the days of the run are whole

Only the last one blocks: it ends with ERROR when pages disprove what a run promised, or when a day
that is over is not whole; then nothing downstream of it starts in the same run. The warehouse,
which has runs of its own, asks the same before it publishes (warehouse/gate.py).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import dagster as dg

from polymarket_assets.defs.partitions import days_of_run
from polymarket_assets.defs.resources import Platform
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.audit import SHAPES, audit, last_but_one_run
from polymarket_assets.sources.drift import Drift, read_drift
from polymarket_assets.sources.registry import LISTS, SOURCES
from polymarket_assets.store.lake import Lake

DESCRIPTIONS = {
    "rows_equal_pages": "Counts and adds up the records in the stored page bytes, apart from the "
    "parser, and compares with the rows, unchanged and quarantined records of the same pages.",
    "quarantine_is_empty": "No record is refused: each keeps to the contract of its endpoint.",
    "no_new_fields": "The venue sends no field that its contract does not know.",
    "walks_are_whole": "Proves from the held pages that each walk's pages follow each other, that "
    "it ended where it may, met no cap, and that together they cover the days of this run.",
}


def _checks_of(source: str) -> dg.AssetChecksDefinition:
    key = dg.AssetKey(["raw", source])
    names = [name for name in DESCRIPTIONS if source in SHAPES or name == "walks_are_whole"]

    @dg.multi_asset_check(
        name=f"{source}_checks",
        specs=[
            dg.AssetCheckSpec(
                name,
                asset=key,
                description=DESCRIPTIONS[name],
                # Other sources must be fetched whatever becomes of the lists.
                blocking=name == "walks_are_whole" and source not in LISTS,
            )
            for name in names
        ],
    )
    def checks(
        context: dg.AssetCheckExecutionContext, platform: Platform
    ) -> Iterator[dg.AssetCheckResult]:
        now = platform.home().clock.now()
        lake = platform.lake()
        yesterday = DayWindow(now.date() - timedelta(days=1), now.date())
        days = days_of_run(context.run)
        with lake.kept_open():
            if source in SHAPES:
                # Pages of today are looked at once; a day that is over once more, all of them.
                made = key in context.job_def.asset_layer.selected_asset_keys
                new = made and (days is None or days.last >= now.date())
                since = last_but_one_run(lake, source) if new else None
                yield rows_result(lake, source, yesterday, since)
                yield from drift_results(lake, source, now)
            yield walks_result(platform, lake, source, days or yesterday, now.date())

    return checks


def rows_result(
    lake: Lake, source: str, window: DayWindow, since: datetime | None
) -> dg.AssetCheckResult:
    """What the pages received on some days, and since then, say of their rows."""
    found = audit(lake, source, window, since=since)
    return dg.AssetCheckResult(
        check_name="rows_equal_pages",
        asset_key=["raw", source],
        passed=not found.problems,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(found.problems) or "every record of every page is accounted for",
        metadata={
            "pages": found.pages,
            "records in pages": found.records_in_pages,
            "rows": found.rows_of_pages,
            "unchanged": found.unchanged,
            "quarantined": found.quarantined,
            "sum in pages": str(found.sum_in_pages),
            "sum of rows": str(found.sum_of_rows),
        },
    )


def drift_results(lake: Lake, source: str, now: datetime) -> Iterator[dg.AssetCheckResult]:
    """What was refused, and what is new."""
    with lake.reading() as connection:
        found = read_drift(connection, now, source=source).get(source, Drift(source))
    yield dg.AssetCheckResult(
        check_name="quarantine_is_empty",
        asset_key=["raw", source],
        passed=found.quarantined is None,
        severity=dg.AssetCheckSeverity.ERROR,
        description=found.quarantined or "no record is quarantined",
        metadata={"open": found.open, "within 24 h": found.recent},
    )
    yield dg.AssetCheckResult(
        check_name="no_new_fields",
        asset_key=["raw", source],
        passed=found.unknown is None,
        severity=dg.AssetCheckSeverity.WARN,
        description=found.unknown or "every field is known",
        metadata={"fields": ", ".join(found.new_fields) or "none"},
    )


def walks_result(
    platform: Platform, lake: Lake, source: str, window: DayWindow, today: date
) -> dg.AssetCheckResult:
    """What the pages prove of the walks and days of `window`."""
    found = platform.evaluate(source, window, lake)
    hard = found.disproved or (window.last < today and any(gap.fillable for gap in found.gaps))
    return dg.AssetCheckResult(
        check_name="walks_are_whole",
        asset_key=["raw", source],
        passed=not found.gaps,
        severity=dg.AssetCheckSeverity.ERROR if hard else dg.AssetCheckSeverity.WARN,
        description=found.words(platform.file_of_ids(found)),
        metadata={
            "days": str(window),
            "walks": found.walks,
            "pages": found.pages,
            "gaps": len(found.gaps),
        },
    )


checks = [_checks_of(source) for source in SOURCES]
