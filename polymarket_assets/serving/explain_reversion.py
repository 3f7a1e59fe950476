"""What a signal of mean_reversion says of its market's past, beside the same derived from books.

Each earlier mid is that of its book; from the mids follow the market's volatility, the move, what
came back of it and what is expected; the hour's volume follows from fills.

Belongs here: which records those are and what the signal says. Not here: the rules
(domain/reversion.py). The sum of a neg-risk event and whether the fills of an hour are known to be
all are taken from the snapshot: they rest on the books of other markets and on accounts of runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from polymarket_assets.domain.derivation import (
    Fill,
    Touch,
    depth_of,
    fill_known_at,
    flow_of,
    lots_for,
)
from polymarket_assets.domain.reversion import (
    Moment,
    Move,
    Rules,
    action_on,
    log_odds_of,
    newest_move,
    outlook,
)
from polymarket_assets.serving.explain_records import NUMBER, Check, Records, numbers_said
from polymarket_assets.serving.explain_rows import Grounds, Row

_LEVELS = 10
"""Of each side, whose worth the hour's volume is compared with."""
_LEAST_TICK = Decimal("0.001")
"""Where neither the book nor the snapshot names one."""
_HOUR = timedelta(hours=1)
_MOVED_AT = re.compile(r" minutes before ([0-9: -]+) UTC,")
_MOVED = (
    f"moved by (?P<move>{NUMBER}) within (?P<minutes>{NUMBER}) minutes .*"
    f" UTC, (?P<z>{NUMBER}) times its usual step"
)
_EXPECTED = (
    f" at (?P<price>{NUMBER}) is expected back at (?P<target>{NUMBER})"
    f" with an assumed chance of (?P<chance>{NUMBER}), else at (?P<stop>{NUMBER}):"
    f" an edge of (?P<edge>{NUMBER}) per share$"
)
_WENT = (
    f"; (?:(?P<back>{NUMBER}) of it is taken back: (?:leave|wait)"
    f"|it went on by (?P<on>{NUMBER}): leave|(?P<hours>{NUMBER}) h are over: leave)$"
)


def of_reversion(
    grounds: Grounds, records: Records, settings: Mapping[str, str], built_at: datetime
) -> Iterator[Check]:
    """The market's past, the move in it, and what the signal makes of that."""
    rules = Rules.of(settings)
    moments = []
    for row, moment, is_counted in _past(records, rules.watched_from(built_at)):
        at = row["as_of"]
        yield Check("history.mid_price", row["mid_price"], moment and moment.mid, at)
        yield Check("history.logit_mid", row["logit_mid"], moment and moment.log_odds, at)
        if is_counted:
            yield Check("history.volume_1h", row["volume_1h"], moment and moment.volume, at)
        if moment is not None:
            moments.append(moment)
    move = newest_move(moments, rules, built_at)
    yield from _of_move(grounds.signal, move, settings)
    touch = records.of_side()
    if move is None or touch is None:
        return
    token = records.terms and records.terms.token_of(is_yes=move.change < 0)
    yield Check("token_id", grounds.signal["token_id"], token)
    back = move.way_back(touch)
    action = (
        back
        if back is None
        else action_on(move, back, rules, as_of=grounds.signal["as_of"], life=grounds.life)
    )
    yield Check("action", grounds.signal["action"], action)
    if action == "enter":
        yield from _of_entry(grounds.signal, move, touch, settings)
    elif back is not None:
        yield from _of_way_back(grounds.signal, back, settings)


def _past(records: Records, watched_from: datetime) -> Iterator[tuple[Row, Moment | None, bool]]:
    """Earlier snapshots by their time, what the bytes give of each, and if its fills are counted.

    A book that came later than its snapshot gives nothing.
    """
    fills = list(_fills(records))
    for fact, book, received_at in records.with_facts("earlier snapshot"):
        row, at = fact.row, fact.row["as_of"]
        is_counted = bool(row["trades_ok"]) and at > watched_from
        if book is None or received_at is None or received_at > at:
            yield row, None, is_counted
        else:
            volume = _volume(fills, at) if is_counted else None
            yield row, _moment(row, book, records.from_yes(book), volume), is_counted


