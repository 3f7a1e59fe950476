"""A year of history: each market walked once, in one run or by day, and across a kill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from polymarket_assets.domain.windows import DAY
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.sources.completeness import evaluate
from tests.sources.children import KILLED, Child
from tests.sources.platforms import FILLS, Platform, day, platform

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
YEAR = day("2025-10-01", "2026-09-30")
"""365 days, none of which the bare feed still serves."""
WORLD = SimulatorOptions(
    seed=4, start=date(2026, 6, 1), days=3, markets=150, fills=2_000, now=NOW, speed=0
)
CONNECTIONS = 4
TRADES = "/data/v2/trades"
CONTENTS = f"select taker_only, count(*), sum(hash(f)) from ({FILLS}) as f group by 1 order by 1"


@pytest.fixture(scope="module")
def venue() -> Iterator[SimulatorHandle]:
    with simulator(WORLD) as handle:
        yield handle


@pytest.fixture(scope="module")
def listed(venue: SimulatorHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform(
        tmp_path_factory.mktemp("backfill"), venue.url, now=NOW, http_connections=CONNECTIONS
    ) as made:
        made.run("gamma_markets", day("2026-11-20"))
        yield made


@pytest.fixture
def home(listed: Platform, venue: SimulatorHandle) -> Platform:
    listed.forget("data_trades")
    venue.reset_stats()
    return listed


def asked(venue: SimulatorHandle) -> int:
    return venue.stats()["paths"].get(TRADES, {"requests": 0})["requests"]


def walks_of_each_market(home: Platform) -> Counter[tuple[str, str]]:
    """How many walks each market was part of, per pass."""
    rows = home.lake.rows(
        """
        select split_part(scope, ':', 2), unnest(json_extract_string(state, '$.conditions[*]'))
        from raw.watermarks
        where source = 'data_trades'
        qualify row_number() over (partition by walk_id order by recorded_at desc) = 1
        """
    )
    return Counter(rows)


@pytest.fixture(scope="module")
def in_one_run(listed: Platform, venue: SimulatorHandle) -> tuple[int, list[tuple]]:
    """Requests and contents of a run over the whole year that nothing disturbs."""
    listed.forget("data_trades")
    venue.reset_stats()
    run = listed.run("data_trades", YEAR)
    assert run.requests == asked(venue)
    assert set(walks_of_each_market(listed).values()) == {1}
    assert run.pages == listed.one(
        "select count(distinct request) from raw.pages where source = 'data_trades'"
    )
    return run.requests, listed.lake.rows(CONTENTS)


def test_a_year_in_one_run_walks_each_market_once_and_again_nothing(
    in_one_run: tuple[int, list[tuple]], home: Platform, venue: SimulatorHandle
) -> None:
    least, whole = in_one_run
    home.run("data_trades", YEAR)
    assert (asked(venue), home.lake.rows(CONTENTS)) == (least, whole)
    venue.reset_stats()
    for window in (YEAR, day("2026-06-02"), day("2025-10-01", "2026-06-01")):
        assert home.run("data_trades", window).requests == 0
    assert asked(venue) == 0
    for window in (YEAR, day("2026-06-02")):
        now = home.home.clock.now()
        assert evaluate(home.lake, "data_trades", window, now, keep_pages_days=90).gaps == ()


def test_a_year_that_is_killed_in_the_middle_asks_only_for_what_is_missing(
    in_one_run: tuple[int, list[tuple]], home: Platform, venue: SimulatorHandle
) -> None:
    least, whole = in_one_run
    kills = 0
    for point in ("page_enqueued:3", "before_commit:1", "after_commit:1"):
        kills += Child(home.settings, "data_trades", YEAR, point).ended() == KILLED
    assert kills >= 2
    now = home.home.clock.now()
    cut = evaluate(home.lake, "data_trades", YEAR, now, keep_pages_days=90)
    assert cut.gaps
    assert cut.disproved == ()
    home.run("data_trades", YEAR)
    assert home.lake.rows(CONTENTS) == whole
    assert asked(venue) <= least + kills * CONNECTIONS
    now = home.home.clock.now()
    assert evaluate(home.lake, "data_trades", YEAR, now, keep_pages_days=90).gaps == ()


def test_a_run_per_day_asks_for_no_more_than_one_run(
    in_one_run: tuple[int, list[tuple]], home: Platform, venue: SimulatorHandle
) -> None:
    least, whole = in_one_run
    days = [date(2026, 5, 31) + n * DAY for n in range(5)]
    for one in days:
        home.run("data_trades", day(str(one)))
    assert set(walks_of_each_market(home).values()) == {1}
    assert home.lake.rows(CONTENTS) == whole
    # Markets are grouped anew each day, which may fill a group less.
    assert asked(venue) <= least + 2 * len(days)
    for one in days:
        now = home.home.clock.now()
        found = evaluate(home.lake, "data_trades", day(str(one)), now, keep_pages_days=90)
        assert found.gaps == ()
