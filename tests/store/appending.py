"""A process that appends until it is killed; the crash tests start it from a fork server.

Each walk goes on where its watermark says, so after any number of kills the pages of a walk must be
0, 1, 2, … without a gap and without a double.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from datetime import timedelta
from pathlib import Path

from polymarket_assets.store.batch import Batch, QuarantinedRow
from polymarket_assets.store.commit_guard import GuardedConnection
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.writer import LakeWriter
from tests.store.lakes import NOON, append_all, batch, markets, trades
from tests.store.servers import kill, main_process, settings_for

ROWS = 40
PAUSE_S = 0.02
"""Between two pages of a walk, as if a venue were asked for them."""
GROUP_S = 0.05
"""Between two commits: some pages wait in the spool at every moment."""
"""Records of each page: trades on two days, and one that is rejected."""

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([__name__])


def page(scope: str, number: int) -> Batch:
    """Page `number` of a walk; every other page repeats the market version before it."""
    first = number * ROWS
    return batch(
        scope,
        {
            "data_trades": trades(ROWS, day=NOON.date() + timedelta(days=number % 2), first=first),
            "gamma_markets": markets([(scope, str(number // 2))]),
        },
        number=number,
        received_at=NOON + timedelta(seconds=number),
        rejected=[QuarantinedRow(ROWS + 1, "made to be rejected", b"{}")],
    )


def append_for_ever(home: Path, scopes: list[str], acks: Path, crash_at: str | None) -> None:
    """Append to each scope, and to `acks` each page id once `append` has returned."""
    asyncio.run(_append(home, scopes, acks, crash_at, until=None))


def append_until(home: Path, scopes: list[str], acks: Path, until: int) -> None:
    """Append pages below `until` to each scope, and end."""
    asyncio.run(_append(home, scopes, acks, None, until=until))


async def _append(
    home: Path, scopes: list[str], acks: Path, crash_at: str | None, *, until: int | None
) -> None:
    lake = Lake.open(settings_for(home, crash_at=crash_at, lake_memory_limit="500MB"))
    log = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async with LakeWriter(lake, group_s=GROUP_S) as writer, asyncio.TaskGroup() as group:
        marks = lake.watermarks("data_trades")

        async def walk(scope: str) -> None:
            number = marks[scope].state["pages"] if scope in marks else 0
            while until is None or number < until:
                one = page(scope, number)
                await writer.append(one)
                os.write(log, f"{one.page.page_id}\n".encode())
                await asyncio.sleep(PAUSE_S)
                number += 1

        for scope in scopes:
            group.create_task(walk(scope))


def die_in_doubt(lake: Lake, scope: str) -> None:
    """Append a page through a line that is cut, and be killed as soon as the commit has failed."""

    def die(_: GuardedConnection) -> bool:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    GuardedConnection.landed = die  # what a failed commit is followed by
    append_all(lake, [page(scope, 0)])


def leave_a_block_whose_catalog_died(home: Path) -> None:
    """Insert, kill Postgres, and leave the block with the transaction open."""
    lake = Lake.open(settings_for(home, lake_memory_limit="500MB"))
    with lake.connect() as connection:
        connection.begin()
        connection.execute("INSERT INTO core.counters VALUES (3)")
        kill(main_process(lake.settings).pid)
