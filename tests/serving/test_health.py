"""The rules behind the status: ages, classes, and what follows from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.serving.health import (
    NOTHING_FETCHED,
    NOTHING_YET,
    WAREHOUSE,
    Freshness,
    Overall,
    SourceAccount,
    age_of,
    classify,
    spoken,
    why_degraded,
    why_down,
)
from tests.serving.homes import NOON, ago

FRESH, STALE, VERY_STALE = Freshness.FRESH, Freshness.STALE, Freshness.VERY_STALE
ORDER = [FRESH, STALE, VERY_STALE]


@pytest.mark.parametrize(
    ("minutes", "seconds", "expected"),
    [
        (0, 0, FRESH),
        (19, 59, FRESH),
        (20, 0, STALE),
        (59, 59, STALE),
        (60, 0, VERY_STALE),
    ],
)
def test_an_age_on_a_boundary_belongs_to_the_older_class(
    minutes: int, seconds: int, expected: Freshness
) -> None:
    assert classify(timedelta(minutes=minutes, seconds=seconds), "data_trades") is expected


@pytest.mark.parametrize(
    ("minutes", "seconds", "expected"),
    [(79, 59, FRESH), (80, 0, STALE), (119, 59, STALE), (120, 0, VERY_STALE)],
)
def test_hourly_prices_are_late_only_when_the_next_point_is_overdue(
    minutes: int, seconds: int, expected: Freshness
) -> None:
    assert classify(timedelta(minutes=minutes, seconds=seconds), "clob_prices") is expected


def test_what_never_came_has_no_age() -> None:
    assert age_of(None, NOON) is None
    assert classify(None) is Freshness.NEVER


def test_an_age_is_never_negative() -> None:
    assert age_of(NOON + timedelta(seconds=3), NOON) == timedelta(0)


@given(st.timedeltas(min_value=timedelta(0)), st.timedeltas(min_value=timedelta(0)))
def test_older_data_is_never_called_fresher(one: timedelta, other: timedelta) -> None:
    young, old = sorted((one, other))
    for source in ("data_trades", "clob_prices"):
        assert ORDER.index(classify(young, source)) <= ORDER.index(classify(old, source))


def test_the_age_of_data_counts_and_not_that_of_a_run_that_wrote_nothing() -> None:
    account = SourceAccount("data_trades", last_success_at=NOON, data_until=ago(hours=2))
    assert account.current_until == ago(hours=2)


def test_a_live_run_that_found_nothing_newer_proves_that_there_was_nothing() -> None:
    account = SourceAccount(
        "data_trades",
        last_success_at=NOON,
        data_until=ago(hours=2),
        found_nothing_at=ago(minutes=1),
    )
    assert account.current_until == ago(minutes=1)
    later = replace(account, data_until=NOON)
    assert later.current_until == NOON


def test_a_source_that_never_saw_data_is_judged_by_its_last_success() -> None:
    account = SourceAccount("clob_books", last_success_at=ago(minutes=5))
    assert account.current_until == ago(minutes=5)


def test_the_warehouse_is_judged_by_its_last_success() -> None:
    account = SourceAccount(WAREHOUSE, last_success_at=ago(minutes=5), data_until=NOON)
    assert account.current_until == ago(minutes=5)


@pytest.mark.parametrize(("minutes", "down"), [(59.99, False), (60, True), (600, True)])
def test_an_hour_without_any_success_is_down(minutes: float, *, down: bool) -> None:
    accounts = [
        SourceAccount("data_trades", last_success_at=ago(minutes=minutes)),
        SourceAccount("gamma_markets", last_success_at=ago(days=2)),
        SourceAccount(WAREHOUSE, last_success_at=NOON),
    ]
    reason = why_down(accounts, NOON)
    assert (reason is not None) is down
    if reason:
        assert "no source succeeded within the last hour" in reason


def test_a_build_alone_is_no_collected_data() -> None:
    accounts = [SourceAccount("data_trades"), SourceAccount(WAREHOUSE, last_success_at=NOON)]
    assert why_down(accounts, NOON) == NOTHING_YET


def test_failed_attempts_are_not_the_same_as_none() -> None:
    accounts = [SourceAccount("data_trades", last_attempt_at=NOON, last_outcome="failed")]
    assert why_down(accounts, NOON) == NOTHING_FETCHED


def test_each_source_says_what_is_wrong_with_it() -> None:
    accounts = [
        SourceAccount("gamma_events", last_success_at=NOON, data_until=NOON, last_outcome="ok"),
        SourceAccount("gamma_markets", last_success_at=ago(minutes=30), last_outcome="ok"),
        SourceAccount(
            "data_trades",
            last_success_at=NOON,
            last_outcome="failed",
            last_error="TlsError: expired",
            next_action="look at the clock",
        ),
        SourceAccount("clob_books"),
        SourceAccount(WAREHOUSE),
    ]
    assert why_degraded(accounts, NOON) == [
        "gamma_markets is STALE: its data ends 30 min ago",
        "data_trades failed last time: TlsError: expired; next: look at the clock",
        "clob_books was never collected: run `polymarket run`",
        "warehouse was never built: run `polymarket run`",
    ]


def test_a_source_that_only_ever_failed_is_named_once_and_an_action_told_is_not_repeated() -> None:
    account = SourceAccount(
        "data_trades",
        last_outcome="failed",
        last_error="TlsError: expired; next: look at the clock",
        next_action="look at the clock",
    )
    assert why_degraded([account], NOON) == [
        "data_trades failed last time: TlsError: expired; next: look at the clock"
    ]


def test_the_overall_word_decides_the_exit_code() -> None:
    assert [word.exit_code for word in (Overall.OK, Overall.DEGRADED, Overall.DOWN)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=5, seconds=3), "5 min 3 s"),
        (timedelta(hours=2, minutes=10, seconds=30), "2 h 10 min"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)
def test_ages_are_spoken_in_two_units(age: timedelta, words: str) -> None:
    assert spoken(age) == words
