"""Coverage of a newest-first feed: which stretches of time were walked without a gap.

A feed without a time filter can only be entered at its top or at a cursor. Each stretch that was
walked keeps the cursor of its lower end, so that a later walk that comes down to the stretch jumps
to its end instead of asking again for what is held.

Belongs here: the algebra of stretches. Not here: how a page is fetched or a cursor is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from polymarket_assets.domain.windows import Interval


@dataclass(frozen=True)
class Stretch:
    """A walked interval and the cursor that goes on below it (None: nothing older is served)."""

    interval: Interval
    cursor: str | None


def add(stretches: Iterable[Stretch], new: Stretch) -> tuple[Stretch, ...]:
    """`stretches` with `new` added, merged where they touch or overlap; newest first.

    A merged stretch keeps the lower part's cursor, since that is where a walk goes on; if both end
    at the same moment, that of `new`, which is further on.
    """
    merged = new
    apart: list[Stretch] = []
    for stretch in stretches:
        if (
            stretch.interval.end < merged.interval.start
            or merged.interval.end < stretch.interval.start
        ):
            apart.append(stretch)
            continue
        lower = min(merged, stretch, key=lambda s: s.interval.start)
        merged = Stretch(
            Interval(lower.interval.start, max(merged.interval.end, stretch.interval.end)),
            lower.cursor,
        )
    return tuple(sorted([*apart, merged], key=lambda s: s.interval.end, reverse=True))


def around(stretches: Iterable[Stretch], moment: datetime) -> Stretch | None:
    """The stretch that holds `moment`, its ends included, if any."""
    return next((s for s in stretches if s.interval.start <= moment <= s.interval.end), None)


def settled(stretches: Iterable[Stretch], top: datetime, overlap: timedelta) -> tuple[Stretch, ...]:
    """`stretches` of a walk that began at `top`, less what lay within `overlap` below it.

    Rows there may have become visible after the walk had passed. Doing it twice changes nothing.
    """
    certain = top - overlap
    return tuple(
        Stretch(Interval(s.interval.start, min(s.interval.end, certain)), s.cursor)
        for s in stretches
        if s.interval.start < certain
    )


def covers(stretches: Iterable[Stretch], wanted: Interval) -> bool:
    """Whether one stretch holds all of `wanted`."""
    return wanted.is_empty or any(
        s.interval.start <= wanted.start and wanted.end <= s.interval.end for s in stretches
    )


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants as few intervals, oldest first; empty ones are dropped."""
    merged: list[Interval] = []
    for interval in sorted(i for i in intervals if not i.is_empty):
        if merged and interval.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, interval.end))
        else:
            merged.append(interval)
    return merged


def missing(wanted: Interval, held: Sequence[Interval]) -> list[Interval]:
    """The parts of `wanted` that no interval of `held` contains, oldest first."""
    gaps: list[Interval] = []
    start = wanted.start
    for interval in merge(held):
        if interval.end <= start or wanted.end <= interval.start:
            continue
        if start < interval.start:
            gaps.append(Interval(start, interval.start))
        start = interval.end
    if start < wanted.end:
        gaps.append(Interval(start, wanted.end))
    return gaps
