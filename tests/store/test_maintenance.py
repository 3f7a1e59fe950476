"""Upkeep: small files merged, old versions forgotten, published ones and the last day kept."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import day_marks_query
from polymarket_assets.store.locks import LockHeldError, advisory_lock
from polymarket_assets.store.maintenance import BUILD_LOCK, DAY, expirable, maintain
from tests.store.lakes import NOON, contents, lake_in

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with lake_in(tmp_path_factory.mktemp("lake") / "home") as opened:
        yield opened


def files(lake: Lake, folder: str) -> int:
    return len(list(Path(lake.settings.lake_path, folder).rglob("*.parquet")))


def commit_rows(lake: Lake, count: int) -> list[int]:
    """One row and one version at a time, over two days; the versions."""
    session = lake.session()
    versions = []
    for n in range(count):
        session.transaction(
            lambda c, n=n: c.execute(
                "INSERT INTO raw.quarantine VALUES (?, 's', ?, 'r', 'x', ?, ?)",
                [f"p{n}", n, NOON, (NOON + timedelta(days=n % 2)).date()],
            )
        )
        versions.append(lake.head_version())
    session.close()
    return versions


def grow_older(lake: Lake, age: timedelta, versions: list[int]) -> None:
    """Move versions, and the files that are due for deletion, into the past."""
    with closing(psycopg2.connect(lake.postgres.dsn("lake"))) as connection, connection:
        cursor = connection.cursor()
        cursor.execute(
            "UPDATE ducklake_snapshot SET snapshot_time = snapshot_time - %s"
            " WHERE snapshot_id = ANY(%s)",
            (age, versions),
        )
        cursor.execute(
            "UPDATE ducklake_files_scheduled_for_deletion SET schedule_start = schedule_start - %s",
            (age,),
        )


def test_upkeep_keeps_every_row_and_every_published_version(lake: Lake) -> None:
    versions = commit_rows(lake, 12)
    lake.publish(versions[3], published_at=NOON, models=1, tests=1, note="old")
    lake.publish(versions[5], published_at=NOON, models=1, tests=1, note="last of an old day")
    lake.publish(versions[8], published_at=NOON, models=1, tests=1, note="recent")
    before = contents(lake, "raw.quarantine")
    at_versions = {v: contents_at(lake, v) for v in (versions[5], versions[8])}

    merged = maintain(lake, expire=False)
    assert merged.merged_files >= 10  # two days' files became one each
    assert (merged.expired_versions, merged.deleted_files) == (0, 0)
    assert contents(lake, "raw.quarantine") == before
    assert files(lake, "raw/quarantine") == 14  # the old ones are still there for old versions

    young = maintain(lake)
    assert (young.expired_versions, young.deleted_files) == (0, 0)

    grow_older(lake, timedelta(days=40), versions[:7])
    grow_older(lake, timedelta(days=2), versions[7:])
    report = maintain(lake)
    held = {version for version, _ in lake.versions()}
    assert held & set(versions) == {versions[5], versions[8]}
    assert report.expired_versions == 10
    assert report.deleted_files == 15  # 12 of the rows, 3 of the publications
    assert report.freed_bytes > 0
    assert files(lake, "raw/quarantine") == 2
    assert contents(lake, "raw.quarantine") == before
    assert {v: contents_at(lake, v) for v in (versions[5], versions[8])} == at_versions


def test_a_day_s_mark_is_another_one_when_its_rows_are_and_not_when_its_files_are(
    lake: Lake,
) -> None:
    def marks() -> dict[date, str]:
        with lake.connect(read_only=True) as connection:
            return dict(connection.execute(day_marks_query("raw", "data_trades")).fetchall())

    def add(day: date) -> None:
        lake.transaction(
            lambda c: c.execute(
                "INSERT INTO raw.data_trades BY NAME SELECT 'p' AS page_id, 0 AS position,"
                " true AS taker_only, 't' AS token_id, 'c' AS condition_id, 'w' AS wallet,"
                " 'BUY' AS side, 1 AS size, $at AS event_at, $at AS received_at, $day AS dt",
                {"at": NOON, "day": day},
            )
        )

    first, second = date(2031, 1, 1), date(2031, 1, 2)
    add(first)
    add(second)
    before = marks()
    add(second)
    grown = marks()
    assert {day for day in grown if grown[day] != before.get(day)} == {second}
    maintain(lake, expire=False)
    assert marks() == grown, "a merge changes no row"
    lake.transaction(lambda c: c.execute("DELETE FROM raw.data_trades WHERE dt = ?", [first]))
    assert marks() == {day: mark for day, mark in grown.items() if day != first}


def contents_at(lake: Lake, version: int) -> tuple[int, int]:
    return lake.rows("SELECT count(q), sum(hash(q)) FROM raw.quarantine AS q", version=version)[0]


def test_orphans_of_killed_writers_go_after_a_day(lake: Lake) -> None:
    folder = Path(lake.settings.lake_path, "raw", "quarantine")
    orphans = [folder / name for name in ("young.parquet", "old.parquet")]
    for orphan in orphans:
        orphan.write_bytes(b"left behind")
    two_days_ago = time.time() - 2 * 86_400
    os.utime(orphans[1], (two_days_ago, two_days_ago))
    spill = lake.settings.home / "duckdb" / "spill" / "1-0"
    spill.mkdir(parents=True)
    os.utime(spill, (two_days_ago, two_days_ago))
    report = maintain(lake)
    assert [orphan.exists() for orphan in orphans] == [True, False]
    assert not spill.exists()
    assert report.deleted_files >= 1
    orphans[0].unlink()


def test_upkeep_waits_for_builds_and_builds_for_it(lake: Lake) -> None:
    with (
        advisory_lock(lake.postgres, BUILD_LOCK),
        pytest.raises(LockHeldError, match="warehouse-build"),
    ):
        maintain(lake)


def test_files_younger_than_a_day_cannot_be_deleted(lake: Lake) -> None:
    with pytest.raises(ValueError, match="less than a day"):
        lake.delete_unused_files(older_than=timedelta(hours=23))


ages = st.lists(st.floats(0, 100), min_size=1, max_size=30)


@given(ages=ages, data=st.data(), keep=st.floats(0, 60))
def test_what_is_forgotten_is_old_and_not_needed(
    ages: list[float], data: st.DataObject, keep: float
) -> None:
    now = datetime(2025, 6, 1, 15, tzinfo=UTC)
    versions = [
        (number, now - timedelta(days=age)) for number, age in enumerate(sorted(ages, reverse=True))
    ]
    published = data.draw(st.sets(st.sampled_from([number for number, _ in versions])))
    kept_for = timedelta(days=keep)
    forgotten = set(expirable(versions, published, now=now, keep_published=kept_for))
    times = dict(versions)
    assert versions[-1][0] not in forgotten
    for version, committed_at in versions:
        age = now - committed_at
        if age <= DAY or (version in published and age <= kept_for):
            assert version not in forgotten
        elif version not in published and version != versions[-1][0]:
            assert version in forgotten
    for day in {times[version].date() for version in published}:
        of_day = [version for version in published if times[version].date() == day]
        assert max(of_day) not in forgotten
        for version in of_day:
            old = now - times[version] > max(kept_for, DAY)
            assert (version in forgotten) == (
                old and version != max(of_day) and version != versions[-1][0]
            )
