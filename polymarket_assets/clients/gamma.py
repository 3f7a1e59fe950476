"""Gamma: walks through the lists of events and markets.

Belongs here: parameters and paging of Gamma's calls. Not here: what an object must look like
(contracts), or which walks are due (sources).

Both lists are walked in their default order, ascending id, which no update can disturb. A walk ends
where the venue names no next cursor, never at a short or empty page. Categories need no request of
their own: events carry their tags.

Source: GET /events/keyset and /markets/keyset.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from polymarket_assets.clients.contracts import events, markets
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.endpoints import GAMMA_EVENTS, GAMMA_MARKETS, Endpoint
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage, Trail

PAGE_SIZE = 100
"""Largest page; a larger limit is silently cut to it."""
MOST_IDS = 90
"""Ids one request may name: 100 condition ids would fill the 8 kB that servers often allow."""


async def event_pages(
    http: VenueHttp, *, closed: bool, after_cursor: str | None = None, ids: Sequence[str] = ()
) -> AsyncIterator[FetchedPage]:
    """Walk events, 100 a page.

    Args:
        http: the way to the venue.
        closed: closed events, or open ones; the list never holds both.
        after_cursor: where an earlier walk stopped.
        ids: only events of these ids, at most MOST_IDS.

    Raises:
        VenueError: one of its kinds; CursorLoopError when a cursor or a page comes a second time.
    """
    filters = _filters("id", closed=closed, ids=ids)
    walk = _walk(http, GAMMA_EVENTS, events.parse, filters, after_cursor, id_column="event_id")
    async for page in walk:
        yield page


async def market_pages(
    http: VenueHttp, *, closed: bool, after_cursor: str | None = None, ids: Sequence[str] = ()
) -> AsyncIterator[FetchedPage]:
    """Walk markets, 100 a page.

    Args:
        http: the way to the venue.
        closed: closed markets, or open ones; the list never holds both.
        after_cursor: where an earlier walk stopped.
        ids: only markets of these condition ids, at most MOST_IDS.

    Raises:
        VenueError: one of its kinds; CursorLoopError when a cursor or a page comes a second time.
    """
    filters = _filters("condition_ids", closed=closed, ids=ids)
    walk = _walk(http, GAMMA_MARKETS, markets.parse, filters, after_cursor, id_column="market_id")
    async for page in walk:
        yield page


def _filters(id_name: str, *, closed: bool, ids: Sequence[str]) -> list[tuple[str, str]]:
    if len(ids) > MOST_IDS:
        raise ValueError(f"{len(ids)} ids in one request; at most {MOST_IDS} fit its address")
    # `closed` is always said: its default has changed before.
    filters = [("limit", str(PAGE_SIZE)), ("closed", "true" if closed else "false")]
    return filters + [(id_name, one) for one in ids]


async def _walk(
    http: VenueHttp,
    endpoint: Endpoint,
    parse: Callable[[bytes], ParsedPage],
    filters: list[tuple[str, str]],
    cursor: str | None,
    *,
    id_column: str,
) -> AsyncIterator[FetchedPage]:
    trail = Trail(endpoint.name)
    trail.came_from(cursor)
    while True:
        params = [*filters, ("after_cursor", cursor)] if cursor else filters
        page = await http.fetch(
            endpoint,
            lambda response: parse(response.body),
            params=params,
            resuming=cursor is not None,
        )
        trail.follow(page.next_cursor)
        trail.brought(page.parsed.table.column(id_column).to_pylist())
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return
