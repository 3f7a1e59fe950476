"""Sudden moves of a market and what fading one should bring, derived anew from the market's past.

The model mean_reversion states the same in SQL; that both agree is what `polymarket explain` shows.

Belongs here: the rules, on plain values. Not here: which snapshots there were (serving/).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from statistics import median
from typing import Literal

from polymarket_assets.domain.derivation import Touch, fee_at, rounded

_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NORMAL = 1.4826
"""The deviation of normal steps, in their median size."""


@dataclass(frozen=True)
class Rules:
    """The settings of the strategy.

    Attributes:
        span: length of a move, in whole minutes.
        bar: length of a step whose usual size is the volatility.
        hold: how long one waits for its way back.
        days: what the volatility is measured over, before the holding time.
        least_steps: steps a volatility is stated for.
        least_volatility: it is taken to be at least this, log odds a step.
        least_z: size of a move in units of the volatility.
        least_change: size of a move, pUSD.
        flow_share: most volume of the hour, as a share of the worth of the ten best levels.
        retrace: share of a move that is expected back.
        stop: share of a move by which it may go on.
        chance: assumed chance that it comes back before it goes on.
    """

    span: timedelta
    bar: timedelta
    hold: timedelta
    days: timedelta
    least_steps: Decimal
    least_volatility: Decimal
    least_z: Decimal
    least_change: Decimal
    flow_share: Decimal
    retrace: Decimal
    stop: Decimal
    chance: Decimal

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Rules:
        """Read the settings as the warehouse keeps them."""
        told = {name: Decimal(value) for name, value in settings.items() if name != "enabled"}
        return cls(
            span=timedelta(minutes=_whole(told["window_minutes"])),
            bar=timedelta(microseconds=_whole(told["window_minutes"] * 60_000_000)),
            hold=timedelta(hours=float(told["hold_hours"])),
            days=timedelta(days=_whole(told["vol_days"])),
            least_steps=told["vol_bars_min"],
            least_volatility=told["vol_floor"],
            least_z=told["z_min"],
            least_change=told["move_min"],
            flow_share=told["volume_depth_max"],
            retrace=told["retrace"],
            stop=told["stop"],
            chance=told["assumed_chance"],
        )

    def watched_from(self, built_at: datetime) -> datetime:
        """After it moves are looked for; up to it the volatility is measured.

        A position is told to leave for one more hour after its time is over.
        """
        return built_at - self.hold - _HOUR


@dataclass(frozen=True)
class Moment:
    """A market at one of its snapshots, seen from YES.

    Attributes:
        as_of: when.
        mid: pUSD.
        log_odds: of the mid.
        volume: pUSD of the hour before; None when its fills are not known to be all.
        depth: shares on the ten best levels of both sides.
        event_sum: sum of the mids of the neg-risk event; None when not known.
        neg_risk: it belongs to one.
    """

    as_of: datetime
    mid: Decimal
    log_odds: float
    volume: Decimal | None
    depth: Decimal
    event_sum: Decimal | None
    neg_risk: bool


@dataclass(frozen=True)
class Move:
    """A sudden move that few shares made and no sibling shares.

    Attributes:
        as_of: the first snapshot that shows it.
        mid: of that snapshot, pUSD.
        change: of the mid within a span, pUSD.
        z: change of the log odds, in units of the market's volatility.
    """

    as_of: datetime
    mid: Decimal
    change: Decimal
    z: float

    def way_back(self, touch: Touch) -> float | None:
        """How much of it is taken back at a touch of the token that fell; negative when it went on.

        A double here as it is in DuckDB. None without a bid or an ask.
        """
        if touch.bid is None or touch.ask is None:
            return None
        then = self.mid if self.change < 0 else 1 - self.mid
        return float(touch.bid + touch.ask) / 2 - float(then)


def log_odds_of(mid: Decimal, tick: Decimal) -> float:
    """Natural log odds of a mid kept one tick away from 0 and 1."""
    kept = max(min(mid, 1 - tick), tick)
    return math.log(float(kept) / float(1 - kept))


def volatility(moments: Sequence[Moment], rules: Rules, built_at: datetime) -> float | None:
    """How far the log odds usually move in one bar; None when there are too few steps to tell.

    The last moment of each bar of the clock counts, of moments by their time that are older than
    any watched move.
    """
    until = rules.watched_from(built_at)
    ends: dict[int, float] = {}
    for moment in moments:
        if until - rules.days < moment.as_of <= until:
            ends[(moment.as_of - _EPOCH) // rules.bar] = moment.log_odds
    steps = [
        abs(log_odds - before)
        for (bar, before), (next_bar, log_odds) in pairwise(ends.items())
        if next_bar - bar == 1
    ]
    if not steps or len(steps) < rules.least_steps:
        return None
    return max(_NORMAL * median(steps), float(rules.least_volatility))


def newest_move(moments: Sequence[Moment], rules: Rules, built_at: datetime) -> Move | None:
    """The newest move among moments by their time.

    One move shows in every snapshot of a span: its first one counts.
    """
    usual = volatility(moments, rules, built_at)
    if usual is None:
        return None
    found = None
    last_shown = None
    for move in _jumps(moments, rules, built_at, usual):
        if last_shown is None or move.as_of - last_shown > rules.span:
            found = move
        last_shown = move.as_of
    return found


def action_on(
    move: Move, way_back: float, rules: Rules, *, as_of: datetime, life: timedelta
) -> Literal["enter", "exit", "hold"]:
    """What to do about a move at `as_of`; a signal to enter lives for `life` after the move."""
    distance = abs(move.change)
    is_back = way_back >= float(rules.retrace * distance)
    is_on = way_back <= float(-rules.stop * distance)
    if is_back or is_on or as_of - move.as_of >= rules.hold:
        return "exit"
    return "enter" if as_of - move.as_of <= life else "hold"


@dataclass(frozen=True)
class Outlook:
    """What buying the token that fell is expected to bring, pUSD per share.

    Attributes:
        target: bid at which it would be sold with a gain.
        stop: bid at which it would be sold with a loss, at least 0.
        edge: expected gain after the fees of buying and of selling.
    """

    target: Decimal
    stop: Decimal
    edge: Decimal


def outlook(
    move: Move, touch: Touch, rules: Rules, *, rate: Decimal, exponent: Decimal
) -> Outlook | None:
    """The outlook of buying at a touch; None without a bid or an ask."""
    if touch.bid is None or touch.ask is None:
        return None
    distance, spread = abs(move.change), touch.ask - touch.bid
    target = touch.ask + rules.retrace * distance - spread
    stop = max(touch.ask - rules.stop * distance - spread, Decimal(0))
    gained = target - fee_at(min(target, Decimal(1)), rate, exponent)
    saved = stop - fee_at(stop, rate, exponent)
    paid = touch.ask + fee_at(touch.ask, rate, exponent)
    expected = rules.chance * gained + (1 - rules.chance) * saved - paid
    return Outlook(target, stop, rounded(expected))


def _jumps(
    moments: Sequence[Moment], rules: Rules, built_at: datetime, usual: float
) -> Iterator[Move]:
    """Every watched moment that a sudden move leads to."""
    times = [moment.as_of for moment in moments]
    for moment in moments[bisect_right(times, rules.watched_from(built_at)) :]:
        there = bisect_right(times, moment.as_of - rules.span)
        if not there or moment.as_of - times[there - 1] > 1.5 * rules.span:
            continue
        change = moment.mid - moments[there - 1].mid
        log_change = moment.log_odds - moments[there - 1].log_odds
        is_large = abs(log_change) >= float(rules.least_z) * usual
        if is_large and abs(change) >= rules.least_change and _is_thin(moment, change, rules):
            yield Move(moment.as_of, moment.mid, change, log_change / usual)


def _is_thin(moment: Moment, change: Decimal, rules: Rules) -> bool:
    """Whether few shares moved the market, and no sibling moved with it.

    Siblings that confirm a move keep the sum of the event at one; a sweep alone displaces it.
    """
    most = rules.flow_share * moment.mid * moment.depth
    if moment.volume is None or moment.volume > most:
        return False
    if not moment.neg_risk:
        return True
    if moment.event_sum is None:
        return False
    displaced = moment.event_sum - 1 if change > 0 else 1 - moment.event_sum
    return displaced >= abs(change) / 2


def _whole(number: Decimal) -> int:
    """As DuckDB's cast to a whole number does it."""
    return int(number.to_integral_value(ROUND_HALF_UP))
