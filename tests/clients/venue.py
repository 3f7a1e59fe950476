"""A venue on a real socket that answers as a test says, and time that passes when told to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.lane import Timing
from polymarket_assets.settings import Settings, load_settings

PAYLOADS = Path(__file__).parent.parent / "payloads"
NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
HTML = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>1015</body></html>"

T = TypeVar("T")


def payload(name: str) -> Any:
    """A small page of our own in a recorded shape."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def as_bytes(value: Any) -> bytes:
    """Compact JSON, as the venues write it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class Request:
    """A request as it arrived."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """Parameters by name; of a repeated one the last."""
        return dict(self.params)


@dataclass(frozen=True)
class Reply:
    """A proper answer."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.0


@dataclass(frozen=True)
class Wire:
    """Bytes as they go over the wire, and what becomes of the connection then."""

    data: bytes
    then: str = "close"  # close | reset | hang
    drip_s: float = 0.0


Answer = Reply | Wire


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """JSON with headers (`retry_after="3"` is Retry-After)."""
    named = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    return Reply(as_bytes(value), status, named)


def head(length: int) -> bytes:
    """The head of a 200 that promises `length` bytes."""
    return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()


@dataclass
class ScriptedVenue:
    """Answers each request by `answer`, and remembers what was asked."""

    answer: Callable[[Request], Answer]
    requests: list[Request] = field(default_factory=list)
    most_at_once: int = 0
    _at_once: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _port: int = 0

    @classmethod
    def of(cls, *answers: Answer) -> ScriptedVenue:
        """A venue that gives these answers in turn, and the last one ever after."""
        left = list(answers)
        return cls(lambda _: left.pop(0) if len(left) > 1 else left[0])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                try:
                    keep = await _write(writer, self.answer(request))
                finally:
                    self._at_once -= 1
                if not keep:
                    return
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    method, target, _ = lines[0].split(" ")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:-2])}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    return Request(method, parts.path, tuple(parse_qsl(parts.query)), headers, body)


async def _write(writer: asyncio.StreamWriter, answer: Answer) -> bool:
    """Send; whether the connection can be used again."""
    if isinstance(answer, Reply):
        await asyncio.sleep(answer.delay_s)
        lines = [f"HTTP/1.1 {answer.status} Status", f"Content-Length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
        await writer.drain()
        return True
    step = 1 if answer.drip_s else max(1, len(answer.data))
    for start in range(0, len(answer.data), step):
        writer.write(answer.data[start : start + step])
        await writer.drain()
        await asyncio.sleep(answer.drip_s)
    if answer.then == "hang":
        await asyncio.sleep(60)
    if answer.then == "reset":
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    return False


@dataclass
class ManualTime:
    """A clock that moves only when somebody sleeps, and chance that is always the same."""

    now: float = 1000.0
    wall: float = 1_789_473_600.0  # 2026-09-15T12:00:00Z
    chance: float = 1.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += max(0.0, seconds)
        self.wall += max(0.0, seconds)
        await asyncio.sleep(0)

    @property
    def timing(self) -> Timing:
        return Timing(
            clock=lambda: self.now,
            sleep=self.sleep,
            wall=lambda: self.wall,
            chance=lambda: self.chance,
        )


def settings_for(home: Path, url: str, **overrides: Any) -> Settings:
    """Settings that point all services at one venue, quick to give up."""
    quick = {"http_timeout_s": 5.0, "http_deadline_s": 60.0, "http_attempts": 5}
    urls = dict.fromkeys(("gamma_url", "data_url", "clob_url", "kalshi_url"), url)
    return load_settings(home=home, _env_file=None, **(urls | quick | overrides))


@contextlib.asynccontextmanager
async def asking(settings: Settings, time: ManualTime | None = None) -> Any:
    """A client of those settings, with the platform's clock at NOW."""
    timing = time.timing if time else None
    async with VenueHttp(settings, now=lambda: NOW, timing=timing) as http:
        yield http


def run(scenario: Coroutine[Any, Any, T]) -> T:
    """Run a scenario to its end, at most 30 s."""

    async def bounded() -> T:
        async with asyncio.timeout(30):
            return await scenario

    return asyncio.run(bounded())


async def collect(pages: Any) -> list[Any]:
    """All pages of a walk."""
    return [page async for page in pages]


async def gather_all(work: Iterable[Awaitable[T]]) -> list[T]:
    """All results, in order."""
    return list(await asyncio.gather(*work))
