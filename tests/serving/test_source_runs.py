"""Success rates over any window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from polymarket_assets.domain.windows import Interval
from polymarket_assets.serving.source_runs import Outcome, SuccessRate, success_rates

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_rate_counts_the_runs_that_ended_in_the_window_and_no_others() -> None:
    runs = [
        Outcome("a", NOW - timedelta(hours=hours), outcome)
        for hours, outcome in [(0, "failed"), (1, "ok"), (2, "partial"), (3, "failed"), (4, "ok")]
    ]
    runs.append(Outcome("b", NOW - timedelta(hours=1), "failed"))
    day = success_rates(runs, Interval(NOW - timedelta(hours=3), NOW))
    assert day == {"a": SuccessRate(3, 1), "b": SuccessRate(1, 1)}
    assert day["a"].share == 1 - 1 / 3
    assert day["b"].share == 0
    assert success_rates(runs, Interval(NOW - timedelta(days=9), NOW - timedelta(days=8))) == {}
    assert SuccessRate(0, 0).share is None
