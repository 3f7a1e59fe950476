"""A lenient reader that cuts JSON apart without changing a byte of its values.

Belongs here: finding where the members of an object and the elements of an array begin and end,
also in text that is not strict JSON (NaN, Infinity, lone surrogates, bad UTF-8 inside a string).
Not here: the meaning of values. Used only on pages that the strict decoder refused, and for the
words of a rejection, so it may be slow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_SPACE = re.compile(r"[ \t\r\n]*")
# Numbers are only skipped, never read, so that no digit count and no range matters.
_SCANNER = json.JSONDecoder(strict=False, parse_int=len, parse_float=len)


class LenientError(ValueError):
    """Not even leniently JSON."""


def members(raw: bytes, *, whole: bool = True) -> dict[str, bytes]:
    """The members of an object: name to the exact bytes of its value; of a repeated name the last.

    Args:
        raw: bytes that begin with the object.
        whole: refuse anything but white space behind the object.

    Raises:
        LenientError: `raw` is not an object.
    """
    text = _text(raw)
    found: dict[str, bytes] = {}
    position = _expect(text, 0, "{")
    if text[position : position + 1] == "}":
        _end(text, position + 1, whole=whole)
        return found
    while True:
        name, position = _value(text, position)
        if not isinstance(name, str):
            raise LenientError("a member without a name")
        position = _expect(text, position, ":")
        _, end = _value(text, position)
        found[name] = _bytes(text[position:end])
        position, more = _next(text, end, "}")
        if not more:
            _end(text, position, whole=whole)
            return found


def elements(raw: bytes) -> list[bytes]:
    """The exact bytes of each element of an array.

    Raises:
        LenientError: `raw` is not an array.
    """
    text = _text(raw)
    position = _expect(text, 0, "[")
    if text[position : position + 1] == "]":
        _end(text, position + 1, whole=True)
        return []
    return list(_elements(text, position))


def _elements(text: str, position: int) -> Iterator[bytes]:
    more = True
    while more:
        _, end = _value(text, position)
        yield _bytes(text[position:end])
        position, more = _next(text, end, "]")
    _end(text, position, whole=True)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _value(text: str, position: int) -> tuple[object, int]:
    try:
        return _SCANNER.raw_decode(text, position)
    except (json.JSONDecodeError, RecursionError) as error:
        raise LenientError(str(error)) from None


def _expect(text: str, position: int, mark: str) -> int:
    """The first place behind `mark` that is not white space."""
    position = _skip(text, position)
    if text[position : position + 1] != mark:
        raise LenientError(f"expected {mark!r} at character {position}")
    return _skip(text, position + 1)


def _next(text: str, position: int, closing: str) -> tuple[int, bool]:
    """Step over a comma (more follows) or the closing mark (nothing does)."""
    position = _skip(text, position)
    mark = text[position : position + 1]
    if mark not in (",", closing) or not mark:
        raise LenientError(f"expected ',' or {closing!r} at character {position}")
    return (_skip(text, position + 1), True) if mark == "," else (position + 1, False)


def _end(text: str, position: int, *, whole: bool) -> None:
    if whole and _skip(text, position) != len(text):
        raise LenientError(f"more text at character {position}")
