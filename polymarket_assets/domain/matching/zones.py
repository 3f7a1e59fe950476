"""US time zones and UTC by rule, without a time zone database (which would be input).

Belongs here: the offset of a zone's wall clock. The rule of summer time is that of 15 U.S.C. 260a
since 2007: second Sunday of March to first Sunday of November, 02:00 local.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

STANDARD_HOURS: dict[str, int] = {"ET": -5, "CT": -6, "MT": -7, "PT": -8}
"""Zones that follow US summer time, by name, with their winter offset in hours."""
DEFAULT_ZONE = "ET"
"""What both venues mean where a text names no zone."""
SPELLINGS: dict[str, str] = {
    "et": "ET",
    "edt": "ET",
    "est": "ET",
    "eastern": "ET",
    "eastern time": "ET",
    "ct": "CT",
    "cdt": "CT",
    "cst": "CT",
    "mt": "MT",
    "pt": "PT",
    "pdt": "PT",
    "pst": "PT",
    "utc": "UTC",
    "gmt": "UTC",
    "z": "UTC",
}


def instant(day: date, minutes: int, zone: str) -> datetime:
    """The UTC instant at which clocks of `zone` show `minutes` after the midnight of `day`."""
    local = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)
    if zone not in STANDARD_HOURS:
        return local
    hours = STANDARD_HOURS[zone] + (1 if _is_summer(local) else 0)
    return local - timedelta(hours=hours)


def _is_summer(local: datetime) -> bool:
    begin = _sunday(local.year, 3, 2) + timedelta(hours=2)
    end = _sunday(local.year, 11, 1) + timedelta(hours=2)
    return begin <= local < end


def _sunday(year: int, month: int, nth: int) -> datetime:
    first = datetime(year, month, 1, tzinfo=UTC)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))
