"""Kalshi's lists: events, series and markets, kept whole as JSON text.

Belongs here: the contracts of the three objects: ids, and the types and spellings of the fields
that are read. Not here: the request (kalshi.py); what a field means (dbt reads the payload).

Source: GET /events, /series, /markets and /historical/markets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts.kalshi_page import cursor_of, take_apart, unknown_in
from polymarket_assets.clients.contracts.kalshi_values import (
    CENT_TWINS,
    Integers,
    check_moments,
    fixed_point_or_null,
    refuse_integers,
    tickers,
)
from polymarket_assets.clients.contracts.keyset import (
    Flag,
    Payload,
    Text,
    payload,
    with_typed_fields,
    words,
)
from polymarket_assets.clients.contracts.page import (
    FieldError,
    ParsedPage,
    blame,
    decode_each,
    in_order,
    reject,
)

EVENTS_SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("event_ticker", pa.string(), nullable=False),
        pa.field("series_ticker", pa.string()),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("payload_sha256", pa.string(), nullable=False),
    ]
)
SERIES_SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("series_ticker", pa.string(), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("payload_sha256", pa.string(), nullable=False),
    ]
)
MARKETS_SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("ticker", pa.string(), nullable=False),
        pa.field("event_ticker", pa.string(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("payload_sha256", pa.string(), nullable=False),
    ]
)


class _Nested(msgspec.Struct):
    ticker: str


class _Event(msgspec.Struct):
    event_ticker: str
    series_ticker: Text = None
    mutually_exclusive: Flag = None
    markets: list[_Nested] | None = None


class _Series(msgspec.Struct):
    ticker: str
    tags: list[str] | None = None
    categories: list[str] | None = None


class _PriceRange(msgspec.Struct):
    start: str
    end: str
    step: str


class _Market(Integers, kw_only=True):
    """The fields that are looked into."""

    ticker: str
    event_ticker: str
    status: str
    price_ranges: list[_PriceRange] | None = None


_DOLLARS = words(
    "yes_bid_dollars yes_ask_dollars no_bid_dollars no_ask_dollars last_price_dollars "
    "previous_price_dollars previous_yes_bid_dollars previous_yes_ask_dollars"
)
_AMOUNTS = words(
    "notional_value_dollars settlement_value_dollars volume_fp volume_24h_fp open_interest_fp "
    "yes_bid_size_fp yes_ask_size_fp"
)
_MOMENTS = words(
    "created_time updated_time open_time close_time expiration_time expected_expiration_time "
    "latest_expiration_time settlement_ts occurrence_datetime"
)
_TEXTS = words(
    "title subtitle yes_sub_title no_sub_title rules_primary rules_secondary result market_type "
    "expiration_value strike_type price_level_structure early_close_condition"
)
# Fields we know and do not read: of any type.
_UNREAD = words(
    "can_close_early cap_strike custom_strike exchange_index fee_waiver_expiration_time "
    "floor_strike fractional_trading_enabled functional_strike is_provisional liquidity "
    "liquidity_dollars mve_collection_ticker mve_selected_legs notional_value "
    "primary_participant_key response_price_units settlement_bounds_type settlement_timer_seconds "
    "settlement_value tick_size"
)
_EVENT_TEXTS = words("title sub_title category strike_period collateral_return_type")
_EVENT_MOMENTS = words("last_updated_ts strike_date")
_EVENT_UNREAD = words(
    "available_on_brokers exchange_index product_metadata settlement_sources fee_type_override "
    "fee_multiplier_override"
)
_SERIES_TEXTS = words("title category frequency fee_type contract_url contract_terms_url")
_SERIES_UNREAD = words(
    "additional_prohibitions exchange_index fee_multiplier product_metadata settlement_sources "
    "volume volume_fp"
)

EventRecord = with_typed_fields(
    _Event, numbers=(), flags=(), texts=[*_EVENT_TEXTS, *_EVENT_MOMENTS]
)
SeriesRecord = with_typed_fields(
    _Series, numbers=(), flags=(), texts=[*_SERIES_TEXTS, "last_updated_ts"]
)
MarketRecord = with_typed_fields(
    _Market, numbers=(), flags=(), texts=[*_DOLLARS, *_AMOUNTS, *_MOMENTS, *_TEXTS]
)

Record = TypeVar("Record", bound=msgspec.Struct)
Ids = tuple[str | None, ...]


@dataclass(frozen=True)
class _Contract(Generic[Record]):
    """How one list is taken apart: `accept` checks an object and gives the columns of its ids."""

    endpoint: str
    key: str
    decode: Callable[[bytes], Record]
    accept: Callable[[Record], Ids]
    known: frozenset[str]
    schema: pa.Schema

    def parse(self, body: bytes) -> ParsedPage:
        """Accept or reject each object of a page."""
        page, objects = take_apart(self.endpoint, body, self.key)
        typed, rejected = decode_each(objects, self.decode)
        rows: list[tuple[int, Ids, Payload]] = []
        for located in typed:
            try:
                ids = self.accept(located.row)
                rows.append((located.position, ids, _payload(located.row, located.raw)))
            except (FieldError, UnicodeDecodeError) as error:
                # The text of a field that is not looked at may still be no UTF-8.
                cause = error if isinstance(error, FieldError) else blame(located.raw, error)
                rejected.append(reject(located.position, located.raw, cause))
        columns = [
            [position for position, _, _ in rows],
            *zip(*(ids for _, ids, _ in rows), strict=True),
            [kept.text for _, _, kept in rows],
            [kept.sha256 for _, _, kept in rows],
        ]
        if not rows:
            columns = [[] for _ in self.schema]
        arrays = [
            pa.array(column, field.type) for column, field in zip(columns, self.schema, strict=True)
        ]
        return ParsedPage(
            pa.table(arrays, schema=self.schema),
            in_order(rejected),
            len(objects),
            cursor_of(page),
            unknown_in(objects, self.known),
        )


def _payload(record: msgspec.Struct, raw: bytes) -> Payload:
    """The object as text; markets nested in an event have a list of their own."""
    nested = cast("list[_Nested] | None", getattr(record, "markets", None))
    return payload(raw, "markets", "market_tickers", [market.ticker for market in nested or ()])


def _accept_event(event: msgspec.Struct) -> Ids:
    record = cast("_Event", event)
    tickers("event_ticker", [record.event_ticker])
    series = record.series_ticker or None
    tickers("series_ticker", [series] if series else [])
    check_moments({name: getattr(event, name) for name in _EVENT_MOMENTS})
    return record.event_ticker, series


def _accept_series(series: msgspec.Struct) -> Ids:
    record = cast("_Series", series)
    tickers("ticker", [record.ticker])
    check_moments({"last_updated_ts": getattr(series, "last_updated_ts", None)})
    return (record.ticker,)


def _accept_market(market: msgspec.Struct) -> Ids:
    record = cast("_Market", market)
    tickers("ticker", [record.ticker])
    tickers("event_ticker", [record.event_ticker])
    tickers("status", [record.status])
    refuse_integers(record)
    for name in _DOLLARS:
        fixed_point_or_null(name, [getattr(market, name)], high=1)
    for name in _AMOUNTS:
        fixed_point_or_null(name, [getattr(market, name)])
    for found in record.price_ranges or ():
        for name in ("start", "end", "step"):
            fixed_point_or_null(f"price_ranges.{name}", [getattr(found, name)], high=1)
    check_moments({name: getattr(market, name) for name in _MOMENTS})
    return record.ticker, record.event_ticker, record.status


def _fields(record: type[msgspec.Struct], unread: Sequence[str]) -> frozenset[str]:
    return frozenset(record.__struct_encode_fields__) | frozenset(unread)


KNOWN_OF_EVENTS = _fields(EventRecord, _EVENT_UNREAD)
KNOWN_OF_SERIES = _fields(SeriesRecord, _SERIES_UNREAD)
KNOWN_OF_MARKETS = _fields(MarketRecord, [*_UNREAD, *CENT_TWINS])

_EVENTS = _Contract(
    "kalshi_events",
    "events",
    msgspec.json.Decoder(EventRecord).decode,
    _accept_event,
    KNOWN_OF_EVENTS,
    EVENTS_SCHEMA,
)
_SERIES = _Contract(
    "kalshi_series",
    "series",
    msgspec.json.Decoder(SeriesRecord).decode,
    _accept_series,
    KNOWN_OF_SERIES,
    SERIES_SCHEMA,
)
_MARKETS = _Contract(
    "kalshi_markets",
    "markets",
    msgspec.json.Decoder(MarketRecord).decode,
    _accept_market,
    KNOWN_OF_MARKETS,
    MARKETS_SCHEMA,
)


def parse_events(body: bytes) -> ParsedPage:
    """Parse a page of events, with or without nested markets.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    return _EVENTS.parse(body)


def parse_series(body: bytes) -> ParsedPage:
    """Parse the list of series.

    Raises:
        MalformedPageError: the answer is no such list.
    """
    return _SERIES.parse(body)


def parse_markets(body: bytes) -> ParsedPage:
    """Parse a page of markets.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    return _MARKETS.parse(body)
