"""Checks on single columns: ids, amounts, moments, and the Arrow types they end in.

Belongs here: what makes a value of one kind acceptable, whatever record it is in. Each check looks
at a whole column at once and raises FieldError for the first rule broken; on a column of one value
it tells exactly which. Not here: which columns a record has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import TypeVar, cast

import numpy as np
import pyarrow as pa

from polymarket_assets.clients.contracts.page import FieldError

T = TypeVar("T")

AMOUNT = pa.decimal128(18, 6)
MOMENT = pa.timestamp("us", tz="UTC")
LEVELS = pa.list_(pa.struct([("price", AMOUNT), ("size", AMOUNT)]))

CONDITION_LENGTHS = frozenset({66, 64})
"""0x and 64 hex digits; 62 for combos."""
HASH_LENGTHS = frozenset({66})
WALLET_LENGTHS = frozenset({42})

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
"""Nothing here happened before: an earlier moment is in the wrong unit or made up."""
CLOCK_SKEW = timedelta(hours=1)
"""How far ahead of our clock a venue's moment may be."""

_SIX_PLACES = Decimal("0.000001")
_LARGEST = Decimal("999999999999.999999")
_TOO_LARGE = "more than 12 digits before the point"
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_EVEN)
_NAME = re.compile(r"(?![0-9a-fA-F]{40}\Z)[A-Za-z][\w.-]{0,63}", re.ASCII)
"""A public name; an address that has lost its 0x is none."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", re.ASCII)
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_DIGITS = b"0123456789"
_TOKEN_DIGITS = 78  # of the largest uint256
_PLAIN_LENGTH = 100
_MILLISECOND_DIGITS = 13
_DAY_S = 86_400
_FLOATS_TELL = 1e9


def hex_ids(field: str, values: Sequence[str], lengths: frozenset[int]) -> list[str]:
    """0x-prefixed hex ids of certain lengths, in lower case so that joins work."""
    found = set(map(len, values))
    if not lengths.issuperset(found):
        wanted = " or ".join(str(n - 2) for n in sorted(lengths, reverse=True))
        raise FieldError(field, f"expected 0x and {wanted} hex digits")
    joined = "".join(values)
    # Without its hex digits each id leaves one x, and the prefixes say where these x stood.
    rest = joined.encode().translate(None, _HEX_DIGITS)
    if rest != b"x" * len(values) or not _all_prefixed(values, joined, found):
        raise FieldError(field, "expected 0x and hex digits")
    return list(values) if joined == joined.lower() else [value.lower() for value in values]


def _all_prefixed(values: Sequence[str], joined: str, lengths: set[int]) -> bool:
    """Whether each value begins with 0x: two slices when all are equally long, as they mostly are.

    Args:
        values: the ids.
        joined: all of them in one text.
        lengths: the lengths they have.
    """
    if len(lengths) == 1:
        [length] = lengths
        return joined[::length] == "0" * len(values) and joined[1::length] == "x" * len(values)
    return all(value.startswith("0x") for value in values)


def wallets(field: str, values: Sequence[str]) -> list[str]:
    """Addresses, in lower case; fills of 2022 may carry the owner's public name instead."""
    try:
        return hex_ids(field, values, WALLET_LENGTHS)
    except FieldError:
        pass  # a name, or a broken value: looked at one by one
    names = [value for value in values if not value.startswith("0x")]
    if not all(map(_NAME.fullmatch, names)):
        raise FieldError(field, "expected 0x and 40 hex digits, or a name")
    known = [value for value in values if value.startswith("0x")]
    addresses = iter(hex_ids(field, known, WALLET_LENGTHS))
    return [next(addresses) if value.startswith("0x") else value for value in values]


def digit_ids(field: str, values: Sequence[str]) -> Sequence[str]:
    """Ids of ASCII decimal digits, which stay text: they fit no number type."""
    if not all(values):
        raise FieldError(field, "empty")
    if max(map(len, values), default=0) > _TOKEN_DIGITS:
        raise FieldError(field, f"longer than {_TOKEN_DIGITS} digits")
    if "".join(values).encode().translate(None, _DIGITS):
        raise FieldError(field, "expected decimal digits")
    return values


