"""Data API v2: what wallets did and hold, who holds a market, and how markets ended.

Belongs here: parameters and caps of the calls. Not here: which wallets and markets are due and
where a walk stops (sources), or what a record must look like (contracts).

Source: GET /v2/activity, /v2/positions, /v2/holders and /v2/resolutions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from polymarket_assets.clients.contracts import activity, holders, positions, resolutions
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.data_api import MOST_CONDITIONS, PAGE_SIZE
from polymarket_assets.clients.endpoints import (
    DATA_ACTIVITY,
    DATA_HOLDERS,
    DATA_POSITIONS,
    DATA_RESOLUTIONS,
    Endpoint,
)
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage, Response, Trail


async def activity_page(
    http: VenueHttp,
    *,
    wallet: str,
    start: int,
    end: int,
    cursor: str | None = None,
    trail: Trail | None = None,
    patient: bool = True,
) -> FetchedPage:
    """What a wallet did in a window, newest first, at most 1000 records.

    Args:
        http: the way to the venue.
        wallet: its address, in lower case.
        start: first second of the window, unix, at least 1 (0 would mean three years ago).
        end: its last second, included.
        cursor: where the walk goes on; it belongs to exactly this wallet and window.
        trail: the cursors of this walk, to notice a circle.
        patient: wait for an endpoint that is down; false when v1 can be asked instead.

    Raises:
        VenueError: one of its kinds; InvalidCursorError when the venue no longer knows `cursor`.
    """
    if not 1 <= start <= end:
        raise ValueError(f"seconds {start}..{end}; the venue takes windows from 1 on")
    return await _page(
        http,
        DATA_ACTIVITY,
        [("user", wallet), ("limit", str(PAGE_SIZE)), ("start", str(start)), ("end", str(end))],
        lambda response: activity.parse(
            response.body, wallet=wallet, received_at=response.received_at
        ),
        cursor=cursor,
        trail=trail,
        patient=patient,
    )


async def positions_page(
    http: VenueHttp, *, wallet: str, cursor: str | None = None, trail: Trail | None = None
) -> FetchedPage:
    """What a wallet holds, by falling value, at most 1000 positions; closed ones are not listed.

    Arguments and errors as of `activity_page`.
    """
    return await _page(
        http,
        DATA_POSITIONS,
        [("user", wallet), ("limit", str(PAGE_SIZE))],
        lambda response: positions.parse(
            response.body, wallet=wallet, received_at=response.received_at
        ),
        cursor=cursor,
        trail=trail,
    )


async def holders_page(http: VenueHttp, *, conditions: Sequence[str], limit: int) -> FetchedPage:
    """The `limit` largest holders of each token of up to 20 markets; combos are refused.

    Raises:
        VenueError: one of its kinds.
    """
    return await _page(
        http,
        DATA_HOLDERS,
        [("condition", _listed(conditions)), ("limit", str(limit))],
        lambda response: holders.parse(response.body),
    )


async def resolutions_page(http: VenueHttp, *, conditions: Sequence[str]) -> FetchedPage:
    """The state of the results of up to 20 markets; those without any are missing.

    Raises:
        VenueError: one of its kinds.
    """
    asked = frozenset(conditions)
    return await _page(
        http,
        DATA_RESOLUTIONS,
        [("condition", _listed(conditions))],
        lambda response: resolutions.parse(
            response.body, conditions=asked, received_at=response.received_at
        ),
    )


def _listed(conditions: Sequence[str]) -> str:
    if not 1 <= len(conditions) <= MOST_CONDITIONS:
        raise ValueError(
            f"{len(conditions)} conditions in one request; the venue takes 1 to {MOST_CONDITIONS}"
        )
    return ",".join(conditions)


async def _page(
    http: VenueHttp,
    endpoint: Endpoint,
    params: Sequence[tuple[str, str]],
    parse: Callable[[Response], ParsedPage],
    *,
    cursor: str | None = None,
    trail: Trail | None = None,
    patient: bool = True,
) -> FetchedPage:
    page = await http.fetch(
        endpoint,
        parse,
        params=params if cursor is None else [*params, ("cursor", cursor)],
        resuming=cursor is not None,
        patient=patient,
    )
    trail = trail or Trail(endpoint.name)
    trail.came_from(cursor)
    trail.follow(page.next_cursor)
    return page
