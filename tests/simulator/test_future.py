"""Nothing later than the venue's clock may be seen, whatever is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import pytest

from polymarket_assets.simulator.plans import MICRO
from polymarket_assets.simulator.world import World
from tests.simulator.venue import EVENING, feed_walk, gamma_walk, hours, seconds

CLOCKS = [EVENING - hours(52), EVENING - hours(33), EVENING - hours(9), EVENING, EVENING + hours(9)]
WAITING = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
"""Some markets are proposed and not yet resolved."""
CLOCKS.append(WAITING)
PLANNED = {"endDate", "endDateIso", "gameStartTime", "startTime", "eventDate", "startDate",
           "startDateIso", "createdBy"}  # fmt: skip


def moments(value: Any, name: str = "") -> list[tuple[str, datetime]]:
    """(name, time) of every time stamp in an object, without planned times."""
    if isinstance(value, dict):
        return [m for k, v in value.items() if k not in PLANNED for m in moments(v, k)]
    if isinstance(value, list):
        return [m for v in value for m in moments(v, name)]
    if not isinstance(value, str) or len(value) < 19 or value[4] != "-":
        return []
    try:
        return [(name, datetime.fromisoformat(value.replace("+00", "+00:00").replace(" ", "T")))]
    except ValueError:
        return []


def is_waiting(world: World, market: int, now_s: int) -> bool:
    ends = world.settlements[market]
    return ends.proposed_s <= now_s < ends.resolved_s


def test_the_clocks_meet_markets_between_proposal_and_result(world: World):
    assert sum(is_waiting(world, m.index, seconds(WAITING)) for m in world.markets) >= 3


@pytest.mark.parametrize("now", CLOCKS)
def test_lists_hold_no_time_stamp_market_or_result_of_the_future(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None], now: datetime
):
    set_clock(now)
    objects = [
        row
        for kind in ("markets", "events")
        for closed in ("false", "true")
        for row in gamma_walk(client, kind, closed=closed)
    ]
    stamps = [(name, at) for row in objects for name, at in moments(row)]
    assert len(stamps) > 100
    assert [(name, at) for name, at in stamps if at > now] == []
    children = [m for row in objects for m in row.get("markets", [])]
    known = {m.id: m for m in world.markets}
    for market in [row for row in objects if "conditionId" in row] + children:
        listed = known.get(market["id"])
        if listed is None:
            assert market["active"] is False
            continue
        assert listed.created_s <= seconds(now)
        ends = world.settlements[listed.index]
        assert market["closed"] == (ends.closed_s <= seconds(now))
        assert ("closedTime" in market) == (ends.resolved_s <= seconds(now))
        assert ("umaResolutionStatus" in market) == (ends.proposed_s <= seconds(now))
        if not market["closed"]:
            assert json.loads(market["outcomePrices"]) not in (["1", "0"], ["0", "1"])


@pytest.mark.parametrize("now", CLOCKS)
def test_the_feed_ends_at_now_and_later_only_grows_on_top(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None], now: datetime
):
    set_clock(now)
    rows = feed_walk(client, taker_only="false")
    assert len(rows) == int((world.fills.event_s <= seconds(now)).sum())
    assert all(row["timestamp"] <= seconds(now) for row in rows)
    set_clock(now + hours(3))
    later = feed_walk(client, taker_only="false")
    labelled = [{**row, "outcome_index": 0, "event_slug": ""} for row in later]
    assert labelled[len(later) - len(rows) :] == [
        {**row, "outcome_index": 0, "event_slug": ""} for row in rows
    ]


def test_prices_and_books_stop_at_now(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None]
):
    for now in CLOCKS:
        set_clock(now)
        waiting = [m for m in world.markets if is_waiting(world, m.index, seconds(now))]
        for market in [*world.markets[::5], *waiting]:
            params = {"market": market.tokens[0], "startTs": 1, "endTs": 1_000_000}
            params["startTs"] = seconds(now) - 600_000
            params["endTs"] = seconds(now) + 600_000
            points = client.get("/clob/prices-history", params=params).json()["history"]
            assert all(point["t"] <= seconds(now) for point in points)
            book = client.get("/clob/book", params={"token_id": market.tokens[0]})
            live = market.opens_s <= seconds(now) < world.settlements[market.index].proposed_s
            assert book.status_code == (200 if live else 404)
            if live:
                assert int(book.json()["timestamp"]) <= seconds(now) * 1000


def test_boards_know_only_what_has_happened(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None]
):
    for now in CLOCKS[1:]:
        set_clock(now)
        params = {"limit": 1000, "time_period": "month", "sort_by": "VOLUME"}
        board = client.get("/data/v2/leaderboard", params=params).json()["data"]
        done = world.fills.event_s <= seconds(now)
        shares = int(world.fills.size_micro[done].sum())
        assert sum(round(row["volume"] * MICRO) for row in board) == shares
        wallets = len(np.unique(world.fills.wallet[done & (world.fills.size_micro > 0)]))
        assert len(board) == wallets


def test_the_clock_can_run_fast_stand_and_go_back(client: httpx.Client):
    client.post("/__simulator/clock", json={"now": EVENING.isoformat(), "speed": 3_600})
    first = client.get("/clob/time").json()
    while (later := client.get("/clob/time").json()) < first + 30:
        pass
    assert later >= first + 30
    client.post("/__simulator/clock", json={"now": "2026-11-18T00:00:00+02:00", "speed": 0})
    assert client.get("/clob/time").json() == seconds(datetime(2026, 11, 17, 22, tzinfo=UTC))
    for body in (
        {"now": "yesterday"},
        {"now": "2026-11-18T00:00:00"},
        {"speed": -1},
        [1],
        {"now": 5},
    ):
        answer = client.post("/__simulator/clock", json=body)
        assert answer.status_code == 400, body
        assert answer.json()["error"]
    assert client.post("/__simulator/clock", content=b"{").status_code == 400
