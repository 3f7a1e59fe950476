"""A venue of the tests' own: real HTTP, a few lines of answers, and a log of what was asked.

The simulator invents whole days; here a test says exactly which fills, markets or points there are,
how long a page is, and what goes wrong.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import uvicorn

MICRO = 1_000_000


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    query: dict[str, str]
    body: Any

    def many(self, name: str) -> list[str]:
        """The values of a parameter that is repeated or holds a list."""
        value = self.query.get(name, "")
        return value.split(",") if value else []


Answer = Callable[[Asked], Any]
"""What a path answers: JSON, raw bytes, or (status, JSON or bytes, headers)."""


class Venue:
    """Answers by path; anything else is 404."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.instead: list[Answer | None] = []
        """What the next requests get in place of their answer; None lets one pass."""

    def reset(self) -> None:
        """Forget all answers and requests."""
        self.answers.clear()
        self.asked.clear()
        self.instead.clear()

    def count(self, path: str = "") -> int:
        """Requests since the last reset of `asked`, of one path or of all."""
        return sum(asked.path == path or not path for asked in self.asked)

    def reply(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers for one request."""
        self.asked.append(asked)
        answer = (self.instead.pop(0) if self.instead else None) or self.answers.get(asked.path)
        said = (404, {"error": f"no {asked.path} here"}, {}) if answer is None else answer(asked)
        status, body, headers = said if isinstance(said, tuple) else (200, said, {})
        return status, body if isinstance(body, bytes) else json.dumps(body).encode(), headers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        body = b""
        more = True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        query = {
            name: ",".join(values)
            for name, values in parse_qs(scope["query_string"].decode()).items()
        }
        asked = Asked(scope["path"], query, json.loads(body) if body else None)
        status, body, headers = self.reply(asked)
        head = [(b"content-type", b"application/json")]
        head += [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(venue: Venue) -> Iterator[Venue]:
    """The venue behind real HTTP on a free port."""
    config = uvicorn.Config(
        venue, port=0, lifespan="off", log_level="critical", access_log=False, ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    venue.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield venue
    finally:
        server.should_exit = True
        thread.join(10)


# --- fills ---------------------------------------------------------------------------------------


def condition(number: int) -> str:
    """The id of a market."""
    return f"0x{number:064x}"


def wallet(number: int) -> str:
    """The address of a wallet."""
    return f"0x{number:040x}"


@dataclass(frozen=True)
class Fill:
    """One row of the feed."""

    number: int
    at: datetime
    market: int = 1
    taker: bool = True

    @property
    def place(self) -> str:
        """Its place in the venue's order, as text that sorts."""
        return f"{int(self.at.timestamp()):012d}-{self.number:09d}"

    def row(self) -> dict[str, Any]:
        """The row as the venue spells it."""
        return {
            "proxy_wallet": wallet(self.number % 7 + 1),
            "side": "BUY",
            "token_id": str(10**70 + self.market),
            "condition_id": condition(self.market),
            "size": 1 + self.number / 4,
            "price": 0.25,
            "timestamp": int(self.at.timestamp()),
            "title": "A market",
            "slug": "a-market",
            "event_slug": "an-event",
            "outcome": "Yes",
            "outcome_index": 0,
            "name": "",
            "pseudonym": "",
            "transaction_hash": f"0x{self.number:064x}",
        }


@dataclass
class Feed:
    """GET /data/v2/trades over some fills: newest first, `page` rows a page, cursors by place.

    Attributes:
        starts: where the feed without conditions begins.
        hidden: numbers of fills that are not visible (yet).
        generation: a new one makes every cursor given so far invalid.
        served: numbers of the fills of each page given.
        empty_before: cursors that are answered by an empty page first, whose own cursor leads on.
    """

    fills: list[Fill]
    page: int = 10
    starts: datetime | None = None
    hidden: set[int] = field(default_factory=set)
    generation: int = 0
    served: list[list[int]] = field(default_factory=list)
    empty_before: Callable[[Asked], bool] = lambda asked: False

    def __call__(self, asked: Asked) -> Any:
        """One page."""
        generation, _, place = asked.query.get("cursor", f"{self.generation}/").partition("/")
        if generation != str(self.generation):
            return 400, {"error": "invalid cursor", "code": "invalid_request"}, {}
        if not place.endswith("again") and self.empty_before(asked):
            self.served.append([])
            return page_of([], f"{generation}/{place} again")
        place = place.removesuffix(" again")
        rest = [fill for fill in self._selected(asked) if not place or fill.place < place]
        here, more = rest[: self.page], len(rest) > self.page
        self.served.append([fill.number for fill in here])
        return page_of(
            [fill.row() for fill in here], f"{generation}/{here[-1].place}" if more else None
        )

    def _selected(self, asked: Asked) -> list[Fill]:
        conditions = asked.many("condition")
        kept = [
            fill
            for fill in self.fills
            if fill.number not in self.hidden
            and (fill.taker or asked.query["taker_only"] == "false")
            and (condition(fill.market) in conditions if conditions else self._in_feed(fill))
        ]
        return sorted(kept, key=lambda fill: fill.place, reverse=True)

    def _in_feed(self, fill: Fill) -> bool:
        return self.starts is None or fill.at >= self.starts


def page_of(rows: Sequence[Any], cursor: str | None) -> dict[str, Any]:
    """A page of the Data API v2."""
    pagination = {"limit": 1000, "offset": 0, "has_more": cursor is not None, "next_cursor": cursor}
    return {"data": list(rows), "pagination": pagination}


# --- lists ---------------------------------------------------------------------------------------


def market(number: int, **changes: Any) -> dict[str, Any]:
    """One market as Gamma spells it; a closed one has paid out unless told otherwise."""
    return {
        **({"outcomePrices": '["1", "0"]'} if changes.get("closed") else {}),
        "id": str(number),
        "conditionId": condition(number),
        "question": f"Will {number} happen?",
        "outcomes": '["Yes", "No"]',
        "clobTokenIds": json.dumps([str(10**70 + 2 * number), str(10**70 + 2 * number + 1)]),
        "active": True,
        "closed": False,
        "acceptingOrders": True,
        "events": [{"id": str(1000 + number)}],
        **changes,
    }


def event(number: int, **changes: Any) -> dict[str, Any]:
    """One event as Gamma spells it."""
    return {
        "id": str(number),
        "title": f"Event {number}",
        "closed": False,
        "tags": [],
        "markets": [{"id": str(number - 1000)}],
        **changes,
    }


@dataclass
class Listing:
    """GET /gamma/{markets,events}/keyset: ascending id, `page` objects a page."""

    key: str
    objects: list[dict[str, Any]]
    page: int = 3
    forgotten: set[str] = field(default_factory=set)

    def __call__(self, asked: Asked) -> Any:
        """One page."""
        after = asked.query.get("after_cursor")
        if after in self.forgotten:
            return 422, {"type": "validation error", "error": "invalid cursor"}, {}
        ids = {*asked.many("id"), *asked.many("condition_ids")}
        rest = [
            o
            for o in sorted(self.objects, key=lambda o: int(o["id"]))
            if o["closed"] == (asked.query["closed"] == "true")
            and (not ids or ids & {o["id"], o.get("conditionId")})
            and (after is None or int(o["id"]) > int(after.removeprefix("after-")))
        ]
        here = rest[: self.page]
        body: dict[str, Any] = {self.key: here}
        if len(rest) > self.page:
            body["next_cursor"] = f"after-{here[-1]['id']}"
        return body