def amounts(
    field: str, values: Sequence[object], *, low: int | None = None, high: int | None = None
) -> list[Decimal]:
    """Exact numbers within bounds, rounded half-even to six places where they are longer.

    A JSON number arrives as int or, with a point or exponent, as Decimal. Nothing else passes for
    one: neither a bool nor a number in quotes.
    """
    if not {Decimal, int}.issuperset(map(type, values)):
        raise FieldError(field, "expected a number")
    if not values:
        return []
    exact = cast("Sequence[Decimal]", values)
    if low is not None and min(exact) < low:
        raise FieldError(field, f"below {low}")
    if high is not None and max(exact) > high:
        raise FieldError(field, f"above {high}")
    quantize = _ROUNDING.quantize
    try:
        rounded = [quantize(value, _SIX_PLACES) for value in exact]
    except InvalidOperation:
        raise FieldError(field, _TOO_LARGE) from None
    if max(map(abs, rounded)) > _LARGEST:
        raise FieldError(field, _TOO_LARGE)
    return rounded


def amounts_or_null(
    field: str, values: Sequence[object], *, low: int | None = None, high: int | None = None
) -> list[Decimal | None]:
    """As `amounts`, with null for what the venue does not know."""
    known = iter(amounts(field, [v for v in values if v is not None], low=low, high=high))
    return [None if value is None else next(known) for value in values]


def amount_column(
    field: str,
    values: Sequence[object],
    *,
    low: int | None = None,
    high: int | None = None,
    optional: bool = False,
) -> pa.Array:
    """What `amounts` makes of the values (`optional`: `amounts_or_null`), as a column.

    They may be floats here, which is how a page is read fastest: only where a float tells for
    certain to which six places its text rounds. Where it does not, that is a FieldError too, and
    the page is to be read again with exact numbers.
    """
    types = set(map(type, values))
    if float not in types:
        exact = amounts_or_null if optional else amounts
        return pa.array(exact(field, values, low=low, high=high), AMOUNT)
    if types - {float, int} and not (optional and types <= {float, int, type(None)}):
        raise FieldError(field, "expected a number")
    try:
        given = pa.array(values, pa.float64())
    except pa.ArrowInvalid:
        raise FieldError(field, "an integer that no float holds") from None
    floats = (given.fill_null(low or 0) if given.null_count else given).to_numpy()
    whole = millionths(field, floats, low=low, high=high, read_from=values)
    return column_of_millionths(whole, given.buffers()[0], given.null_count)


def millionths(
    field: str,
    floats: np.ndarray,
    *,
    low: int | None = None,
    high: int | None = None,
    read_from: Sequence[object] | None = None,
) -> np.ndarray:
    """The whole millionths (int64) to which the texts of some floats round, half-even.

    A float that does not tell for certain is a FieldError, as one out of bounds: the text of one at
    its highest may lie beyond it, unless `read_from` has an int in its place, and that of a
    negative zero below.
    """
    if low is not None and floats.min(initial=low) < low:
        raise FieldError(field, f"below {low}")
    if low == 0 and np.signbit(floats).any():
        raise FieldError(field, "zero, or a negative number too small for a float")
    if high is not None and floats.max(initial=-np.inf) >= high:
        highest = np.flatnonzero(floats >= high)
        if np.any(floats > high) or not (
            read_from and all(isinstance(read_from[place], int) for place in highest)
        ):
            raise FieldError(field, f"above {high}, or too close to it for a float to tell")
    if np.abs(floats).max(initial=0) > _FLOATS_TELL:
        raise FieldError(field, "too large for a float to tell six places")
    scaled = floats * 1e6
    nearest = np.rint(scaled)
    # Reading the text and scaling may each be off by half a unit in the last place of 53 bits.
    if not np.all(0.5 - np.abs(scaled - nearest) > np.abs(scaled) * 2.0**-51):
        raise FieldError(field, "too close to the middle of two millionths")
    return nearest.astype(np.int64)


def column_of_millionths(
    whole: np.ndarray, validity: pa.Buffer | None = None, null_count: int = 0
) -> pa.Array:
    """Millionths (int64) as an Arrow column of AMOUNT."""
    halves = np.empty((len(whole), 2), np.int64)
    halves[:, 0] = whole
    halves[:, 1] = whole >> 63  # the sign, in the upper half of 128 bits
    return pa.Array.from_buffers(AMOUNT, len(whole), [validity, pa.py_buffer(halves)], null_count)


