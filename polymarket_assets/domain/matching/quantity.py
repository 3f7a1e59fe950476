"""What is measured against which numbers: comparator, threshold, unit, and how it is observed.

Belongs here: intervals on the line of values and their reading from text. Not here: when it is
observed (window.py) and by whom (settlement.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

_BP = r"bps?\b|basis points?\b"
_UNIT = rf"%|percent\b|{_BP}|°\s?[cf]?\b|°|degrees\b"
_N = r"(?P<cur>\$)?(?P<{0}>\d+(?:\.\d+)?)\s?(?P<{0}u>" + _UNIT + ")?"
_A, _B = _N.format("a"), _N.format("b").replace("(?P<cur>\\$)", "\\$")
_MORE, _LESS = r"(?:more|higher|above|greater|over|up)", r"(?:less|lower|below|fewer|under)"
_ABOVE = r"(?<!or )above|(?<!or )over|more than|greater than|higher than"
_PATTERNS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("between", rf"between {_A} (?:and|to) {_B}"),
        ("between", rf"(?:between )?(?<![\w.-]){_A}\s?(?:-|to)\s?{_B}(?![\w-])"),
        (">=", rf"(?<![\w.#-]){_A}\+"),
        (">=", rf"(?<![\w.#-]){_A}(?: \w+)? or {_MORE}"),
        ("<=", rf"(?<![\w.#-]){_A}(?: \w+)? or {_LESS}"),
        (">=", rf"(?:at least|at or above|no less than|not less than|no fewer than|>=|≥) ?{_A}"),
        ("<=", rf"(?:at most|at or below|no more than|not more than|<=|≤) ?{_A}"),
        (">", rf"(?:{_ABOVE}|exceeds?|exceeding|surpass(?:es)?|>) ?{_A}"),
        ("<", rf"(?:(?<!or )below|(?<!or )under|less than|lower than|fewer than|<) ?{_A}"),
        ("=", rf"exactly {_A}"),
        ("by", rf"(?:\bby |\bcuts? (?:rates by )?|\bhikes? )(?P<a>\d+)\s?(?P<au>{_BP})"),
        (">=", rf"(?:hits?|reach(?:es)?|touch(?:es)?|tops?) {_A}"),
        ("<=", rf"(?:dips?|drops?|falls?) to {_A}"),
    )
)
_TOUCH = re.compile(
    r"at any (?:point|time)|\bany (?:1|one)[ -]?(?:m|minute|min) candle|\bhits?\b|\breach(?:es)?\b"
    r"|\btouch(?:es)?\b|\bdips? to\b|trades? at"
)
_CLOSE = re.compile(r"\bclos(?:e|es|ing)\b(?! (?:range|to\b))")
_SETTLE = re.compile(r"\bsettle(?:s|ment)?\b")
_AVERAGE = re.compile(r"\b(?:average|twap|mean)\b(?! temperature)")
_COUNTED = re.compile(
    r"\b(?:seats|games|wins|points|goals|runs|posts|tweets|times|cuts|hikes|hurricanes|storms|votes"
    r"|jobs|payrolls|rotten tomatoes|states|people|earthquakes|launches|medals|nominations"
    r"|episodes)\b"
)
_MEASURED = re.compile(r"average|percent|%|\$|°|degrees|million|\bbp")


_INFINITY = Decimal("Infinity")


class Observation(StrEnum):
    """How a value decides: touched once, at one moment, at the close, settled, averaged."""

    TOUCH = "touch"
    MOMENT = "moment"
    CLOSE = "close"
    SETTLE = "settle"
    AVERAGE = "average"


@dataclass(frozen=True)
class Interval:
    """The values that make YES; an end of None is open to infinity. `unit` None: not stated."""

    low: Decimal | None
    low_included: bool
    high: Decimal | None
    high_included: bool
    unit: str | None
    comparator: str

    @property
    def _start(self) -> tuple[Decimal, int]:
        return (-_INFINITY, 0) if self.low is None else (self.low, 0 if self.low_included else 1)

    @property
    def _end(self) -> tuple[Decimal, int]:
        return (_INFINITY, 0) if self.high is None else (self.high, 1 if self.high_included else 0)

    def contains(self, other: Interval) -> bool:
        """Whether every value of `other` is one of this."""
        return self._start <= other._start and other._end <= self._end

    def is_complement_of(self, other: Interval) -> bool:
        """Whether each value is in exactly one of the two half lines."""
        for upper, lower in ((self, other), (other, self)):
            if upper.high is None and lower.low is None and upper.low is not None:
                if upper.low == lower.high:
                    return upper.low_included != lower.high_included
                if upper.unit == lower.unit == "count" and lower.high is not None:
                    return upper.low - lower.high == 1
        return False

    def __str__(self) -> str:
        left = "(-∞" if self.low is None else f"{'[' if self.low_included else '('}{self.low}"
        right = "∞)" if self.high is None else f"{self.high}{']' if self.high_included else ')'}"
        return f"{left}, {right}" + (f" {self.unit}" if self.unit else "")


def intervals_in(text: str, context: str) -> list[tuple[Interval, int, int]]:
    """Every interval of values a text names with its place; `context` may say what is counted.

    Dates and times must have been blanked out of `text`. Whole things (seats, games, points) are
    intervals between whole numbers, both ends included, so that "more than 2" equals "3 or more".
    """
    found: list[tuple[Interval, int, int]] = []
    for comparator, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < end and begin < match.end() for _, begin, end in found):
                continue
            found.append((_interval(comparator, match, text, context), match.start(), match.end()))
    return sorted(found, key=lambda one: one[1])


def observation_in(text: str, *, has_moment: bool) -> Observation | None:
    """How the value is observed, by the words of a text; None when they do not say."""
    if _TOUCH.search(text):
        return Observation.TOUCH
    if _SETTLE.search(text):
        return Observation.SETTLE
    if _CLOSE.search(text):
        return Observation.CLOSE
    if _AVERAGE.search(text):
        return Observation.AVERAGE
    return Observation.MOMENT if has_moment else None


def _interval(comparator: str, match: re.Match[str], text: str, context: str) -> Interval:
    parts = match.groupdict()
    low, high = Decimal(parts["a"]), Decimal(parts.get("b") or parts["a"])
    unit = _unit(parts, match, text, context)
    if comparator == "by":
        after = text[match.end() : match.end() + 12]
        comparator = ">=" if re.match(r"\+| or (?:more|higher|greater)", after) else "="
    made = {
        "between": Interval(low, True, high, True, unit, "between"),
        "=": Interval(low, True, low, True, unit, "="),
        ">=": Interval(low, True, None, False, unit, ">="),
        ">": Interval(low, False, None, False, unit, ">"),
        "<=": Interval(None, False, high, True, unit, "<="),
        "<": Interval(None, False, high, False, unit, "<"),
    }[comparator]
    return _whole(made) if unit == "count" else made


def _whole(made: Interval) -> Interval:
    low, high = made.low, made.high
    if low is not None:
        floor = low.to_integral_value(ROUND_FLOOR)
        low = floor + 1 if floor < low or not made.low_included else floor
    if high is not None:
        ceiling = high.to_integral_value(ROUND_CEILING)
        high = ceiling - 1 if ceiling > high or not made.high_included else ceiling
    return Interval(low, low is not None, high, high is not None, "count", made.comparator)


def _unit(
    parts: dict[str, str | None], match: re.Match[str], text: str, context: str
) -> str | None:
    written = (parts.get("au") or parts.get("bu") or "").strip()
    if written.startswith(("%", "percent")):
        return "%"
    if written.startswith(("bp", "basis")):
        return "bp"
    if written.startswith(("°", "degree")):
        return "°"
    if parts.get("cur"):
        return "$"
    near = text[match.end() : match.end() + 40]
    if _COUNTED.search(near) or (_COUNTED.search(context) and not _MEASURED.search(context)):
        return "count"
    return None
