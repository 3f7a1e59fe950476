"""Data API v1: pages of fills and of a wallet's activity, for when v2 is away.

Belongs here: parameters and caps of the calls. Not here: where a walk by offsets goes on
(sources/offsets.py), or what a record must look like (contracts).

v1 is frozen but serves on: bare arrays, newest first, an offset that ends at a cap, and windows by
`start` and `end` (unix seconds, both included) of which each has the whole offset for itself.

Source: GET /trades and /activity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus

from polymarket_assets.clients.contracts import activity, trades
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.endpoints import DATA_V1_ACTIVITY, DATA_V1_TRADES, Endpoint
from polymarket_assets.clients.errors import OffsetCapError, RequestRefusedError
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage, Response

TRADES_PAGE = 10_000
ACTIVITY_PAGE = 500
LARGEST_OFFSET = 10_000
"""The documented cap; lower ones (3,000, 5,000) have been seen, named in a 400 or not at all."""


async def trades_page(
    http: VenueHttp,
    *,
    taker_only: bool,
    conditions: Sequence[str] = (),
    start: int,
    end: int,
    offset: int = 0,
) -> FetchedPage:
    """Fills of a window, newest first, at most 10,000 (fewer where the venue clamps it).

    Args:
        http: the way to the venue.
        taker_only: one row per match, the taker's; else the rows of both sides.
        conditions: only fills of these markets; without any those of all.
        start: first second of the window, unix.
        end: its last second, included.
        offset: rows of the window to leave out, the newest.

    Raises:
        OffsetCapError: the venue serves no such offset.
        VenueError: one of its other kinds.
    """
    params = [("takerOnly", "true" if taker_only else "false")]
    if conditions:
        params.append(("market", ",".join(conditions)))
    return await _page(
        http,
        DATA_V1_TRADES,
        [*params, *_window(TRADES_PAGE, start, end, offset)],
        lambda response: trades.parse_v1(
            response.body, taker_only=taker_only, received_at=response.received_at
        ),
    )


async def activity_page(
    http: VenueHttp, *, wallet: str, start: int, end: int, offset: int = 0
) -> FetchedPage:
    """What a wallet did in a window, newest first, at most 500 records.

    Arguments and errors as of `trades_page`.
    """
    return await _page(
        http,
        DATA_V1_ACTIVITY,
        [("user", wallet), *_window(ACTIVITY_PAGE, start, end, offset)],
        lambda response: activity.parse_v1(
            response.body, wallet=wallet, received_at=response.received_at
        ),
    )


def _window(limit: int, start: int, end: int, offset: int) -> list[tuple[str, str]]:
    if not 0 <= start <= end or not 0 <= offset <= LARGEST_OFFSET:
        raise ValueError(
            f"seconds {start}..{end} at offset {offset}; the venue takes offsets up to"
            f" {LARGEST_OFFSET}"
        )
    params = [("limit", str(limit)), ("start", str(start)), ("end", str(end))]
    return [*params, ("offset", str(offset))] if offset else params


async def _page(
    http: VenueHttp,
    endpoint: Endpoint,
    params: Sequence[tuple[str, str]],
    parse: Callable[[Response], ParsedPage],
) -> FetchedPage:
    try:
        return await http.fetch(endpoint, parse, params=params)
    except RequestRefusedError as error:
        if error.status == HTTPStatus.BAD_REQUEST and "offset of" in error.cause:
            raise OffsetCapError(
                endpoint.name, error.cause, attempts=error.attempts, status=error.status
            ) from None
        raise