@dataclass(frozen=True)
class _Fill:
    """A match, when it happened and from when on it may be used."""

    match: Fill
    event_at: datetime
    known_at: datetime


def _fills(records: Records) -> Iterator[_Fill]:
    for _, row, received_at in records.with_facts("earlier fill"):
        if row is not None and received_at is not None:
            is_yes = records.is_yes(row["token_id"])
            match = Fill(is_yes, row["side"], row["price"], row["size"])
            yield _Fill(match, row["event_at"], fill_known_at(row["event_at"], received_at))


def _volume(fills: Iterable[_Fill], at: datetime) -> Decimal:
    """Volume of the hour before by what was known then, pUSD."""
    flow = flow_of(
        fill.match for fill in fills if at - _HOUR < fill.event_at <= at and fill.known_at <= at
    )
    return flow.buy_volume + flow.sell_volume


def _moment(row: Row, book: Row, touch: Touch | None, volume: Decimal | None) -> Moment | None:
    if touch is None or touch.mid is None:
        return None
    tick = book["tick_size"] or row["tick_size"] or _LEAST_TICK
    return Moment(
        as_of=row["as_of"],
        mid=touch.mid,
        log_odds=log_odds_of(touch.mid, tick),
        volume=volume,
        depth=depth_of(book["bids"], book["asks"], _LEVELS),
        event_sum=row["event_yes_sum"],
        neg_risk=bool(row["neg_risk"]),
    )


def _of_move(signal: Row, move: Move | None, settings: Mapping[str, str]) -> Iterator[Check]:
    said = numbers_said(signal["reason"], _MOVED)
    told = _MOVED_AT.search(signal["reason"])
    at = move and f"{move.as_of.astimezone(UTC):%Y-%m-%d %H:%M}"
    yield Check("reason.move", said.get("move"), move and move.change)
    yield Check("reason.window_minutes", said.get("minutes"), Decimal(settings["window_minutes"]))
    yield Check("reason.moved_at", told and told[1], at)
    yield Check("reason.z", said.get("z"), move and _tenths(abs(move.z)))


def _of_entry(
    signal: Row, move: Move, touch: Touch, settings: Mapping[str, str]
) -> Iterator[Check]:
    """What is expected of buying."""
    said = numbers_said(signal["reason"], _EXPECTED)
    chance, notional = Decimal(settings["assumed_chance"]), Decimal(settings["notional_usd"])
    found = outlook(
        move, touch, Rules.of(settings), rate=signal["fee_rate"], exponent=signal["fee_exponent"]
    )
    size = None
    if touch.ask and touch.ask_size:
        size = lots_for(notional, touch.ask, Decimal(settings["depth_share"]) * touch.ask_size)
    yield Check("reason.price", said.get("price"), touch.ask)
    yield Check("reason.target", said.get("target"), found and found.target)
    yield Check("reason.stop", said.get("stop"), found and found.stop)
    yield Check("reason.chance", said.get("chance"), chance)
    yield Check("reason.edge", said.get("edge"), found and found.edge)
    yield Check("confidence", signal["confidence"], chance)
    yield Check("edge_after_fees", signal["edge_after_fees"], found and found.edge)
    yield Check("suggested_size", signal["suggested_size"], size)


def _of_way_back(signal: Row, back: float, settings: Mapping[str, str]) -> Iterator[Check]:
    """Why one leaves or waits: what came back, how far it went on, or that time is over."""
    said = numbers_said(signal["reason"], _WENT)
    if "on" in said:
        yield Check("reason.went_on", float(said["on"]), -back)
    elif "hours" in said:
        yield Check("reason.hours", said["hours"], Decimal(settings["hold_hours"]))
    else:
        stored = said.get("back")
        yield Check("reason.way_back", stored if stored is None else float(stored), back)


def _tenths(value: float) -> Decimal:
    """Rounded to one decimal as DuckDB rounds a double."""
    return Decimal(value * 10).to_integral_value(ROUND_HALF_UP) / 10