def plain_decimals(field: str, values: Sequence[str]) -> list[Decimal]:
    """Decimals written as plain ASCII text: no sign, exponent, underscore, space or name."""
    _check_plain(field, values)
    try:
        return [Decimal(value) for value in values]
    except InvalidOperation:
        raise FieldError(field, "expected digits and at most one point") from None


def plain_floats(field: str, values: Sequence[str]) -> np.ndarray:
    """The same as floats (float64)."""
    _check_plain(field, values)
    try:
        return np.fromiter(map(float, values), np.float64, len(values))
    except ValueError:
        raise FieldError(field, "expected digits and at most one point") from None


def _check_plain(field: str, values: Sequence[str]) -> None:
    if "".join(values).encode().translate(None, _DIGITS + b"."):
        raise FieldError(field, "expected digits and at most one point")
    if max(map(len, values), default=0) > _PLAIN_LENGTH:
        raise FieldError(field, f"longer than {_PLAIN_LENGTH} characters")


def moments(field: str, seconds: Sequence[int], received_at: datetime) -> Sequence[int]:
    """Unix seconds between 2020 and an hour after `received_at`; other units fall outside."""
    if not seconds:
        return seconds
    if min(seconds) < EARLIEST.timestamp():
        raise FieldError(field, "before 2020, or in another unit")
    if max(seconds) > (received_at + CLOCK_SKEW).timestamp():
        raise FieldError(field, "more than an hour ahead of our clock, or in another unit")
    return seconds


def millisecond_moment(field: str, text: str, received_at: datetime) -> datetime:
    """The moment of unix milliseconds written as text, within the bounds of `moments`."""
    if not text or len(text) > _MILLISECOND_DIGITS or text.encode().translate(None, _DIGITS):
        raise FieldError(field, "expected unix milliseconds as text")
    milliseconds = int(text)
    moments(field, [milliseconds // 1000], received_at)
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def iso_moment(field: str, text: str) -> datetime:
    """A moment with a zone, spelled as `2026-06-04 00:34:19+00` or with T and Z.

    Of ISO 8601 only what a database reads too: no week dates, nothing run together.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FieldError(field, "expected an ISO 8601 moment") from None
    if not _DATE.match(text):
        raise FieldError(field, "expected a moment that begins like 2026-09-15T12:00")
    if moment.tzinfo is None:
        raise FieldError(field, "a moment without a time zone")
    return moment


def where_given(
    check: Callable[[list[str]], Sequence[T]], values: Sequence[str | None]
) -> list[T | None]:
    """What `check` makes of the values that are there; null for the venue's "" and null."""
    checked = iter(check([value for value in values if value]))
    return [next(checked) if value else None for value in values]


def texts(values: Sequence[str | None]) -> Sequence[str | None]:
    """Text with the venue's "" for missing made null."""
    return [value or None for value in values] if "" in values else values


def moment_column(seconds: Sequence[int]) -> pa.Array:
    """Unix seconds as UTC timestamps."""
    return pa.array(np.array(seconds, np.int64) * 1_000_000, MOMENT)


def date_column(seconds: Sequence[int]) -> pa.Array:
    """The UTC dates of unix seconds."""
    return pa.array((np.array(seconds, np.int64) // _DAY_S).astype(np.int32), pa.date32())


def level_column(books: Sequence[Sequence[tuple[Decimal, Decimal]]]) -> pa.Array:
    """One side of some books, each a list of (price, size), as an Arrow column of LEVELS."""
    offsets = [0]
    for levels in books:
        offsets.append(offsets[-1] + len(levels))
    prices = pa.array([price for levels in books for price, _ in levels], AMOUNT)
    sizes = pa.array([size for levels in books for _, size in levels], AMOUNT)
    return levels_of(pa.array(offsets, pa.int32()), prices, sizes)


def levels_of(offsets: pa.Array, prices: pa.Array, sizes: pa.Array) -> pa.Array:
    """One side of some books as an Arrow column of LEVELS; book n ends where n + 1 begins."""
    struct = pa.StructArray.from_arrays([prices, sizes], fields=list(LEVELS.value_type))
    return pa.ListArray.from_arrays(offsets, struct, type=LEVELS)
