"""Order books as they are now, asked from the venue.

Belongs here: the protocol and the live source. Not here: judging a book (domain/book.py), or the
collected books: they are history, and filling against them while the venue cannot be reached would
be filling where nobody could have traded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from polymarket_assets.clients.clob import MOST_BOOKS, books_page
from polymarket_assets.clients.errors import VenueError
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage
from polymarket_assets.domain.book import OrderBook
from polymarket_assets.domain.money import to_micros
from polymarket_assets.settings import Settings


class BooksUnavailableError(RuntimeError):
    """The venue could not be asked; nothing is known about any book."""


@dataclass(frozen=True)
class BadBook:
    """The venue shows a book that cannot be read; that is not the same as showing none."""

    reason: str


Books = Mapping[str, OrderBook | BadBook]
"""Books by token. A token without an entry has no book at the venue."""


class BookSource(Protocol):
    """Where books are seen."""

    def books(self, token_ids: Sequence[str]) -> Books:
        """The books of `token_ids`.

        Raises:
            BooksUnavailableError: the question was not answered.
        """
        ...


@dataclass(frozen=True)
class LiveBooks:
    """Asks the venue at every call.

    Attributes:
        settings: base URL and limits.
        now: the platform's clock, which dates what is received.
    """

    settings: Settings
    now: Callable[[], datetime]

    def books(self, token_ids: Sequence[str]) -> Books:
        """As the protocol says."""
        try:
            pages = asyncio.run(self._pages(token_ids))
        except VenueError as error:
            raise BooksUnavailableError(str(error)) from error
        books: dict[str, OrderBook | BadBook] = {}
        for page in pages:
            for record in page.parsed.rejected:
                # A rejected record has no columns, but it still names its token.
                named = [token for token in token_ids if f'"{token}"'.encode() in record.row]
                books |= {token: BadBook(record.reason) for token in named}
            for row in page.parsed.table.to_pylist():
                books[row["token_id"]] = _book(row, page.response.received_at)
        return books

    async def _pages(self, token_ids: Sequence[str]) -> list[FetchedPage]:
        # A book that took longer than it may be old is of no use any more.
        deadline = min(self.settings.http_deadline_s, self.settings.book_max_age_s)
        settings = self.settings.model_copy(update={"http_deadline_s": deadline})
        async with VenueHttp(settings, now=self.now) as http:
            return [
                await books_page(http, tokens=token_ids[first : first + MOST_BOOKS])
                for first in range(0, len(token_ids), MOST_BOOKS)
            ]


def _book(row: Mapping[str, Any], received_at: datetime) -> OrderBook | BadBook:
    if not row["tick_size"] or row["min_order_size"] is None:
        return BadBook("it does not say its tick or minimum size")
    return OrderBook.of(
        row["token_id"],
        _pairs(row["bids"]),
        _pairs(row["asks"]),
        tick_size=to_micros(row["tick_size"]),
        min_order_size=to_micros(row["min_order_size"]),
        book_at=row["book_at"],
        received_at=received_at,
        venue_hash=row["hash"],
    )


def _pairs(levels: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    return [(to_micros(level["price"]), to_micros(level["size"])) for level in levels]
