"""Hypothesis strategies and short forms for amounts, shared by the tests of the domain."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from polymarket_assets.domain.book import OrderBook
from polymarket_assets.domain.money import MICRO, SHARE_LOT, to_micros

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICKS = [to_micros(t) for t in ("0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001")]

ticks = st.sampled_from(TICKS)
lots = st.integers(1, 100_000).map(lambda n: n * SHARE_LOT)


def m(text: str) -> int:
    """Micro-units of a decimal text."""
    return to_micros(text)


@st.composite
def grid_prices(draw: st.DrawFn, tick: int | None = None) -> int:
    """A price on a grid, within [tick, 1 - tick]."""
    step = tick or draw(ticks)
    return draw(st.integers(1, MICRO // step - 1)) * step


def book(
    *,
    bids: list[tuple[str, str]] | None = None,
    asks: list[tuple[str, str]] | None = None,
    tick: str = "0.01",
    least: str = "5",
    token: str = "token",
    book_at: datetime = NOW,
    received_at: datetime = NOW,
    name: str | None = "snapshot",
) -> OrderBook:
    """A book from decimal texts."""
    return OrderBook.of(
        token,
        [(m(p), m(s)) for p, s in bids or []],
        [(m(p), m(s)) for p, s in asks or []],
        tick_size=m(tick),
        min_order_size=m(least),
        book_at=book_at,
        received_at=received_at,
        venue_hash=name,
    )


@st.composite
def books(draw: st.DrawFn) -> OrderBook:
    """An uncrossed book on a grid, sizes down to a millionth of a share."""
    tick = draw(ticks)
    count = MICRO // tick
    middle = draw(st.integers(1, count - 1))
    sizes = st.integers(1, 500 * MICRO)
    asks = draw(st.dictionaries(st.integers(middle, count - 1), sizes, max_size=12))
    bids = (
        draw(st.dictionaries(st.integers(1, middle - 1), sizes, max_size=12)) if middle > 1 else {}
    )
    return OrderBook.of(
        "token",
        [(n * tick, s) for n, s in bids.items()],
        [(n * tick, s) for n, s in asks.items()],
        tick_size=tick,
        min_order_size=5 * MICRO,
        book_at=NOW,
        received_at=NOW,
        venue_hash="snapshot",
    )
