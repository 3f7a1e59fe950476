"""A page as fetched: the bytes, what a parser made of them, and where the walk goes on.

Belongs here: the types every client gives back, and the memory that notices a cursor loop. Not
here: HTTP (http.py) or the content of a page (contracts).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.errors import CursorLoopError


@dataclass(frozen=True, slots=True)
class Response:
    """One complete answer with status 200.

    Attributes:
        status: HTTP status.
        body: bytes after decompression, as received.
        headers: header names in lower case.
        path: path of the endpoint, without the base URL.
        request: method, path, parameters and body as canonical JSON; never a secret.
        received_at: the platform's clock when the last byte was read.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]
    path: str
    request: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """An answer that kept its contract. `next_cursor` is None on the last page of a walk."""

    response: Response
    parsed: ParsedPage
    next_cursor: str | None


class Trail:
    """The cursors one walk has followed; a repeated one means the venue leads us in a circle.

    In a list sorted by id the objects of a page tell the same, even where each cursor is a new one:
    a venue that does not know our cursor's name gives its first page for ever.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._seen: set[bytes] = set()
        self._brought: set[bytes] = set()

    def came_from(self, cursor: str | None) -> None:
        """Note where the walk is (None: at its top), which is no step of its own."""
        if cursor is not None:
            self._seen.add(_mark(cursor))

    def follow(self, cursor: str | None) -> None:
        """Note that the walk goes on at `cursor` (None: it ends).

        Raises:
            CursorLoopError: the walk has been at this cursor before.
        """
        if cursor is None:
            return
        mark = _mark(cursor)
        if mark in self._seen:
            raise CursorLoopError(
                self._endpoint,
                f"cursor {cursor[:80]!r} was given a second time, after {len(self._seen)} others",
            )
        self._seen.add(mark)

    def brought(self, ids: Sequence[str]) -> None:
        """Note the objects of a page of a list that has each of them once.

        Raises:
            CursorLoopError: a page of this walk has brought the very same ones.
        """
        mark = _mark("\0".join(ids))
        if ids and mark in self._brought:
            raise CursorLoopError(
                self._endpoint,
                f"the page from {ids[0][:80]} to {ids[-1][:80]} came a second time, under another "
                "cursor: the venue does not heed ours",
            )
        self._brought.add(mark)


def _mark(cursor: str) -> bytes:
    """16 bytes instead of a cursor's hundreds: a walk may be long."""
    return hashlib.blake2b(cursor.encode(), digest_size=16).digest()
