"""What the held pages prove: every planted gap is found and named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.completeness import evaluate
from polymarket_assets.sources.gaps import Evaluation, Gap, write_ids
from tests.sources.conftest import NOON
from tests.sources.platforms import StandingPlatform, day
from tests.sources.test_feed import BEFORE, GONE, TODAY, TRADES, YESTERDAY, half_hourly
from tests.sources.venue import Asked, Feed, Fill, Listing, Venue, condition, event, market

AUGUST = day("2026-08-01", "2026-08-31")
DAYS = day("2026-11-18", "2026-11-20")
PRICES = "/clob/batch-prices-history"


def found(home: StandingPlatform, source: str, window: DayWindow) -> Evaluation:
    return evaluate(home.lake, source, window, home.clock.look(), keep_pages_days=90)


def change(home: StandingPlatform, sql: str, params: list[Any] | None = None) -> None:
    def work(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(sql, params)

    home.lake.transaction(work)


@pytest.fixture
def feed(venue: Venue) -> Feed:
    """Four days of fills up to noon, ten a page."""
    feed = Feed(half_hourly(NOON, 4 * 48))
    venue.answers[TRADES] = feed
    return feed


@pytest.fixture
def three_days(home: StandingPlatform, feed: Feed) -> StandingPlatform:
    """A home that holds three days of the feed."""
    home.run("data_trades", DAYS)
    return home


def number_of_page(home: StandingPlatform, name: str, number: int) -> str:
    return home.one(
        "select page_id from raw.pages where scope = ? and page_number = ?",
        [f"feed:{name}", number],
    )


def test_a_whole_feed_is_proved_day_by_day(three_days: StandingPlatform) -> None:
    for window in (DAYS, BEFORE, YESTERDAY, TODAY):
        evaluation = found(three_days, "data_trades", window)
        assert evaluation.gaps == ()
        assert evaluation.command() is None
        assert "every page is held" in evaluation.words()


def test_a_page_that_is_gone_is_named_with_its_time_and_the_command_that_fetches_it(
    three_days: StandingPlatform, feed: Feed
) -> None:
    home = three_days
    page = number_of_page(home, "all", 5)
    change(home, "delete from raw.pages where page_id = ?", [page])
    [gap] = found(home, "data_trades", DAYS).gaps
    assert gap.scope == "feed:all"
    assert gap.promised
    assert gap.interval is not None
    assert (NOON - gap.interval.end, NOON - gap.interval.start) == (
        timedelta(minutes=30 * 49) - timedelta(seconds=1),
        timedelta(minutes=30 * 60),
    )
    assert gap.what.startswith("between page 4 of walk ")
    assert "and page 6 of walk" in gap.what
    evaluation = found(home, "data_trades", DAYS)
    command = "polymarket sources run trades --from 2026-11-19 --to 2026-11-19 --fresh"
    assert evaluation.command() == command
    assert command in evaluation.words()
    assert found(home, "data_trades", TODAY).gaps == ()
    rows = home.one("select count(distinct transaction_hash) from raw.data_trades")
    home.run("data_trades", YESTERDAY, fresh=True)
    assert found(home, "data_trades", DAYS).gaps == ()
    assert home.one("select count(distinct transaction_hash) from raw.data_trades") == rows


def test_a_broken_chain_of_cursors_is_found_though_every_page_is_there(
    three_days: StandingPlatform,
) -> None:
    home = three_days
    page = number_of_page(home, "taker", 3)
    change(home, "update raw.pages set next_cursor = 'elsewhere' where page_id = ?", [page])
    [gap] = found(home, "data_trades", DAYS).gaps
    assert gap.scope == "feed:taker"
    assert "between page 3 of walk" in gap.what
    assert "and page 4 of walk" in gap.what


def test_a_walk_that_ends_above_the_window_it_promised_is_found(
    three_days: StandingPlatform,
) -> None:
    home = three_days
    change(home, "delete from raw.pages where scope = 'feed:all' and page_number >= 9")
    gaps = found(home, "data_trades", DAYS).gaps
    assert [(gap.scope, gap.promised) for gap in gaps] == [("feed:all", True)]
    assert gaps[0].what.startswith("below page 8 of walk")


def test_a_walk_that_was_killed_is_an_open_gap_of_a_past_day_and_closed_by_the_next_run(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    venue.answers[TRADES] = lambda asked: feed(asked) if venue.count() <= 8 else GONE
    home.failed("data_trades", BEFORE)
    evaluation = found(home, "data_trades", BEFORE)
    assert {gap.scope for gap in evaluation.gaps} >= {"feed:all"}
    assert evaluation.disproved == (), "nobody said that it was held"
    assert evaluation.command() == (
        "polymarket sources run trades --from 2026-11-18 --to 2026-11-18"
    )
    venue.answers[TRADES] = feed
    home.run("data_trades", BEFORE)
    assert found(home, "data_trades", DAYS).gaps == ()


def test_a_day_that_was_never_asked_for_is_an_open_gap(home: StandingPlatform, feed: Feed) -> None:
    gaps = found(home, "data_trades", YESTERDAY).gaps
    assert {(gap.scope, gap.what, gap.promised) for gap in gaps} == {
        (f"feed:{name}", "no page of it is held", False) for name in ("taker", "all")
    }
    assert found(home, "data_trades", TODAY).gaps == (), "the running day owes nothing yet"


def test_polls_jumps_cuts_and_forgotten_cursors_are_no_gaps(
    home: StandingPlatform, venue: Venue, feed: Feed
) -> None:
    home.run("data_trades", TODAY)
    for n in range(3):
        home.clock.passes(minutes=7)
        feed.fills.append(Fill(1000 + n, home.clock.look() - timedelta(minutes=2)))
        home.run("data_trades", TODAY)
        assert found(home, "data_trades", TODAY).gaps == ()
    limit = venue.count() + 5
    venue.answers[TRADES] = lambda asked: feed(asked) if venue.count() <= limit else GONE
    home.failed("data_trades", BEFORE)
    assert found(home, "data_trades", TODAY).gaps == ()
    venue.answers[TRADES] = feed
    feed.empty_before = lambda asked: True
    home.run("data_trades", BEFORE)
    feed.generation += 1
    home.run("data_trades", day("2026-11-17"))
    assert found(home, "data_trades", day("2026-11-17", "2026-11-20")).gaps == ()


def test_an_overlap_that_was_not_walked_again_is_a_gap(home: StandingPlatform, feed: Feed) -> None:
    home.run("data_trades", TODAY)
    home.clock.passes(hours=3)
    feed.fills += half_hourly(NOON + timedelta(hours=3), 6, first=1000)
    home.run("data_trades", TODAY)
    # As if the second walk had stopped at the very moment the first began.
    change(
        home,
        "delete from raw.data_trades where event_at <= ? and received_at > ?",
        [NOON, NOON + timedelta(hours=1)],
    )
    gaps = found(home, "data_trades", TODAY).gaps
    assert {gap.scope for gap in gaps} == {"feed:taker", "feed:all"}
    for gap in gaps:
        assert gap.interval is not None
        assert NOON - timedelta(minutes=10) <= gap.interval.start < NOON + timedelta(minutes=31)


def test_a_fill_that_the_next_walk_no_longer_shows_is_a_gap_until_it_is_walked_again(
    home: StandingPlatform, feed: Feed
) -> None:
    home.run("data_trades", TODAY)
    home.clock.passes(hours=1)
    feed.hidden.add(2)  # an hour before noon: long settled
    home.run("data_trades", TODAY, fresh=True)
    evaluation = found(home, "data_trades", TODAY)
    assert {gap.scope for gap in evaluation.gaps} == {"feed:taker", "feed:all"}
    assert all("1 fills an earlier walk showed" in gap.what for gap in evaluation.gaps)
    home.clock.passes(hours=1)
    home.run("data_trades", TODAY, fresh=True)
    assert found(home, "data_trades", TODAY).gaps == (), "two walks agree: it was withdrawn"


def test_history_by_condition_is_proved_market_by_market(
    home: StandingPlatform, venue: Venue
) -> None:
    lives = {"createdAt": "2026-07-01T00:00:00Z"}
    home.lists(*(market(n, **lives) for n in range(1, 4)))
    fills = [
        Fill(n, datetime(2026, 8, 20, tzinfo=UTC) - timedelta(hours=n), market=n % 3 + 1)
        for n in range(60)
    ]
    venue.answers[TRADES] = Feed(fills)
    home.run("data_trades", AUGUST)
    assert found(home, "data_trades", AUGUST).gaps == ()
    home.clock.passes(hours=1)
    home.lists(market(4, **lives))
    assert found(home, "data_trades", AUGUST).gaps == (), "it was not listed when the run began"
    change(home, "delete from raw.pages where scope like 'conditions:all:%' and page_number = 2")
    evaluation = found(home, "data_trades", day("2026-08-10"))
    [gap] = evaluation.gaps
    assert (gap.scope, gap.promised) == ("conditions:all", True)
    assert gap.ids == tuple(condition(n) for n in (1, 2, 3))
    assert evaluation.command("gaps.txt") == (
        "polymarket sources run trades --from 2026-08-10 --to 2026-08-10"
        " --conditions gaps.txt --fresh"
    )


def points(asked: Asked) -> Any:
    return {
        "history": {
            token: [{"t": asked.body["start_ts"], "p": 0.5}] for token in asked.body["markets"]
        }
    }


def test_a_price_answer_that_is_gone_is_a_gap_of_its_tokens(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(*(market(n, volumeNum=5, createdAt="2026-11-01T00:00:00Z") for n in range(1, 15)))
    venue.answers[PRICES] = points
    home.run("clob_prices", YESTERDAY)
    assert found(home, "clob_prices", YESTERDAY).gaps == ()
    home.clock.passes(minutes=1)
    home.lists(market(20, volumeNum=5, createdAt="2026-11-01T00:00:00Z"))
    assert found(home, "clob_prices", YESTERDAY).gaps == ()
    change(home, "delete from raw.pages where page_id = (select min(page_id) from raw.pages)")
    evaluation = found(home, "clob_prices", YESTERDAY)
    [gap] = [gap for gap in evaluation.gaps if gap.scope == "prices"]
    assert len(gap.ids) in (8, 20), "the tokens of one request of the two"
    assert "--fresh" in str(evaluation.command())
    home.clock.passes(hours=1)
    home.run("clob_prices", YESTERDAY, fresh=True)
    assert found(home, "clob_prices", YESTERDAY).gaps == ()


GAMMA = "/gamma/markets/keyset"


@pytest.fixture
def listed(home: StandingPlatform, venue: Venue) -> StandingPlatform:
    """A home that has collected ten open and ten closed markets, three a page."""
    numbers = range(1, 21)
    venue.answers[GAMMA] = Listing("markets", [market(n, closed=n % 2 == 0) for n in numbers])
    home.run("gamma_markets", TODAY)
    return home


def test_lists_are_proved_and_later_walks_of_the_closed_one_go_on_where_it_ended(
    listed: StandingPlatform, venue: Venue
) -> None:
    objects = [market(n, closed=n % 2 == 0) for n in range(1, 21)]
    venue.answers[GAMMA] = Listing("markets", objects)
    for n in range(3):
        listed.clock.passes(hours=1)
        objects.append(market(30 + n, closed=True))
        listed.run("gamma_markets", TODAY)
        assert found(listed, "gamma_markets", TODAY).gaps == ()


PLANTED: dict[str, tuple[str, str]] = {
    "a page is missing": (
        "delete from raw.pages where scope = 'closed' and page_number = 1",
        "page 1 of 4 is not held",
    ),
    "the first page is missing": (
        "delete from raw.pages where scope = 'closed' and page_number = 0",
        "page 0 of 4 is not held",
    ),
    "the last page is missing": (
        "delete from raw.pages where scope = 'closed' and page_number = 3",
        "page 3 of 4 is not held; it ended at page 2, which names a next cursor",
    ),
    "the chain is broken": (
        "update raw.pages set next_cursor = 'x' where scope = 'closed' and page_number = 1",
        "page 2 was asked at a cursor that page 1 did not give",
    ),
    "the end was not reached": (
        "update raw.pages set next_cursor = 'x' where scope = 'closed' and page_number = 3",
        "it ended at page 3, which names a next cursor",
    ),
    "the walk was cut": (
        "delete from raw.watermarks where scope = 'closed' and complete",
        "it was cut off after page 3",
    ),
    "no page is left": (
        "delete from raw.pages where scope = 'closed'",
        "page 0-3 of 4 is not held",
    ),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_gap_in_a_list_is_found_and_a_fresh_walk_closes_it(
    listed: StandingPlatform, case: str
) -> None:
    sql, words = PLANTED[case]
    change(listed, sql)
    listed.clock.passes(minutes=10)
    evaluation = found(listed, "gamma_markets", TODAY)
    [gap] = evaluation.disproved
    assert (gap.scope, gap.what.endswith(words)) == ("closed", True), gap.what
    assert evaluation.command() == "polymarket sources run markets --fresh"
    listed.run("gamma_markets", TODAY, fresh=True)
    assert found(listed, "gamma_markets", TODAY).gaps == ()


def test_a_list_that_was_interrupted_and_resumed_is_whole(
    home: StandingPlatform, venue: Venue
) -> None:
    listing = Listing("markets", [market(n, closed=n % 2 == 0) for n in range(1, 21)])
    for limit in (2, 3, 6, 1000):
        venue.asked.clear()
        venue.answers[GAMMA] = _until(venue, listing, limit)
        try:
            home.run("gamma_markets", TODAY)
        except RuntimeError:
            home.clock.passes(minutes=10)
            gaps = found(home, "gamma_markets", TODAY).gaps
            assert [gap.promised for gap in gaps] == [False], "it is known to have failed"
    assert found(home, "gamma_markets", TODAY).gaps == ()


def _until(venue: Venue, listing: Listing, limit: int) -> Callable[[Asked], Any]:
    return lambda asked: listing(asked) if venue.count() <= limit else GONE


def test_a_snapshot_of_a_past_day_that_is_not_whole_can_not_be_had_any_more(
    home: StandingPlatform, venue: Venue
) -> None:
    venue.answers["/data/v2/leaderboard"] = lambda asked: {
        "data": [],
        "pagination": {"limit": 100, "offset": 0, "has_more": False, "next_cursor": None},
    }
    home.run("data_leaderboard", TODAY)
    assert found(home, "data_leaderboard", TODAY).gaps == ()
    assert "not available for the past" in found(home, "data_leaderboard", BEFORE).words()
    change(home, "delete from raw.pages where page_id = (select min(page_id) from raw.pages)")
    assert found(home, "data_leaderboard", TODAY).command() == (
        "polymarket sources run leaderboards --fresh"
    )
    home.clock.passes(days=1)
    evaluation = found(home, "data_leaderboard", TODAY)
    assert [gap.fillable for gap in evaluation.gaps] == [False]
    assert evaluation.command() is None


def test_events_are_proved_like_markets(home: StandingPlatform, venue: Venue) -> None:
    venue.answers["/gamma/events/keyset"] = Listing("events", [event(1000 + n) for n in range(9)])
    home.run("gamma_events", TODAY)
    assert found(home, "gamma_events", TODAY).gaps == ()


def test_the_ids_of_fillable_gaps_go_to_a_file_that_the_command_names(tmp_path: Path) -> None:
    gaps = (
        Gap("conditions:1", None, "not held", promised=True, ids=("0x2", "0x1")),
        Gap("conditions:2", None, "gone", promised=False, ids=("0x3",), fillable=False),
    )
    found = Evaluation("data_trades", TODAY, gaps)
    file = write_ids(found, tmp_path / "gaps")
    assert file is not None
    assert Path(file).read_text() == "0x1\n0x2\n"
    assert found.command(file) == f"polymarket sources run trades --conditions {file} --fresh"
    assert write_ids(Evaluation("data_trades", TODAY, gaps[1:]), tmp_path / "gaps") is None
