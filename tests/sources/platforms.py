"""A platform in a temporary folder, for tests that run sources against a venue over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polymarket_assets.clients.contracts import events as events_contract
from polymarket_assets.clients.contracts import markets as markets_contract
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.sources.registry import SOURCES
from polymarket_assets.sources.session import Collect, SourceFailedError, run_source
from polymarket_assets.store.batch import SourceRun
from polymarket_assets.store.home import Clock, Home, open_home
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.postgres import stop_postgres
from tests.conftest import ROOT
from tests.prepared import prepared

FILLS = """
select distinct
    taker_only, transaction_hash, token_id, condition_id, wallet, side, price, size, event_at,
    title,
    row_number() over (
        partition by
            page_id, taker_only, transaction_hash, token_id, wallet, side, price, size, event_at
        order by position
    ) as n
from raw.data_trades
"""
"""The distinct fills by their natural key: the n-th of equal rows of one page."""


@dataclass
class StandingClock:
    """A clock that shows what it is told; each look takes a microsecond, so that none are equal."""

    stands_at: datetime

    def look(self) -> datetime:
        """The time."""
        return self.passes(microseconds=1)

    def passes(self, **span: float) -> datetime:
        """Let some time pass; give the new time."""
        self.stands_at += timedelta(**span)
        return self.stands_at


@dataclass(frozen=True)
class Platform:
    """An open home and its lake."""

    settings: Settings
    home: Home
    lake: Lake

    def run(self, source: str, window: DayWindow, **options: Any) -> SourceRun:
        """Run one source in this process."""
        collect: Collect = options.pop("collect", None) or SOURCES[source]
        settings = self.settings.model_copy(update=options.pop("changed", {}))
        return run_source(
            source, collect, window, settings=settings, home=self.home, lake=self.lake, **options
        )

    def failed(self, source: str, window: DayWindow, **options: Any) -> SourceRun:
        """Run one source that must fail; give what it left in ops.source_runs."""
        with pytest.raises(SourceFailedError) as caught:
            self.run(source, window, **options)
        run = caught.value.run
        [recorded] = self.lake.rows(
            "select outcome, pages, rows, error_class, error_message, next_action"
            " from ops.source_runs where run_id = ?",
            [run.run_id],
        )
        assert recorded == (
            "failed", run.pages, run.rows, run.error_class, run.error_message, run.next_action,
        )  # fmt: skip
        assert run.error_class in str(caught.value)
        assert str(run.next_action) in str(caught.value)
        return run

    def forget(self, source: str | None = None) -> None:
        """Take the home back to where `source`, or every source, has never run."""
        shared = {"pages", "watermarks", "quarantine", "reparsed", "source_runs"}
        own = {name for name in SOURCES if source in (name, None)}

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            # To delete nothing from a table takes as long as to delete something.
            written = connection.execute(
                "select table_name from ducklake_table_info('lake') where file_count > 0"
            ).fetchall()
            for (table,) in written:
                schema = "ops" if table == "source_runs" else "raw"
                if table in shared:
                    connection.execute(
                        f"delete from {schema}.{table} where source = coalesce(?, source)", [source]
                    )
                elif table in own:
                    connection.execute(f"delete from {schema}.{table}")

        self.lake.transaction(work)

    def lists(self, *markets: dict[str, Any], events: Sequence[dict[str, Any]] = ()) -> None:
        """Put objects into the lake as the sources of Gamma's lists would."""
        at = self.home.clock.now()

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            for number, (parse, table, key, objects) in enumerate(
                (
                    (markets_contract.parse, "gamma_markets", "markets", markets),
                    (events_contract.parse, "gamma_events", "events", events),
                )
            ):
                parsed = parse(json.dumps({key: objects}).encode())
                assert not parsed.rejected, parsed.rejected[0].reason
                connection.register("listed", parsed.table)
                connection.execute(
                    f"insert into raw.{table} by name select *, ? as page_id, ? as received_at,"
                    " cast(? as date) as dt from listed",
                    [f"{at.isoformat()} {number}", at, at],
                )

        self.lake.transaction(work)

    def restore(self, table: str, version: int) -> None:
        """Bring one raw table back to what it held at a version."""
        with self.lake.connect(version=version) as connection:
            rows = connection.execute(f"from raw.{table}").to_arrow_table()

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            connection.register("former", rows)
            connection.execute(f"delete from raw.{table}")
            connection.execute(f"insert into raw.{table} from former")

        self.lake.transaction(work)

    def one(self, sql: str, params: Sequence[object] | None = None) -> Any:
        """The only value of the only row."""
        [(value,)] = self.lake.rows(sql, params)
        return value

    def moved_to(self, moment: datetime) -> Platform:
        """The same platform told another PM_NOW."""
        settings = self.settings.model_copy(update={"now": moment})
        return Platform(settings, open_home(settings), self.lake)

    def standing_at(self, moment: datetime) -> StandingPlatform:
        """The same platform with a clock that only moves when it is told to."""
        clock = StandingClock(moment)
        home = Home(self.settings, Clock(real_now=clock.look))
        return StandingPlatform(self.settings, home, self.lake, clock)


@dataclass(frozen=True)
class StandingPlatform(Platform):
    """A platform whose clock the test moves."""

    clock: StandingClock


@contextmanager
def platform(home: Path, url: str, *, now: datetime, **overrides: object) -> Iterator[Platform]:
    """A platform whose venues are below `url` and whose clock starts at `now`.

    It keeps its connections: a test asks the lake dozens of questions.
    """
    settings = platform_settings(prepared(home), url, now=now, **overrides)
    try:
        lake = Lake.open(settings)
        with lake.kept_open():
            yield Platform(settings, open_home(settings), lake)
    finally:
        stop_postgres(settings)


def platform_settings(home: Path, url: str, *, now: datetime, **overrides: Any) -> Settings:
    """Settings that the environment has no say in."""
    return load_settings(
        home=home,
        postgres_url=None,
        now=now,
        _env_file=None,
        **{
            "gamma_url": f"{url}/gamma",
            "data_url": f"{url}/data",
            "clob_url": f"{url}/clob",
            "kalshi_url": f"{url}/kalshi/trade-api/v2",
            "http_connections": 4,
            "lake_memory_limit": "1GB",
            **overrides,
        },
    )


def build(home: Platform, folder: Path, select: str) -> None:
    """Run dbt on a selection of models, without their tests; its files go to `folder`."""
    settings = home.settings
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "dbt"), "build", "--select", select,
            "--exclude-resource-type", "test",
            "--target-path", str(folder / "target"), "--log-path", str(folder / "logs"),
        ],
        cwd=ROOT / "dbt_project",
        env={
            **os.environ,
            "PM_GAMMA_URL": settings.gamma_url,
            "PM_CLOB_URL": settings.clob_url,
            "PM_DATA_URL": settings.data_url,
            "PM_KALSHI_URL": settings.kalshi_url,
            "PM_HOME": str(settings.home),
            "PM_NOW": str(settings.now),
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]


def day(text: str, last: str | None = None) -> DayWindow:
    """The window of one day, or of the days up to `last`."""
    return DayWindow(date.fromisoformat(text), date.fromisoformat(last or text))


def fills_held(home: Platform, *, taker: bool = True) -> set[int]:
    """Numbers of the fills of our own venue that one pass holds."""
    rows = home.lake.rows(
        "select distinct transaction_hash from raw.data_trades where taker_only = ?", [taker]
    )
    return {int(number, 16) for (number,) in rows}


def notes_of(run: SourceRun) -> list[str]:
    """What a run had to say besides."""
    return json.loads(run.notes or "{}")["notes"]
