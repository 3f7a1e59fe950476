"""CLOB: order books as they stand, trading terms, and price history.

Belongs here: parameters and caps of the public calls. Not here: orders (executor), streams
(collector), which tokens are wanted (sources), or what a record must look like (contracts).

Source: POST /books, GET /clob-markets/{condition_id}, GET /prices-history,
POST /batch-prices-history.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from polymarket_assets.clients.contracts import books, clob_market, prices
from polymarket_assets.clients.endpoints import (
    CLOB_BATCH_PRICES,
    CLOB_BOOKS,
    CLOB_MARKETS,
    CLOB_PRICES_HISTORY,
)
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage

MOST_BOOKS = 500
"""Tokens one request for books may name."""
MOST_HISTORIES = 20
"""Tokens one request for price history may name."""
LONGEST_WINDOW = timedelta(days=15)
"""Longest time one request for price history may span."""


async def books_page(http: VenueHttp, *, tokens: Sequence[str]) -> FetchedPage:
    """The order books of up to 500 tokens, in any order.

    Unknown tokens and those of closed or proposed markets are missing from the answer.

    Raises:
        VenueError: one of its kinds.
    """
    asked = frozenset(_few(tokens, MOST_BOOKS))
    return await http.fetch(
        CLOB_BOOKS,
        lambda response: books.parse(response.body, tokens=asked, received_at=response.received_at),
        body=[{"token_id": token} for token in tokens],
    )


async def market_page(http: VenueHttp, *, condition: str) -> FetchedPage:
    """Tick, smallest order and fee of one market.

    Raises:
        VenueError: one of its kinds; RequestRefusedError with status 404 for a market that the CLOB
            does not know.
    """
    return await http.fetch(
        CLOB_MARKETS.at(condition_id=condition),
        lambda response: clob_market.parse(response.body, condition=condition),
    )


async def prices_page(
    http: VenueHttp, *, token: str, start: datetime, end: datetime, fidelity_minutes: int
) -> FetchedPage:
    """Price points of one token between two moments at most 15 days apart.

    Points are midpoints, carried forward where nothing happened; one at the present may be added.

    Raises:
        VenueError: one of its kinds.
    """
    start_ts, end_ts = _window(start, end)
    return await http.fetch(
        CLOB_PRICES_HISTORY,
        lambda response: prices.parse_one(
            response.body,
            token=token,
            fidelity_minutes=fidelity_minutes,
            received_at=response.received_at,
        ),
        params=[
            ("market", token),
            ("startTs", str(start_ts)),
            ("endTs", str(end_ts)),
            ("fidelity", str(fidelity_minutes)),
        ],
    )


async def batch_prices_page(
    http: VenueHttp,
    *,
    tokens: Sequence[str],
    start: datetime,
    end: datetime,
    fidelity_minutes: int,
) -> FetchedPage:
    """Price points, as of `prices_page`, of up to 20 tokens at once.

    Raises:
        VenueError: one of its kinds.
    """
    asked = frozenset(_few(tokens, MOST_HISTORIES))
    start_ts, end_ts = _window(start, end)
    return await http.fetch(
        CLOB_BATCH_PRICES,
        lambda response: prices.parse_many(
            response.body,
            tokens=asked,
            fidelity_minutes=fidelity_minutes,
            received_at=response.received_at,
        ),
        body={
            "markets": list(tokens),
            "start_ts": start_ts,
            "end_ts": end_ts,
            "fidelity": fidelity_minutes,
        },
    )


def _few(tokens: Sequence[str], most: int) -> Sequence[str]:
    if not 1 <= len(tokens) <= most:
        raise ValueError(f"{len(tokens)} tokens in one request; the venue takes 1 to {most}")
    return tokens


def _window(start: datetime, end: datetime) -> tuple[int, int]:
    """Both ends as unix seconds."""
    if not start < end <= start + LONGEST_WINDOW:
        raise ValueError(
            f"{start}..{end}: the venue takes windows of up to {LONGEST_WINDOW.days} d"
        )
    return int(start.timestamp()), int(end.timestamp())
