"""What the tests of the lake share: batches of made-up rows, and questions that read the files.

`count(*)` is answered from the catalog even when a data file is gone, so `contents` sums hashes.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from polymarket_assets.store import raw
from polymarket_assets.store.batch import Batch, Page, QuarantinedRow, Receipt, SourceRun, Watermark
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.writer import LakeWriter
from tests.prepared import prepared
from tests.store.servers import settings_for, stopped_afterwards

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
TODAY = NOON.date()
_ticks = itertools.count()


@contextmanager
def lake_in(home: Path, **overrides: object) -> Generator[Lake]:
    """A lake of its own; its Postgres is stopped at the end."""
    settings = settings_for(prepared(home), lake_memory_limit="1GB", **overrides)
    with stopped_afterwards(settings):
        yield Lake.open(settings)


def moment() -> datetime:
    """A later time at each call."""
    return NOON + timedelta(milliseconds=next(_ticks))


def trades(count: int, *, day: date = TODAY, first: int = 0) -> pa.Table:
    """Fills of one day as the Data API's parser delivers them, told apart by transaction hash."""
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    columns = {
        "position": list(range(count)),
        "taker_only": [True] * count,
        "transaction_hash": [f"0x{first + i:064x}" for i in range(count)],
        "token_id": [str(10**76 + i % 50) for i in range(count)],
        "condition_id": [f"0x{i % 25:064x}" for i in range(count)],
        "wallet": [f"0x{i * 7919 % 1000:040x}" for i in range(count)],
        "side": ["BUY"] * count,
        "price": [Decimal("0.512345")] * count,
        "size": [Decimal(i) / 4 for i in range(count)],
        "event_at": [at] * count,
        "dt": [day] * count,
    }
    schema = raw.DATA_TRADES.parser_schema
    return pa.Table.from_arrays(
        [pa.array(columns.get(f.name, [None] * count), f.type) for f in schema], schema=schema
    )


def markets(versions: Sequence[tuple[str, str]]) -> pa.Table:
    """Gamma markets as (id, what its payload says)."""
    payloads = [json.dumps({"id": id_, "question": text}) for id_, text in versions]
    columns = {
        "position": list(range(len(versions))),
        "market_id": [id_ for id_, _ in versions],
        "condition_id": [f"0x{id_}" for id_, _ in versions],
        "closed": [False] * len(versions),
        "payload": payloads,
        "payload_sha256": [hashlib.sha256(text.encode()).hexdigest() for text in payloads],
    }
    return pa.table(columns, schema=raw.GAMMA_MARKETS.parser_schema)


def batch(
    scope: str,
    rows: Mapping[str, pa.Table],
    *,
    source: str = "data_trades",
    number: int = 0,
    body: bytes | None = None,
    received_at: datetime | None = None,
    rejected: Sequence[QuarantinedRow] = (),
    row_count: int | None = None,
    watermark: bool = True,
) -> Batch:
    """One page of a walk named like its scope, its watermark saying how many pages there were."""
    at = received_at or moment()
    count = sum(table.num_rows for table in rows.values()) + len(rejected)
    page = Page(
        source=source,
        scope=scope,
        path="/v2/trades",
        request=json.dumps({"page": number}),
        received_at=at,
        status=200,
        body=f"{scope} {number}".encode() if body is None else body,
        row_count=count if row_count is None else row_count,
        walk_id=f"walk of {scope}",
        page_number=number,
        next_cursor=str(number + 1),
    )
    mark = Watermark(
        source=source,
        scope=scope,
        walk_id=page.walk_id,
        cursor=str(number + 1),
        complete=False,
        state={"pages": number + 1},
        recorded_at=at,
    )
    return Batch(page, rows, rejected, mark if watermark else None)


def contents(lake: Lake, table: str, where: str = "true") -> tuple[int, int | None]:
    """(rows, sum of their hashes), read from the files."""
    return lake.rows(f"SELECT count(t), sum(hash(t)) FROM {table} AS t WHERE {where}")[0]


def source_run(run_id: str, **changes: object) -> SourceRun:
    """The account of a fetch that found nothing."""
    facts: dict[str, Any] = {
        "run_id": run_id,
        "source": "freshness_test",
        "started_at": NOON,
        "ended_at": NOON + timedelta(minutes=1),
        "outcome": "ok",
        "window_from": None,
        "window_to": None,
        "duration_s": 60.0,
        "data_until": NOON,
    }
    counts = ("requests", "pages", "rows", "accepted", "unchanged", "quarantined", "retries")
    facts |= dict.fromkeys((*counts, "rate_limited", "bytes"), 0) | changes
    return SourceRun(**facts)


async def committed(writer: LakeWriter, one: Batch) -> Receipt:
    """Append one batch and have it committed at once."""
    done = await writer.append(one)
    writer.flush()
    return await done


def append_all(
    lake: Lake, batches: Sequence[Batch], *, together: bool = False, **options: int
) -> list[Receipt]:
    """Append and commit one after the other, or all at once; their receipts in order."""

    async def work() -> list[Receipt]:
        async with LakeWriter(lake, **options) as writer:
            if not together:
                return [await committed(writer, one) for one in batches]
            appended = await asyncio.gather(*(writer.append(one) for one in batches))
            writer.flush()
            return list(await asyncio.gather(*appended))

    return asyncio.run(work())


def pages(lake: Lake, scope: str, columns: str) -> list[tuple]:
    """Columns of (or sums over) the pages of one scope, in the order of their numbers."""
    ordered = "SELECT * FROM raw.pages WHERE scope = ? ORDER BY page_number"
    return lake.rows(f"SELECT {columns} FROM ({ordered})", [scope])
