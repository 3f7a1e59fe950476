"""The classes of malformed payloads, and what must become of each: an oracle apart from parsers.

A class is a name and the cases it has: for values of some kinds, what is put in their place and
what must happen then. `endpoints.py` says which fields of which kind an endpoint has; every class
is applied to every field it fits. An endpoint joins by one entry there, a class by one line here.

Outcomes: REJECT (the record is quarantined, its reason names the field), PAGE (the page fails by
name), KEEP (the record is accepted and its value is exactly this), NULL (accepted as unknown).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from tests.clients.contracts.mutations import raw


class Kind(Enum):
    """What a field holds."""

    PRICE = auto()  # JSON number, 0 to 1, exact
    SIZE = auto()  # JSON number from 0, exact
    SIGNED = auto()  # JSON number, exact
    LOOSE = auto()  # JSON number that is kept as its text
    COUNT = auto()  # JSON integer
    SECONDS = auto()  # unix seconds
    PRICE_TEXT = auto()  # "0.5"
    SIZE_TEXT = auto()  # "5"
    FIXED = auto()  # "0.3800", 0 to 1
    FIXED_SIZE = auto()  # "16.00"
    TICKER = auto()
    MILLIS = auto()  # "1789381477260"
    MOMENT = auto()  # ISO 8601 with a zone
    DIGITS = auto()  # id of decimal digits
    HEX = auto()  # id of 0x and hex digits
    WALLET = auto()  # address, or a name
    SIDE = auto()
    FLAG = auto()
    TEXT = auto()
    LIST = auto()  # list of objects


Record = dict[str, Any]
NUMBERS = {Kind.PRICE, Kind.SIZE, Kind.SIGNED}
BARE = NUMBERS | {Kind.LOOSE, Kind.COUNT, Kind.SECONDS}
FIXED = {Kind.FIXED, Kind.FIXED_SIZE}
TEXT_NUMBERS = {Kind.PRICE_TEXT, Kind.SIZE_TEXT} | FIXED
IDS = {Kind.DIGITS, Kind.HEX, Kind.WALLET}
STRINGS = TEXT_NUMBERS | IDS | {Kind.MILLIS, Kind.MOMENT, Kind.SIDE, Kind.TEXT, Kind.TICKER}
STRICT_STRINGS = STRINGS - {Kind.TEXT}
ALL = set(Kind)


class Outcome(Enum):
    """What must happen."""

    REJECT = auto()
    PAGE = auto()
    KEEP = auto()
    NULL = auto()


REJECT, PAGE, KEEP, NULL = Outcome
MISSING = object()
SAME = object()
"""The kept value is the one that was put in."""


@dataclass(frozen=True)
class Field:
    """A field of an endpoint's records.

    Attributes:
        name: in the JSON.
        kind: what it holds.
        column: of the table; None when it is only kept in the payload.
        null, missing, empty: what must become of a record with null, without it, with "".
        wrap: puts a value where it belongs, e.g. into a level of a book.
        shown: the column's value for an accepted one.
    """

    name: str
    kind: Kind
    column: str | None = None
    null: Outcome = REJECT
    missing: Outcome = REJECT
    empty: Outcome = REJECT
    wrap: Callable[[Any], Any] = lambda value: value
    shown: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Case:
    """What is put in place of a value of some kinds, and what must happen."""

    kinds: set[Kind]
    value: Any
    outcome: Outcome
    kept: Any = SAME

    def put(self, before: Any) -> Any:
        """The value that replaces `before`."""
        return self.value(before) if callable(self.value) else self.value


def _text(before: Any) -> str:
    return str(before)


def _bare(before: Any) -> Any:
    return raw(str(before))


def _six(text: str) -> Decimal:
    return Decimal(text)


def _case(kinds: set[Kind], value: Any, outcome: Outcome = REJECT, kept: Any = SAME) -> Case:
    return Case(kinds, value, outcome, kept)


HOURS = 3600
VALUES: dict[str, Sequence[Case]] = {
    # numbers that are none
    "NaN": [_case(ALL, raw("NaN"))],
    "Infinity": [_case(ALL, raw("Infinity"))],
    "-Infinity": [_case(ALL, raw("-Infinity"))],
    "1e309": [_case(ALL, raw("1e309"))],
    "an impossible exponent": [_case(ALL, raw("1e400000000000000000000"))],
    "an integer of 5,000 digits": [_case(ALL, raw("9" * 5000))],
    "2^70": [_case(ALL - {Kind.LOOSE}, 2**70), _case({Kind.LOOSE}, 2**70, KEEP)],
    "true": [_case(ALL - {Kind.FLAG}, True)],
    "false": [_case(ALL - {Kind.FLAG}, False)],
    "a number in quotes": [_case(BARE, _text)],
    "a bare number for text": [
        _case(TEXT_NUMBERS | {Kind.DIGITS, Kind.MILLIS}, _bare),
        _case({Kind.HEX, Kind.WALLET, Kind.SIDE, Kind.TEXT, Kind.FLAG, Kind.TICKER}, 1),
        _case({Kind.MOMENT}, 1789473600),
    ],
    "an id as a float": [_case(IDS, raw("559651.0"))],
    "an id as a number with an exponent": [_case(IDS, raw("7.132104567925221e76"))],
    "full-width digits": [
        _case(NUMBERS | TEXT_NUMBERS | {Kind.LOOSE, Kind.COUNT}, "０.５"),
        _case({Kind.DIGITS, Kind.MILLIS, Kind.SECONDS}, "１７８９３８１４７７２６０"),
    ],
    "digits of another script": [
        _case(NUMBERS | TEXT_NUMBERS | {Kind.DIGITS, Kind.MILLIS, Kind.LOOSE}, "٣")
    ],
    "an underscore in quotes": [
        _case(BARE | TEXT_NUMBERS | {Kind.DIGITS, Kind.MILLIS}, "1_0"),
    ],
    "an underscore": [_case(BARE, raw("1_0"), PAGE)],
    "hex in quotes": [_case(BARE | TEXT_NUMBERS | {Kind.DIGITS, Kind.MILLIS}, "0x1")],
    "hex": [_case(BARE, raw("0x1"), PAGE)],
    "a leading zero": [_case(BARE, raw("00.5"), PAGE)],
    "a plus sign": [_case(BARE, raw("+0.5"), PAGE)],
    "no digit before the point": [_case(BARE, raw(".5"), PAGE)],
    "no digit behind the point": [_case(BARE, raw("1."), PAGE)],
    "a comma for the point": [_case(BARE, raw("0,5"), PAGE)],
    "a comma for the point in quotes": [_case(NUMBERS | TEXT_NUMBERS | {Kind.LOOSE}, "0,5")],
    "two points": [_case(TEXT_NUMBERS, "0.5.1")],
    "a sign in the text": [_case(TEXT_NUMBERS | {Kind.DIGITS, Kind.MILLIS}, "+1")],
    "a word for a number": [_case(BARE | TEXT_NUMBERS | {Kind.DIGITS}, "n/a")],
    "the name NaN in quotes": [_case(BARE | TEXT_NUMBERS, "NaN")],
    "an exponent": [
        _case({Kind.PRICE, Kind.SIZE, Kind.SIGNED}, raw("5e-1"), KEEP, _six("0.5")),
        _case({Kind.COUNT, Kind.SECONDS}, raw("1e0")),
        _case(TEXT_NUMBERS, "5e-1"),
    ],
    # numbers out of bounds
    "minus zero": [
        _case(NUMBERS, raw("-0.0"), KEEP, Decimal(0)),
        _case(TEXT_NUMBERS, "-0"),
    ],
    "negative": [
        _case({Kind.PRICE, Kind.SIZE, Kind.COUNT, Kind.SECONDS}, -5),
        _case({Kind.SIGNED}, -5, KEEP, Decimal(-5)),
        _case(TEXT_NUMBERS, "-0.5"),
        _case({Kind.DIGITS}, "-1"),
    ],
    "a hair below zero": [
        _case({Kind.PRICE, Kind.SIZE}, raw("-0.0000001")),
        _case({Kind.PRICE, Kind.SIZE}, raw("-1e-400")),
    ],
    "price 69": [_case({Kind.PRICE}, 69), _case({Kind.PRICE_TEXT, Kind.FIXED}, "69")],
    "a whole number for a fixed point": [_case(FIXED, "1"), _case(FIXED, 1)],
    "no digit around a fixed point": [_case(FIXED, "1."), _case(FIXED, ".5")],
    "a hair above one": [
        _case({Kind.PRICE}, raw("1.0000001")),
        _case({Kind.PRICE_TEXT, Kind.FIXED}, "1.0000001"),
        # As floats these are one.
        _case({Kind.PRICE}, raw("1.00000000000000000001")),
        _case({Kind.PRICE_TEXT, Kind.FIXED}, "1.00000000000000000001"),
    ],
    "a price in cents": [
        _case({Kind.PRICE, Kind.FIXED}, 52),
        _case({Kind.PRICE_TEXT, Kind.FIXED}, "52"),
        _case({Kind.FIXED}, "52.00"),
    ],
    "a price in wei": [
        _case({Kind.PRICE}, 520000000000000000),
        _case({Kind.PRICE_TEXT, Kind.FIXED}, "520000000000000000"),
    ],
    "zero": [
        _case({Kind.PRICE, Kind.SIZE, Kind.SIGNED}, 0, KEEP, Decimal(0)),
        _case({Kind.SIZE_TEXT}, "0"),
    ],
    "one": [_case({Kind.PRICE}, raw("1.0"), KEEP, Decimal(1))],
    "a price off the tick": [
        _case({Kind.PRICE}, raw("0.123457"), KEEP, _six("0.123457")),
        _case({Kind.PRICE_TEXT}, "0.123457", KEEP, _six("0.123457")),
    ],
    "more than six places": [
        _case(NUMBERS, raw("0.1234565"), KEEP, _six("0.123456")),
        _case(TEXT_NUMBERS - FIXED, "0.1234575", KEEP, _six("0.123458")),
        _case(FIXED, "0.1234575"),
    ],
    "more digits than a float": [
        _case({Kind.SIZE}, raw("123456789012.123457"), KEEP, _six("123456789012.123457")),
    ],
    "too large for its column": [
        _case({Kind.SIZE, Kind.SIGNED}, raw("1000000000000")),
        _case({Kind.SIZE_TEXT}, "1000000000000"),
    ],
    "too small to see": [_case(NUMBERS, raw("1e-400"), KEEP, Decimal(0))],
    "a text of 200 digits": [_case(TEXT_NUMBERS, "0." + "1" * 200)],
    # shapes
    "null": [],
    "missing": [],
    "empty text": [_case(BARE | {Kind.LIST, Kind.FLAG}, "")],
    "an object": [_case(ALL, {"value": 0.5})],
    "a list": [_case(ALL, [0.5])],
    "a list of lists": [_case(ALL, [[]])],
    "nested 100 deep": [_case(ALL, raw("[" * 100 + "]" * 100))],
    "nested 10,000 deep": [_case(ALL, raw("[" * 10_000 + "]" * 10_000), PAGE)],
    "nested and never closed": [_case(ALL, raw("[" * 10_000), PAGE)],
    "text for a flag": [_case({Kind.FLAG}, "false")],
    "null in a list": [_case({Kind.LIST}, [None])],
    # ids
    "an id of 300 characters": [
        _case({Kind.DIGITS}, "7" * 300),
        _case({Kind.HEX, Kind.WALLET}, "0x" + "a" * 300),
        _case({Kind.TICKER}, "K" * 300),
    ],
    "spaces around": [
        _case(NUMBERS | TEXT_NUMBERS, " 0.5 "),
        _case(IDS | {Kind.SIDE, Kind.MILLIS, Kind.TICKER}, lambda v: f" {v} "),
        _case({Kind.MOMENT}, " 2026-09-15T00:00:00Z"),
    ],
    "a line break behind": [_case(STRICT_STRINGS, lambda v: f"{v}\n")],
    "no 0x": [
        _case({Kind.HEX}, lambda v: str(v)[2:]),
        _case({Kind.WALLET}, "abcdef0123456789abcdef0123456789abcdef01"),
    ],
    "0X for 0x": [_case({Kind.HEX, Kind.WALLET}, lambda v: "0X" + str(v)[2:])],
    "a digit short": [_case({Kind.HEX, Kind.WALLET}, lambda v: str(v)[:-1])],
    "a digit long": [_case({Kind.HEX, Kind.WALLET}, lambda v: str(v) + "0")],
    "a letter that is no hex digit": [_case({Kind.HEX, Kind.WALLET}, lambda v: str(v)[:-1] + "g")],
    "a letter that only looks like one": [
        _case({Kind.HEX, Kind.WALLET}, lambda v: str(v)[:-1] + "а"),
        _case({Kind.SIDE}, "ſELL"),
        _case({Kind.TICKER}, "KXRА-26"),
    ],
    "upper case": [
        _case(
            {Kind.HEX, Kind.WALLET},
            lambda v: "0x" + str(v)[2:].upper(),
            KEEP,
            lambda v: str(v).lower(),
        ),
        _case({Kind.SIDE}, "buy", KEEP, "BUY"),
    ],
    "another id's value": [
        _case({Kind.DIGITS}, "0x" + "ab" * 32),
        _case({Kind.HEX, Kind.WALLET}, "7" * 77),
        _case({Kind.SIDE}, "HOLD"),
        _case({Kind.MILLIS}, "0x" + "ab" * 32),
        _case({Kind.MOMENT}, "0x" + "ab" * 32),
    ],
    # moments
    "milliseconds for seconds": [_case({Kind.SECONDS}, lambda v: v * 1000)],
    "microseconds": [
        _case({Kind.SECONDS}, lambda v: v * 10**6),
        _case({Kind.MILLIS}, lambda v: f"{v}000"),
    ],
    "nanoseconds": [
        _case({Kind.SECONDS}, lambda v: v * 10**9),
        _case({Kind.MILLIS}, lambda v: f"{v}000000"),
    ],
    "seconds for milliseconds": [_case({Kind.MILLIS}, lambda v: str(v)[:-3])],
    "1970": [_case({Kind.SECONDS}, 0), _case({Kind.MILLIS}, "0")],
    "2019": [_case({Kind.SECONDS}, 1577836799), _case({Kind.MILLIS}, "1577836799999")],
    "2106": [_case({Kind.SECONDS}, 4294967295), _case({Kind.MILLIS}, "4294967295000")],
    "two hours ahead": [
        _case({Kind.SECONDS}, lambda _: NOW_SECONDS + 2 * HOURS),
        _case({Kind.MILLIS}, lambda _: f"{NOW_SECONDS + 2 * HOURS}000"),
    ],
    "seconds with a fraction": [
        _case({Kind.SECONDS}, lambda v: raw(f"{v}.5")),
        _case({Kind.MILLIS}, lambda v: f"{v}.5"),
    ],
    "seconds as a float": [_case({Kind.SECONDS}, lambda v: raw(f"{v}.0"))],
    "ISO for unix": [_case({Kind.SECONDS, Kind.MILLIS}, "2026-09-14T10:24:37Z")],
    "a naive moment": [_case({Kind.MOMENT}, "2026-09-15T00:00:00")],
    "a date alone": [_case({Kind.MOMENT}, "2026-09-15")],
    "month 13": [_case({Kind.MOMENT}, "2026-13-01T00:00:00Z")],
    "29 February of a common year": [_case({Kind.MOMENT}, "2026-02-29T00:00:00Z")],
    "a leap second": [_case({Kind.MOMENT}, "2026-06-30T23:59:60Z")],
    "a week date": [_case({Kind.MOMENT}, "2026-W38-2T00:00:00Z")],
    "a moment without separators": [_case({Kind.MOMENT}, "20260915T000000Z")],
    "a zone of 25 hours": [_case({Kind.MOMENT}, "2026-09-15T00:00:00+25:00")],
    "a moment in words": [_case({Kind.MOMENT}, "Tue, 15 Sep 2026 00:00:00 GMT")],
    "year 10000": [_case({Kind.MOMENT}, "10000-01-01T00:00:00Z")],
    # texts
    "a comma in an id": [_case(IDS | {Kind.TICKER}, lambda v: f"{v},{v}")],
    "NUL": [_case(STRINGS, raw('"ra\\u0000in"'))],
    "half a surrogate pair": [_case(STRINGS, raw('"\\ud800"'))],
    "surrogates in the wrong order": [_case(STRINGS, raw('"\\udc00\\ud800"'))],
    "bad UTF-8": [_case(STRINGS, raw('"ra\udcffin"'))],
    "overlong UTF-8": [_case(STRINGS, raw('"\udcc0\udc80"'))],
    "surrogates in UTF-8": [_case(STRINGS, raw('"\udced\udca0\udc80"'))],
    "an unknown escape": [_case(STRINGS, raw('"\\x41"'), PAGE)],
    "quotes that do not end": [_case(STRINGS, raw('"open'), PAGE)],
    "single quotes": [_case(STRINGS, raw("'Yes'"), PAGE)],
    "emoji, right-to-left, decomposed": [_case({Kind.TEXT}, "مطر 🌧 e\u0301", KEEP)],
    "a megabyte of text": [_case({Kind.TEXT}, "x" * 1_000_000, KEEP)],
    "a formula": [_case({Kind.TEXT}, "=cmd|' /C calc'!A0", KEEP)],
    "SQL": [_case({Kind.TEXT}, "'; drop table raw.pages; --", KEEP)],
    "an escaped backslash before u0000": [_case({Kind.TEXT}, "a\\u0000b", KEEP)],
    "control characters": [_case({Kind.TEXT}, "a\u0001\u001bb", KEEP)],
}
NOW_SECONDS = 1789473600
"""The moment all pages are received: 2026-09-15T12:00:00Z."""


def values(field: Field) -> Iterator[tuple[str, Case]]:
    """The classes that fit a field, each with its case."""
    for name, cases in VALUES.items():
        for case in cases:
            if field.kind in case.kinds:
                yield name, case
    yield "null", Case(ALL, None, field.null)
    yield "missing", Case(ALL, MISSING, field.missing)
    if field.kind in STRINGS:
        yield "empty text", Case(ALL, "", field.empty)
