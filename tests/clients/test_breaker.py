"""The breaker: ten failures in a row open it, one success closes it, trials are rare."""

from __future__ import annotations

import pytest

from polymarket_assets.clients.breaker import (
    FAILURES_TO_OPEN,
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    Breaker,
)


def broken(at: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        breaker.failed(at, "status 503")
    return breaker


def test_it_stays_closed_as_long_as_failures_are_not_in_a_row() -> None:
    breaker = Breaker()
    for _ in range(5):
        for _ in range(FAILURES_TO_OPEN - 1):
            breaker.failed(0.0, "status 503")
        breaker.succeeded()
    assert not breaker.is_open
    assert breaker.admits(0.0)
    assert breaker.remaining(0.0) == 0


def test_it_admits_one_trial_per_pause() -> None:
    breaker = broken()
    assert breaker.is_open
    assert not breaker.admits(FIRST_PAUSE_S - 0.1)
    assert breaker.remaining(1.0) == pytest.approx(FIRST_PAUSE_S - 1)
    assert breaker.admits(FIRST_PAUSE_S)
    assert not breaker.admits(FIRST_PAUSE_S)


def test_each_failed_trial_doubles_the_pause_up_to_its_limit() -> None:
    breaker, now, pauses = broken(), 0.0, []
    for _ in range(8):
        pauses.append(breaker.remaining(now))
        now += pauses[-1]
        assert breaker.admits(now)
        breaker.failed(now, "status 503")
    assert pauses == [5, 10, 20, 40, 60, 60, 60, 60]
    assert pauses[-1] == LONGEST_PAUSE_S


def test_requests_under_way_when_it_opened_do_not_lengthen_the_pause() -> None:
    breaker = broken()
    for _ in range(16):
        breaker.failed(0.1, "status 503")
    assert breaker.remaining(0.0) == FIRST_PAUSE_S


def test_a_success_closes_it_and_forgets_the_pause() -> None:
    breaker = broken()
    breaker.admits(FIRST_PAUSE_S)
    breaker.failed(FIRST_PAUSE_S, "status 503")
    breaker.succeeded()
    assert not breaker.is_open
    for _ in range(FAILURES_TO_OPEN):
        breaker.failed(100.0, "status 500")
    assert breaker.remaining(100.0) == FIRST_PAUSE_S
    assert breaker.cause == "status 500"
