"""The floor: about the least that Python needs to keep a venue's answers.

`python -m benchmarks.floor TASK FOLDER` fetches what TASK (JSON) names into FOLDER: rows.parquet
with the columns the platform keeps, and bodies.parquet with every answer as received, both zstd.

Bare asyncio, aiohttp (faster here than httpx: 0.4 ms of CPU a request instead of 1.1), msgspec with
types, Arrow. The next page is asked for before this one is decoded. Nothing is checked, retried,
committed or resumed, amounts are floats, and it asks no more often than it must.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.tasks import Task, Timing

ROW_GROUP = 50_000
BODIES_PER_GROUP = 64
LEVELS = pa.list_(pa.struct([("price", pa.float64()), ("size", pa.float64())]))
TAIL = 600
"""Bytes at the end of a page in which its cursor is."""


class Trade(msgspec.Struct, gc=False):
    proxy_wallet: str
    side: str
    token_id: str
    condition_id: str
    size: float
    price: float
    timestamp: int
    outcome_index: int
    transaction_hash: str
    outcome: str
    title: str
    slug: str
    event_slug: str
    name: str
    pseudonym: str


class Market(msgspec.Struct, gc=False):
    id: str
    conditionId: str  # noqa: N815 - as the venue spells it
    closed: bool


class Level(msgspec.Struct, gc=False):
    price: str
    size: str


class Book(msgspec.Struct, gc=False):
    market: str
    asset_id: str
    timestamp: str
    hash: str
    bids: list[Level]
    asks: list[Level]
    min_order_size: str
    tick_size: str
    neg_risk: bool
    last_trade_price: str


class Point(msgspec.Struct, gc=False):
    t: int
    p: float


class Trades(msgspec.Struct):
    data: list[Trade]


class RawMarkets(msgspec.Struct):
    markets: list[msgspec.Raw]


class Histories(msgspec.Struct):
    history: dict[str, list[Point]]


_trades = msgspec.json.Decoder(Trades).decode
_markets = msgspec.json.Decoder(RawMarkets).decode
_market = msgspec.json.Decoder(Market).decode
_books = msgspec.json.Decoder(list[Book]).decode
_histories = msgspec.json.Decoder(Histories).decode


class File:
    """One Parquet file; rows wait in memory until there are enough for a row group."""

    def __init__(self, path: Path, group: int) -> None:
        self._path, self._group = path, group
        self._waiting: list[pa.Table] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        if len(table):
            self._waiting.append(table)
        if sum(map(len, self._waiting)) >= self._group:
            self._write()

    def close(self) -> None:
        if self._waiting:
            self._write()
        if self._writer is not None:
            self._writer.close()

    def _write(self) -> None:
        table = pa.concat_tables(self._waiting)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)
        self._waiting.clear()


class Floor:
    """One run: its connections and its two files."""

    def __init__(self, task: Task, folder: Path, session: aiohttp.ClientSession) -> None:
        self._task, self._session = task, session
        self._rows = File(folder / "rows.parquet", ROW_GROUP)
        self._bodies = File(folder / "bodies.parquet", BODIES_PER_GROUP)

    async def run(self) -> None:
        works: dict[str, Callable[[], Awaitable[None]]] = {
            "trades feed": self._feed,
            "trades by condition": self._conditions,
            "markets": self._lists,
            "prices": self._prices,
            "books": self._some_books,
        }
        await works[self._task.kind]()
        self._rows.close()
        self._bodies.close()

    async def _feed(self) -> None:
        starts = int(self._task.starts_at.timestamp())

        def beyond(tail: bytes) -> bool:
            at = tail.rfind(b'"timestamp":') + len(b'"timestamp":')
            return int(tail[at : tail.index(b",", at)]) < starts

        async def walk(taker: bool) -> None:
            async for body in self._pages("/data/v2/trades", _fills_query(taker), "cursor", beyond):
                self._rows.add(_trades_table(_trades(body).data, taker=taker))

        await asyncio.gather(walk(taker=True), walk(taker=False))

    async def _conditions(self) -> None:
        groups = [
            (taker, group) for taker in (True, False) for group in _cut(self._task.conditions, 20)
        ]

        async def walk(item: tuple[bool, Sequence[str]]) -> None:
            taker, group = item
            query = f"{_fills_query(taker)}&condition={','.join(group)}"
            async for body in self._pages("/data/v2/trades", query, "cursor"):
                self._rows.add(_trades_table(_trades(body).data, taker=taker))

        await self._each(groups, walk)

    async def _lists(self) -> None:
        async def walk(closed: str) -> None:
            query = f"limit=100&closed={closed}"
            async for body in self._pages("/gamma/markets/keyset", query, "after_cursor"):
                self._rows.add(_markets_table(_markets(body).markets))

        await asyncio.gather(walk("false"), walk("true"))

    async def _prices(self) -> None:
        start, end = (int(at.timestamp()) for at in (self._task.starts_at, self._task.ends_at))

        async def fetch(tokens: Sequence[str]) -> None:
            asked = {"markets": tokens, "start_ts": start, "end_ts": end - 1, "fidelity": 60}
            body = await self._fetch("/clob/batch-prices-history", json=asked)
            self._rows.add(_prices_table(_histories(body).history))

        await self._each(_cut(self._task.tokens, 20), fetch)

    async def _some_books(self) -> None:
        async def fetch(tokens: Sequence[str]) -> None:
            body = await self._fetch("/clob/books", json=[{"token_id": t} for t in tokens])
            self._rows.add(_books_table(_books(body)))

        await self._each(_cut(self._task.tokens, 500), fetch)

    async def _pages(
        self,
        path: str,
        query: str,
        cursor_name: str,
        beyond: Callable[[bytes], bool] = lambda _: False,
    ) -> AsyncIterator[bytes]:
        """Every page of a walk; the next one is on its way while this one is used."""
        mark = b'"next_cursor":"'
        coming = asyncio.ensure_future(self._fetch(f"{path}?{query}"))
        while coming:
            body = await coming
            coming = None
            at = body.rfind(mark, len(body) - TAIL)
            if at >= 0 and not beyond(body[-2 * TAIL :]):
                cursor = body[at + len(mark) : body.index(b'"', at + len(mark))].decode()
                coming = asyncio.ensure_future(
                    self._fetch(f"{path}?{query}&{cursor_name}={cursor}")
                )
                await asyncio.sleep(0)
            yield body

    async def _fetch(self, address: str, json: Any = None) -> bytes:
        method = "GET" if json is None else "POST"
        async with self._session.request(method, self._task.url + address, json=json) as answer:
            body = await answer.read()
            answer.raise_for_status()
        self._bodies.add(pa.table({"body": [body]}))
        return body

    async def _each(self, items: Iterable[Any], work: Callable[[Any], Awaitable[None]]) -> None:
        queue = iter(items)

        async def worker() -> None:
            for item in queue:
                await work(item)

        await asyncio.gather(*(worker() for _ in range(self._task.connections)))


def _fills_query(taker: bool) -> str:
    return f"limit=1000&filter_amount=0&taker_only={str(taker).lower()}"


def _cut(items: Sequence[str], size: int) -> list[Sequence[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _columns(rows: Sequence[Any], kind: type[msgspec.Struct]) -> dict[str, list[Any]]:
    return {name: list(map(attrgetter(name), rows)) for name in kind.__struct_fields__}


def _trades_table(rows: list[Trade], *, taker: bool) -> pa.Table:
    return pa.table(_columns(rows, Trade) | {"taker_only": pa.repeat(taker, len(rows))})


def _markets_table(rows: list[msgspec.Raw]) -> pa.Table:
    texts = [bytes(row) for row in rows]
    return pa.table(
        _columns([_market(text) for text in texts], Market) | {"payload": pa.array(texts)}
    )


def _prices_table(histories: dict[str, list[Point]]) -> pa.Table:
    points = [point for history in histories.values() for point in history]
    tokens = [token for token, history in histories.items() for _ in history]
    return pa.table({"token_id": tokens} | _columns(points, Point))


def _books_table(books: list[Book]) -> pa.Table:
    sides = {
        side: pa.array(
            [
                [(float(level.price), float(level.size)) for level in getattr(b, side)]
                for b in books
            ],
            LEVELS,
        )
        for side in ("bids", "asks")
    }
    return pa.table(_columns(books, Book) | sides)


async def _run(task: Task, folder: Path) -> None:
    connector = aiohttp.TCPConnector(limit=task.connections)
    async with aiohttp.ClientSession(connector=connector) as session:
        await Floor(task, folder, session).run()


def main() -> None:
    """Do the task, timed from the first connection to the last byte written."""
    task = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Task)
    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(_run(task, Path(sys.argv[2])))
    timing = Timing(time.perf_counter() - wall, time.process_time() - cpu)
    sys.stdout.buffer.write(msgspec.json.encode(timing))


if __name__ == "__main__":
    main()
