"""The one way to ask a venue: attempts within a deadline until there is a page that can be read.

Belongs here: the loop around one call. Not here: when a request may go out (lane.py), what a failed
attempt means (attempt.py), the content of pages (contracts).

Only reads pass here, also those made by POST, so every request may be repeated. Orders never do.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from http import HTTPStatus
from importlib.metadata import version
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import httpx
import msgspec

from polymarket_assets.clients.attempt import (
    Answer,
    AttemptFailedError,
    Outgoing,
    attempt,
    not_a_page,
)
from polymarket_assets.clients.connections import Connections
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.counters import Counters
from polymarket_assets.clients.endpoints import Endpoint
from polymarket_assets.clients.errors import (
    InvalidCursorError,
    MalformedPageError,
    RequestRefusedError,
    VenueError,
)
from polymarket_assets.clients.lane import Lane, Timing
from polymarket_assets.clients.pages import FetchedPage, Response
from polymarket_assets.clients.streams import OneConnection
from polymarket_assets.settings import Settings

FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 20.0

Params = Sequence[tuple[str, str]]
Parse = Callable[[Response], ParsedPage]


@cache
def _certificates() -> ssl.SSLContext:
    """The authorities we trust; reading them takes 15 ms, and every run of a source is a client."""
    return httpx.create_ssl_context(trust_env=False)


class VenueHttp:
    """Asks venues within their limits; an async context manager that owns the connections."""

    def __init__(
        self, settings: Settings, *, now: Callable[[], datetime], timing: Timing | None = None
    ) -> None:
        """Prepare; connections and budget files are opened on first use.

        Args:
            settings: base URLs, limits of time and size, and the home that shares the budgets.
            now: the platform's clock, for `Response.received_at`.
            timing: time and chance; the real ones unless a test passes its own.
        """
        self.counters = Counters()
        self._settings = settings
        self._now = now
        self._timing = timing or Timing()
        self._lanes: dict[str, Lane] = {}
        self._connections = asyncio.Semaphore(settings.http_connections)
        self._headers = {
            "User-Agent": f"polymarket-assets/{version('polymarket-assets')} (+python httpx)",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        self._transport = Connections(partial(OneConnection, verify=_certificates()))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for lane in self._lanes.values():
            lane.close()
        await self._transport.aclose()

    async def fetch(
        self,
        endpoint: Endpoint,
        parse: Parse,
        *,
        params: Params = (),
        body: object = None,
        resuming: bool = False,
        patient: bool = True,
    ) -> FetchedPage:
        """Ask until there is a page that keeps its contract.

        Args:
            endpoint: what to ask.
            parse: makes rows of an answer, or raises MalformedPageError.
            params: query parameters in order; a name may repeat.
            body: JSON body of a POST.
            resuming: the request carries a cursor, which the venue may have forgotten.
            patient: wait for an endpoint that is down; false when there is another way to ask.

        Raises:
            VenueError: one of its kinds, when there is no page after all allowed attempts.
        """
        lane = self._lane(endpoint)
        outgoing = self._outgoing(lane, endpoint, params, body)
        description = _describe(endpoint, params, body)
        await lane.first_turn(patient=patient)
        deadline = self._timing.clock() + self._settings.http_deadline_s
        attempts = 1
        while True:
            lane.counters.requests += 1
            lane.counters.retries += attempts > 1
            try:
                signed = replace(outgoing, headers=outgoing.headers | lane.headers(endpoint.path))
                answer = await self._attempt(lane, signed)
                page = self._page(answer, parse, endpoint, description)
            except AttemptFailedError as failure:
                wait = self._wait_after(failure, attempts)
                lane.failed(failure, wait)
                if cause := self._reason_to_stop(failure, attempts, wait, deadline):
                    raise _final(endpoint, failure, cause, attempts, resuming) from None
            except MalformedPageError as error:
                lane.succeeded()
                raise MalformedPageError(endpoint.name, error.cause, attempts=attempts) from None
            else:
                lane.succeeded()
                return page
            await self._timing.sleep(wait)
            await lane.next_turn(deadline, attempts, patient=patient)
            attempts += 1

    async def _attempt(self, lane: Lane, outgoing: Outgoing) -> Answer:
        try:
            answer = await attempt(
                self._transport,
                outgoing,
                timeout_s=self._settings.http_timeout_s,
                max_bytes=self._settings.http_max_body_mb * 1_000_000,
                wall_now=self._timing.wall(),
            )
        finally:
            lane.leave()
        lane.counters.bytes += len(answer.body)
        return answer

    def _page(
        self, answer: Answer, parse: Parse, endpoint: Endpoint, description: str
    ) -> FetchedPage:
        response = Response(
            status=answer.status,
            body=answer.body,
            headers=answer.headers,
            path=endpoint.path,
            request=description,
            received_at=self._now(),
        )
        try:
            parsed = parse(response)
        except MalformedPageError as error:
            if failure := not_a_page(answer, error):
                raise failure from error
            raise
        return FetchedPage(response, parsed, parsed.next_cursor)

    def _wait_after(self, failure: AttemptFailedError, attempts: int) -> float:
        """Seconds before the next attempt: the venue's wish, else backoff with full jitter."""
        if failure.retry_after_s is not None:
            return failure.retry_after_s
        longest = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (attempts - 1))
        return self._timing.chance() * longest

    def _reason_to_stop(
        self, failure: AttemptFailedError, attempts: int, wait: float, deadline: float
    ) -> str | None:
        """The cause to name when there is no point in another attempt, else None."""
        allowed = self._settings.http_attempts
        if attempts >= min(allowed, failure.tries or allowed):
            return failure.cause
        if self._timing.clock() + wait > deadline:
            limit = self._settings.http_deadline_s
            return f"{failure.cause}; waiting {wait:g} s would pass the deadline of {limit:g} s"
        return None

    def _outgoing(self, lane: Lane, endpoint: Endpoint, params: Params, body: object) -> Outgoing:
        # The lane's own endpoint may have names in its path that this one has filled in.
        url = lane.base_url + endpoint.path + (f"?{urlencode(params)}" if params else "")
        if body is None:
            return Outgoing(endpoint.method, url, None, self._headers)
        content = {"Content-Type": "application/json"}
        return Outgoing(endpoint.method, url, msgspec.json.encode(body), self._headers | content)

    def _lane(self, endpoint: Endpoint) -> Lane:
        if endpoint.name not in self._lanes:
            self._lanes[endpoint.name] = Lane(
                endpoint,
                settings=self._settings,
                timing=self._timing,
                connections=self._connections,
                counters=self.counters.of(endpoint.name),
            )
        return self._lanes[endpoint.name]


def _describe(endpoint: Endpoint, params: Params, body: object) -> str:
    """The request as canonical JSON; a repeated parameter is a list."""
    values: dict[str, list[str]] = {}
    for name, value in params:
        values.setdefault(name, []).append(value)
    described: dict[str, object] = {"method": endpoint.method, "path": endpoint.path}
    if values:
        described["params"] = {n: v if len(v) > 1 else v[0] for n, v in values.items()}
    if body is not None:
        described["body"] = body
    return msgspec.json.encode(described, order="deterministic").decode()


def _final(
    endpoint: Endpoint, failure: AttemptFailedError, cause: str, attempts: int, resuming: bool
) -> VenueError:
    """The error a failure amounts to when nothing more is tried."""
    becomes = failure.becomes
    refused = failure.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
    if becomes is RequestRefusedError and resuming and refused:
        becomes = InvalidCursorError
    return becomes(endpoint.name, cause, attempts=attempts, status=failure.status)
