"""What the numbers mean: one line per figure, with the target of DESIGN §8 where there is one.

Belongs here: arithmetic on runs. The cost of a row is marginal: what the large run took more than
the small one, by the rows it has more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import LATENCY_MS, Increment, Limited, Measured, Pairs, marginal_us
from benchmarks.stage import Run

MOST_COST, MOST_REQUESTS, MOST_MEMORY_MB = 2.0, 1.02, 150.0
LEAST_RATE, MOST_REFUSED, MOST_INCREMENT, MOST_DELAYED = 0.95, 0.01, 1.2, 1.2


@dataclass(frozen=True)
class Line:
    """One figure.

    Attributes:
        what: what was measured.
        unit: of `ours` and `floor`.
        ours: our value.
        floor: the floor's, where it has one.
        ratio: ours by the floor's; None also when noise swallowed a difference.
        target: the target in words, "" for none.
        met: whether it is met; None without a target or a ratio.
    """

    what: str
    unit: str
    ours: float | None
    floor: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None


def lines(measured: Measured) -> list[Line]:
    """Every figure, in the order in which it is shown."""
    return [
        *(line for pairs in measured.pairs for line in _costs(pairs)),
        *(_requests(pairs) for pairs in measured.pairs),
        *_memory(measured),
        *_delayed(*measured.delayed),
        *_increment(measured.increment),
        *_limits(measured.limited),
        _rows(measured.runs),
    ]


def wrong(measured: Measured) -> list[str]:
    """The runs that lost a row or have one too many, in words; an empty list is the proof."""
    return [
        f"{run.task.kind} ({run.side}): of {run.difference.expected} rows "
        f"{run.difference.lost} are missing, and {run.difference.surplus} are too many"
        for run in measured.runs
        if not run.difference.none
    ]


def _costs(pairs: Pairs) -> list[Line]:
    small, large = (run.difference.expected for run in pairs.floor[0])
    what = f"{pairs.case.kind}, {small} → {large} rows"
    wall, cpu = (
        (marginal_us(pairs.ours, value), marginal_us(pairs.floor, value))
        for value in ("wall_s", "cpu_s")
    )
    ratio = _ratio(*wall)
    return [
        Line(
            f"{what}: time",
            "µs/row",
            *wall,
            ratio,
            f"≤ {MOST_COST:g}",
            None if ratio is None else ratio <= MOST_COST,
        ),
        Line(f"{what}: CPU", "µs/row", *cpu, _ratio(*cpu)),
    ]


def _requests(pairs: Pairs) -> Line:
    """The floor asks no more often than it must."""
    ours = max(run.seen.requests for _, run in pairs.ours)
    fewest = min(run.seen.requests for _, run in pairs.floor)
    return Line(
        f"{pairs.case.kind}: requests",
        "",
        ours,
        fewest,
        ours / fewest,
        f"≤ {MOST_REQUESTS:g}",
        ours / fewest <= MOST_REQUESTS,
    )


def _memory(measured: Measured) -> list[Line]:
    idle = measured.idle.seen
    ours = [run for run in measured.runs if run.side == "ours"]
    largest = max(ours, key=lambda run: run.seen.peak_mb)
    above = largest.seen.peak_mb - idle.peak_mb
    with_postgres = max(run.seen.peak_with_postgres_mb for run in ours) - idle.peak_with_postgres_mb
    return [
        Line("memory of an idle process", "MB", idle.peak_mb),
        Line(
            f"memory above idle, most in {largest.task.kind}, {largest.difference.expected} rows",
            "MB",
            above,
            target=f"≤ {MOST_MEMORY_MB:g}",
            met=above <= MOST_MEMORY_MB,
        ),
        Line("memory above idle, with Postgres", "MB", with_postgres),
    ]


def _delayed(floor: Run, ours: Run) -> list[Line]:
    return [
        Line(
            f"{ours.task.kind}, {ours.difference.expected} rows, {LATENCY_MS} ms latency",
            "s",
            ours.seen.wall_s,
            floor.seen.wall_s,
            _ratio(ours.seen.wall_s, floor.seen.wall_s),
            f"≤ {MOST_DELAYED:g}",
            ours.seen.wall_s / floor.seen.wall_s <= MOST_DELAYED,
        )
    ]


def _increment(increment: Increment | None) -> list[Line]:
    """Here "floor" is the same run without the history."""
    if increment is None:
        return []
    aged, empty = (
        min(run.seen.wall_s for run in runs) for runs in (increment.aged, increment.empty)
    )
    rows = increment.aged[0].difference.expected
    return [
        Line(
            f"{rows} new rows on top of {increment.history:,}, and of none",
            "s",
            aged,
            empty,
            _ratio(aged, empty),
            f"≤ {MOST_INCREMENT:g}",
            aged / empty <= MOST_INCREMENT,
        )
    ]


def _limits(limited: Limited | None) -> list[Line]:
    if limited is None:
        return []
    rate, refused = limited.answered / limited.allowed, _share_refused(limited.run)
    return [
        Line(
            f"rate limits: answered in {limited.windows} windows, of what is allowed",
            "",
            limited.answered,
            limited.allowed,
            rate,
            f"≥ {LEAST_RATE:g}",
            rate >= LEAST_RATE,
        ),
        Line(
            "rate limits: refused (429), of all requests",
            "",
            limited.run.seen.refused,
            limited.run.seen.requests,
            refused,
            f"< {MOST_REFUSED:g}",
            refused < MOST_REFUSED,
        ),
    ]


def _share_refused(run: Run) -> float:
    return run.seen.refused / max(1, run.seen.requests)


def _rows(runs: Sequence[Run]) -> Line:
    expected = sum(run.difference.expected for run in runs)
    broken = sum(run.difference.lost + run.difference.surplus for run in runs)
    return Line(
        f"rows lost or too many, in {len(runs)} runs", "", broken, expected, None, "0", broken == 0
    )


def _ratio(ours: float | None, floor: float | None) -> float | None:
    return ours / floor if ours and floor else None
