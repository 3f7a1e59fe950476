"""Dates in running text: days, ranges of days, months, quarters and years, found with their place.

Belongs here: from words to calendar spans. Not here: what a preposition before a date means
(window.py), hours and zones (zones.py, window.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_NUMBER: dict[str, int] = {name: i + 1 for i, name in enumerate(_MONTHS)}
_NUMBER |= {name[:3]: i + 1 for i, name in enumerate(_MONTHS)} | {"sept": 9}
_MONTH = rf"(?:{'|'.join(_MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)\.?"
_YEAR = r"(?:20\d\d|'\d\d)"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_TO = r"\s?(?:-|to|through)\s?"
_OF_YEAR = rf"(?:,? (?P<y>{_YEAR})\b)?"
_AFTER_PREPOSITION = "(?:{})".format(
    "|".join(
        rf"(?<=\b{word} )"
        for word in ("in", "by", "before", "of", "for", "during", "through", "end", "until")
    )
)
_PATTERNS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("iso", r"\b(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b"),
        ("range", rf"\b(?P<m>{_MONTH}) (?P<d>{_DAY}){_TO}(?P<d2>{_DAY})(?![\d:]){_OF_YEAR}"),
        ("day", rf"\b(?P<m>{_MONTH}) (?P<d>{_DAY})(?![\d:%])(?:,? (?P<y>{_YEAR})\b)?"),
        ("day", rf"\b(?P<d>{_DAY}) (?:of )?(?P<m>{_MONTH})(?:,? (?P<y>{_YEAR})\b)?"),
        ("day", r"\b(?P<m>1[0-2]|0?[1-9])/(?P<d>3[01]|[12]\d|0?[1-9])/(?P<y>(?:20)?\d\d)\b"),
        ("month", rf"\b(?P<m>{_MONTH}),? (?P<y>{_YEAR})\b"),
        ("quarter", r"\bq(?P<q>[1-4]) ?(?:of )?(?P<y>20\d\d)\b"),
        ("month", rf"{_AFTER_PREPOSITION}(?P<m>{_MONTH})(?![a-z])"),
        ("month", rf"\b(?P<m>{'|'.join(m for m in _MONTHS if m != 'may')})\b"),
        ("year", rf"{_AFTER_PREPOSITION}(?P<y>20\d\d)\b(?!-\d)"),
    )
)


_EARLIEST, _LATEST = date(1970, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True)
class DateMention:
    """A calendar span in a text: days from `first` up to `until` (not included)."""

    begin: int
    end: int
    kind: str
    first: date
    until: date

    @property
    def is_day(self) -> bool:
        """A single day."""
        return self.until - self.first == timedelta(days=1)


def find_dates(text: str, near: date) -> list[DateMention]:
    """The dates of a normalised text in order of place; a missing year is the one nearest `near`.

    Where patterns overlap the more specific one counts. Impossible dates (February 30) are none.
    """
    near = min(max(near, _EARLIEST), _LATEST)
    found: list[DateMention] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < m.end and m.begin < match.end() for m in found):
                continue
            span = _span(kind, match.groupdict(), near)
            if span is not None:
                found.append(DateMention(match.start(), match.end(), kind, *span))
    return sorted(found, key=lambda mention: mention.begin)


def iso_dates(text: str, near: date) -> str:
    """The text with every day written `2026-06-30`, months `2026-06`, other spans as they stand."""
    parts, at = [], 0
    for mention in find_dates(text, near):
        if mention.is_day:
            written = mention.first.isoformat()
        elif mention.kind == "month":
            written = mention.first.isoformat()[:7]
        else:
            continue
        parts += [text[at : mention.begin], written]
        at = mention.end
    return "".join([*parts, text[at:]])


def _span(kind: str, parts: dict[str, str | None], near: date) -> tuple[date, date] | None:
    year = _year(parts.get("y"))
    if kind == "year":
        return (date(year, 1, 1), date(year + 1, 1, 1)) if year else None
    if kind == "quarter":
        first = date(year or near.year, 3 * int(parts["q"] or 1) - 2, 1)
        return first, _month_after(_month_after(_month_after(first)))
    named = parts["m"] or ""
    month = int(named) if named.isdigit() else _NUMBER[named.rstrip(".")]
    if not 1 <= month <= 12:  # noqa: PLR2004 (months)
        return None
    if kind == "month":
        first = _nearest(year, month, 1, near)
        return (first, _month_after(first)) if first else None
    first = _nearest(year, month, _day(parts["d"]), near)
    if first is None:
        return None
    last = first
    if parts.get("d2"):
        last = _nearest(first.year, month, _day(parts["d2"]), near) or first
    return (first, last + timedelta(days=1)) if last >= first else None


def _nearest(year: int | None, month: int, day: int, near: date) -> date | None:
    years = [year] if year else [near.year - 1, near.year, near.year + 1]
    dates = [made for one in years if (made := _date(one, month, day))]
    return min(dates, key=lambda made: (abs(made - near), made), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day(text: str | None) -> int:
    return int(re.sub(r"\D", "", text or "1"))


def _year(text: str | None) -> int | None:
    if not text:
        return None
    digits = text.lstrip("'")
    return int(digits) + (0 if len(digits) == 4 else 2000)  # noqa: PLR2004 (digits of a year)


def _month_after(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
