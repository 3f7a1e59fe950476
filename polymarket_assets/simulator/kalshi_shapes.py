"""How the simulated Kalshi writes its objects down.

Belongs here: JSON of events, series, markets, books, trades and candles as of a moment. Quirks:
dollars and counts are fixed-point text; fields are left out when empty; a time that was never set
is in year 1; a market that has not traded has null candle prices; a status in an answer is not the
word of the filter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from polymarket_assets.simulator.kalshi_listing import CATEGORIES, KalshiEvent, KalshiMarket
from polymarket_assets.simulator.kalshi_tape import CENTS, KalshiVenue
from polymarket_assets.simulator.plans import DAY_S, HOUR_S, MICRO
from polymarket_assets.simulator.spelling import rfc3339

ZERO_TIME = "0001-01-01T00:00:00Z"
UNSET_EVERY = 5
"""Every so many-th market never says when it was updated."""
STATUS_OF = {
    "unopened": ("initialized",),
    "open": ("active",),
    "paused": ("inactive",),
    "closed": ("closed", "determined", "disputed", "amended"),
    "settled": ("finalized",),
}
"""Statuses of answers by the word of the filter."""


def dollars(cents: float) -> str:
    """Cents as fixed-point dollars: 56 → `0.5600`."""
    return f"{cents / CENTS:.4f}"


def count_text(hundredths: int) -> str:
    """Hundredths of a contract as a count: 1250 → `12.50`."""
    return f"{hundredths / 100:.2f}"


def status_at(market: KalshiMarket, now_s: float) -> str:
    """The status an answer shows."""
    steps = (
        (market.finalized_s, "finalized"),
        (market.determined_s, "determined"),
        (market.closes_s, "closed"),
        (market.opens_s, "active"),
    )
    return next((status for moment, status in steps if moment <= now_s), "initialized")


def updated_s(market: KalshiMarket, now_s: float) -> int | None:
    """When it says it was last updated; None when it never does."""
    return None if market.index % UNSET_EVERY == UNSET_EVERY - 1 else market.changed_s(now_s)


class Shapes:
    """Objects of one venue as JSON values."""

    def __init__(self, venue: KalshiVenue) -> None:
        self._venue = venue

    def event(self, event: KalshiEvent) -> dict[str, Any]:
        """One event, without its markets."""
        plan = event.plan
        return {
            "event_ticker": event.ticker,
            "series_ticker": event.series,
            "title": plan.title,
            "sub_title": f"On {rfc3339(plan.ends_s)[:10]}",
            "category": CATEGORIES[plan.category],
            "mutually_exclusive": plan.model == "exclusive",
            "collateral_return_type": "MECNET" if plan.model == "exclusive" else "",
            "strike_date": rfc3339(plan.ends_s),
            "last_updated_ts": ZERO_TIME,
            "exchange_index": 0,
        }

    def series(self, ticker: str, plan_title: str, category: str) -> dict[str, Any]:
        """One series."""
        return {
            "ticker": ticker,
            "title": plan_title,
            "category": CATEGORIES[category],
            "categories": [CATEGORIES[category]],
            "tags": [category.title()],
            "frequency": "custom",
            "fee_type": "quadratic",
            "fee_multiplier": 1,
            "settlement_sources": [{"name": "A public record", "url": "https://example.org"}],
            "contract_url": "",
            "contract_terms_url": "",
            "additional_prohibitions": None,
            "exchange_index": 0,
        }

    def market(self, market: KalshiMarket, now_s: float) -> dict[str, Any]:
        """One market as of now."""
        venue, status = self._venue, status_at(market, now_s)
        event = venue.listing.events[market.event]
        done = venue.trades_of[market.index]
        done = done[venue.tape.at_us[done] <= now_s * 1e6]
        day = done[venue.tape.at_us[done] > (now_s - DAY_S) * 1e6]
        volume = int(venue.tape.size[done].sum())
        last = int(venue.tape.price[done[-1]]) if len(done) else 0
        over = now_s >= market.closes_s
        changed = updated_s(market, now_s)
        body: dict[str, Any] = {
            "ticker": market.ticker,
            "event_ticker": event.ticker,
            "market_type": "binary",
            "title": market.title,
            "yes_sub_title": market.plan.group_title or market.plan.outcomes[0],
            "no_sub_title": market.plan.group_title or market.plan.outcomes[1],
            "status": status,
            "created_time": rfc3339(market.created_s, market.index + 1),
            "updated_time": ZERO_TIME if changed is None else rfc3339(changed, market.index + 1),
            "open_time": rfc3339(market.opens_s),
            "close_time": rfc3339(market.closes_s if over else market.planned_s),
            "expected_expiration_time": rfc3339(market.planned_s + HOUR_S),
            "expiration_time": rfc3339(market.planned_s + 7 * DAY_S),
            "latest_expiration_time": rfc3339(market.planned_s + 7 * DAY_S),
            "settlement_timer_seconds": HOUR_S,
            "can_close_early": True,
            "result": "",
            "expiration_value": "",
            "last_price_dollars": dollars(last),
            "volume_fp": count_text(volume),
            "volume_24h_fp": count_text(int(venue.tape.size[day].sum())),
            "open_interest_fp": count_text(volume // 2),
            "notional_value_dollars": "1.0000",
            "previous_price_dollars": "0.0000",
            "previous_yes_bid_dollars": "0.0000",
            "previous_yes_ask_dollars": "0.0000",
            "price_level_structure": "linear_cent",
            "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
            "rules_primary": f'If "{market.title}" is answered yes, it resolves to Yes.',
            "rules_secondary": event.plan.rules,
            "strike_type": "custom",
            "custom_strike": {"Outcome": market.plan.group_title or "Yes"},
            "exchange_index": 0,
        }
        body |= self._quotes(market, now_s) if status == "active" else _NO_QUOTES
        if status in ("determined", "finalized"):
            body |= _result(market.payout_micro)
        if status == "finalized":
            body["settlement_ts"] = rfc3339(market.finalized_s)
        return body

    def _quotes(self, market: KalshiMarket, now_s: float) -> dict[str, str]:
        minute = int(now_s) // 60
        bid, ask = (
            int(side[0])
            for side in self._venue.bid_ask(np.array([market.index]), np.array([minute]))
        )
        sizes = [
            count_text(side[-1][1]) if side else "0.00"
            for side in (
                self._venue.bids(market.index, minute, yes=True),
                self._venue.bids(market.index, minute, yes=False),
            )
        ]
        return {
            "yes_bid_dollars": dollars(bid),
            "yes_ask_dollars": dollars(ask),
            "no_bid_dollars": dollars(CENTS - ask),
            "no_ask_dollars": dollars(CENTS - bid),
            "yes_bid_size_fp": sizes[0],
            "yes_ask_size_fp": sizes[1],
        }

    def book(self, market: KalshiMarket, now_s: float) -> dict[str, Any]:
        """The bids of both outcomes, worst first; null for a side without any."""
        minute, live = int(now_s) // 60, status_at(market, now_s) == "active"
        sides = {
            f"{name}_dollars": [
                [dollars(price), count_text(size)]
                for price, size in self._venue.bids(market.index, minute, yes=name == "yes")
            ]
            or None
            for name in ("yes", "no")
        }
        return {"orderbook_fp": sides if live else dict.fromkeys(sides)}

    def trade(self, row: int) -> dict[str, Any]:
        """One row of the tape."""
        tape = self._venue.tape
        price, side = int(tape.price[row]), "yes" if tape.taker_yes[row] else "no"
        seconds, micros = divmod(int(tape.at_us[row]), 1_000_000)
        fraction = f".{micros:06d}".rstrip("0") if micros else ""
        return {
            "trade_id": tape.ids[row],
            "ticker": self._venue.markets[int(tape.market[row])].ticker,
            "count_fp": count_text(int(tape.size[row])),
            "yes_price_dollars": dollars(price),
            "no_price_dollars": dollars(CENTS - price),
            "taker_side": side,
            "taker_outcome_side": side,
            "taker_book_side": "ask" if side == "yes" else "bid",
            "is_block_trade": bool(tape.block[row]),
            "created_time": f"{rfc3339(seconds)[:-1]}{fraction}Z",
        }

    def candles(
        self, market: KalshiMarket, start_s: int, end_s: int, step_s: int, *, live: bool
    ) -> list[dict[str, Any]]:
        """Candles whose periods end in the window, both ends included, while the market trades."""
        first = max(start_s, market.opens_s + 1)
        ends = np.arange(-(-first // step_s) * step_s, end_s + 1, step_s)
        ends = ends[ends - step_s < market.closes_s]
        return [self._candle(market, int(end), step_s, live=live) for end in ends]

    def _candle(self, market: KalshiMarket, end: int, step_s: int, *, live: bool) -> dict[str, Any]:
        venue = self._venue
        minutes = np.arange((end - step_s) // 60, end // 60)
        bid, ask = venue.bid_ask(np.full(len(minutes), market.index), minutes)
        own = venue.trades_of[market.index]
        upto = np.searchsorted(venue.tape.at_us[own], [(end - step_s) * 1e6, end * 1e6], "left")
        rows = own[upto[0] : upto[1]]
        prices = venue.tape.price[rows]
        suffix, count = ("_dollars", "_fp") if live else ("", "")
        return {
            "end_period_ts": end,
            "yes_bid": _curve(bid, suffix),
            "yes_ask": _curve(ask, suffix),
            "price": _curve(prices, suffix),
            f"volume{count}": count_text(int(venue.tape.size[rows].sum())),
            f"open_interest{count}": count_text(int(venue.tape.size[own[: upto[1]]].sum()) // 2),
        }


_NO_QUOTES = {
    "yes_bid_dollars": "0.0000",
    "yes_ask_dollars": "0.0000",
    "no_bid_dollars": "1.0000",
    "no_ask_dollars": "1.0000",
}


def _result(payout_micro: int) -> dict[str, str]:
    words = {MICRO: "yes", 0: "no"}
    return {
        "result": words.get(payout_micro, "scalar"),
        "settlement_value_dollars": f"{payout_micro / MICRO:.4f}",
        "expiration_value": words.get(payout_micro, "0.5"),
    }


def _curve(prices: np.ndarray, suffix: str) -> dict[str, str | None]:
    if not len(prices):
        return {f"{point}{suffix}": None for point in ("open", "high", "low", "close")}
    points = {
        "open": prices[0],
        "high": prices.max(),
        "low": prices.min(),
        "close": prices[-1],
    }
    return {f"{point}{suffix}": dollars(int(value)) for point, value in points.items()}
