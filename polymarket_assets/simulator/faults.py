"""Faults a test can order: what goes wrong, where and how often.

Belongs here: the rules, when a rule strikes, and what it does to a finished answer. How an answer
is held back, cut or never sent is the gate's work. No fault loses a row for good: a malformed row
is added beside the real ones, and an empty page leads on to the page it stands in front of.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from http import HTTPStatus
from typing import Any

import orjson

KINDS = frozenset(
    {
        "503", "429", "html", "truncated", "reset", "slow", "malformed_row", "200_error",
        "repeat_cursor", "empty_page",
    }
)  # fmt: skip
PAGED = (
    "/gamma/events/keyset",
    "/gamma/markets/keyset",
    "/data/v2/trades",
    "/data/v2/leaderboard",
    "/kalshi/trade-api/v2/events",
    "/kalshi/trade-api/v2/markets",
    "/kalshi/trade-api/v2/markets/trades",
    "/data/v2/activity",
    "/data/v2/positions",
)
"""Paths with cursors: the only ones for `repeat_cursor` and `empty_page`."""
CURSOR_NAMES = {"/gamma/": "after_cursor", "/data/": "cursor", "/kalshi/": "cursor"}
HTML = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"
NO_RETRY_AFTER = -1.0


@dataclass
class FaultRule:
    """One rule.

    Attributes:
        path: Exact path, or a beginning that ends in `*`.
        kind: One of `KINDS`.
        every: Strike each n-th matching request; 1 is all of them.
        times: Stop after so many strikes; None never.
        after: Let so many matching requests pass first.
        status: Status of `html`: 200 or 403.
        delay_ms: How long `slow` holds an answer back.
        retry_after: Seconds in the header of 429 and 503; -1 leaves the header out.
        seen, struck: Matching requests and strikes so far.
    """

    path: str
    kind: str
    every: int = 1
    times: int | None = None
    after: int = 0
    status: int = 200
    delay_ms: float = 1000.0
    retry_after: float = 1.0
    seen: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        self.kind = str(self.kind)
        if self.kind not in KINDS:
            msg = f"kind {self.kind!r}: expected one of {', '.join(sorted(KINDS))}"
            raise ValueError(msg)
        if self.every < 1 or self.after < 0 or (self.times is not None and self.times < 1):
            msg = f"every={self.every} times={self.times} after={self.after}: expected counts"
            raise ValueError(msg)
        if self.kind in ("repeat_cursor", "empty_page") and self.path not in PAGED:
            msg = f"kind {self.kind}: expected one of {', '.join(PAGED)}, not {self.path}"
            raise ValueError(msg)

    @classmethod
    def parse(cls, body: dict[str, Any]) -> FaultRule:
        """A rule from JSON.

        Raises:
            ValueError: A field is missing, unknown or out of range; the message names it.
        """
        known = {f.name for f in fields(cls)} - {"seen", "struck"}
        if unknown := body.keys() - known:
            msg = (
                f"unknown fields {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}"
            )
            raise ValueError(msg)
        if missing := {"path", "kind"} - body.keys():
            msg = f"a fault needs {', '.join(sorted(missing))}"
            raise ValueError(msg)
        return cls(**body)

    def strikes(self, path: str, cursor: str | None) -> bool:
        """Count a request; whether the rule strikes it."""
        matches = path.startswith(self.path[:-1]) if self.path.endswith("*") else path == self.path
        if not matches or (self.kind == "repeat_cursor" and cursor is None):
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        self.seen += 1
        if self.seen <= self.after or (self.seen - self.after) % self.every:
            return False
        self.struck += 1
        return True

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def cursor_name(path: str) -> str:
    """Name of the parameter that carries the cursor on that path."""
    return next((name for start, name in CURSOR_NAMES.items() if path.startswith(start)), "")


def refused_body(path: str, status: int) -> bytes:
    """A 429 or 503 in the words of the API that was asked."""
    limited = status == HTTPStatus.TOO_MANY_REQUESTS
    text = "Too Many Requests" if limited else "upstream unavailable"
    if path.startswith("/data/v2/"):
        code = "rate_limited" if limited else "dependency_unavailable"
        return orjson.dumps({"error": text, "code": code, "retryable": True, "trace_id": "0" * 32})
    if path.startswith("/kalshi/"):
        code = "too_many_requests" if limited else "service_unavailable"
        return orjson.dumps({"code": code, "message": text, "service": "exchange"})
    return orjson.dumps({"error": text})


def with_malformed_row(answer: bytes) -> bytes:
    """The answer with one broken copy of a row (a key missing, a wrong type) in its middle."""
    body = orjson.loads(answer)
    rows = _rows(body)
    if rows:
        broken = dict(rows[0])
        first, *others = list(broken)
        del broken[first]
        broken |= {name: {"unexpected": True} for name in others[:3]}
        rows.insert(len(rows) // 2, broken)
    return orjson.dumps(body)


def with_cursor(answer: bytes, cursor: str) -> bytes:
    """The answer with the cursor of its own request as the next one."""
    body = orjson.loads(answer)
    if "pagination" in body:
        body["pagination"] |= {"next_cursor": cursor, "has_more": True}
    else:
        body["cursor" if "cursor" in body else "next_cursor"] = cursor
    return orjson.dumps(body)


def _rows(body: Any) -> list[Any]:
    """The list of records inside an answer, [] if there is none."""
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        return []
    for name in ("data", "markets", "events", "history", "trades", "series", "orderbooks"):
        value = body.get(name)
        if isinstance(value, list):
            return value
        if isinstance(value, dict):
            return next(iter(value.values()), [])
    return []
