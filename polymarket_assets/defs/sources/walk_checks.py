"""One check per raw table: no page is missing from a walk, and the days of the run are whole.

A check that blocks ends with ERROR when pages disprove what a run promised, or when a day that is
over is not whole; then nothing downstream of it starts in the same run. The warehouse, which has
runs of its own, asks the same before it publishes (warehouse/gate.py).
"""

from datetime import timedelta

import dagster as dg

from polymarket_assets.defs.partitions import days_of_run
from polymarket_assets.defs.resources import Platform
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.registry import SOURCES


def _whole(source: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=["raw", source],
        name="walks_are_whole",
        # The lists have no partitions, and other sources must be fetched whatever becomes of them.
        blocking=not source.startswith("gamma_"),
        description=(
            "Proves from the held pages that each walk's pages follow each other, that it ended "
            "where it may, met no cap, and that together they cover the days of this run."
        ),
    )
    def check(context: dg.AssetCheckExecutionContext, platform: Platform) -> dg.AssetCheckResult:
        today = platform.home().clock.now().date()
        window = days_of_run(context.run) or DayWindow(today - timedelta(days=1), today)
        found = platform.evaluate(source, window)
        hard = found.disproved or (window.last < today and any(g.fillable for g in found.gaps))
        return dg.AssetCheckResult(
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

    return check


walk_checks = [_whole(source) for source in SOURCES]
