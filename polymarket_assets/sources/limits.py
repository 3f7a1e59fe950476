"""Where a run is told to stop: after so many pages, or after so many seconds.

Belongs here: counting pages before they are asked for, so that none is fetched in vain. Not here:
what becomes of a run that was stopped (session.py records it as partial, its watermarks stand).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage


class StoppedEarlyError(RuntimeError):
    """The run met a limit its caller had set; what it fetched is kept."""

    next_action = "run the source again; it goes on where it stopped"


@dataclass(frozen=True)
class Limits:
    """Pages and seconds one run may take; None is no limit."""

    pages: int | None = None
    seconds: float | None = None


NO_LIMITS = Limits()


class LimitedHttp(VenueHttp):
    """A `VenueHttp` that gives at most `pages` pages, then ends whoever asks for one more."""

    def __init__(self, *args: Any, pages: int | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pages = pages
        self._given = 0
        self._under_way = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def fetch(self, *args: Any, **options: Any) -> FetchedPage:
        """As `VenueHttp.fetch`.

        Raises:
            StoppedEarlyError: all pages that were allowed have been given.
        """
        if self._pages is not None and self._given >= self._pages:
            # Others may still wait for a page that was counted: it shall not be lost to them.
            await self._quiet.wait()
            raise StoppedEarlyError(f"after {self._pages} pages")
        self._given += 1
        self._under_way += 1
        self._quiet.clear()
        try:
            return await super().fetch(*args, **options)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._quiet.set()
