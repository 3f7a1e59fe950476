"""Kalshi's endpoints that malformed payloads are tried on: an entry each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.payloads.endpoints import Sample, Special, page
from tests.payloads.malformed import KEEP, MISSING, NULL, REJECT, Field, Kind, Record

_ENVELOPE: dict[str, tuple[Record, bool]] = {
    "a cursor that is a number": ({"cursor": 5}, True),
    "a cursor that is a list": ({"cursor": ["a"]}, True),
    "an error beside the records": ({"error": {"code": "service_unavailable"}}, True),
}
_OPTIONAL = {"null": KEEP, "missing": KEEP}
_MOMENT: Record = _OPTIONAL | {"empty": KEEP}


def _objects(key: str) -> dict[str, tuple[Record, bool]]:
    return _ENVELOPE | {"records that are an object": ({key: {}}, True)}


def _inside(name: str, among: Record) -> Callable[[Any], Record]:
    """Puts a value under its name among others into an object."""

    def wrap(value: Any) -> Record:
        return {n: v for n, v in (among | {name: value}).items() if v is not MISSING}

    return wrap


def _bid(value: Any) -> Record:
    level = [part for part in (value, "5.00") if part is not MISSING]
    return {"yes_dollars": [level], "no_dollars": None}


_EVENTS = Sample(
    contract="kalshi_events/v2",
    page=page("kalshi_events"),
    key="events",
    nested=("markets", "market_tickers", "ticker"),
    fields=(
        Field("event_ticker", Kind.TICKER, "event_ticker"),
        Field("series_ticker", Kind.TICKER, "series_ticker", null=NULL, missing=NULL, empty=NULL),
        Field("title", Kind.TEXT, **_MOMENT),
        Field("mutually_exclusive", Kind.FLAG, **_OPTIONAL),
        Field("strike_date", Kind.MOMENT, **_MOMENT),
        Field("markets", Kind.LIST, **_OPTIONAL),
    ),
    swaps=(("event_ticker", "title"),),
    pages=_objects("events"),
)
_SERIES = Sample(
    contract="kalshi_series/v2",
    page=page("kalshi_series"),
    key="series",
    nested=("markets", "market_tickers", "ticker"),
    fields=(
        Field("ticker", Kind.TICKER, "series_ticker"),
        Field("title", Kind.TEXT, **_MOMENT),
        Field("tags", Kind.LIST, **_OPTIONAL),
        Field("last_updated_ts", Kind.MOMENT, **_MOMENT),
    ),
    swaps=(("ticker", "title"),),
    pages=_objects("series"),
)
_MARKETS = Sample(
    contract="kalshi_markets/v2",
    page=page("kalshi_markets"),
    key="markets",
    nested=("markets", "market_tickers", "ticker"),
    fields=(
        Field("ticker", Kind.TICKER, "ticker"),
        Field("event_ticker", Kind.TICKER, "event_ticker"),
        Field("status", Kind.TICKER, "status"),
        Field("yes_bid_dollars", Kind.FIXED, **_OPTIONAL),
        Field("volume_fp", Kind.FIXED_SIZE, **_OPTIONAL),
        Field("title", Kind.TEXT, **_MOMENT),
        Field("close_time", Kind.MOMENT, **_MOMENT),
        Field("price_ranges", Kind.LIST, **_OPTIONAL),
    ),
    swaps=(("ticker", "title"), ("yes_bid_dollars", "volume_fp"), ("close_time", "status")),
    specials=(
        Special(
            "cents without dollars",
            {"yes_bid": 37, "yes_bid_dollars": None},
            REJECT,
            "yes_bid_dollars",
        ),
        Special("cents beside dollars", {"yes_bid": 37}, KEEP),
        Special(
            "a range in cents",
            {"price_ranges": [{"start": "0", "end": "1", "step": "1"}]},
            REJECT,
            "price_ranges",
        ),
    ),
    pages=_objects("markets"),
)
_BOOKS = Sample(
    contract="kalshi_books/v2",
    page=page("kalshi_books"),
    key="orderbooks",
    params={"tickers": "KXRAINOSL-26SEP15-T5,KXQUIET-26-A"},
    fields=(
        Field("ticker", Kind.TICKER, "ticker"),
        Field("orderbook_fp", Kind.FIXED, wrap=_bid),
    ),
    specials=(
        Special("a book in cents", {"orderbook": {"yes": [[37, 5]]}, "orderbook_fp": None}, REJECT),
        Special(
            "two levels at one price",
            {"orderbook_fp": {"yes_dollars": [["0.3700", "1.00"], ["0.37", "2.00"]]}},
            REJECT,
            "orderbook_fp",
        ),
        Special(
            "bids that have met",
            {
                "orderbook_fp": {
                    "yes_dollars": [["0.6000", "1.00"]],
                    "no_dollars": [["0.5000", "1.00"]],
                }
            },
            REJECT,
            "orderbook_fp",
        ),
        Special(
            "a level without size",
            {"orderbook_fp": {"yes_dollars": [["0.3700", "0.00"]]}},
            REJECT,
            "orderbook_fp",
        ),
        Special(
            "levels as objects",
            {"orderbook_fp": {"yes_dollars": [{"price": "0.3700", "size": "1.00"}]}},
            REJECT,
            "orderbook_fp",
        ),
        Special("a market nobody asked for", {"ticker": "KXOTHER"}, REJECT, "ticker"),
    ),
    pages=_objects("orderbooks"),
)
_TRADES = Sample(
    contract="kalshi_trades/v2",
    page=page("kalshi_trades"),
    key="trades",
    fields=(
        Field("trade_id", Kind.TICKER, "trade_id"),
        Field("ticker", Kind.TICKER, "ticker"),
        Field("yes_price_dollars", Kind.FIXED),
        Field("count_fp", Kind.FIXED_SIZE),
        Field("created_time", Kind.MOMENT),
        Field("is_block_trade", Kind.FLAG, "is_block_trade", null=NULL, missing=NULL),
    ),
    swaps=(("yes_price_dollars", "count_fp"), ("created_time", "ticker")),
    specials=(
        Special(
            "cents without dollars",
            {"yes_price": 38, "no_price": 62, "yes_price_dollars": None, "no_price_dollars": None},
            REJECT,
            "yes_price_dollars",
        ),
        Special("prices that are no dollar", {"no_price_dollars": "0.6300"}, REJECT, "no_price"),
        Special("a trade without size", {"count_fp": "0.00"}, REJECT, "count_fp"),
        Special("a side nobody knows", {"taker_outcome_side": "maybe"}, REJECT, "taker_outcome"),
        Special("a trade of tomorrow", {"created_time": "2026-09-16T12:00:00Z"}, REJECT, "created"),
        Special("a trade of 2019", {"created_time": "2019-12-31T23:59:59Z"}, REJECT, "created"),
        Special("a trade of 1970", {"created_time": "1970-01-01T00:00:00Z"}, REJECT, "created"),
        Special("a trade of year 1", {"created_time": "0001-01-01T00:00:00Z"}, REJECT, "created"),
    ),
    pages=_objects("trades"),
)
_CANDLE = page("kalshi_candles")["markets"][0]["candlesticks"][0]
_CANDLES = Sample(
    contract="kalshi_candles/v2",
    page=page("kalshi_candles"),
    key="markets",
    params={"market_tickers": "KXRAINOSL-26SEP15-T5,KXQUIET-26-A", "period_interval": "60"},
    fields=(
        Field("end_period_ts", Kind.SECONDS),
        Field("volume_fp", Kind.FIXED_SIZE),
        Field(
            "yes_bid",
            Kind.FIXED,
            "yes_bid_open",
            null=NULL,
            missing=NULL,
            wrap=_inside("open_dollars", _CANDLE["yes_bid"]),
        ),
    ),
    swaps=(("end_period_ts", "volume_fp"),),
    specials=(
        Special("cents in a candle", {"price": {"open": 36, "close": 38}}, REJECT, "price.open"),
    ),
    pages=_objects("markets"),
    records_of=lambda page: page["markets"][0]["candlesticks"],
    page_of=lambda page, records: {
        "markets": [page["markets"][0] | {"candlesticks": records}, page["markets"][1]]
    },
)


def _historical(candle: Record) -> Record:
    """A candle as the historical tier spells it."""
    curves = {
        name: {n.removesuffix("_dollars"): text for n, text in points.items()}
        for name, points in candle.items()
        if isinstance(points, dict)
    }
    return curves | {
        "end_period_ts": candle["end_period_ts"],
        "volume": candle["volume_fp"],
        "open_interest": candle["open_interest_fp"],
    }


_OLD_CANDLES = Sample(
    contract="kalshi_old_candles/v2",
    page={
        "ticker": "KXRAINOSL-26SEP15-T5",
        "candlesticks": [_historical(candle) for candle in _CANDLES.records],
    },
    key="candlesticks",
    path="/historical/markets/KXRAINOSL-26SEP15-T5/candlesticks",
    params={"period_interval": "60"},
    fields=(Field("end_period_ts", Kind.SECONDS), Field("volume", Kind.FIXED_SIZE)),
    swaps=(("end_period_ts", "volume"),),
    pages=_objects("candlesticks"),
)
KALSHI: tuple[Sample, ...] = (
    _EVENTS,
    _SERIES,
    _MARKETS,
    replace(_MARKETS, contract="kalshi_old_markets/v2", refusals="kalshi_markets"),
    _BOOKS,
    _TRADES,
    replace(_TRADES, contract="kalshi_old_trades/v2", refusals="kalshi_trades"),
    _CANDLES,
    _OLD_CANDLES,
)
