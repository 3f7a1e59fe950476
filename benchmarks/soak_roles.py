"""The processes of the soak: appenders, readers, a builder, maintenance.

Belongs here: what each of them does until it is told to stop. Each puts `Report`s on a queue and
goes on after an error, which it reports: the soak wants all of them, not the first. Starting them,
showing their progress and checking the lake at the end is `soak.py`'s business.

Made-up pages are a function of (walk, page number), written in SQL, so that what the lake should
hold can be computed from the number of pages alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import pyarrow as pa

from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store import raw
from polymarket_assets.store.batch import Batch, Page, Watermark
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.locks import LockHeldError, advisory_lock
from polymarket_assets.store.maintenance import BUILD_LOCK, maintain
from polymarket_assets.store.writer import LakeWriter

ROWS = 100
"""Fills of each page; there is one version of a market besides."""
DAYS = 3
WALKS = 4
"""Walks of each appender."""
SOURCE = "data_trades"

FILLS = """
    SELECT
        r.position::INTEGER AS position,
        true AS taker_only,
        format('0x{:08x}{:08x}{:04x}', w.walk, p.number, r.position) AS transaction_hash,
        (10::DECIMAL(38, 0) ** 30 + r.position % 50)::VARCHAR AS token_id,
        format('0x{:064x}', r.position % 25) AS condition_id,
        format('0x{:040x}', hash(w.walk, p.number, r.position) % 1000) AS wallet,
        CASE WHEN r.position % 2 = 0 THEN 'BUY' ELSE 'SELL' END AS side,
        ((1 + hash(p.number, r.position) % 999) / 1000)::DECIMAL(18, 6) AS price,
        (1 + hash(r.position, p.number) % 100_000)::DECIMAL(18, 6) AS size,
        TIMESTAMPTZ '2025-03-01 00:00:00Z' + to_days((p.number % $days)::INTEGER)
            + to_seconds(r.position) AS event_at,
        'Yes' AS outcome,
        0 AS outcome_index,
        'Will it soak?' AS title,
        'soak' AS slug,
        'soaking' AS event_slug,
        NULL AS name,
        NULL AS pseudonym,
        DATE '2025-03-01' + (p.number % $days)::INTEGER AS dt
    FROM WALKS_AND_NUMBERS, range($rows) AS r(position)
