"""Killed writers and a killed catalog: no page is lost, doubled, or there without all its rows."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psutil
import pytest

from polymarket_assets.store.lake import Lake
from tests.store.appending import (
    ROWS,
    append_for_ever,
    append_until,
    leave_a_block_whose_catalog_died,
    processes,
)
from tests.store.lakes import append_all, lake_in
from tests.store.servers import kill, main_process, until

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """One lake for all tests: what is checked must hold for everything they leave in it."""
    with lake_in(tmp_path_factory.mktemp("lake") / "home") as opened:
        opened.transaction(lambda c: c.execute("CREATE TABLE core.counters (n INTEGER)"))
        yield opened


def acknowledged(acks: Path) -> list[str]:
    """Page ids whose append returned; a line the kill cut off was not acknowledged."""
    if not acks.exists():
        return []
    return [line for line in acks.read_text().split("\n")[:-1] if line]


def check_nothing_lost_or_doubled(lake: Lake, acks: Path) -> dict[str, int]:
    """Check every promise the lake makes about pages; give the number of pages per walk.

    A writer that only comes and goes has committed before what the killed ones have left.
    """
    append_all(lake, [])
    assert [path.name for path in (lake.settings.home / "spool").glob("*.pages")] == []
    page_ids = [page_id for (page_id,) in lake.rows("SELECT page_id FROM raw.pages")]
    assert len(page_ids) == len(set(page_ids))
    assert set(acknowledged(acks)) <= set(page_ids)

    walks = dict(
        lake.rows(
            "SELECT scope, list(page_number ORDER BY page_number) FROM raw.pages GROUP BY scope"
        )
    )
    for scope, numbers in walks.items():
        assert numbers == list(range(len(numbers))), f"{scope} has gaps or doubles"
        assert lake.watermarks("data_trades")[scope].state == {"pages": len(numbers)}

    wrong = lake.rows(
        """
        WITH rows AS (
            SELECT page_id, count(hash(t)) AS n FROM raw.data_trades AS t GROUP BY page_id
            UNION ALL
            SELECT page_id, count(hash(m)) FROM raw.gamma_markets AS m GROUP BY page_id
        ),
        counted AS (SELECT page_id, sum(n) AS accepted FROM rows GROUP BY page_id),
        rejected AS (SELECT page_id, count(hash(q)) AS n FROM raw.quarantine AS q GROUP BY page_id),
        marks AS (SELECT page_id, count(hash(w)) AS n FROM raw.watermarks AS w GROUP BY page_id)
        SELECT p.page_id, counted.accepted, rejected.n, marks.n
        FROM raw.pages AS p
        FULL JOIN counted USING (page_id)
        FULL JOIN rejected USING (page_id)
        FULL JOIN marks USING (page_id)
        WHERE p.accepted IS DISTINCT FROM counted.accepted
            OR p.quarantined IS DISTINCT FROM rejected.n
            OR marks.n IS DISTINCT FROM 1
            OR p.row_count <> p.accepted + p.unchanged + p.quarantined
            OR p.row_count <> $rows + 2
        """,
        {"rows": ROWS},
    )
    assert wrong == []
    # Every other page repeats its market: written once, counted as unchanged once.
    [(versions, distinct)] = lake.rows(
        "SELECT count(m), count(DISTINCT (market_id, payload)) FROM raw.gamma_markets AS m"
    )
    assert versions == distinct
    return {scope: len(numbers) for scope, numbers in walks.items()}


def test_killed_writers_lose_and_double_nothing(lake: Lake, tmp_path: Path) -> None:
    chance = random.Random(20250301)
    acks = tmp_path / "acks"
    points = [
        f"{name}:{passing}"
        for name in ("before_commit", "after_commit", "page_enqueued")
        for passing in (1, 4)
    ]
    kills: list[str | None] = [*points, *[None] * 15]
    chance.shuffle(kills)
    while kills:
        # Three at once: other walks go on while one dies.
        writers = []
        for slot in range(3):
            crash_at = kills.pop()
            scopes = [f"walk {slot}.{n}" for n in range(2)]
            writer = processes.Process(
                target=append_for_ever, args=(lake.settings.home, scopes, acks, crash_at)
            )
            writer.start()
            writers.append((writer, crash_at))
        wait_for_news(acks, writers)
        time.sleep(chance.uniform(0, 0.15))
        for writer, crash_at in writers:
            if crash_at is None:
                writer.kill()
            writer.join(30)
            assert writer.exitcode == -9
    assert sum(check_nothing_lost_or_doubled(lake, acks).values()) >= 21


def wait_for_news(acks: Path, writers: list[tuple]) -> None:
    """Until a page more is acknowledged (a kill before that would test little), or all are dead."""
    seen = len(acknowledged(acks))
    until(lambda: len(acknowledged(acks)) > seen or not any(w.is_alive() for w, _ in writers))


def test_a_killed_catalog_stops_nobody_and_loses_nothing(lake: Lake, tmp_path: Path) -> None:
    acks, pages, scopes = tmp_path / "acks", 75, ["a", "b", "c"]
    writer = processes.Process(target=append_until, args=(lake.settings.home, scopes, acks, pages))
    writer.start()
    chance = random.Random(7)
    for step in range(1, 5):
        until(
            lambda step=step: len(acknowledged(acks)) >= step * 40 or not writer.is_alive(),
            within_s=60,
        )
        time.sleep(chance.uniform(0, 0.03))
        server = main_process(lake.settings)
        # Whoever is listed here may have ended by itself a moment later.
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            backends = [p for p in server.children() if "lake" in " ".join(p.cmdline())]
            kill((chance.choice(backends) if step % 2 and backends else server).pid)
    writer.join(60)
    assert writer.exitcode == 0
    held = check_nothing_lost_or_doubled(lake, acks)
    assert [held[scope] for scope in scopes] == [pages] * 3
    assert len(acknowledged(acks)) == pages * 3


def test_a_catalog_killed_before_the_commit_gets_the_transaction_again(lake: Lake) -> None:
    killed = []

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("INSERT INTO core.counters VALUES (2)")
        if not killed:
            killed.append(main_process(lake.settings).pid)
            kill(killed[0])

    lake.transaction(work)
    assert killed
    assert lake.rows("SELECT count(n) FROM core.counters WHERE n = 2") == [(1,)]


def test_leaving_a_block_whose_catalog_died_does_not_abort_the_process(lake: Lake) -> None:
    leaving = processes.Process(target=leave_a_block_whose_catalog_died, args=(lake.settings.home,))
    leaving.start()
    leaving.join(60)
    assert leaving.exitcode == 0
    assert lake.rows("SELECT count(n) FROM core.counters WHERE n = 3") == [(0,)]
