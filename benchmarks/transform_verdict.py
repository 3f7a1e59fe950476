"""What the warehouse's numbers mean: a line per figure, with its target where there is one."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.markets import LIVE
from benchmarks.transform import LABELLED, MEASURED, Build, Transformed
from benchmarks.verdict import Line

MOST_COST, MOST_MEMORY_MB = 1.3, 2_000.0
MOST_LARGE_S, MOST_LARGE_MB = 60.0, 1_500.0
LEAST_GROWTH, MOST_GROWTH = 0.8, 1.2
MOST_SNAPSHOTS_S = 2.0


def transform_lines(found: Transformed) -> list[Line]:
    """Every figure, in the order in which it is shown."""
    return [*_whole(found), *_day(found), *_large(found), _snapshots(found)]


def _whole(found: Transformed) -> Iterator[Line]:
    what, whole = f"{found.long.fills:,} fills rebuilt", found.long.whole
    bare = sum(found.bare.values())
    ours = sum(whole.seconds[table] for table in found.bare)
    yield Line(
        f"{what}: facts, P&L, leaderboards; floor: bare DuckDB",
        "s",
        ours,
        bare,
        ours / bare,
        f"≤ {MOST_COST:g}",
        ours / bare <= MOST_COST,
    )
    yield _at_most(f"{what}: memory of dbt", "MB", whole.peak_mb, MOST_MEMORY_MB)
    yield from _beside(what, whole)


def _day(found: Transformed) -> Iterator[Line]:
    """Here "floor" is the same day on the shorter past."""
    what = f"a day more on {found.long.fills:,} fills; floor: on {found.short.fills:,}"
    long, short = found.long.day, found.short.day
    for name, schemas in (("facts, P&L, leaderboards", MEASURED), ("features", ("features",))):
        ours, floor = long.of(*schemas), short.of(*schemas)
        judged = schemas == MEASURED
        yield Line(
            f"{what}: {name}",
            "s",
            ours,
            floor,
            ours / floor,
            f"{LEAST_GROWTH:g} – {MOST_GROWTH:g}" if judged else "",
            LEAST_GROWTH <= ours / floor <= MOST_GROWTH if judged else None,
        )
    yield Line(
        f"{what}: CPU, start and tests included",
        "s",
        long.cpu_s,
        short.cpu_s,
        long.cpu_s / short.cpu_s,
    )
    for table in sorted(long.seconds, key=lambda t: short.seconds[t] - long.seconds[t])[:5]:
        yield Line(
            f"  of it {table}",
            "s",
            long.seconds[table],
            short.seconds[table],
            long.seconds[table] / short.seconds[table],
        )
    yield from _beside("a day more", long)


def _large(found: Transformed) -> Iterator[Line]:
    what = f"a day of {found.large_fills:,} fills"
    labelled = sum(found.large.seconds[f"core.{model}"] for model in LABELLED)
    yield _at_most(f"{what}: labelled and aggregated", "s", labelled, MOST_LARGE_S)
    yield Line(f"{what}: with P&L and leaderboards", "s", found.large.of(*MEASURED))
    yield _at_most(f"{what}: memory of dbt", "MB", found.large.peak_mb, MOST_LARGE_MB)


def _snapshots(found: Transformed) -> Line:
    return _at_most(
        f"snapshots of {LIVE:,} markets at one moment", "s", found.snapshots_s, MOST_SNAPSHOTS_S
    )


def _beside(what: str, build: Build) -> Iterator[Line]:
    started = build.wall_s - sum(build.seconds.values()) - build.tests_s
    yield Line(f"{what}: start of dbt, seeds, rest", "s", started)
    yield Line(f"{what}: tests", "s", build.tests_s)


def _at_most(what: str, unit: str, value: float, most: float) -> Line:
    return Line(what, unit, value, target=f"≤ {most:g}", met=value <= most)
