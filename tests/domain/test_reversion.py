"""Sudden moves: how unusual one is, when it counts, what is done about it and what that brings."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from polymarket_assets.domain.derivation import Touch
from polymarket_assets.domain.reversion import (
    Moment,
    Move,
    Rules,
    action_on,
    log_odds_of,
    newest_move,
    outlook,
    volatility,
)

D = Decimal
BUILT = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SETTINGS = {
    "enabled": "true", "window_minutes": "30", "hold_hours": "6", "vol_days": "7",
    "vol_bars_min": "5", "vol_floor": "0.02", "z_min": "3", "move_min": "0.08",
    "volume_depth_max": "0.5", "retrace": "0.5", "stop": "0.5", "assumed_chance": "0.7",
}  # fmt: skip
RULES = Rules.of(SETTINGS)


def moment(at: datetime, mid: str, **other: object) -> Moment:
    """A quiet market of which few shares were traded."""
    log_odds = log_odds_of(D(mid), D("0.01"))
    quiet = Moment(at, D(mid), log_odds, volume=D(0), depth=D(800), event_sum=None, neg_risk=False)
    return replace(quiet, **other)


def quiet(bars: int, mids: tuple[str, ...] = ("0.5", "0.51")) -> list[Moment]:
    """The ends of so many bars, the last of them eight hours before the build."""
    first = BUILT - 8 * HOUR - 30 * MINUTE * (bars - 1)
    return [moment(first + 30 * MINUTE * n, mids[n % len(mids)]) for n in range(bars)]


BEFORE = moment(BUILT - 45 * MINUTE, "0.5")


def jumped(minutes: int = 10, mid: str = "0.8", **other: object) -> Moment:
    return moment(BUILT - minutes * MINUTE, mid, **other)


def found(*recent: Moment, rules: Rules = RULES) -> Move | None:
    return newest_move([*quiet(10), *recent], rules, BUILT)


def test_log_odds_keep_a_tick_away_from_certainty() -> None:
    assert log_odds_of(D("0.5"), D("0.01")) == 0
    assert log_odds_of(D(1), D("0.01")) == log_odds_of(D("0.99"), D("0.01"))
    assert log_odds_of(D(0), D("0.01")) == math.log(0.01 / 0.99)


def test_volatility_is_the_median_step_of_whole_bars_before_any_watched_move() -> None:
    step = log_odds_of(D("0.51"), D("0.01"))
    assert volatility(quiet(6), RULES, BUILT) == pytest.approx(1.4826 * step)
    assert volatility(quiet(5), RULES, BUILT) is None, "four steps are too few"
    gap = quiet(12)
    assert volatility(gap[:6] + gap[7:], RULES, BUILT) == pytest.approx(1.4826 * step)
    assert volatility(gap[:5] + gap[6:7], RULES, BUILT) is None, "two bars apart is no step"
    assert volatility(quiet(6, ("0.5",)), RULES, BUILT) == float(RULES.least_volatility)


def test_of_a_bar_the_last_moment_counts_and_none_that_is_watched_or_too_old() -> None:
    """Half past and on the hour bars begin; they end at one half, whatever was before."""
    starts = quiet(6, ("0.9",))
    ends = [moment(one.as_of + 29 * MINUTE, "0.5") for one in starts]
    old = [replace(one, as_of=one.as_of - RULES.days) for one in quiet(6, ("0.5", "0.9"))]
    watched = [moment(BUILT - n * 30 * MINUTE, ("0.5", "0.9")[n % 2]) for n in range(13, -1, -1)]
    assert watched[0].as_of > RULES.watched_from(BUILT) == BUILT - 7 * HOUR
    bars = sorted([*starts, *ends], key=lambda one: one.as_of)
    assert volatility([*old, *bars, *watched], RULES, BUILT) == 0.02


def test_a_move_is_the_change_within_a_span_in_units_of_the_volatility() -> None:
    move = found(BEFORE, jumped())
    assert move is not None
    assert (move.as_of, move.mid, move.change) == (BUILT - 10 * MINUTE, D("0.8"), D("0.3"))
    step = log_odds_of(D("0.51"), D("0.01"))
    assert move.z == pytest.approx(log_odds_of(D("0.8"), D("0.01")) / (1.4826 * step))


@pytest.mark.parametrize(
    "recent",
    [
        [jumped()],
        [moment(BUILT - 56 * MINUTE, "0.5"), jumped()],
        [moment(BUILT - 39 * MINUTE, "0.5"), jumped()],
        [BEFORE, jumped(mid="0.57")],
        [BEFORE, jumped(volume=None)],
        [BEFORE, jumped(volume=D("320.01"))],
        [BEFORE, jumped(neg_risk=True)],
        [BEFORE, jumped(neg_risk=True, event_sum=D("1.14"))],
        [BEFORE, jumped(mid="0.2", neg_risk=True, event_sum=D("1.3"))],
    ],
    ids=["alone", "late", "early", "small", "unknown", "traded", "no-sum", "siblings", "against"],
)
def test_each_of_these_is_no_move(recent: list[Moment]) -> None:
    assert found(*recent) is None


def test_of_a_neg_risk_event_only_what_displaces_its_sum_is_a_move() -> None:
    assert found(BEFORE, jumped(neg_risk=True, event_sum=D("1.15"))) is not None
    assert found(BEFORE, jumped(mid="0.2", neg_risk=True, event_sum=D("0.85"))) is not None
    assert found(BEFORE, jumped(volume=D(320))) is not None, "half of 0.8 times 800"


def test_a_market_that_moves_much_is_not_moved_by_as_much() -> None:
    wild = quiet(10, ("0.3", "0.6"))
    assert newest_move([*wild, BEFORE, jumped()], RULES, BUILT) is None


def test_the_first_moment_that_shows_a_move_counts_and_of_two_moves_the_newer() -> None:
    first = moment(BUILT - 4 * HOUR - 35 * MINUTE, "0.5")
    shown = [moment(BUILT - 4 * HOUR + n * 5 * MINUTE, "0.8") for n in range(4)]
    move = found(first, *shown)
    assert move is not None
    assert move.as_of == shown[0].as_of
    newer = found(first, *shown, BEFORE, jumped())
    assert newer is not None
    assert newer.as_of == BUILT - 10 * MINUTE


MOVE = Move(BUILT, D("0.8"), D("0.3"), 20.0)
NO = Touch(D("0.19"), D(400), D("0.21"), D(400))


def test_what_came_back_is_seen_from_the_token_that_fell() -> None:
    assert MOVE.way_back(NO) == pytest.approx(0)
    assert MOVE.way_back(Touch(D("0.3"), D(1), D("0.32"), D(1))) == pytest.approx(0.11)
    fell = replace(MOVE, mid=D("0.2"), change=D("-0.3"))
    assert fell.way_back(Touch(D("0.24"), D(1), D("0.26"), D(1))) == pytest.approx(0.05)
    assert MOVE.way_back(replace(NO, bid=None)) is None


@pytest.mark.parametrize(
    ("way_back", "minutes", "action"),
    [
        (0.0, 15, "enter"),
        (0.0, 16, "hold"),
        (0.15, 5, "exit"),
        (-0.15, 5, "exit"),
        (-0.14, 5, "enter"),
        (0.0, 360, "exit"),
    ],
)
def test_one_enters_soon_and_leaves_at_the_target_the_stop_or_in_time(
    way_back: float, minutes: int, action: str
) -> None:
    at = BUILT + minutes * MINUTE
    assert action_on(MOVE, way_back, RULES, as_of=at, life=15 * MINUTE) == action


def test_what_is_expected_weighs_the_way_back_against_the_stop_after_both_fees() -> None:
    found = outlook(MOVE, NO, RULES, rate=D("0.04"), exponent=D(1))
    assert found is not None
    assert (found.target, found.stop) == (D("0.34"), D("0.04"))
    gained = D("0.7") * (D("0.34") - D("0.008976")) + D("0.3") * (D("0.04") - D("0.001536"))
    assert found.edge == D("0.026620")
    assert abs(found.edge - (gained - D("0.21") - D("0.006636"))) < D("0.000001")
    low = outlook(replace(MOVE, change=D("0.6")), NO, RULES, rate=D(0), exponent=D(1))
    assert low is not None
    assert low.stop == 0, "nothing is worth less than nothing"
    assert outlook(MOVE, replace(NO, ask=None), RULES, rate=D(0), exponent=D(1)) is None
