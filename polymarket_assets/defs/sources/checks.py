"""One check per raw table: nothing was lost or doubled between a page and its rows."""

from datetime import timedelta

import dagster as dg

from polymarket_assets.defs.resources import Platform
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.audit import SHAPES, audit


def _complete(source: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=["raw", source],
        name="rows_equal_pages",
        description=(
            "Counts and adds up the records in the stored page bytes, apart from the parser, and "
            "compares with the rows, unchanged and quarantined records of the same pages."
        ),
    )
    def check(platform: Platform) -> dg.AssetCheckResult:
        today = platform.home().clock.now().date()
        found = audit(platform.lake(), source, DayWindow(today - timedelta(days=1), today))
        return dg.AssetCheckResult(
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

    return check


checks = [_complete(source) for source in SHAPES]
