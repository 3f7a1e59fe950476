"""One connection to a venue: httpcore's HTTP over asyncio itself.

By httpx's own transport a large page comes in some thirty reads, each with a timer and through a
further library of streams: half of what fetching it costs. An attempt has its one deadline
(attempt.py), so nothing here has a timeout.

Belongs here: connecting, reading, writing, and httpcore's errors as those of httpx. Not here: how
many connections there are (connections.py).
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections import deque
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import contextmanager
from typing import cast

import httpcore
import httpx

MOST_WAITING = 1_000_000
"""Bytes that may wait to be read; beyond them the connection is not listened to."""
IDLE_S = 5.0
"""Seconds after which an unused connection is not used again: the venue may be closing it."""
NEXT_ADDRESS_S = 0.25
"""Seconds after which a venue's next address is tried besides."""


class OneConnection(httpx.AsyncBaseTransport):
    """A transport for one request at a time; it connects when it must."""

    def __init__(self, *, verify: ssl.SSLContext) -> None:
        self._verify = verify
        self._held: httpcore.AsyncHTTPConnection | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the answer's body is read through the response."""
        url = request.url
        sent = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
        )
        connection = await self._connection(sent.url.origin)
        with _errors_of_httpx():
            answer = await connection.handle_async_request(sent)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        """Close the connection."""
        held, self._held = self._held, None
        if held is not None:
            await held.aclose()

    async def _connection(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        """The last one, or another where that one has ended or leads elsewhere."""
        held = self._held
        if (
            held is not None
            and held.can_handle_request(origin)
            and not (held.is_closed() or held.has_expired())
        ):
            return held
        await self.aclose()
        self._held = httpcore.AsyncHTTPConnection(
            origin,
            ssl_context=self._verify,
            keepalive_expiry=IDLE_S,
            network_backend=_Network(),
        )
        return self._held


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx():
            async for part in self._answer.aiter_stream():
                yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


class _Wire(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection's bytes as the loop receives them, handed on without another copy."""

    def __init__(self) -> None:
        self._parts: deque[bytes] = deque()
        self._waiting = 0
        self._ended = False
        self._error: Exception | None = None
        self._changed = asyncio.Event()
        self._transport: asyncio.Transport

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        self._waiting += len(data)
        if self._waiting > MOST_WAITING:
            self._transport.pause_reading()
        self._changed.set()

    def eof_received(self) -> None:
        self._ended = True
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended, self._error = True, exc
        self._changed.set()

    # What httpcore calls, with timeouts that it has been given none of

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        while not self._parts:
            if self._error is not None:
                raise httpcore.ReadError(str(self._error)) from self._error
            if self._ended:
                return b""
            self._changed.clear()
            await self._changed.wait()
        part = self._parts.popleft()
        self._waiting -= len(part)
        if not self._parts and not self._ended:
            self._transport.resume_reading()
        return part

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        # A request is small. That it can not be sent is seen where its answer is read.
        self._transport.write(buffer)

    async def aclose(self) -> None:
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            secure = await loop.start_tls(
                self._transport, self, ssl_context, server_hostname=server_hostname
            )
        except BaseException as error:
            self._transport.abort()
            if isinstance(error, OSError):
                raise httpcore.ConnectError(str(error)) from error
            raise
        self._transport = cast("asyncio.Transport", secure)
        return self

    def get_extra_info(self, info: str) -> object:
        if info != "is_readable":
            return None
        if self._ended or self._parts:
            return True
        # The loop may not have looked since the venue hung up.
        looked = select.poll()
        looked.register(self._transport.get_extra_info("socket"), select.POLLIN)
        return bool(looked.poll(0))


class _Network(httpcore.AsyncNetworkBackend):
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[object] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            _, wire = await loop.create_connection(
                _Wire, host, port, happy_eyeballs_delay=NEXT_ADDRESS_S
            )
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return wire


@contextmanager
def _errors_of_httpx() -> Generator[None]:
    """Both name their errors alike."""
    try:
        yield
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error