"""


def fills_of(walks_and_numbers: str) -> str:
    """The query for the fills of pages, given as relations w (walk) and p (number)."""
    return FILLS.replace("WALKS_AND_NUMBERS", walks_and_numbers)


HASHED = (
    "sum(hash(position, taker_only, transaction_hash, token_id, condition_id, wallet, side, price,"
    " size, event_at, outcome, outcome_index, dt))"
)


@dataclass(frozen=True)
class Report:
    """What a role says: `done` more units of work, or the traceback of an error."""

    role: str
    done: int = 0
    error: str | None = None


@dataclass(frozen=True)
class Role:
    """What every process gets: its name, its home, the end, and where to report."""

    name: str
    number: int
    home: Path
    stop: Event
    reports: Queue[Report]

    def settings(self) -> Settings:
        """Settings of the home; several engines share the machine."""
        return load_settings(home=self.home, lake_memory_limit="1GB", _env_file=None)

    def repeat(self, work: Callable[[], int]) -> None:
        """`work` until the end; what it returns is what it has done."""
        while not self.stop.is_set():
            try:
                self.reports.put(Report(self.name, done=work()))
            except Exception:  # noqa: BLE001 - every error is reported and counted
                self.reports.put(Report(self.name, error=traceback.format_exc()))
                time.sleep(0.5)


def append(role: Role) -> None:
    """Four walks at once, each going on where its watermark says."""
    lake = Lake.open(role.settings())

    async def walk(writer: LakeWriter, scope: int, pages: Iterator[int]) -> None:
        chance = random.Random(scope)
        engine = duckdb.connect()
        for number in pages:
            if role.stop.is_set():
                return
            await writer.append(page(engine, scope, number))
            role.reports.put(Report(role.name, done=1))
            await asyncio.sleep(chance.uniform(0.1, 0.4))

    async def walks() -> None:
        async with LakeWriter(lake) as writer, asyncio.TaskGroup() as group:
            marks = lake.watermarks(SOURCE)
            for scope in range(role.number * WALKS, (role.number + 1) * WALKS):
                held = marks[str(scope)].state["pages"] if str(scope) in marks else 0
                group.create_task(walk(writer, scope, iter(range(held, 2**31))))

    def work() -> int:
        asyncio.run(walks())
        return 0

    role.repeat(work)


def page(engine: duckdb.DuckDBPyConnection, walk: int, number: int) -> Batch:
    """One page: fills of one day, and a market that changes with every second page."""
    sql = fills_of("(SELECT $walk AS walk) AS w, (SELECT $number AS number) AS p")
    values = {"walk": walk, "number": number, "days": DAYS, "rows": ROWS}
    fills = engine.execute(sql, values).to_arrow_table().cast(raw.DATA_TRADES.parser_schema)
    payload = json.dumps({"id": str(walk), "version": number // 2})
    market = {
        "position": [ROWS],
        "market_id": [str(walk)],
        "condition_id": [f"0x{walk}"],
        "closed": [False],
        "payload": [payload],
        "payload_sha256": [hashlib.sha256(payload.encode()).hexdigest()],
    }
    now = datetime.now(UTC)
    return Batch(
        page=Page(
            source=SOURCE,
            scope=str(walk),
            path="/v2/trades",
            request="{}",
            received_at=now,
            status=200,
            body=fills["transaction_hash"].to_string().encode() * 3,
            row_count=ROWS + 1,
            walk_id=str(walk),
            page_number=number,
            next_cursor=str(number + 1),
        ),
        rows={
            "data_trades": fills,
            "gamma_markets": pa.table(market, schema=raw.GAMMA_MARKETS.parser_schema),
        },
        quarantine=[],
        watermark=Watermark(
            SOURCE, str(walk), str(walk), str(number), False, {"pages": number + 1}, now
        ),
    )


def read(role: Role) -> None:
    """Sums over the files of raw and built tables, all of one version, which must agree."""
    lake = Lake.open(role.settings())
    chance = random.Random(role.number)

    def work() -> int:
        publication = lake.published() if chance.random() < 0.3 else None
        version = publication.version if publication else None
        with lake.connect(version=version, read_only=True) as connection:
            connection.begin()
            [(accepted, marks, rows, versions, _)] = connection.execute(
                """
                SELECT
                    (SELECT coalesce(sum(accepted + hash(page_id) * 0), 0) FROM raw.pages),
                    (SELECT count(w) FROM raw.watermarks AS w),
                    (SELECT count(hash(t)) FROM raw.data_trades AS t),
                    (SELECT count(hash(m)) FROM raw.gamma_markets AS m),
                    (SELECT sum(hash(p)) FROM raw.pages AS p)
                """
            ).fetchall()
            if accepted != rows + versions:
                raise AssertionError(f"pages accepted {accepted}, tables hold {rows} + {versions}")
            if publication:
                built = connection.execute(
                    "SELECT coalesce(sum(fills), 0), sum(hash(t)) FROM core.soak_daily AS t"
                )
                fills = built.fetchall()[0][0]
                if fills > rows:
                    raise AssertionError(f"{fills} fills built of {rows} in {marks} pages")
        time.sleep(chance.uniform(0.1, 0.6))
        return 1

    role.repeat(work)


BUILD = (
    """
    CREATE OR REPLACE TABLE core.soak_tokens AS
    SELECT token_id, count(*)::BIGINT AS fills, sum(size)::DECIMAL(18, 6) AS size
    FROM raw.data_trades GROUP BY token_id
    """,
    "CREATE TABLE IF NOT EXISTS core.soak_daily (dt DATE, wallet VARCHAR, fills BIGINT)",
    "CREATE OR REPLACE VIEW core.soak_top AS SELECT * FROM core.soak_daily ORDER BY fills DESC",
)
REFRESH = (
    "DELETE FROM core.soak_daily WHERE dt >= DATE '2025-03-01' + $day::INTEGER",
    """
    INSERT INTO core.soak_daily
    SELECT dt, wallet, count(*)::BIGINT FROM raw.data_trades
    WHERE dt >= DATE '2025-03-01' + $day::INTEGER GROUP BY ALL
    """,
)


def build(role: Role, command: list[str] | None) -> None:
    """A warehouse build under the build lock, then a publication, every few seconds.

    The build is plain SQL of the kinds dbt runs (replace a table and a view, delete and insert), or
    `command`, run with PM_HOME set to the soak's home; it takes the build lock by itself.
    """
    lake = Lake.open(role.settings())
    builds = 0

    def work() -> int:
        nonlocal builds
        if command is None:
            with advisory_lock(lake.postgres, BUILD_LOCK, wait_s=300):
                for statement in BUILD:
                    lake.transaction(lambda c, statement=statement: c.execute(statement))
                lake.transaction(
                    lambda c: [c.execute(sql, {"day": builds % DAYS}) for sql in REFRESH]
                )
                lake.publish(
                    lake.head_version(),
                    published_at=datetime.now(UTC),
                    models=len(BUILD),
                    tests=0,
                    note="soak",
                )
        else:
            environment = {**os.environ, "PM_HOME": str(role.home)}
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, env=environment
            )
            if done.returncode != 0:
                raise RuntimeError(
                    f"{command} ended with {done.returncode}:\n{done.stdout[-4000:]}"
                )
        builds += 1
        role.stop.wait(5)
        return 1

    role.repeat(work)


def tidy(role: Role) -> None:
    """Maintenance, as the schedules run it, but every ten seconds."""
    lake = Lake.open(role.settings())

    def work() -> int:
        try:
            maintain(lake, wait_s=120)
        except LockHeldError:
            return 0  # a long build has the lock; the next round comes soon
        role.stop.wait(10)
        return 1

    role.repeat(work)
