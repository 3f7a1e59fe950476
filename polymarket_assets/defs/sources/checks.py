"""Checks of each raw table: nothing lost or doubled, nothing refused, nothing new to its contract.

None of them blocks: what was accepted is right, whatever else is amiss.
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from polymarket_assets.defs.resources import Platform
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.audit import SHAPES, audit
from polymarket_assets.sources.drift import Drift, read_drift


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


def _drift(source: str) -> dg.AssetChecksDefinition:
    key = dg.AssetKey(["raw", source])

    @dg.multi_asset_check(
        name=f"{source}_drift",
        specs=[
            dg.AssetCheckSpec(
                "quarantine_is_empty",
                asset=key,
                description="No record is refused: each keeps to the contract of its endpoint.",
            ),
            dg.AssetCheckSpec(
                "no_new_fields",
                asset=key,
                description="The venue sends no field that its contract does not know.",
            ),
        ],
    )
    def check(platform: Platform) -> Iterator[dg.AssetCheckResult]:
        with platform.lake().connect(read_only=True) as connection:
            drifts = read_drift(connection, platform.home().clock.now())
        found = drifts.get(source, Drift(source))
        yield dg.AssetCheckResult(
            check_name="quarantine_is_empty",
            asset_key=key,
            passed=found.quarantined is None,
            severity=dg.AssetCheckSeverity.ERROR,
            description=found.quarantined or "no record is quarantined",
            metadata={"open": found.open, "within 24 h": found.recent},
        )
        yield dg.AssetCheckResult(
            check_name="no_new_fields",
            asset_key=key,
            passed=found.unknown is None,
            severity=dg.AssetCheckSeverity.WARN,
            description=found.unknown or "every field is known",
            metadata={"fields": ", ".join(found.new_fields) or "none"},
        )

    return check


checks = [
    *(_complete(source) for source in SHAPES),
    *(_drift(source) for source in SHAPES),
]
