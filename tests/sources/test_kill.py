"""kill -9 anywhere in a source, and then again: in the end the lake is as if nothing had happened.

Each walk is killed many times on its way: at the writer's crash points (a page handed in, all of it
written but not committed, committed but not acknowledged) at growing distances, and at random
moments. The next process goes on from what the one before has left.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.completeness import evaluate
from tests.sources.children import KILLED, Child
from tests.sources.platforms import FILLS, Platform, day, platform

EVENING = datetime(2026, 11, 19, 21, tzinfo=UTC)
LATER = datetime(2027, 1, 15, 12, tzinfo=UTC)
"""When the generated days are older than what the bare feed serves."""
WORLD = SimulatorOptions(
    seed=5, start=date(2026, 11, 18), days=2, markets=150, fills=3_000, now=EVENING, speed=0,
    v1_most_rows=1_000,
)  # fmt: skip
DAYS, TODAY = day("2026-11-18", "2026-11-19"), day("2026-11-19")
RECEIVED = DayWindow(EVENING.date(), LATER.date())
CONNECTIONS = 4
WALLETS = 32
"""Tracked at most: four of each of eight boards, often the same."""
ACT = "hash(wallet, type, transaction_hash, token_id, price, size)"
POINTS = [
    f"{name}:{number}"
    for number in (1, 2, 3)
    for name in ("page_enqueued", "before_commit", "after_commit")
]
RANDOM_KILLS = 3


@dataclass(frozen=True)
class Case:
    """A source with what it must leave in the lake.

    Attributes:
        contents: what must be equal to the uninterrupted run's.
        lost_per_kill: pages that may have to be fetched again after one kill.
        now: the clock.
        least_kills: crash points the walk is long enough for.
        proved: days that its pages must prove.
        before: sources it builds on.
        path: the only one whose requests count; None for all.
        faults: what is wrong with the venue all the while.
    """

    source: str
    contents: str
    lost_per_kill: int
    now: datetime = EVENING
    least_kills: int = len(POINTS)
    proved: DayWindow = DAYS
    before: tuple[str, ...] = ("gamma_markets",)
    path: str | None = None
    faults: tuple[dict[str, Any], ...] = ()


FILLS_HELD = f"select taker_only, count(*), sum(hash(f)) from ({FILLS}) as f group by 1 order by 1"
CASES = {
    # One walk at a time, one page of it under way.
    "gamma_markets": Case(
        "gamma_markets",
        "select count(*), count(distinct market_id), sum(hash(market_id, payload_sha256))"
        " from raw.gamma_markets",
        1,
        least_kills=5,
    ),
    # Two passes, each with the page under way and the top, which is always asked for again.
    "the feed": Case("data_trades", FILLS_HELD, 4),
    # As the feed, by windows of time while v2 is away.
    "the feed over v1": Case(
        "data_trades",
        FILLS_HELD,
        4,
        least_kills=6,
        path="/data/trades",
        faults=({"path": "/data/v2/trades", "kind": "503", "retry_after": 0.01},),
    ),
    # The wallets that were done when it was killed are asked for their last minutes once more.
    "activity": Case(
        "data_activity",
        f"select count(distinct {ACT}), sum(distinct {ACT}) from raw.data_activity",
        WALLETS,
        least_kills=5,
        before=("data_leaderboard",),
    ),
    # From here on the clock, which never goes back, stands later.
    # As many requests as connections, each of them a walk of its own.
    "clob_prices": Case(
        "clob_prices",
        "select count(*), sum(hash(token_id, event_at, price)) from raw.clob_prices",
        CONNECTIONS,
        now=LATER,  # today would grow by the minute
        least_kills=6,  # a busy machine commits more pages together
    ),
    # As many walks as connections.
    "conditions": Case("data_trades", FILLS_HELD, CONNECTIONS, now=LATER, least_kills=6),
}


@pytest.fixture(scope="module")
def venue() -> Iterator[SimulatorHandle]:
    with simulator(WORLD) as handle:
        yield handle


@pytest.fixture(scope="module")
def home(venue: SimulatorHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("kill")
    settings = {"http_connections": CONNECTIONS, "track_top": 4}
    with platform(folder, venue.url, now=EVENING, **settings) as made:
        yield made


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def ready(home: Platform, venue: SimulatorHandle, case: Case) -> Iterator[Platform]:
    """The home at the case's time, with the lists it needs, where its source has never run."""
    venue.set_clock(case.now)
    ready = home.moved_to(case.now)
    for source in case.before:
        if source != case.source:
            ready.run(source, TODAY)
    ready.forget(case.source)
    venue.faults(*case.faults)
    yield ready
    venue.clear_faults()


def test_a_source_killed_anywhere_ends_where_the_uninterrupted_one_does(
    ready: Platform, venue: SimulatorHandle, case: Case
) -> None:
    venue.reset_stats()
    begun = time.monotonic()
    ready.run(case.source, DAYS)
    duration, least = time.monotonic() - begun, requests(venue, case)
    whole = ready.lake.rows(case.contents)
    assert whole

    for kill_all in (_at_every_point, _at_random(duration)):
        ready.forget(case.source)
        venue.reset_stats()
        kills = kill_all(ready, case)
        ready.run(case.source, DAYS)
        assert ready.lake.rows(case.contents) == whole
        assert requests(venue, case) <= least + kills * case.lost_per_kill
        assert audit(ready.lake, case.source, RECEIVED).problems == []
        now = ready.home.clock.now()
        proof = evaluate(ready.lake, case.source, case.proved, now, keep_pages_days=90)
        assert proof.gaps == ()


def requests(venue: SimulatorHandle, case: Case) -> int:
    """Requests since the last reset that count."""
    stats = venue.stats()
    return stats["paths"][case.path]["requests"] if case.path else stats["total"]


def _at_every_point(home: Platform, case: Case) -> int:
    """Kill one process after the other at the next point, until one comes to its end."""
    kills = 0
    for point in POINTS:
        code = Child(home.settings, case.source, DAYS, point).ended()
        assert code in (KILLED, 0), point
        if code == 0:
            break
        kills += 1
    assert kills >= case.least_kills
    return kills


def _at_random(duration: float) -> Callable[[Platform, Case], int]:
    chance = random.Random(3)

    def kill_all(home: Platform, case: Case) -> int:
        for _ in range(RANDOM_KILLS):
            child = Child(home.settings, case.source, DAYS)
            time.sleep(chance.uniform(0, duration / 2))
            child.kill()
            assert child.ended() in (KILLED, 0)
        return RANDOM_KILLS

    return kill_all
