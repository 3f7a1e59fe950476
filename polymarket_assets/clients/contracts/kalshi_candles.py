"""Kalshi's candlesticks: one candle per record, into raw.kalshi_candles.

Belongs here: the contract of a candle in its two spellings: the live routes write `open_dollars`
and `volume_fp`, the historical one `open` and `volume`, both as fixed-point text. Prices are null
for a period without trades. Not here: the request (kalshi.py).

Source: GET /markets/candlesticks, GET /historical/markets/{ticker}/candlesticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.kalshi_page import (
    RowsContract,
    take_apart,
    unknown_in,
)
from polymarket_assets.clients.contracts.kalshi_values import fixed_point_or_null
from polymarket_assets.clients.contracts.lenient import LenientError
from polymarket_assets.clients.contracts.page import (
    DECODE_ERRORS,
    FieldError,
    ParsedPage,
    RejectedRow,
    blame,
    in_order,
    list_in,
    reject,
)

Spelling = Literal["live", "historical"]
_CURVES = ("yes_bid", "yes_ask", "price")
_POINTS = ("open", "high", "low", "close")
_PRICES = tuple(f"{curve}_{point}" for curve in _CURVES for point in _POINTS)

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("ticker", pa.string(), nullable=False),
        pa.field("period_minutes", pa.int32(), nullable=False),
        pa.field("event_at", values.MOMENT, nullable=False),
        *(pa.field(name, values.AMOUNT) for name in _PRICES),
        pa.field("size", values.AMOUNT),
        pa.field("open_interest", values.AMOUNT),
        pa.field("dt", pa.date32(), nullable=False),
    ]
)


class Candle(msgspec.Struct):
    """One record; `end_period_ts` is the inclusive end of its period in unix seconds."""

    end_period_ts: int
    yes_bid: dict[str, object] | None = None
    yes_ask: dict[str, object] | None = None
    price: dict[str, object] | None = None
    volume_fp: object = None
    open_interest_fp: object = None
    volume: object = None
    open_interest: object = None


class _Group(msgspec.Struct):
    """The candles of one market."""

    market_ticker: str
    candlesticks: list[msgspec.Raw] | None


KNOWN = frozenset(Candle.__struct_encode_fields__)
_decode_group = msgspec.json.Decoder(_Group).decode
_CONTRACT = RowsContract(Candle, SCHEMA)


def parse_many(
    body: bytes, *, asked: frozenset[str], period_minutes: int, received_at: datetime
) -> ParsedPage:
    """Parse the candles of several markets; a record is a candle, numbered over all of them.

    A market whose group can not be read is one rejected record.

    Args:
        body: the answer as received; markets without candles may be missing.
        asked: the tickers that were asked for.
        period_minutes: the period that was asked for.
        received_at: when it was received; a period may not end an hour later.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    _, groups = take_apart("kalshi_candles", body, "markets")
    records: list[bytes] = []
    owners: list[str] = []
    broken: list[RejectedRow] = []
    for raw in groups:
        try:
            group, candles = _group(raw, asked)
        except FieldError as error:
            cause = error
        except DECODE_ERRORS as error:
            cause = blame(raw, error)
        else:
            records += candles
            owners += [group.market_ticker] * len(candles)
            continue
        broken.append(reject(len(records), raw, cause))
        records.append(raw)
        owners.append("")
    return _parsed(
        records, owners, broken, spelling="live", minutes=period_minutes, received_at=received_at
    )


def _group(raw: bytes, asked: frozenset[str]) -> tuple[_Group, list[bytes]]:
    """A group and the bytes of its candles, also when some of these are no strict JSON."""
    try:
        group = _decode_group(raw)
        candles = [bytes(candle) for candle in group.candlesticks or ()]
    except msgspec.ValidationError:
        raise
    except DECODE_ERRORS as error:
        try:
            candles, rest = list_in(raw, "candlesticks")
            group = _decode_group(rest)
        except (LenientError, *DECODE_ERRORS):
            raise error from None
    if group.market_ticker not in asked:
        raise FieldError("market_ticker", "not a market that was asked for")
    return group, candles


def parse_old(
    body: bytes, *, ticker: str, period_minutes: int, received_at: datetime
) -> ParsedPage:
    """Parse the candles of one market of the past, in the historical spelling.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    _, records = take_apart("kalshi_old_candles", body, "candlesticks")
    return _parsed(
        records,
        [ticker] * len(records),
        [],
        spelling="historical",
        minutes=period_minutes,
        received_at=received_at,
    )


def _parsed(
    records: Sequence[bytes],
    owners: Sequence[str],
    broken: Sequence[RejectedRow],
    *,
    spelling: Spelling,
    minutes: int,
    received_at: datetime,
) -> ParsedPage:
    left_out = {row.position for row in broken}
    places = [place for place in range(len(records)) if place not in left_out]
    table, rejected = _CONTRACT.rows(
        [records[place] for place in places],
        partial(_columns, spelling=spelling, minutes=minutes, received_at=received_at),
    )
    # Rows were numbered without the broken groups, and know nothing of their market yet.
    at = [places[row] for row in table.column("position").to_pylist()]
    table = table.set_column(0, table.schema.field("position"), pa.array(at, pa.int32()))
    names = pa.array([owners[place] for place in at], pa.string())
    table = table.set_column(1, table.schema.field("ticker"), names)
    moved = [RejectedRow(places[row.position], row.reason, row.row) for row in rejected]
    own = [records[place] for place in places[:1]]
    return ParsedPage(table, in_order(broken, moved), len(records), None, unknown_in(own, KNOWN))


def _columns(
    rows: Sequence[Candle], *, spelling: Spelling, minutes: int, received_at: datetime
) -> dict[str, pa.Array]:
    """The checked columns of some candles."""
    suffix, count = ("_dollars", "_fp") if spelling == "live" else ("", "")
    ends = values.moments("end_period_ts", [row.end_period_ts for row in rows], received_at)
    columns: dict[str, Sequence[object]] = {
        "ticker": [""] * len(rows),
        "period_minutes": [minutes] * len(rows),
        "size": fixed_point_or_null(
            f"volume{count}", [getattr(row, f"volume{count}") for row in rows]
        ),
        "open_interest": fixed_point_or_null(
            f"open_interest{count}", [getattr(row, f"open_interest{count}") for row in rows]
        ),
    }
    for row in rows:
        if getattr(row, f"volume{count}") is None:
            raise FieldError(f"volume{count}", "missing")
    for curve in _CURVES:
        curves = [getattr(row, curve) for row in rows]
        for point in _POINTS:
            texts = [_point(curve, point, suffix, found) for found in curves]
            columns[f"{curve}_{point}"] = fixed_point_or_null(f"{curve}.{point}", texts, high=1)
    arrays = {name: pa.array(column, SCHEMA.field(name).type) for name, column in columns.items()}
    return arrays | {"event_at": values.moment_column(ends), "dt": values.date_column(ends)}


def _point(curve: str, point: str, suffix: str, found: dict[str, object] | None) -> object:
    """The text of one point; null when there is none, an error when it is in cents."""
    if found is None:
        return None
    if suffix and f"{point}{suffix}" not in found and found.get(point) is not None:
        raise FieldError(f"{curve}.{point}{suffix}", f"missing beside the integer {point}")
    return found.get(f"{point}{suffix}")
