"""How often sources succeed, over any window, and what each holds.

Belongs here: sums over ops.source_runs. Not here: whether a rate is good (health.py judges age).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from polymarket_assets.domain.windows import Interval
from polymarket_assets.store.lake import Lake


@dataclass(frozen=True)
class Outcome:
    """One run of a source, as far as its success is concerned ("ok", "failed" or "partial")."""

    source: str
    ended_at: datetime
    outcome: str


@dataclass(frozen=True)
class SuccessRate:
    """Runs of a source that ended within a window; a run stopped by a limit did not fail."""

    runs: int
    failed: int

    @property
    def share(self) -> float | None:
        """Part of the runs that did not fail, 0 to 1; None without any run."""
        return None if not self.runs else 1 - self.failed / self.runs


def success_rates(outcomes: Iterable[Outcome], window: Interval) -> dict[str, SuccessRate]:
    """Per source: how many of its runs ended within `window`, and how many of these failed."""
    counts: dict[str, list[int]] = {}
    for run in outcomes:
        if window.start <= run.ended_at < window.end:
            count = counts.setdefault(run.source, [0, 0])
            count[0] += 1
            count[1] += run.outcome == "failed"
    return {source: SuccessRate(*count) for source, count in counts.items()}


def outcomes_since(lake: Lake, since: datetime) -> list[Outcome]:
    """Every run that ended at or after a moment."""
    rows = lake.rows(
        "select source, ended_at, outcome from ops.source_runs where ended_at >= ?", [since]
    )
    return [Outcome(source, ended.astimezone(UTC), outcome) for source, ended, outcome in rows]


def last_successes(lake: Lake) -> dict[str, datetime]:
    """Per source: when its newest successful run ended."""
    rows = lake.rows(
        "select source, max(ended_at) from ops.source_runs where outcome = 'ok' group by source"
    )
    return {source: moment.astimezone(UTC) for source, moment in rows}
