"""What stands between the network and the routes: counting, limits, latency, faults, the bot check.

Belongs here: one ASGI wrapper around the application. Routes below /__simulator pass untouched.
It collects each answer whole, so that a fault can change, hold back, cut or drop it.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from polymarket_assets.simulator import faults
from polymarket_assets.simulator.answers import EMPTY_PAGE
from polymarket_assets.simulator.faults import FaultRule
from polymarket_assets.simulator.limits import RateLimits
from polymarket_assets.simulator.options import RateLimitMode
from polymarket_assets.simulator.traffic import PathStats, Traffic

CONTROL = "/__simulator/"
BLOCKED_AGENT = "python-urllib"
_NAMED_PATHS = (
    (re.compile(r"^/clob/clob-markets/.+"), "/clob/clob-markets/{condition_id}"),
    (
        re.compile(r"^(/kalshi/.+/historical/markets)/.+/candlesticks$"),
        r"\1/{ticker}/candlesticks",
    ),
)
"""Paths that hold an id, and the name they are counted under."""


class Answer:
    """A finished answer, before it is sent."""

    def __init__(self, status: int, body: bytes, kind: bytes = b"application/json") -> None:
        self.status, self.body = status, body
        self.headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]

    def replaced(self, body: bytes) -> None:
        """Put another body in, with its length."""
        kept = [(name, value) for name, value in self.headers if name != b"content-length"]
        self.body, self.headers = body, [*kept, (b"content-length", str(len(body)).encode())]


class Gate:
    """The wrapper.

    Args:
        application: What answers.
        traffic: Counts and rules.
        mode: See `SimulatorOptions.rate_limit`.
        latency_ms: See `SimulatorOptions`.
        seed: Seed of the latencies.
        drop: Closes the connection of a client address without an answer.
    """

    def __init__(
        self,
        application: ASGIApp,
        traffic: Traffic,
        *,
        mode: RateLimitMode,
        latency_ms: float,
        seed: int,
        drop: Callable[[tuple[str, int]], None],
    ) -> None:
        self._application, self._traffic = application, traffic
        self._mode, self._drop = mode, drop
        self._latency_s = latency_ms / 1000
        self._random = random.Random(seed)
        self._limits = RateLimits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._application(scope, receive, send)
            return
        path = scope["path"]
        for pattern, name in _NAMED_PATHS:
            path = pattern.sub(name, path)
        stats = self._traffic.stats[path]
        stats.arrived()
        if self._latency_s:
            await asyncio.sleep(self._latency_s * self._random.uniform(0.5, 1.5))
        answer = self._blocked(scope) or await self._limited(path, stats)
        if answer is None:
            answer = await self._faulty(path, stats, scope, receive, send)
        if answer is not None:
            stats.answered(answer.status, len(answer.body))
            await _send(send, answer, answer.body)

    def _blocked(self, scope: Scope) -> Answer | None:
        agent = next((v for name, v in scope["headers"] if name == b"user-agent"), b"")
        if agent.decode("latin-1").lower().startswith(BLOCKED_AGENT):
            return Answer(
                403, b"<html><title>Attention Required! | Cloudflare</title></html>", b"text/html"
            )
        return None

    async def _limited(self, path: str, stats: PathStats) -> Answer | None:
        if self._mode == "off":
            return None
        wait_s = self._limits.wait_s(path)
        if wait_s > 0 and self._mode == "429":
            stats.rate_limited += 1
            return _refused(path, 429, math.ceil(wait_s))
        self._limits.take(path)
        if wait_s > 0:
            stats.delayed += 1
            await asyncio.sleep(wait_s)
        return None

    async def _faulty(
        self, path: str, stats: PathStats, scope: Scope, receive: Receive, send: Send
    ) -> Answer | None:
        """The answer after whatever rule strikes; None if nothing more is to be sent."""
        values = parse_qs(scope["query_string"].decode("latin-1")).get(faults.cursor_name(path), [])
        cursor = values[0] if values else None
        rule = self._traffic.striking(path, cursor)
        if rule is None:
            return await self._answer(scope, receive)
        stats.faults += 1
        if rule.kind == "reset":
            self._drop(tuple(scope["client"]))
            return None
        if (instead := _instead(rule, path)) is not None:
            return instead
        if rule.kind == "slow":
            await asyncio.sleep(rule.delay_ms / 1000)
        scope[EMPTY_PAGE] = rule.kind == "empty_page"
        answer = await self._answer(scope, receive)
        if rule.kind == "truncated":
            await _send(send, answer, answer.body[: len(answer.body) // 2])
            return None
        if rule.kind == "malformed_row":
            answer.replaced(faults.with_malformed_row(answer.body))
        elif rule.kind == "repeat_cursor" and cursor is not None:
            answer.replaced(faults.with_cursor(answer.body, cursor))
        return answer

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        """What the application answers, collected."""
        answer = Answer(500, b"")
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message["headers"])
            else:
                parts.append(message.get("body", b""))

        await self._application(scope, receive, collect)
        answer.body = b"".join(parts)
        return answer


def _instead(rule: FaultRule, path: str) -> Answer | None:
    """The answer of a rule that does not ask the application."""
    match rule.kind:
        case "503" | "429":
            return _refused(path, int(rule.kind), rule.retry_after)
        case "html":
            return Answer(rule.status, faults.HTML, b"text/html; charset=utf-8")
        case "200_error":
            return _refused("", 429, faults.NO_RETRY_AFTER, sent_as=200)
    return None


def _refused(path: str, status: int, retry_after_s: float, sent_as: int | None = None) -> Answer:
    answer = Answer(sent_as or status, faults.refused_body(path, status))
    if retry_after_s != faults.NO_RETRY_AFTER:
        answer.headers.append((b"retry-after", f"{retry_after_s:g}".encode()))
    return answer


async def _send(send: Send, answer: Answer, body: bytes) -> None:
    """Send the head and `body`; with less than the promised length the connection breaks off."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    whole = len(body) == len(answer.body)
    await send({"type": "http.response.body", "body": body, "more_body": not whole})
