"""A connection over asyncio: whole answers, plain and by TLS, and a venue that hangs up."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from polymarket_assets.clients.streams import MOST_WAITING, OneConnection

OPENSSL = shutil.which("openssl")
LARGE = bytes(range(256)) * (5 * MOST_WAITING // 256)
pytestmark = pytest.mark.timeout(30)


@asynccontextmanager
async def venue(
    body: bytes, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, list[int]]]:
    """Gives its address, and the requests each connection brought."""
    connections: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place = len(connections)
        connections.append(0)
        try:
            while await reader.readline():
                while await reader.readline() not in (b"\r\n", b""):
                    pass
                connections[place] += 1
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        finally:
            writer.transport.abort() if tls else writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if tls else 'http'}://localhost:{port}/", connections


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of localhost, signed by itself, and its key."""
    if OPENSSL is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-keyout", str(key), "-out", str(made),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return made, key


def served_with(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def asking(
    work: Callable[[OneConnection], Awaitable[None]], *, trusted: Path | None = None
) -> None:
    async def whole() -> None:
        connection = OneConnection(verify=ssl.create_default_context(cafile=trusted))
        try:
            await work(connection)
        finally:
            await connection.aclose()

    asyncio.run(whole())


async def body_of(connection: OneConnection, url: str, *, pause_s: float = 0) -> bytes:
    answer = await connection.handle_async_request(httpx.Request("GET", url))
    parts = []
    async for part in answer.aiter_bytes():
        parts.append(part)
        await asyncio.sleep(pause_s if len(parts) == 1 else 0)
    await answer.aclose()
    return b"".join(parts)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_large_answer_arrives_whole_though_nobody_reads_it_for_a_while(
    certificate: tuple[Path, Path], encrypted: bool
) -> None:
    """More than may wait unread: listening is given up and taken up again."""

    async def work(connection: OneConnection) -> None:
        tls = served_with(certificate) if encrypted else None
        async with venue(LARGE, tls=tls) as (url, connections):
            assert await body_of(connection, url, pause_s=0.2) == LARGE
            assert await body_of(connection, url) == LARGE
            assert connections == [2]
            await connection.aclose()

    asking(work, trusted=certificate[0])


def test_a_certificate_nobody_vouches_for_ends_the_attempt(certificate: tuple[Path, Path]) -> None:
    async def work(connection: OneConnection) -> None:
        async with venue(b"page", tls=served_with(certificate)) as (url, connections):
            with pytest.raises(httpx.ConnectError) as caught:
                await body_of(connection, url)
            assert "certificate verify failed" in str(caught.value)
            assert sum(connections) == 0

    asking(work)


def test_a_connection_the_venue_has_closed_is_not_used_again() -> None:
    """Even where the loop had no time to notice: the request would be lost."""
    listening = socket.create_server(("127.0.0.1", 0))
    served = []

    def serve() -> None:
        for _ in range(3):
            connection, _ = listening.accept()
            with connection:
                served.append(connection.recv(1000))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage")
                time.sleep(0.02)

    async def work(connection: OneConnection) -> None:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        for _ in range(3):
            assert await body_of(connection, url) == b"page"
            time.sleep(0.05)  # noqa: ASYNC251 - as if the page took long to be read

    with listening:
        venue = threading.Thread(target=serve)
        venue.start()
        asking(work)
        venue.join()
    assert len(served) == 3


def test_one_that_leads_to_another_venue_is_not_used_either() -> None:
    async def work(connection: OneConnection) -> None:
        async with venue(b"one") as (one, first), venue(b"two") as (two, second):
            bodies = [await body_of(connection, url) for url in (one, two, one)]
            assert bodies == [b"one", b"two", b"one"]
            assert (first, second) == ([1, 1], [1])

    asking(work)


def test_an_answer_cut_short_names_what_happened() -> None:
    async def work(connection: OneConnection) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(httpx.RemoteProtocolError, match="received 4 bytes, expected 9"):
                await body_of(connection, f"http://127.0.0.1:{port}/")

    asking(work)
