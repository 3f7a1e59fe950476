"""Kalshi's contracts by endpoint: all of the trade API's version 2, dollars as fixed-point text.

Belongs here: the list. Not here: what a contract demands (kalshi_trades.py and the others).
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from polymarket_assets.clients.contracts import (
    kalshi_books,
    kalshi_candles,
    kalshi_lists,
    kalshi_trades,
)
from polymarket_assets.clients.contracts.contract import Asked, Contract, Parse, required_fields
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.endpoints import (
    KALSHI_BOOKS,
    KALSHI_CANDLES,
    KALSHI_EVENTS,
    KALSHI_MARKETS,
    KALSHI_OLD_CANDLES,
    KALSHI_OLD_MARKETS,
    KALSHI_OLD_TRADES,
    KALSHI_SERIES,
    KALSHI_TRADES,
    Endpoint,
)

VERSION = "v2"


def _contract(
    endpoint: Endpoint,
    parse: Parse,
    *,
    record: type[msgspec.Struct],
    known: frozenset[str],
    table: str | None = None,
) -> Contract:
    return Contract(
        endpoint=endpoint.name,
        version=VERSION,
        path=endpoint.path,
        table=table or endpoint.name,
        parse=parse,
        required=required_fields(record),
        known=known,
    )


def _list(parse: Callable[[bytes], ParsedPage]) -> Parse:
    return lambda body, _: parse(body)


def _trades(body: bytes, asked: Asked) -> ParsedPage:
    return kalshi_trades.parse(body, received_at=asked.received_at)


def _books(body: bytes, asked: Asked) -> ParsedPage:
    return kalshi_books.parse(body, asked=frozenset(asked.params["tickers"].split(",")))


def _candles(body: bytes, asked: Asked) -> ParsedPage:
    return kalshi_candles.parse_many(
        body,
        asked=frozenset(asked.params["market_tickers"].split(",")),
        period_minutes=int(asked.params["period_interval"]),
        received_at=asked.received_at,
    )


def _old_candles(body: bytes, asked: Asked) -> ParsedPage:
    return kalshi_candles.parse_old(
        body,
        ticker=asked.path.split("/")[-2],
        period_minutes=int(asked.params["period_interval"]),
        received_at=asked.received_at,
    )


_MARKETS = _list(kalshi_lists.parse_markets)

ALL: tuple[Contract, ...] = (
    _contract(
        KALSHI_EVENTS,
        _list(kalshi_lists.parse_events),
        record=kalshi_lists.EventRecord,
        known=kalshi_lists.KNOWN_OF_EVENTS,
    ),
    _contract(
        KALSHI_SERIES,
        _list(kalshi_lists.parse_series),
        record=kalshi_lists.SeriesRecord,
        known=kalshi_lists.KNOWN_OF_SERIES,
    ),
    _contract(
        KALSHI_MARKETS,
        _MARKETS,
        record=kalshi_lists.MarketRecord,
        known=kalshi_lists.KNOWN_OF_MARKETS,
    ),
    _contract(
        KALSHI_OLD_MARKETS,
        _MARKETS,
        record=kalshi_lists.MarketRecord,
        known=kalshi_lists.KNOWN_OF_MARKETS,
        table="kalshi_markets",
    ),
    _contract(KALSHI_BOOKS, _books, record=kalshi_books.Book, known=kalshi_books.KNOWN),
    _contract(KALSHI_TRADES, _trades, record=kalshi_trades.Trade, known=kalshi_trades.KNOWN),
    _contract(
        KALSHI_OLD_TRADES,
        _trades,
        record=kalshi_trades.Trade,
        known=kalshi_trades.KNOWN,
        table="kalshi_trades",
    ),
    _contract(KALSHI_CANDLES, _candles, record=kalshi_candles.Candle, known=kalshi_candles.KNOWN),
    _contract(
        KALSHI_OLD_CANDLES,
        _old_candles,
        record=kalshi_candles.Candle,
        known=kalshi_candles.KNOWN,
        table="kalshi_candles",
    ),
)
