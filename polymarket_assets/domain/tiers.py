"""Tiers: how near a market is to its scheduled end, which says how often it is looked at.

Belongs here: the tier of a number of hours, and when the next snapshot of a tier is due. Not here:
a market's history of tiers (core.tier_transitions), what a snapshot is (sources). The macro
`tier_of` is the same function in SQL; it is handed the same boundaries.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

TIERS = ("T0", "T1", "T2", "T3", "T4")
"""From the farthest to the nearest end; T4 goes on past it, until the market is resolved."""

_HOUR = timedelta(hours=1)


def parse_boundaries(text: str) -> tuple[float, ...]:
    """Boundaries between the tiers in hours, from "48,12,4,1".

    Raises:
        ValueError: not one falling number of hours above 0 between each two tiers.
    """
    boundaries = _numbers(text, len(TIERS) - 1)
    if any(nearer >= farther for farther, nearer in pairwise(boundaries)):
        raise ValueError(f"{text!r}: each boundary must be below the one before it")
    return boundaries


def parse_intervals(text: str) -> tuple[timedelta, ...]:
    """Time between two snapshots by tier, T0 first, from seconds like "3600,300,300,300,300".

    Raises:
        ValueError: not one number of seconds above 0 for each tier.
    """
    return tuple(timedelta(seconds=number) for number in _numbers(text, len(TIERS)))


def hours_between(moment: datetime, ends_at: datetime) -> float:
    """Hours from `moment` to `ends_at`, below 0 past it."""
    return (ends_at - moment) / _HOUR


def tier_of(hours_to_close: float, boundaries_h: Sequence[float]) -> str:
    """The tier of a market that ends in so many hours; at a boundary, the nearer tier.

    With boundaries 48, 12, 4, 1: T0 above 48, T1 above 12 up to 48, T2 above 4 up to 12, T3 above 1
    up to 4, T4 up to 1 and past the end.
    """
    return TIERS[sum(hours_to_close <= boundary for boundary in boundaries_h)]


def is_due(last: datetime | None, now: datetime, interval: timedelta, slack: timedelta) -> bool:
    """Whether a snapshot is due `interval` after the `last` one (None: there was none).

    `slack` is how early it may come: a schedule's tick a little before the time must not mean that
    the snapshot waits for the tick after it.
    """
    return last is None or now - last >= interval - slack


def _numbers(text: str, count: int) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{text!r}: expected {count} numbers separated by commas") from None
    if len(numbers) != count or not all(0 < n < math.inf for n in numbers):
        raise ValueError(f"{text!r}: expected {count} numbers above 0 separated by commas")
    return numbers
