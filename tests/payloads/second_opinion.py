"""A second opinion on the value of a field: what its column must hold, apart from every parser."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.payloads.malformed import HOURS, NOW_SECONDS, Kind


class Number(str):
    """The text of a JSON number, which is no text."""

    __slots__ = ()


def exact(text: str | bytes) -> Any:
    """JSON with every number as its text."""
    return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number)


INVALID = object()
_ASCII_DIGITS = set("0123456789")
_SIX = Decimal("0.000001")


def judged(kind: Kind, value: Any) -> Any:
    """What the column of an accepted field must hold, or INVALID; a second opinion on `parse`.

    Numbers come as `Number`, the text of a JSON number. Kinds it has no opinion on raise KeyError.
    """
    return _JUDGES[kind](value)


def _number(low: int | None, high: int | None) -> Callable[[Any], Any]:
    def judge(value: Any) -> Any:
        if not isinstance(value, Number) or "n" in value.lower():
            return INVALID
        number = Decimal(value)
        if (low is not None and number < low) or (high is not None and number > high):
            return INVALID
        if abs(number) > 10**12 or abs(rounded := number.quantize(_SIX)) >= 10**12:
            return INVALID
        return rounded

    return judge


def _seconds(value: Any) -> Any:
    if not isinstance(value, Number) or not set(value) <= _ASCII_DIGITS:
        return INVALID
    within = len(value) == 10 and 1577836800 <= int(value) <= NOW_SECONDS + HOURS
    return int(value) if within else INVALID


def _digits(value: Any) -> Any:
    plain = isinstance(value, str) and not isinstance(value, Number)
    return value if plain and 0 < len(value) <= 78 and set(value) <= _ASCII_DIGITS else INVALID


def _side(value: Any) -> Any:
    plain = isinstance(value, str) and not isinstance(value, Number)
    return value.upper() if plain and value.encode().lower() in (b"buy", b"sell") else INVALID


_JUDGES: dict[Kind, Callable[[Any], Any]] = {
    Kind.PRICE: _number(0, 1),
    Kind.SIZE: _number(0, None),
    Kind.SIGNED: _number(None, None),
    Kind.SECONDS: _seconds,
    Kind.DIGITS: _digits,
    Kind.SIDE: _side,
    Kind.FLAG: lambda value: value if isinstance(value, bool) else INVALID,
}
JUDGED = frozenset(_JUDGES)
