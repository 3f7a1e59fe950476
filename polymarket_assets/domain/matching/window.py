"""When: deadlines, spans, days and moments with their time zone, and the edition of an event.

Belongs here: what prepositions, hours and zones make of the dates in a text. Not here: the dates
themselves (dates.py) and clock rules of zones (zones.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from polymarket_assets.domain.matching.dates import DateMention
from polymarket_assets.domain.matching.zones import DEFAULT_ZONE, SPELLINGS, instant

_ZONE = r"(?:et|edt|est|eastern(?: time)?|ct|cdt|cst|mt|pt|pdt|pst|utc|gmt|z)"
_TIME = re.compile(
    rf"\b(?:(?P<h>1[0-2]|0?\d)(?::(?P<m>[0-5]\d))? ?(?P<half>[ap]m)|(?P<h24>[01]\d|2[0-3]):(?P<m24>"
    rf"[0-5]\d)|(?P<word>noon|midnight))\b(?: ?\(?(?P<zone>{_ZONE})\b\)?)?"
)
_ZONE_AFTER = re.compile(rf"^[ ,]*\(?(?P<zone>{_ZONE})\b")
_GAP = re.compile(r"^[ ,]*(?:at|on|by|the|from)?[ ,]*$")
_BETWEEN = re.compile(r"(?:\bbetween|\bfrom|\boccurring)(?: the)?[ ,]*$")
_JOINED = re.compile(
    r"^[ ,]*(?:\(?[a-z]{1,3}\)?)?[ ,]*(?:and|to|through|until|-|till)(?: the)?[ ,]*$"
)
_PLACES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "event",
        re.compile(r"(?:scheduled (?:for|on)|(?:taking|takes) place on|held on)(?: the)?[ ,]*$"),
    ),
    ("before", re.compile(r"(?:\bbefore|\bprior to)(?: the)?[ ,]*$")),
    (
        "by",
        re.compile(
            r"(?:\bby|\bon or before|\bno later than|\bthrough|\buntil|\band|creation to)"
            r"(?: the)?(?: end of)?[ ,]*$"
        ),
    ),
    ("after", re.compile(r"(?:\bafter|\bsince|\bfollowing|\bfrom|\bbeyond)(?: the)?[ ,]*$")),
    (
        "reference",
        re.compile(r"(?:\bfor|\bdated|\bending|\breleased in|\brelease in|\bof)(?: the)?[ ,]*$"),
    ),
    ("in", re.compile(r"(?:\bin|\bduring|\bthroughout|\bwithin)(?: the)?[ ,]*$")),
    ("on", re.compile(r"(?:\bon|\bat|\bend of)(?: the)?[ ,]*(?:\w+day,? )?$")),
)
_MEETING = re.compile(r"^,? (?:fomc |fed |ecb )?(?:meeting|decision)")
SEASON = re.compile(r"\b(20\d\d)-(?:20)?(\d\d)\b(?!-)")
_YEAR = re.compile(r"\b(20\d\d)\b")


class WindowKind(StrEnum):
    """What a window limits: an event up to its end, in a span, on a day; a value at a moment."""

    DEADLINE = "deadline"
    SPAN = "span"
    DAY = "day"
    MOMENT = "moment"
    EVENT = "event"
    REFERENCE = "reference"


@dataclass(frozen=True)
class Window:
    """UTC instants: `start` (None: from the market's opening) up to `end`, not included.

    Of a MOMENT both are that moment. `zone` is as stated, None where the venue's default was taken.
    `wording` is the preposition class it was read from.
    """

    kind: WindowKind
    start: datetime | None
    end: datetime
    zone: str | None
    wording: str

    def __str__(self) -> str:
        start = f"{self.start:%Y-%m-%d %H:%M}" if self.start else "opening"
        span = f"{start} to {self.end:%Y-%m-%d %H:%M} UTC"
        return f"{self.kind} {span} ({self.wording}, {self.zone or DEFAULT_ZONE + ' assumed'})"


@dataclass(frozen=True)
class _Clock:
    begin: int
    end: int
    minutes: int
    zone: str | None


def times_in(text: str) -> list[tuple[int, int]]:
    """The places of hours in a text."""
    return [(clock.begin, clock.end) for clock in _clocks(text)]


def window_in(text: str, dates: list[DateMention]) -> Window | None:
    """The most telling window of a normalised text; None when no date limits anything."""
    clocks = _clocks(text)
    windows = [w for i in range(len(dates)) if (w := _window(text, dates, i, clocks))]
    ranks = list(_RANKS)
    return min(windows, key=lambda w: ranks.index(w.wording), default=None)


_RANKS = ("between", "at", "before", "by", "on", "in", "event", "meeting", "reference")


def editions_in(text: str, dates: list[DateMention]) -> frozenset[str]:
    """Years and seasons that name an event (`2028`, `2026-27`), not those of dates."""
    kept = list(text)
    for mention in dates:
        names_event = mention.kind == "month" or text[: mention.begin].endswith(("in ", "for "))
        if mention.kind not in {"year", "month"} or not names_event:
            kept[mention.begin : mention.end] = " " * (mention.end - mention.begin)
    rest = "".join(kept)
    seasons = {f"{a}-{b}" for a, b in SEASON.findall(rest)}
    return frozenset(seasons | set(_YEAR.findall(SEASON.sub(" ", rest))))


def _window(text: str, dates: list[DateMention], at: int, clocks: list[_Clock]) -> Window | None:
    mention = dates[at]
    clock = _clock_of(text, mention, clocks, dates)
    zone = _zone_of(text, mention, clock)
    begin = min(mention.begin, clock.begin) if clock else mention.begin
    before = text[max(0, begin - 40) : begin]
    if _BETWEEN.search(before) and at + 1 < len(dates):
        last = dates[at + 1]
        last_clock = _clock_of(text, last, clocks, dates)
        first_end = max(mention.end, clock.end) if clock else mention.end
        last_begin = min(last.begin, last_clock.begin) if last_clock else last.begin
        if _JOINED.match(text[first_end:last_begin]):
            zone = zone or _zone_of(text, last, last_clock)
            start = instant(mention.first, clock.minutes if clock else 0, zone or DEFAULT_ZONE)
            end = _end(last, last_clock, zone)
            return Window(WindowKind.SPAN, start, end, zone, "between")
    if mention.kind == "range" and not _MEETING.match(text[mention.end :]):
        span = _days(mention, zone)
        return Window(WindowKind.SPAN, *span, zone, "between")
    if _MEETING.match(text[mention.end :]):
        return Window(WindowKind.EVENT, *_days(mention, zone), zone, "meeting")
    place = next((name for name, pattern in _PLACES if pattern.search(before)), None)
    return _placed(place, mention, clock, zone, is_end="end of" in before[-12:])


def _placed(  # noqa: PLR0911 (one return for each preposition)
    place: str | None, mention: DateMention, clock: _Clock | None, zone: str | None, *, is_end: bool
) -> Window | None:
    start, end = _days(mention, zone)
    if place == "before":
        moment = start if clock is None else _moment(mention, clock, zone)
        return Window(WindowKind.DEADLINE, None, moment, zone, "before")
    if place == "by":
        return Window(WindowKind.DEADLINE, None, _end(mention, clock, zone), zone, "by")
    if place == "event":
        return Window(WindowKind.EVENT, start, end, zone, "event")
    if place == "reference" or (place is None and mention.kind in {"month", "quarter"}):
        return Window(WindowKind.REFERENCE, start, end, None, "reference")
    if place == "after" or (mention.kind == "year" and place != "in"):
        return None
    if clock is not None and mention.is_day:
        moment = _moment(mention, clock, zone)
        return Window(WindowKind.MOMENT, moment, moment, zone, "at")
    if is_end and not mention.is_day:
        return Window(WindowKind.DAY, end - timedelta(days=1), end, zone, "on")
    if mention.is_day:
        return Window(WindowKind.DAY, start, end, zone, "on")
    return Window(WindowKind.SPAN, start, end, zone, "in")


def _days(mention: DateMention, zone: str | None) -> tuple[datetime, datetime]:
    name = zone or DEFAULT_ZONE
    return instant(mention.first, 0, name), instant(mention.until, 0, name)


def _moment(mention: DateMention, clock: _Clock, zone: str | None) -> datetime:
    return instant(mention.first, clock.minutes, zone or DEFAULT_ZONE)


def _end(mention: DateMention, clock: _Clock | None, zone: str | None) -> datetime:
    """The end of a deadline; one minute before midnight means midnight."""
    last: date = mention.until - timedelta(days=1)
    minutes = 24 * 60 if clock is None or clock.minutes == 24 * 60 - 1 else clock.minutes
    return instant(last, minutes, zone or DEFAULT_ZONE)


def _clock_of(
    text: str, mention: DateMention, clocks: list[_Clock], dates: list[DateMention]
) -> _Clock | None:
    """The hour that stands right after or right before the date, no other date between."""
    for clock in clocks:
        after = clock.begin >= mention.end and _GAP.match(text[mention.end : clock.begin])
        before = clock.end <= mention.begin and _GAP.match(text[clock.end : mention.begin])
        taken = before and any(
            d is not mention and d.end <= clock.begin and _GAP.match(text[d.end : clock.begin])
            for d in dates
        )
        if after or (before and not taken):
            return clock
    return None


def _zone_of(text: str, mention: DateMention, clock: _Clock | None) -> str | None:
    if clock and clock.zone:
        return clock.zone
    end = max(mention.end, clock.end) if clock else mention.end
    found = _ZONE_AFTER.match(text[end:])
    return SPELLINGS[found["zone"]] if found else None


def _clocks(text: str) -> list[_Clock]:
    found = []
    for match in _TIME.finditer(text):
        if match["word"]:
            minutes = 12 * 60 if match["word"] == "noon" else 0
        elif match["half"]:
            hour = int(match["h"]) % 12 + (12 if match["half"] == "pm" else 0)
            minutes = hour * 60 + int(match["m"] or 0)
        else:
            minutes = int(match["h24"]) * 60 + int(match["m24"])
        zone = SPELLINGS[match["zone"]] if match["zone"] else None
        found.append(_Clock(match.start(), match.end(), minutes, zone))
    return found
