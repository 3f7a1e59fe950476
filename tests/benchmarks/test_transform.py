"""The warehouse's benchmark: its made-up past fits the raw tables, its targets are judged."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from benchmarks.markets import LIFE_DAYS, LIVE, NEW, ROWS_OF_A_MATCH, MarketsHistory
from benchmarks.transform import LABELLED, Build, Grown, Transformed
from benchmarks.transform_verdict import transform_lines
from polymarket_assets.store import raw

SECONDS = {f"core.{model}": 2.0 for model in LABELLED} | {
    "leaderboards.trader_positions": 3.0,
    "features.market_snapshots": 1.5,
}
WHOLE = Build(SECONDS, tests_s=4.0, wall_s=30.0, cpu_s=20.0, peak_mb=1_400.0)
DAY = Build(dict.fromkeys(SECONDS, 0.5), tests_s=4.0, wall_s=20.0, cpu_s=15.0, peak_mb=900.0)
FOUND = Transformed(
    short=Grown(1_000, WHOLE, DAY),
    long=Grown(10_000, WHOLE, DAY),
    bare={table: 2.0 for table in SECONDS if not table.startswith("features")},
    large=WHOLE,
    large_fills=6_500,
    snapshots_s=1.5,
)
SLOW = Build(dict.fromkeys(SECONDS, 20.0), tests_s=4.0, wall_s=200.0, cpu_s=150.0, peak_mb=2_400.0)


class Written:
    """A DuckDB with the raw tables where a history expects its lake."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA raw")
        for table in raw.TABLES:
            if table.schema == "raw":
                self.connection.execute(table.ddl())
        self.runs: list[object] = []

    def session(self, *, for_appends: bool) -> Written:
        return self

    def transaction(self, work) -> None:
        work(self.connection)

    def record_source_run(self, run: object) -> None:
        self.runs.append(run)

    def close(self) -> None:
        """A session is closed after each use; this one is not."""

    def one(self, sql: str) -> tuple:
        [row] = self.connection.execute(sql).fetchall()
        return row


def test_a_made_up_past_is_whole_days_of_markets_that_live_ten_days_and_are_decided():
    lake = Written()
    history = MarketsHistory(lake, rows_a_day=6_000)  # ty: ignore[invalid-argument-type]
    history.add_days(LIFE_DAYS + 2)
    history.add_days(1)
    days = LIFE_DAYS + 3
    rows, matches, first, last, late = lake.one(
        "SELECT count(*), count(DISTINCT transaction_hash), min(dt), max(dt),"
        " count(*) FILTER (WHERE dt != CAST(event_at AT TIME ZONE 'UTC' AS DATE))"
        " FROM raw.data_trades"
    )
    assert (rows, matches, late) == (days * 6_000, days * 6_000 // ROWS_OF_A_MATCH, 0)
    assert (last - first).days == days - 1
    assert lake.one(
        "SELECT count(*), count(DISTINCT condition_id) FROM raw.gamma_markets WHERE closed"
    ) == (days * NEW, days * NEW), "one in ten is decided each day, and told once"
    [untold] = lake.one(
        "SELECT count(*) FROM raw.data_trades AS f WHERE NOT EXISTS (FROM raw.gamma_markets AS m"
        " WHERE m.condition_id = f.condition_id AND m.received_at <= f.event_at AND NOT m.closed)"
    )
    assert untold == 0, "every market is listed before its first fill"
    [longest] = lake.one(
        "SELECT max(d) FROM (SELECT max(dt) - min(dt) + 1 AS d FROM raw.data_trades"
        " GROUP BY condition_id)"
    )
    assert longest <= LIFE_DAYS
    history.add_books()
    assert lake.one("SELECT count(DISTINCT condition_id) FROM raw.clob_books") == (LIVE,)
    assert len(lake.runs) == 2


def test_targets_that_are_met_are_said_to_be():
    judged = {line.what: line.met for line in transform_lines(FOUND) if line.target}
    assert set(judged.values()) == {True}
    assert len(judged) == 6


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        ({"long": Grown(10_000, SLOW, DAY)}, 2),
        ({"long": Grown(10_000, WHOLE, SLOW)}, 1),
        ({"large": SLOW}, 2),
        ({"snapshots_s": 2.5}, 1),
    ],
)
def test_a_target_that_is_missed_is_said_to_be(change, missed):
    lines = transform_lines(replace(FOUND, **change))
    assert sum(line.met is False for line in lines) == missed
