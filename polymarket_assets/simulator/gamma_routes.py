"""Gamma: `/events/keyset`, `/markets/keyset` and `/tags`.

Belongs here: filters, order, paging and their quirks: the limit clamped to 100 without a word, no
`next_cursor` on the last page, `closed` false unless asked for, unknown parameters (a wrong
cursor name too) ignored, 422 for `offset` and for order fields that are not spelled as in the
answer. `/tags` has offsets instead, any of them, and answers with a bare list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.answers import (
    EMPTY_PAGE,
    Query,
    RefusedError,
    Signer,
    gamma_error,
    json_answer,
)
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.gamma_fixed import Json, tags
from polymarket_assets.simulator.gamma_shapes import GammaShapes
from polymarket_assets.simulator.listing import ListedEvent, ListedMarket
from polymarket_assets.simulator.world import World

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
SCHEMAS = "https://gamma-api.polymarket.com/schemas/"
ORDER_FIELDS = frozenset(
    {
        "id", "slug", "createdAt", "updatedAt", "startDate", "endDate", "closedTime", "volume",
        "volumeNum", "volume24hr", "volume1wk", "volume1mo", "liquidity", "liquidityNum",
        "competitive", "lastTradePrice", "bestBid", "bestAsk", "spread", "oneDayPriceChange",
        "openInterest", "question", "title",
    }
)  # fmt: skip
"""What `order` may name; the text column `volume` of a market sorts as text."""

NOT_SIMULATED = frozenset(
    {
        "position_ids", "market_maker_address", "liquidity_num_min", "liquidity_num_max",
        "liquidity_min", "liquidity_max", "related_tags", "tag_match", "rfq_enabled",
        "resolution_status", "version", "game_id", "sports_market_types", "rewards_min_size",
        "decimalized", "live", "ended", "featured", "series_id", "title_search", "start_time_min",
        "start_time_max", "event_date", "event_week", "recurrence", "parent_event_id",
        "include_children", "partner_slug",
    }
)  # fmt: skip
"""Documented filters the simulator lacks: it says so instead of ignoring them like unknown ones."""

Listed = TypeVar("Listed", ListedEvent, ListedMarket)


class GammaRoutes:
    """The two keyset lists and the tags over one world."""

    def __init__(self, world: World, clock: VenueClock, signer: Signer) -> None:
        self._world, self._clock = world, clock
        self._shapes = GammaShapes(world)
        self._markets = KeysetList("markets", signer)
        self._events = KeysetList("events", signer)

    def routes(self) -> list[Route]:
        """Routes below /gamma."""
        return [
            Route("/gamma/markets/keyset", self.markets),
            Route("/gamma/events/keyset", self.events),
            Route("/gamma/tags", self.tags),
        ]

    async def markets(self, request: Request) -> Response:
        """Markets with the event they belong to."""
        query, now = Query(request), self._clock.now_s()
        wanted = [m for m in self._world.markets if m.created_s < now - 1]
        wanted = [m for m in wanted if self._market_matches(m, query, now)]
        return self._markets.page(
            request, query, wanted, lambda page: self._market_objects(page, query, now)
        )

    async def events(self, request: Request) -> Response:
        """Events with all their markets, closed and inactive ones too, whatever the filters."""
        query, now = Query(request), self._clock.now_s()
        wanted = [e for e in self._world.events if e.plan.created_s < now - 1]
        wanted = [e for e in wanted if self._event_matches(e, query, now)]
        return self._events.page(
            request, query, wanted, lambda page: self._event_objects(page, now)
        )

    async def tags(self, request: Request) -> Response:
        """The tags of all events listed so far, by offset; none behind the last."""
        query, now = Query(request), self._clock.now_s()
        known = {
            tag["id"]: tag
            for event in self._world.events
            if event.plan.created_s < now - 1
            for tag in tags(event.plan)
        }
        ordered = sorted(known.values(), key=lambda tag: int(tag["id"]))
        offset = query.one("offset", default="0")
        if offset is None or not offset.isdigit():
            raise gamma_error("offset must be a non-negative integer")
        start = int(offset)
        return json_answer(ordered[start : start + _limit(query)])

    # --- objects ---------------------------------------------------------------------------------

    def _market_objects(self, page: list[ListedMarket], query: Query, now: float) -> list[Json]:
        bodies = self._shapes.markets(page, now)
        held: dict[int, Json] = {}
        with_tags = query.flag("include_tag", False)
        for market, body in zip(page, bodies, strict=True):
            event = self._world.events[market.event]
            if market.event not in held:
                held[market.event] = self._shapes.event(event, now)
            body["events"] = [held[market.event]]
            if with_tags:
                body["tags"] = tags(event.plan)
        return bodies

    def _event_objects(self, page: list[ListedEvent], now: float) -> list[Json]:
        bodies = []
        for event in page:
            children = [self._world.markets[i] for i in event.markets] + list(event.placeholders)
            shown = [m for m in children if m.created_s < now - 1]
            bodies.append(
                self._shapes.event(event, now)
                | {"markets": self._shapes.markets(shown, now), "tags": tags(event.plan)}
            )
        return bodies

    # --- filters ---------------------------------------------------------------------------------

    def _market_matches(self, market: ListedMarket, query: Query, now: float) -> bool:
        if self._shapes.is_closed(market, now) != query.flag("closed", False):
            return False
        plan = self._world.plan_of(market)
        own = {
            "id": {market.id},
            "slug": {market.plan.slug},
            "condition_ids": {market.condition_id},
            "question_ids": {market.question_id},
            "clob_token_ids": set(market.tokens),
            "tag_id": {str(identifier) for identifier, _, _ in plan.tags},
        }
        if not _among(query, own) or not _planned_between(query, market.opens_s, plan.ends_s):
            return False
        status = query.one("uma_resolution_status")
        if status is not None and status != self._uma_status(market, now):
            return False
        return _between(
            query, "volume_num", lambda: self._shapes.volumes(market.index, now).total / 1e6
        )

    def _uma_status(self, market: ListedMarket, now: float) -> str | None:
        steps = self._world.settlements[market.index].steps
        return next((status for at, status in reversed(steps) if at <= now), None)

    def _event_matches(self, event: ListedEvent, query: Query, now: float) -> bool:
        if (self._shapes.event_closed_s(event) <= now) != query.flag("closed", False):
            return False
        plan = event.plan
        tag_ids = {str(identifier) for identifier, _, _ in plan.tags}
        own = {
            "id": {event.id},
            "slug": {plan.slug},
            "tag_id": tag_ids,
            "tag_slug": {slug for _, _, slug in plan.tags},
        }
        if not _among(query, own) or not _planned_between(query, plan.created_s, plan.ends_s):
            return False
        if tag_ids & set(query.many("exclude_tag_id")):
            return False
        return _between(
            query,
            "volume",
            lambda: sum(self._shapes.volumes(i, now).total for i in event.markets) / 1e6,
        )


class KeysetList(Generic[Listed]):
    """Order and paging of one list; a cursor holds the sort key and id of the last row given."""

    def __init__(self, name: str, signer: Signer) -> None:
        self._name, self._signer = name, signer

    def page(
        self,
        request: Request,
        query: Query,
        wanted: list[Listed],
        objects: Callable[[list[Listed]], list[Json]],
    ) -> Response:
        """One page of `wanted`, which comes in ascending id."""
        if "offset" in query:
            raise gamma_error("offset is not allowed on keyset endpoints")
        if missing := [name for name in sorted(NOT_SIMULATED) if name in query]:
            raise RefusedError(501, {"error": f"not simulated: {', '.join(missing)}"})
        limit = _limit(query)
        field, ascending = query.one("order", default="id"), query.flag("ascending", True)
        if field not in ORDER_FIELDS:
            raise gamma_error("order fields are not valid")
        position = self._position(query, field)
        keyed = self._keyed(wanted, objects, field, ascending)
        rest = [row for row in keyed if position is None or _after(row, position, ascending)]
        if request.scope.get(EMPTY_PAGE):
            return self._answer([], self._cursor(field, position, again=True))
        page = rest[:limit]
        bodies = [body for *_, body in page]
        if field == "id":
            bodies = objects([row for _, _, row, _ in page])
        more = len(rest) > limit
        return self._answer(bodies, self._cursor(field, page[-1][:2]) if more else None)

    def _keyed(
        self,
        wanted: list[Listed],
        objects: Callable[[list[Listed]], list[Json]],
        field: str,
        ascending: bool,
    ) -> list[tuple[Any, int, Listed, Json]]:
        """(sort key, id, row, object) in the wanted order; sorting by id builds no objects."""
        if field == "id":
            keyed = [(int(row.id), int(row.id), row, {}) for row in wanted]
        else:
            bodies = objects(wanted)
            text = any(isinstance(body.get(field), str) for body in bodies)
            keyed = [
                (body.get(field, "" if text else 0), int(row.id), row, body)
                for row, body in zip(wanted, bodies, strict=True)
            ]
        return sorted(keyed, key=lambda row: row[:2], reverse=not ascending)

    def _position(self, query: Query, field: str) -> tuple[Any, int] | None:
        token = query.one("after_cursor")
        if token is None:
            return None
        params = self._signer.params(self._name, token)
        if params is None or params["order"] != field:
            raise gamma_error("invalid cursor")
        return None if params["keys"] is None else tuple(params["keys"])

    def _cursor(self, field: str, position: tuple[Any, int] | None, *, again: bool = False) -> str:
        keys = None if position is None else list(position)
        return self._signer.cursor(self._name, {"order": field, "keys": keys}, again=again)

    def _answer(self, bodies: list[Json], cursor: str | None) -> Response:
        kind = f"{self._name.capitalize()}KeysetListResponse.json"
        body = {"$schema": SCHEMAS + kind, self._name: bodies}
        if cursor is not None:
            body["next_cursor"] = cursor
        return json_answer(body, headers={"cache-control": "public, max-age=300"})


def _after(row: tuple[Any, int, Any, Any], position: tuple[Any, int], ascending: bool) -> bool:
    return row[:2] > position if ascending else row[:2] < position


def _limit(query: Query) -> int:
    text = query.one("limit", default=str(DEFAULT_LIMIT))
    if text is None or not text.isdigit():
        raise gamma_error("limit must be a non-negative integer")
    return min(max(int(text), 1), MAX_LIMIT)


def _among(query: Query, own: dict[str, set[str]]) -> bool:
    """Whether each filter that was sent names one of the row's own values."""
    return all(set(query.many(name)) & values for name, values in own.items() if name in query)


def _between(query: Query, name: str, value: Callable[[], float]) -> bool:
    return all(value() >= low for low in _numbers(query, f"{name}_min")) and all(
        value() <= high for high in _numbers(query, f"{name}_max")
    )


def _planned_between(query: Query, starts_s: int, ends_s: int) -> bool:
    return all(
        starts_s >= low if bound == "min" else starts_s <= low
        for bound in ("min", "max")
        for low in _moments(query, f"start_date_{bound}")
    ) and all(
        ends_s >= low if bound == "min" else ends_s <= low
        for bound in ("min", "max")
        for low in _moments(query, f"end_date_{bound}")
    )


def _numbers(query: Query, name: str) -> Iterator[float]:
    for text in query.many(name):
        try:
            yield float(text)
        except ValueError:
            raise gamma_error(f"{name} must be a number") from None


def _moments(query: Query, name: str) -> Iterator[float]:
    for text in query.many(name):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise gamma_error(f"{name} must be a date") from None
        yield (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
