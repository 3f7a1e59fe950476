"""What every source shares: the account of a run, progress, and work side by side."""

from __future__ import annotations

import asyncio

import pytest

from polymarket_assets.clients import data_api
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources import session as sessions
from polymarket_assets.sources.session import Progress, Session, SourceFailedError, in_parallel
from tests.sources.conftest import NOON
from tests.sources.platforms import StandingPlatform, day
from tests.sources.venue import Feed, Fill, Venue

TRADES = "/data/v2/trades"
TODAY = day("2026-11-20")


def test_work_in_parallel_is_bounded_and_its_first_failure_stops_the_rest() -> None:
    running = most = 0
    done: list[int] = []

    async def work(item: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        if item == 7:
            raise ValueError(item)
        done.append(item)

    asyncio.run(in_parallel(range(5), work, at_once=3))
    assert (sorted(done), most) == ([0, 1, 2, 3, 4], 3)
    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(in_parallel(range(100), work, at_once=3))
    assert caught.group_contains(ValueError)
    assert max(done) < 10
    asyncio.run(in_parallel([], work, at_once=3))


def test_whatever_ends_a_run_is_recorded_with_its_traceback_and_what_to_do(
    home: StandingPlatform,
) -> None:
    async def collect(session: Session, window: DayWindow) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(in_parallel([1], broken, at_once=1))

    async def broken(item: int) -> None:
        raise KeyError(f"no {item} in the answer")

    failed = home.failed("data_trades", TODAY, collect=collect)
    assert (failed.error_class, failed.error_message) == ("KeyError", "'no 1 in the answer'")
    assert "in broken" in str(failed.traceback)
    assert "traceback in ops.source_runs" in str(failed.next_action)
    freshness = home.lake.rows("select source, last_success_at, last_outcome from ops.freshness")
    assert freshness == [("data_trades", None, "failed")]


def test_an_error_says_once_what_to_do(home: StandingPlatform, venue: Venue) -> None:
    with pytest.raises(SourceFailedError) as caught:
        home.run("data_trades", TODAY)
    assert str(caught.value) == (
        "source data_trades failed: RequestRefusedError: data_v1_trades: status 404: no"
        " /data/trades here (1 attempt); next: compare the request with the venue's"
        " documentation: its contract may have changed"
    )


def test_a_page_that_was_handed_in_is_kept_and_counted_though_another_walk_failed(
    home: StandingPlatform, venue: Venue
) -> None:
    async def collect(session: Session, window: DayWindow) -> None:
        page = await data_api.trades_page(session.http, taker_only=True)

        async def keep(complete: bool) -> None:
            if not complete:
                raise ValueError("the other walk")
            await session.keep(
                session.walk("one"), page, "data_trades", complete=True, cursor=None, state={}
            )

        await in_parallel([True, False], keep, at_once=2)

    venue.answers[TRADES] = Feed([Fill(n, NOON) for n in range(3)])
    failed = home.failed("data_trades", TODAY, collect=collect)
    assert (failed.error_message, failed.pages, failed.accepted) == ("the other walk", 1, 3)
    assert home.one("select count(*) from raw.data_trades") == 3


def test_listeners_are_shown_how_far_a_source_has_come(
    home: StandingPlatform, venue: Venue
) -> None:
    seen: list[tuple[str, int, int]] = []

    def listen(progress: Progress) -> None:
        seen.append((progress.source, progress.done, progress.rows))

    venue.answers[TRADES] = Feed([Fill(n, NOON) for n in range(15)])
    sessions.listeners.append(listen)
    try:
        run = home.run("data_trades", TODAY)
    finally:
        sessions.listeners.remove(listen)
    assert seen == sorted(seen)
    assert seen[-1] == ("data_trades", 4, 30)
    assert (run.pages, run.rows, run.requests) == (4, 30, 4)
    assert run.bytes > 4 * 1000
    assert run.duration_s > 0
