"""Kalshi's part of the truth ledger.

Belongs here: writing it. Amounts are integers as in `kalshi_tape`, times UTC. Files:

    kalshi_events   event_ticker, series_ticker, title, category, model, shift_s (its deadline less
                    that of its twin's event)
    kalshi_markets  ticker, event_ticker, title, condition_id (of its twin; null without one),
                    created_at, opens_at, closes_at, determined_at, finalized_at, payout_micro
                    (of YES)
    kalshi_trades   trade_id, ticker, event_at, yes_price_cents, size_e2, taker_yes, is_block
    kalshi_quotes   ticker, minute_at (each full hour), truth (probability of YES), bid_cents,
                    ask_cents
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from polymarket_assets.simulator.kalshi_tape import KalshiVenue
from polymarket_assets.simulator.plans import HOUR_S

_SECONDS = pa.timestamp("s", tz="UTC")
_MICROSECONDS = pa.timestamp("us", tz="UTC")


def write_kalshi_truth(venue: KalshiVenue, folder: Path) -> None:
    """Write the ledger of `venue` into `folder`, replacing files of the same names."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "kalshi_events": _events(venue),
        "kalshi_markets": _markets(venue),
        "kalshi_trades": _trades(venue),
        "kalshi_quotes": _quotes(venue),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def _moments(seconds: list[int]) -> pa.Array:
    return pa.array(seconds, pa.int64()).cast(_SECONDS)


def _events(venue: KalshiVenue) -> pa.Table:
    events = venue.listing.events
    return pa.table(
        {
            "event_ticker": [event.ticker for event in events],
            "series_ticker": [event.series for event in events],
            "title": [event.plan.title for event in events],
            "category": [event.plan.category for event in events],
            "model": [event.plan.model for event in events],
            "shift_s": [event.shift_s for event in events],
        }
    )


def _markets(venue: KalshiVenue) -> pa.Table:
    markets, world = venue.markets, venue.world
    return pa.table(
        {
            "ticker": [m.ticker for m in markets],
            "event_ticker": [venue.listing.events[m.event].ticker for m in markets],
            "title": [m.title for m in markets],
            "condition_id": pa.array(
                [world.markets[m.twin].condition_id if m.twin >= 0 else None for m in markets],
                pa.string(),
            ),
            "created_at": _moments([m.created_s for m in markets]),
            "opens_at": _moments([m.opens_s for m in markets]),
            "closes_at": _moments([m.closes_s for m in markets]),
            "determined_at": _moments([m.determined_s for m in markets]),
            "finalized_at": _moments([m.finalized_s for m in markets]),
            "payout_micro": pa.array([m.payout_micro for m in markets], pa.int64()),
        }
    )


def _trades(venue: KalshiVenue) -> pa.Table:
    tape = venue.tape
    return pa.table(
        {
            "trade_id": tape.ids,
            "ticker": [venue.markets[m].ticker for m in tape.market.tolist()],
            "event_at": pa.array(tape.at_us, pa.int64()).cast(_MICROSECONDS),
            "yes_price_cents": tape.price,
            "size_e2": tape.size,
            "taker_yes": tape.taker_yes,
            "is_block": tape.block,
        }
    )


def _quotes(venue: KalshiVenue) -> pa.Table:
    rows = [
        (market.index, hour)
        for market in venue.markets
        for hour in range(-(-market.opens_s // HOUR_S), market.closes_s // HOUR_S + 1)
    ]
    markets, hours = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    minutes = hours * 60
    bid, ask = venue.bid_ask(markets, minutes)
    return pa.table(
        {
            "ticker": [venue.markets[m].ticker for m in markets.tolist()],
            "minute_at": _moments((minutes * 60).tolist()),
            "truth": venue.truth(markets, minutes),
            "bid_cents": bid,
            "ask_cents": ask,
        }
    )
