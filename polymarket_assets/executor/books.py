"""Order books as they are now, asked from the venue.

Belongs here: the protocol and the live source. Not here: judging a book (domain/book.py) or the
collected ones, which are history and fill nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from polymarket_assets.domain.book import OrderBook
from polymarket_assets.settings import Settings


class BooksUnavailableError(RuntimeError):
    """The venue could not be asked; nothing is known about any book."""


class BookSource(Protocol):
    """Where books are seen."""

    def books(self, token_ids: Sequence[str]) -> dict[str, OrderBook]:
        """The books of `token_ids`; a token without an entry has no book at the venue.

        Raises:
            BooksUnavailableError: the question was not answered.
        """
        ...


class LiveBooks:
    """TEMPORARY."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._settings = settings

    def books(self, token_ids: Sequence[str]) -> dict[str, OrderBook]:
        raise BooksUnavailableError
