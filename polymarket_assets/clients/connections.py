"""The connections of a process: each a transport of its own, taken for one request and given back.

httpcore's pool looks at every connection, and per idle one at every other, twice for each request:
with sixteen of them that costs a millisecond. Here the last one used is used first, so that a walk
alone keeps to one, and nothing is looked at.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import cast

import httpx


class Connections(httpx.AsyncBaseTransport):
    """As many transports as there were requests under way at once."""

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport]) -> None:
        """`make` gives a transport for one request at a time."""
        self._make = make
        self._every: list[httpx.AsyncBaseTransport] = []
        self._idle: list[httpx.AsyncBaseTransport] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send by an idle transport; it is idle again when the answer has been read or closed."""
        transport = self._idle.pop() if self._idle else self._another()
        try:
            response = await transport.handle_async_request(request)
        except BaseException:
            self._idle.append(transport)
            raise
        # An asynchronous transport gives no other stream.
        body = cast("httpx.AsyncByteStream", response.stream)
        response.stream = _Body(body, lambda: self._idle.append(transport))
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._every:
            await transport.aclose()

    def _another(self) -> httpx.AsyncBaseTransport:
        made = self._make()
        self._every.append(made)
        return made


class _Body(httpx.AsyncByteStream):
    """A body that says when it is done with."""

    def __init__(self, body: httpx.AsyncByteStream, closed: Callable[[], None]) -> None:
        self._body, self._closed, self._is_open = body, closed, True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            yield part

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        finally:
            if self._is_open:
                self._is_open = False
                self._closed()
