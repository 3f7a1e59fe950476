"""A process's connections: one request at a time each, and no more than are needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from polymarket_assets.clients.connections import Connections


class OneAtATime(httpx.AsyncBaseTransport):
    """Answers slowly in two parts; fails when it is asked while it is busy, or for /broken."""

    def __init__(self) -> None:
        self.busy = self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert not self.busy
        self.busy = True
        await asyncio.sleep(0.001)
        if request.url.path == "/broken":
            self.busy = False
            raise httpx.ReadError("broken", request=request)
        return httpx.Response(200, stream=Parts(self))

    async def aclose(self) -> None:
        self.closed = True


class Parts(httpx.AsyncByteStream):
    def __init__(self, transport: OneAtATime) -> None:
        self._transport = transport

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in (b"one ", b"two"):
            await asyncio.sleep(0.001)
            yield part

    async def aclose(self) -> None:
        self._transport.busy = False


def made_by(
    work: Callable[[httpx.AsyncClient, list[OneAtATime]], Awaitable[None]],
) -> list[OneAtATime]:
    """The transports that were made for some work."""
    made: list[OneAtATime] = []

    def make() -> OneAtATime:
        made.append(OneAtATime())
        return made[-1]

    async def whole() -> None:
        connections = Connections(make)
        async with httpx.AsyncClient(transport=connections, base_url="http://venue") as client:
            await work(client, made)

    asyncio.run(whole())
    return made


def made_for(paths: list[list[str]]) -> list[OneAtATime]:
    """The transports made for batches of requests, each batch at once."""

    async def work(client: httpx.AsyncClient, made: list[OneAtATime]) -> None:
        for batch in paths:
            answers = await asyncio.gather(*map(client.get, batch), return_exceptions=True)
            for path, answer in zip(batch, answers, strict=True):
                if path == "/broken":
                    assert isinstance(answer, httpx.ReadError)
                else:
                    assert isinstance(answer, httpx.Response)
                    assert answer.content == b"one two"

    return made_by(work)


@pytest.mark.parametrize(
    ("batches", "most"),
    [
        ([["/a"]] * 9, 1),
        ([["/a"] * 7, ["/a"] * 3, ["/a"] * 7], 7),
        ([["/broken", "/a"], ["/broken", "/broken"], ["/a", "/a"]], 2),
    ],
    ids=["one after the other", "at once", "given back after a failure"],
)
def test_there_are_as_many_as_requests_were_under_way_at_once(
    batches: list[list[str]], most: int
) -> None:
    made = made_for(batches)
    assert len(made) == most
    assert all(transport.closed for transport in made)


def test_a_cancelled_request_gives_its_connection_back() -> None:
    async def work(client: httpx.AsyncClient, made: list[OneAtATime]) -> None:
        for wait_s in (0.0005, 0.0015):  # before the answer begins, and while it is read
            asked = asyncio.create_task(client.get("/a"))
            await asyncio.sleep(wait_s)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            made[-1].busy = False
        assert (await client.get("/a")).content == b"one two"

    assert len(made_by(work)) == 1
