"""Kalshi's spellings: dollars and counts as fixed-point text, moments, tickers.

Belongs here: what makes one of Kalshi's values acceptable. Each check looks at a column at once, as
in values.py, and names the field of the first rule broken. Not here: which fields a record has.

The venue once wrote integer cents where it now writes dollars as text. A whole number is therefore
never taken for dollars: neither 45 nor "45" is "0.4500".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.page import FieldError

_TICKER = re.compile(r"[!-+\--~]{1,250}", re.ASCII)
_FIXED_POINT = re.compile(r"\d{1,12}\.\d{1,6}", re.ASCII)
_WHOLE = re.compile(r"-?\d+", re.ASCII)

CENT_TWINS = {
    "yes_bid": "yes_bid_dollars",
    "yes_ask": "yes_ask_dollars",
    "no_bid": "no_bid_dollars",
    "no_ask": "no_ask_dollars",
    "last_price": "last_price_dollars",
    "previous_price": "previous_price_dollars",
    "previous_yes_bid": "previous_yes_bid_dollars",
    "previous_yes_ask": "previous_yes_ask_dollars",
    "yes_price": "yes_price_dollars",
    "no_price": "no_price_dollars",
    "volume": "volume_fp",
    "volume_24h": "volume_24h_fp",
    "open_interest": "open_interest_fp",
    "count": "count_fp",
}
"""Fields of the time of integers, with those that took their place."""


class Integers(msgspec.Struct):
    """The integer fields of a record of before, or of the transition when it carried both."""

    yes_bid: object = None
    yes_ask: object = None
    no_bid: object = None
    no_ask: object = None
    last_price: object = None
    previous_price: object = None
    previous_yes_bid: object = None
    previous_yes_ask: object = None
    yes_price: object = None
    no_price: object = None
    volume: object = None
    volume_24h: object = None
    open_interest: object = None
    count: object = None


def refuse_integers(record: Integers) -> None:
    """Refuse a record that carries an integer without the fixed-point text that took its place.

    Raises:
        FieldError: it names the field that is missing.
    """
    for old, new in CENT_TWINS.items():
        if getattr(record, old) is not None and getattr(record, new, None) is None:
            raise FieldError(
                new, f"missing beside the integer {old}, which is not read in its place"
            )


def fixed_point(
    field: str, texts: Sequence[object], *, low: int | None = 0, high: int | None = None
) -> list[Decimal]:
    """Exact numbers of fixed-point texts, e.g. "0.5600" dollars or "12.00" contracts."""
    for text in texts:
        if not isinstance(text, str) or _FIXED_POINT.fullmatch(text) is None:
            whole = isinstance(text, int) or (isinstance(text, str) and _WHOLE.fullmatch(text))
            hint = "; a whole number may be cents" if whole else ""
            raise FieldError(field, f"expected fixed-point text such as 0.5600{hint}")
    return values.amounts(field, [Decimal(str(text)) for text in texts], low=low, high=high)


def fixed_point_or_null(
    field: str, texts: Sequence[object], *, low: int | None = 0, high: int | None = None
) -> list[Decimal | None]:
    """As `fixed_point`, with null for what is null or left out."""
    known = iter(fixed_point(field, [t for t in texts if t is not None], low=low, high=high))
    return [None if text is None else next(known) for text in texts]


def tickers(field: str, texts: Sequence[str]) -> Sequence[str]:
    """Tickers: printable ASCII without space and comma, so that a list of them fits a query."""
    if not all(map(_TICKER.fullmatch, texts)):
        raise FieldError(field, "expected a ticker: printable, without space or comma")
    return texts


def moment(field: str, text: str | None) -> datetime | None:
    """A moment with a zone; null for "", for what is left out and for the zero time of year 1."""
    if not text:
        return None
    found = values.iso_moment(field, text)
    return None if found.year == 1 else found.astimezone(UTC)


def check_moments(named: Mapping[str, str | None]) -> None:
    """Look at moments that are kept as text."""
    for field, text in named.items():
        moment(field, text)


def event_moments(field: str, texts: Sequence[str], received_at: datetime) -> list[datetime]:
    """Moments of things that happened: since 2020, and at most an hour ahead of our clock."""
    found = []
    for text in texts:
        if (one := moment(field, text)) is None:
            raise FieldError(field, "missing, or the zero time")
        found.append(one)
    if found and min(found) < values.EARLIEST:
        raise FieldError(field, "before 2020")
    if found and max(found) > received_at + values.CLOCK_SKEW:
        raise FieldError(field, "more than an hour ahead of our clock")
    return found
