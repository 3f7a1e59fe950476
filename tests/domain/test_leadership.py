"""Leaders: how markets were decided, when that was known, and what a wallet had made of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from polymarket_assets.domain.leadership import (
    Closed,
    Match,
    PastFill,
    Record,
    Result,
    frozen_at,
    record_of,
    result_of,
)
from polymarket_assets.domain.ticks import Side

D = Decimal
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLOSED_AT = datetime(2026, 11, 18, 15, tzinfo=UTC)
MARKET = {
    "conditionId": "0x1",
    "eventIds": ["7"],
    "clobTokenIds": '["11", "22"]',
    "outcomePrices": '["1", "0"]',
    "createdAt": "2026-10-01T10:30:00Z",
    "closedTime": "2026-11-18 15:00:00+00",
}


def closed(hours: int = 1, **changes: object) -> Closed:
    """A version received so many hours after the close."""
    return Closed.of(json.dumps(MARKET | changes), CLOSED_AT + hours * HOUR)


def test_a_result_is_known_since_the_chain_dates_it() -> None:
    result = result_of([closed()])
    assert result == Result("7", {"11": D(1), "22": D(0)}, CLOSED_AT)
    undated = result_of([closed(2, closedTime=None), closed(3, closedTime=None)])
    assert undated is not None
    assert undated.known_at == CLOSED_AT + 2 * HOUR
    young = result_of([closed(createdAt="2026-11-19T00:00:00Z")])
    assert young is not None
    assert young.known_at == datetime(2026, 11, 19, tzinfo=UTC)
    alone = result_of([closed(eventIds=None)])
    assert alone is not None
    assert alone.event_id == "0x1"


def test_a_result_that_was_told_otherwise_is_known_since_it_is_told_for_good() -> None:
    turned = closed(2, outcomePrices='["0", "1"]')
    pending = closed(3, umaResolutionStatus="disputed")
    result = result_of([closed(1), turned, pending, closed(4), closed(5)])
    assert result is not None
    assert result.known_at == CLOSED_AT + 4 * HOUR


@pytest.mark.parametrize(
    "changes",
    [
        {"umaResolutionStatus": "proposed"},
        {"outcomePrices": '["0.6", "0.4"]'},
        {"outcomePrices": '["1", "1"]'},
        {"outcomePrices": '["1"]'},
        {"outcomePrices": None},
    ],
)
def test_what_may_still_turn_over_or_adds_up_to_no_whole_is_not_decided(
    changes: dict[str, object],
) -> None:
    assert result_of([closed(**changes)]) is None


def test_prices_near_certainty_a_half_and_old_oracles_decide() -> None:
    near = result_of([closed(outcomePrices='["0.9999985", "0.0000015"]')])
    tie = result_of([closed(outcomePrices='["0.5", "0.5"]')])
    assert near is not None
    assert tie is not None
    assert near.payouts == {"11": D(1), "22": D(0)}
    assert tie.payouts == {"11": D("0.5"), "22": D("0.5")}
    assert result_of([closed(90 * 24, umaResolutionStatus="proposed")]) is not None
    assert result_of([closed(90 * 24 - 1, umaResolutionStatus="proposed")]) is None


def match(token: str = "11", side: Side = "BUY", price: str = "0.5", size: int = 20) -> Match:
    return (f"0x{token}{side}{price}{size}", token, "0xw", side, D(price), D(size), 1)


def fill(of: Match, market: str = "0x1", known_at: datetime = MIDNIGHT) -> PastFill:
    return PastFill(of, market, known_at)


RESULTS = {
    "0x1": Result("a", {"11": D(1), "12": D(0)}, MIDNIGHT - DAY),
    "0x2": Result("a", {"21": D(0), "22": D(1)}, MIDNIGHT - DAY),
    "0x3": Result("b", {"31": D(0), "32": D(1)}, MIDNIGHT - DAY),
    "0x4": Result("c", {"41": D(1), "42": D(0)}, MIDNIGHT + HOUR),
    "0x5": Result("d", {"51": D(1), "52": D(0)}, MIDNIGHT - 90 * DAY),
}


def recorded(*fills: PastFill, takers: tuple[Match, ...] = ()) -> Record | None:
    return record_of(fills, takers, RESULTS, known_from=MIDNIGHT - 90 * DAY, known_by=MIDNIGHT)


def test_a_record_sums_by_event_what_bought_and_sold_shares_came_to() -> None:
    record = recorded(
        fill(match("11")),  # 20 - 10
        fill(match("21", "SELL", "0.3", 10), "0x2"),  # + 3
        fill(match("32", "SELL", "0.4", 10), "0x3"),  # 4 - 10
    )
    assert record is not None
    assert (record.events, record.wins, record.losses, record.profit) == (2, 1, 1, D(7))
    assert record.biggest_win_share == 1


def test_nothing_counts_that_was_known_later_or_decided_too_long_ago() -> None:
    late = fill(match("11"), known_at=MIDNIGHT + timedelta(microseconds=1))
    assert recorded(late) is None
    assert recorded(fill(match("41"), "0x4"), fill(match("51"), "0x5")) is None
    assert recorded(fill(match("99"), "0x1"), fill(match("11"), "0x9")) is None


def test_a_fill_is_the_takers_as_often_as_the_list_of_takers_has_it() -> None:
    one = match("11")
    twice = recorded(fill(one), fill(one), takers=(one, one))
    once = recorded(fill(one), fill(one), takers=(one,))
    other = recorded(fill(one), takers=((one[0], "12", "0xother", *one[3:]),))
    unknown = recorded(fill(one))
    assert [r and r.maker_share for r in (twice, once, other, unknown)] == [0, 0.5, 1, 0]


def test_a_fill_without_a_price_is_a_fill_of_no_profit() -> None:
    unpriced: Match = ("0x", "11", "0xw", "BUY", None, D(20), 1)
    record = recorded(fill(unpriced), fill(match("31"), "0x3"))
    assert record is not None
    assert (record.events, record.wins, record.profit) == (2, 0, D(-10))
    assert record.biggest_win_share is None


def test_few_wins_prove_little() -> None:
    """The lower Wilson bound of 3 of 3 is n / (n + z²)."""
    assert Record(3, 3, 0, D(1), 0, 1).win_rate_low == D("0.438503")
    assert Record(3, 0, 0, D(0), 0, None).win_rate_low is None


def test_leaders_are_chosen_at_the_last_midnight_before_every_snapshot_that_lives() -> None:
    life = timedelta(minutes=15)
    assert frozen_at(MIDNIGHT + 12 * HOUR, life) == MIDNIGHT
    assert frozen_at(MIDNIGHT + timedelta(minutes=14), life) == MIDNIGHT - DAY
    assert frozen_at(MIDNIGHT + life, life) == MIDNIGHT
