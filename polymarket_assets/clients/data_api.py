"""Data API v2: pages of fills and of leaderboards.

Belongs here: parameters of the calls. Not here: which walks are due and where they stop (sources),
or what a record must look like (contracts).

A walk sends the same filters with every cursor: with others the venue would silently start it anew.
It ends at `next_cursor` null, never at a short or empty page.

Source: GET /v2/trades and /v2/leaderboard.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from polymarket_assets.clients.contracts import leaderboard, trades
from polymarket_assets.clients.endpoints import DATA_LEADERBOARD, DATA_TRADES
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage, Trail

PAGE_SIZE = 1000
MOST_CONDITIONS = 20
"""Conditions one request may name."""


async def trades_page(
    http: VenueHttp,
    *,
    taker_only: bool,
    conditions: Sequence[str] = (),
    cursor: str | None = None,
    trail: Trail | None = None,
    patient: bool = True,
) -> FetchedPage:
    """One page of fills, newest first, at most 1000.

    Args:
        http: the way to the venue.
        taker_only: one row per match, the taker's; else the rows of both sides.
        conditions: only fills of these markets (served three years back); without any the feed of
            all markets (served from the start of the previous month).
        cursor: where the walk goes on; None for its top.
        trail: the cursors of this walk, to notice a circle of more than one page.
        patient: wait for an endpoint that is down; false when v1 can be asked instead.

    Raises:
        VenueError: one of its kinds; InvalidCursorError when the venue no longer knows `cursor`.
    """
    if len(conditions) > MOST_CONDITIONS:
        raise ValueError(
            f"{len(conditions)} conditions in one request; the venue takes {MOST_CONDITIONS}"
        )
    params = [
        ("limit", str(PAGE_SIZE)),
        ("taker_only", "true" if taker_only else "false"),
        # The default would drop fills below 0.01 share.
        ("filter_amount", "0"),
    ]
    if conditions:
        params.append(("condition", ",".join(conditions)))
    if cursor is not None:
        params.append(("cursor", cursor))
    page = await http.fetch(
        DATA_TRADES,
        lambda response: trades.parse(
            response.body, taker_only=taker_only, received_at=response.received_at
        ),
        params=params,
        resuming=cursor is not None,
        patient=patient,
    )
    trail = trail or Trail(DATA_TRADES.name)
    trail.came_from(cursor)
    trail.follow(page.next_cursor)
    return page


async def leaderboard_page(
    http: VenueHttp,
    *,
    category: str,
    time_period: Literal["day", "week", "month", "all"],
    sort_by: Literal["PNL", "VOLUME"],
    limit: int = PAGE_SIZE,
    cursor: str | None = None,
) -> FetchedPage:
    """One page of a leaderboard, best first.

    Args:
        http: the way to the venue.
        category: the venue's category, e.g. overall or politics.
        time_period: the window it is over.
        sort_by: the measure it is sorted by.
        limit: ranks a page, at most 1000; a cursor keeps the limit it was given under.
        cursor: where the walk goes on. Ranks may move between two pages.

    Raises:
        VenueError: one of its kinds; InvalidCursorError when the venue no longer knows `cursor`.
    """
    if not 1 <= limit <= PAGE_SIZE:
        raise ValueError(f"a page of {limit} ranks; the venue takes 1 to {PAGE_SIZE}")
    params = [
        ("category", category),
        ("time_period", time_period),
        ("sort_by", sort_by),
        ("limit", str(limit)),
    ]
    if cursor is not None:
        params.append(("cursor", cursor))
    page = await http.fetch(
        DATA_LEADERBOARD,
        lambda response: leaderboard.parse(
            response.body, category=category, time_period=time_period, sort_by=sort_by
        ),
        params=params,
        resuming=cursor is not None,
    )
    trail = Trail(DATA_LEADERBOARD.name)
    trail.came_from(cursor)
    trail.follow(page.next_cursor)
    return page
