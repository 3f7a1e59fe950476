"""Kalshi's part of the tests' own venue: a tape of trades and lists that a test writes itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.sources.venue import Asked

BASE = "/kalshi/trade-api/v2"
NOT_FOUND = (404, {"code": "not_found", "message": "not found"}, {})


@dataclass(frozen=True)
class Trade:
    """One trade, named by its number."""

    number: int
    at: datetime

    def row(self) -> dict[str, Any]:
        """The trade as Kalshi spells it."""
        return {
            "trade_id": f"trade-{self.number}",
            "ticker": "KXTEST-1",
            "count_fp": f"{self.number + 1}.00",
            "yes_price_dollars": "0.2500",
            "no_price_dollars": "0.7500",
            "taker_outcome_side": "yes",
            "created_time": self.at.isoformat().replace("+00:00", "Z"),
        }


@dataclass
class Tape:
    """GET /markets/trades over some trades: newest first, both ends of a window included.

    Attributes:
        generation: a new one makes every cursor given so far invalid.
        served: numbers of the trades of each page given.
        repeats: pages that are served a second time under another cursor.
    """

    trades: list[Trade]
    page: int = 4
    generation: int = 0
    repeats: bool = False
    served: list[list[int]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Any:
        """One page."""
        low, high = int(asked.query["min_ts"]), int(asked.query["max_ts"])
        rows = sorted(self.trades, key=lambda trade: (trade.at, trade.number), reverse=True)
        rows = [trade for trade in rows if low <= trade.at.timestamp() <= high]
        start, again = 0, False
        if cursor := asked.query.get("cursor"):
            generation, place, word = cursor.split("/")
            if int(generation) != self.generation:
                return 400, {"code": "bad_request", "message": "invalid cursor"}, {}
            start, again = int(place), word == "again"
        here = rows[start : start + self.page]
        self.served.append([trade.number for trade in here])
        after = f"{self.generation}/{start + self.page}/on"
        if self.repeats and not again:
            after = f"{self.generation}/{start}/again"
        elif start + self.page >= len(rows):
            after = ""
        return {"cursor": after, "trades": [trade.row() for trade in here]}


def market(ticker: str, status: str = "active", **changes: Any) -> dict[str, Any]:
    """One market as Kalshi spells it."""
    return {
        "ticker": ticker,
        "event_ticker": ticker.rsplit("-", 1)[0],
        "status": status,
        "title": f"Will {ticker} happen?",
        "open_time": "2026-11-18T00:00:00Z",
        "close_time": "2026-11-22T00:00:00Z",
        "yes_bid_dollars": "0.2400",
        "yes_ask_dollars": "0.2600",
        "volume_fp": "500.00",
        "volume_24h_fp": "500.00",
        **changes,
    }


@dataclass
class Markets:
    """GET /markets over some markets: by status, by change, by ticker; `page` a page."""

    live: dict[str, dict[str, Any]]
    changed: set[str] = field(default_factory=set)
    page: int = 3

    def __call__(self, asked: Asked) -> Any:
        """One page."""
        rows = [body for _, body in sorted(self.live.items()) if self._is_wanted(body, asked)]
        start = int(asked.query.get("cursor", "0"))
        more = start + self.page < len(rows)
        here = rows[start : start + self.page]
        return {"cursor": str(start + self.page) if more else "", "markets": here}

    def _is_wanted(self, body: dict[str, Any], asked: Asked) -> bool:
        if asked.query.get("status") == "open":
            return body["status"] == "active"
        if "min_updated_ts" in asked.query:
            return body["ticker"] in self.changed
        return not (tickers := asked.many("tickers")) or body["ticker"] in tickers


def books(known: set[str]) -> Callable[[Asked], Any]:
    """GET /markets/orderbooks: one unknown ticker refuses them all."""

    def answer(asked: Asked) -> Any:
        if not known.issuperset(asked.many("tickers")):
            return NOT_FOUND
        sides = {"yes_dollars": [["0.2400", "5.00"]], "no_dollars": [["0.7400", "7.00"]]}
        return {
            "orderbooks": [
                {"ticker": ticker, "orderbook_fp": sides} for ticker in asked.many("tickers")
            ]
        }

    return answer


def candles(known: set[str]) -> Callable[[Asked], Any]:
    """GET /markets/candlesticks: a candle an hour for each market."""

    def answer(asked: Asked) -> Any:
        tickers = asked.many("market_tickers")
        if not known.issuperset(tickers):
            return NOT_FOUND
        hours = range(int(asked.query["start_ts"]) + 3600, int(asked.query["end_ts"]) + 1, 3600)
        return {
            "markets": [
                {
                    "market_ticker": ticker,
                    "candlesticks": [
                        {"end_period_ts": end, "volume_fp": "1.00", "open_interest_fp": "2.00"}
                        for end in hours
                    ],
                }
                for ticker in tickers
            ]
        }

    return answer
