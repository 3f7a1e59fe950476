"""Where the records of Kalshi's pages lie, and which of their values an audit adds up.

Belongs here: reading Kalshi's pages apart from the parsers that made the rows. Not here: the
comparison (audit.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
Values = Callable[[Record], Any]
Sums = tuple[tuple[Values, str], ...]
"""Pairs of a record's number and an expression over the table."""
DEPTH = 10


def _listed(name: str) -> Callable[[Any], list[Record]]:
    return lambda page: page[name] or []


def _field(*names: str) -> Values:
    return lambda record: next((record[name] for name in names if name in record), None)


def _best_bids(outcome: str) -> tuple[Values, str]:
    """Sizes of an outcome's best bids, of which the table keeps ten."""

    def in_page(book: Record) -> float:
        levels = book["orderbook_fp"][f"{outcome}_dollars"] or ()
        best = sorted(levels, key=lambda level: float(level[0]), reverse=True)[:DEPTH]
        return sum(float(size) for _, size in best)

    return (
        in_page,
        f"coalesce(list_sum(list_transform({outcome}_bids, lambda level: level.size)), 0)",
    )


def _candles(page: Any) -> list[Record]:
    """Candles of several markets, or of one of the historical tier."""
    groups = [page] if "candlesticks" in page else page["markets"]
    return [candle for group in groups for candle in group["candlesticks"] or ()]


# The objects of lists have no number of their own in the table: they are counted.
_COUNTED: Sums = ((lambda record: 1, "1"),)

SHAPES: dict[str, tuple[Callable[[Any], list[Record]], Sums]] = {
    "kalshi_series": (_listed("series"), _COUNTED),
    "kalshi_events": (_listed("events"), _COUNTED),
    "kalshi_markets": (_listed("markets"), _COUNTED),
    "kalshi_trades": (
        _listed("trades"),
        ((_field("count_fp"), "size"), (_field("yes_price_dollars"), "yes_price")),
    ),
    "kalshi_books": (_listed("orderbooks"), (_best_bids("yes"), _best_bids("no"))),
    "kalshi_candles": (
        _candles,
        (
            (_field("volume_fp", "volume"), "size"),
            (_field("end_period_ts"), "epoch(event_at)"),
        ),
    ),
}
