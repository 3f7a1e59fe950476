"""Bad input: nothing is lost, nothing doubled, and whatever stays missing is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.sources.audit import audit
from tests.sources.platforms import FILLS, Platform, day, platform

EVENING = datetime(2026, 11, 19, 21, tzinfo=UTC)
AFTER_THE_HOUR = EVENING + timedelta(minutes=5)
"""The platform's clock, which runs: no hourly price may come up between two runs."""
WORLD = SimulatorOptions(
    seed=9, start=date(2026, 11, 18), days=2, markets=150, fills=900, now=EVENING, speed=0
)
DAYS, TODAY = day("2026-11-18", "2026-11-19"), day("2026-11-19")
TRADES, MARKETS = "/data/v2/trades", "/gamma/markets/keyset"
PATHS = {
    "data_trades": TRADES,
    "gamma_markets": MARKETS,
    "clob_prices": "/clob/batch-prices-history",
    "clob_books": "/clob/books",
    "data_leaderboard": "/data/v2/leaderboard",
}
PAGES = "select count(*) from raw.pages where source = 'data_trades'"
CONTENTS = {
    "data_trades": f"select taker_only, count(*), sum(hash(f)) from ({FILLS}) as f group by all",
    "gamma_markets": "select count(*), sum(hash(market_id, payload_sha256)) from raw.gamma_markets",
    "clob_prices": "select count(*), sum(hash(token_id, event_at, price)) from raw.clob_prices",
    "clob_books": "select count(*), sum(hash(token_id, book_at, bids, asks)) from raw.clob_books",
    "data_leaderboard": (
        "select count(*), sum(hash(category, time_period, sort_by, rank, wallet))"
        " from raw.data_leaderboard"
    ),
}


@pytest.fixture(scope="module")
def venue() -> Iterator[SimulatorHandle]:
    with simulator(WORLD) as handle:
        yield handle


@pytest.fixture(scope="module")
def filled(venue: SimulatorHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A home that holds everything of the two days, free of faults."""
    folder = tmp_path_factory.mktemp("faults")
    with platform(folder, venue.url, now=AFTER_THE_HOUR, leaderboard_categories="overall") as made:
        for source in ("gamma_markets", *(name for name in PATHS if name != "gamma_markets")):
            made.run(source, DAYS)
        yield made


@pytest.fixture(scope="module")
def whole(filled: Platform) -> dict[str, Any]:
    """What is held of each source when nothing goes wrong."""
    return {source: contents(filled, source) for source in PATHS} | {"pages": filled.one(PAGES)}


@pytest.fixture
def home(filled: Platform, whole: dict[str, Any], venue: SimulatorHandle) -> Iterator[Platform]:
    yield filled
    venue.clear_faults()


def contents(home: Platform, source: str) -> list[tuple[Any, ...]]:
    return sorted(home.lake.rows(CONTENTS[source]))


@pytest.mark.parametrize("source", PATHS)
def test_malformed_records_are_set_aside_with_their_reason_and_the_others_kept(
    home: Platform, venue: SimulatorHandle, whole: dict[str, Any], source: str
) -> None:
    home.forget(source)
    venue.faults({"path": PATHS[source], "kind": "malformed_row", "times": 1})
    run = home.run(source, DAYS)
    assert contents(home, source) == whole[source]
    assert (run.quarantined, run.rows) == (1, run.accepted + run.unchanged + 1)
    [(reason, row, position, page_rows)] = home.lake.rows(
        "select reason, decode(row), position, row_count from raw.quarantine"
        " inner join raw.pages using (page_id) where quarantine.source = ?",
        [source],
    )
    assert ": " in reason
    assert "unexpected" in row
    assert 0 <= position < page_rows
    assert audit(home.lake, source, TODAY).problems == []


def passing(*kinds: str) -> list[dict[str, Any]]:
    """Rules of faults that end soon, and empty pages between the full ones."""
    rules = [{"kind": kind, "times": 1, "retry_after": 0.05} for kind in kinds]
    return [*rules, {"kind": "empty_page", "every": 2, "times": 2}]


@pytest.mark.parametrize(
    ("source", "rules"),
    [
        # Two walks at once, so that the waits between attempts stay short.
        ("data_trades", passing("503", "429", "truncated", "html", "200_error", "reset")),
        ("gamma_markets", passing("503", "429", "truncated")),
    ],
)
def test_faults_that_pass_leave_no_trace_but_their_count(
    home: Platform,
    venue: SimulatorHandle,
    whole: dict[str, Any],
    source: str,
    rules: list[dict[str, Any]],
) -> None:
    home.forget(source)
    venue.faults(*({"path": PATHS[source], **rule} for rule in rules))
    run = home.run(source, DAYS)
    assert contents(home, source) == whole[source]
    assert all(rule["struck"] == rule["times"] for rule in venue.faults())
    assert run.retries == len(rules) - 1
    assert run.rate_limited == 1 + (source == "data_trades"), "a 200 that says so counts too"
    assert audit(home.lake, source, TODAY).problems == []


LASTING = {
    "503": ("VenueUnavailableError", "status 503", "wait until the venue answers again"),
    "429": ("RateLimitedError", "status 429", "lower PM_HTTP_RATE_FACTOR"),
    "html": ("VenueBlockedError", "HTML page: Just a moment", "open the address in a browser"),
    "200_error": ("RateLimitedError", "status 200 with an error", "lower PM_HTTP_RATE_FACTOR"),
    "truncated": ("VenueUnavailableError", "RemoteProtocolError", "wait until the venue"),
    "repeat_cursor": ("CursorLoopError", "given a second time", "report it to the venue"),
}


@pytest.mark.parametrize("kind", LASTING)
def test_a_fault_that_lasts_fails_the_run_and_the_next_one_goes_on_from_there(
    home: Platform, venue: SimulatorHandle, whole: dict[str, Any], kind: str
) -> None:
    error, cause, advice = LASTING[kind]
    home.forget("data_trades")
    venue.faults(
        {"path": TRADES, "kind": kind, "after": 3, "retry_after": 0.05},
        {"path": "/data/trades", "kind": "503", "retry_after": 0.05},
    )
    failed = home.failed("data_trades", DAYS, changed={"http_attempts": 2})
    assert failed.error_class == error
    assert cause in str(failed.error_message)
    assert advice in str(failed.next_action)
    assert error in str(failed.traceback)
    held = home.one(PAGES)
    assert 0 < held == failed.pages < whole["pages"], "what was fetched is kept"
    venue.clear_faults()
    again = home.run("data_trades", DAYS)
    assert contents(home, "data_trades") == whole["data_trades"]
    assert again.pages <= whole["pages"] - held + 2, "only the top of each pass once more"
    assert audit(home.lake, "data_trades", TODAY).problems == []


def test_a_circle_in_a_list_is_named_and_broken_off(
    home: Platform, venue: SimulatorHandle, whole: dict[str, Any]
) -> None:
    home.forget("gamma_markets")
    venue.faults({"path": MARKETS, "kind": "repeat_cursor"})
    assert home.failed("gamma_markets", DAYS).error_class == "CursorLoopError"
    venue.clear_faults()
    home.run("gamma_markets", DAYS)
    assert contents(home, "gamma_markets") == whole["gamma_markets"]
