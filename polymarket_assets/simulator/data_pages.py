"""What the routes of the Data API have in common: parameters, pages by cursor, pages by offset.

Belongs here: forms and refusals, of v2 and of v1. Which rows a route gives is its own business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import orjson
from starlette.responses import Response

from polymarket_assets.simulator.answers import (
    Query,
    RefusedError,
    Signer,
    raw_answer,
    trace_id,
    v2_error,
)
from polymarket_assets.simulator.gamma_fixed import IMAGES
from polymarket_assets.simulator.plans import DAY_S
from polymarket_assets.simulator.world import World

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
MAX_CONDITIONS = 20
SERVED_S = 3 * 365 * DAY_S
CONDITION_LENGTHS = (64, 66)
"""0x and 62 digits (combos) or 64."""
CONDITION_NAMES = ("condition", "condition_id", "conditionId")
EVENT_NAMES = ("event_id", "eventId")

T = TypeVar("T")


def invalid(message: str, parameter: str | None = None) -> RefusedError:
    """A refusal of v2."""
    return v2_error(400, "invalid_request", message, parameter)


def invalid_v1(message: str) -> RefusedError:
    """A refusal of v1."""
    return RefusedError(400, {"error": message})


def paging(
    signer: Signer, query: Query, kind: str, *, most: int = MAX_LIMIT
) -> tuple[int, dict[str, Any] | None]:
    """Page size and position of a request to v2; with a cursor the size is the cursor's."""
    if "offset" in query:
        raise invalid("offset is not supported, use cursor", "offset")
    text = query.one("limit", default=str(min(DEFAULT_LIMIT, most))) or ""
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid(f"limit must be between 1 and {most}", "limit")
    token = query.one("cursor")
    if token is None:
        return int(text), None
    params = signer.params(kind, token)
    if params is None:
        raise invalid("invalid cursor", "cursor")
    return int(params["l"]), params


def page(rows: bytes, limit: int, offset: int, cursor: str | None) -> Response:
    """A page of v2; `rows` are JSON objects joined by commas."""
    pagination = {
        "limit": limit,
        "offset": offset,
        "has_more": cursor is not None,
        "next_cursor": cursor,
    }
    parts = [b'{"data":[', rows, b'],"pagination":', orjson.dumps(pagination), b"}"]
    return raw_answer(parts, headers={"x-trace-id": trace_id()})


def offset_page(
    signer: Signer,
    kind: str,
    rows: list[T],
    position: tuple[int, dict[str, Any] | None],
    write: Callable[[list[T]], list[dict[str, Any]]],
    *,
    empty: bool = False,
) -> Response:
    """A page of v2 whose cursor hides an offset.

    Args:
        signer: gives the cursor.
        kind: the cursor's type.
        rows: everything there is.
        position: page size and position, from `paging`.
        write: makes JSON objects of the rows of the page.
        empty: answer an empty page that leads on to this one.
    """
    limit, params = position
    offset = int(params["o"]) if params else 0
    if empty:
        return page(b"", limit, offset, signer.cursor(kind, {"l": limit, "o": offset}, again=True))
    more = offset + limit < len(rows)
    cursor = signer.cursor(kind, {"l": limit, "o": offset + limit}) if more else None
    here = write(rows[offset : offset + limit])
    return page(orjson.dumps(here)[1:-1], limit, offset, cursor)


def markets_asked(world: World, query: Query) -> tuple[int, ...] | None:
    """Positions of the markets asked for; None without such a filter, () if none exists."""
    conditions = [c.lower() for c in query.many(*CONDITION_NAMES)]
    events = query.many(*EVENT_NAMES)
    for values, name in ((conditions, "condition"), (events, "event_id")):
        if len(values) > MAX_CONDITIONS:
            raise invalid(f"at most {MAX_CONDITIONS} distinct values are allowed", name)
    for condition in conditions:
        if not condition.startswith("0x") or len(condition) not in CONDITION_LENGTHS:
            raise invalid(f"invalid condition id {condition}", "condition")
    if not conditions and not events:
        return None
    found = {world.by_condition[c] for c in conditions if c in world.by_condition}
    for event in world.events:
        if event.id in events:
            found |= set(event.markets)
    return tuple(sorted(found))


def seconds(query: Query, name: str) -> int:
    """A bound in unix seconds, 0 for none."""
    text = query.one(name, default="0") or "0"
    if not text.isdigit():
        raise invalid(f"{name} must be in unix seconds", name)
    return int(text)


def side_asked(query: Query) -> Literal["BUY", "SELL"] | None:
    """The side asked for, if any."""
    match (query.one("side", default="") or "").upper():
        case "BUY":
            return "BUY"
        case "SELL":
            return "SELL"
        case "":
            return None
    raise invalid("side must be BUY or SELL", "side")


def wallet_asked(world: World, query: Query) -> int:
    """Number of the wallet asked for, -1 for an address nobody has."""
    user = query.one("user")
    if not user:
        raise invalid("required query param 'user' not provided", "user")
    return world.by_wallet.get(user.lower(), -1)


def titles(world: World, market: int, *, bare: bool = False) -> dict[str, Any]:
    """What a row repeats of its market; `bare` rows lack the event."""
    listed = world.markets[market]
    event = world.plan_of(listed)
    return {
        "title": listed.plan.question,
        "slug": listed.plan.slug,
        "icon": f"{IMAGES}{event.slug}.jpg",
        "event_slug": "" if bare else event.slug,
    }
