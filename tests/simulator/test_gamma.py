from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from polymarket_assets.simulator.gamma_fixed import tags
from polymarket_assets.simulator.gamma_shapes import GammaShapes
from polymarket_assets.simulator.plans import CATEGORIES, MICRO
from polymarket_assets.simulator.world import World
from tests.simulator.venue import EVENING, MORNING, START, feed_walk, gamma_walk, hours, seconds


def test_walks_over_open_and_closed_markets_give_each_visible_one_once(
    client: httpx.Client, world: World
):
    opened, closed = gamma_walk(client, "markets"), gamma_walk(client, "markets", closed="true")
    ids = [m["id"] for m in opened + closed]
    visible = {m.id for m in world.markets if m.created_s < seconds(EVENING) - 1}
    assert set(ids) == visible
    assert len(ids) == len(visible)
    assert not any(m["closed"] for m in opened)
    assert all(m["closed"] for m in closed)
    assert [int(m["id"]) for m in opened] == sorted(int(m["id"]) for m in opened)


def test_the_last_page_has_no_next_cursor_and_the_limit_is_clamped(client: httpx.Client):
    default = client.get("/gamma/markets/keyset").json()
    assert len(default["markets"]) == 20
    assert default["$schema"].endswith("MarketsKeysetListResponse.json")
    many = client.get("/gamma/markets/keyset", params={"limit": 5000, "closed": "true"}).json()
    assert len(many["markets"]) <= 100
    last = client.get("/gamma/events/keyset", params={"limit": 100}).json()
    assert "next_cursor" not in last


def test_wrong_cursor_names_and_unknown_parameters_are_ignored(client: httpx.Client):
    first = client.get("/gamma/markets/keyset", params={"limit": 5}).json()
    for name in ("cursor", "next_cursor", "page"):
        params = {"limit": 5, name: first["next_cursor"], "active": "false"}
        assert client.get("/gamma/markets/keyset", params=params).json() == first


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"offset": 1}, "offset is not allowed on keyset endpoints"),
        ({"order": "volume_num"}, "order fields are not valid"),
        ({"after_cursor": "bent"}, "invalid cursor"),
        ({"limit": "many"}, "limit must be a non-negative integer"),
        ({"volume_num_min": "much"}, "volume_num_min must be a number"),
        ({"end_date_min": "soon"}, "end_date_min must be a date"),
    ],
)
def test_validation_errors_are_422(client: httpx.Client, params: dict[str, str], message: str):
    answer = client.get("/gamma/markets/keyset", params=params)
    assert answer.status_code == 422
    assert answer.json() == {"type": "validation error", "error": message}


def test_a_cursor_of_one_list_is_refused_by_the_other(client: httpx.Client):
    cursor = client.get("/gamma/markets/keyset", params={"limit": 5}).json()["next_cursor"]
    answer = client.get("/gamma/events/keyset", params={"after_cursor": cursor})
    assert answer.status_code == 422


def test_a_documented_filter_the_simulator_lacks_is_refused_and_named(client: httpx.Client):
    answer = client.get("/gamma/markets/keyset", params={"series_id": "1"})
    assert answer.status_code == 501
    assert "series_id" in answer.json()["error"]


def test_filters_may_be_repeated_and_mind_closed(client: httpx.Client):
    markets = gamma_walk(client, "markets")[:3]
    closed = gamma_walk(client, "markets", closed="true")[0]
    for name, key in (("condition_ids", "conditionId"), ("id", "id"), ("slug", "slug")):
        asked = [m[key] for m in markets] + [closed[key]]
        found = gamma_walk(client, "markets", **{name: asked})
        assert [m["id"] for m in found] == [m["id"] for m in markets]
        found = gamma_walk(client, "markets", **{name: asked, "closed": "true"})
        assert [m["id"] for m in found] == [closed["id"]]
    token = json.loads(markets[1]["clobTokenIds"])[1]
    assert [m["id"] for m in gamma_walk(client, "markets", clob_token_ids=token)] == [
        markets[1]["id"]
    ]


def test_markets_can_be_filtered_by_topic_dates_volume_and_status(client: httpx.Client):
    everything = gamma_walk(client, "markets")
    weather = gamma_walk(client, "markets", tag_id="84")
    assert {m["feeType"] for m in weather} == {"weather_fees"}
    soon = gamma_walk(client, "markets", end_date_max="2026-11-20T06:00:00Z")
    assert {m["id"] for m in soon} == {
        m["id"] for m in everything if m["endDate"] <= "2026-11-20T06:00:00Z"
    }
    late = gamma_walk(client, "markets", end_date_min="2026-11-21", start_date_max="2026-11-19")
    assert all(m["endDate"] > "2026-11-21" and m["startDate"] < "2026-11-20" for m in late)
    busy = gamma_walk(client, "markets", volume_num_min="500")
    assert {m["id"] for m in busy} == {m["id"] for m in everything if m["volumeNum"] >= 500}
    quiet = gamma_walk(client, "markets", volume_num_max="500")
    assert len(busy) + len(quiet) == len(everything)
    assert all(
        m["umaResolutionStatus"] == "resolved"
        for m in gamma_walk(client, "markets", closed="true", uma_resolution_status="resolved")
    )


def test_an_order_sorts_numbers_as_numbers_and_the_text_volume_as_text(client: httpx.Client):
    for kind, field in (("markets", "volumeNum"), ("markets", "volume"), ("events", "volume")):
        walked = gamma_walk(client, kind, order=field, ascending="false", limit="7")
        values = [row[field] for row in walked]
        assert values == sorted(values, reverse=True)
        assert len({row["id"] for row in walked}) == len(gamma_walk(client, kind))


def test_lists_are_text_and_numbers_and_text_mix_as_on_the_venue(
    client: httpx.Client, world: World
):
    markets = gamma_walk(client, "markets") + gamma_walk(client, "markets", closed="true")
    for market in markets:
        assert isinstance(market["outcomes"], str)
        assert len(json.loads(market["outcomes"])) == 2
        prices = json.loads(market["outcomePrices"])
        assert all(isinstance(p, str) for p in prices)
        assert float(prices[0]) + float(prices[1]) == pytest.approx(1)
        assert {len(t) for t in json.loads(market["clobTokenIds"])} <= {77, 78}
        assert isinstance(market["positionIds"], list)
        assert isinstance(market["volume"], str)
        assert float(market["volume"]) == market["volumeNum"]
        assert market["orderMinSize"] == 5
        assert market["orderPriceMinTickSize"] in (0.01, 0.001)
        assert isinstance(market["events"][0]["volume"], (int, float))
        assert "tags" not in market
    numbers = [m[k] for m in markets for k in ("volumeNum", "bestAsk") if k in m]
    assert {int, float} == {type(n) for n in numbers}
    assert {m["outcomes"] for m in markets} > {'["Yes", "No"]', '["Up", "Down"]'}
    assert any("bestBid" not in m for m in markets)
    tagged = gamma_walk(client, "markets", include_tag="true")
    assert all(m["tags"][0]["slug"] for m in tagged)


def test_times_come_in_three_spellings(client: httpx.Client):
    closed = gamma_walk(client, "markets", closed="true")
    assert all(m["closedTime"].endswith("+00") and " " in m["closedTime"] for m in closed)
    games = [m for m in closed if "gameStartTime" in m]
    assert games
    assert all(m["gameStartTime"].endswith("+00") for m in games)
    fractions = {len(m["createdAt"].rstrip("Z").partition(".")[2]) for m in closed}
    assert len(fractions) > 1
    assert all(len(m["endDateIso"]) == 10 for m in closed)


def test_fee_terms_are_those_of_the_category(client: httpx.Client):
    for event in gamma_walk(client, "events"):
        slugs = {tag["slug"] for tag in event["tags"]}
        category = next(c for c in CATEGORIES.values() if c.tags[0][2] in slugs)
        for market in event["markets"]:
            assert market["feesEnabled"] == (category.fee_type is not None)
            assert market["feeType"] == category.fee_type
            if category.fee_type:
                assert market["feeSchedule"]["rate"] == category.fee_rate_e4 / 10_000
                assert market["feeSchedule"]["takerOnly"] is True
            else:
                assert "feeSchedule" not in market
            assert market["takerBaseFee"] == 1000


def test_events_show_all_their_markets_whatever_the_filters(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None]
):
    set_clock(MORNING)
    events = gamma_walk(client, "events")
    children = [m for e in events for m in e["markets"]]
    assert all(not e["closed"] for e in events)
    shown = {m["id"] for m in children}
    listed = [e for e in world.events if e.id in {e["id"] for e in events}]
    for event in listed:
        assert {world.markets[i].id for i in event.markets} <= shown
        assert {p.id for p in event.placeholders} <= shown
    assert any(e["negRisk"] for e in events)


def test_placeholders_are_inactive_accept_orders_and_have_no_outcomes():
    world = World(7, START, 1, 200, 200)
    augmented = [e for e in world.events if e.plan.augmented]
    assert augmented
    for event in augmented:
        shapes = GammaShapes(world)
        bodies = shapes.markets(list(event.placeholders), world.first_midnight_s + 80_000)
        for body in bodies:
            assert (body["active"], body["closed"], body["acceptingOrders"]) == (False, False, True)
            assert "outcomes" not in body
            assert "clobTokenIds" not in body
        traded = shapes.markets([world.markets[i] for i in event.markets], 1.8e9)
        assert sum(body["negRiskOther"] for body in traded) == 1
        assert shapes.event(event, world.first_midnight_s + 80_000)["negRiskAugmented"] is True


def test_volumes_are_the_takers_notional_up_to_now(client: httpx.Client):
    volumes: dict[str, float] = {}
    day: dict[str, float] = {}
    for row in feed_walk(client, taker_only="true"):
        volumes.setdefault(row["condition_id"], 0)
        volumes[row["condition_id"]] += row["price"] * row["size"]
        if row["timestamp"] > seconds(EVENING - hours(24)):
            day[row["condition_id"]] = day.get(row["condition_id"], 0) + row["price"] * row["size"]
    markets = gamma_walk(client, "markets") + gamma_walk(client, "markets", closed="true")
    for market in markets:
        condition = market["conditionId"]
        assert market["volumeNum"] == pytest.approx(volumes.get(condition, 0))
        if not market["closed"]:
            assert market["volume24hr"] == pytest.approx(day.get(condition, 0))
            assert market["volume24hr"] <= market["volume1wk"] <= market["volumeNum"]
    for event in gamma_walk(client, "events"):
        total = sum(m["volumeNum"] for m in event["markets"] if m["active"])
        assert event["volume"] == pytest.approx(total)


def test_quotes_on_gamma_are_those_of_the_book(client: httpx.Client):
    seen = 0
    for market in gamma_walk(client, "markets"):
        if not market["acceptingOrders"] or "umaResolutionStatus" in market:
            continue
        token = json.loads(market["clobTokenIds"])[0]
        book = client.get("/clob/book", params={"token_id": token}).json()
        if book["bids"]:
            assert float(book["bids"][-1]["price"]) == market["bestBid"]
        else:
            assert "bestBid" not in market
        if book["asks"]:
            assert float(book["asks"][-1]["price"]) == market["bestAsk"]
        else:
            assert market["bestAsk"] == 1
        last = book["last_trade_price"]
        assert (float(last) if last else None) == market.get("lastTradePrice")
        locked = sum(float(x["price"]) * float(x["size"]) for x in book["bids"])
        locked += sum((1 - float(x["price"])) * float(x["size"]) for x in book["asks"])
        assert market["liquidityNum"] == pytest.approx(locked)
        mid = float(json.loads(market["outcomePrices"])[0])
        assert market["competitive"] == pytest.approx(1 / (1 + (mid - 0.5) ** 2))
        seen += 1
    assert seen > 20


def test_price_changes_compare_with_the_history(client: httpx.Client):
    compared = 0
    for market in gamma_walk(client, "markets"):
        token = json.loads(market["clobTokenIds"])[0]
        if "oneDayPriceChange" not in market or "umaResolutionStatus" in market:
            continue
        then = seconds(EVENING - hours(24))
        params = {"market": token, "startTs": then, "endTs": then + 59}
        point = client.get("/clob/prices-history", params=params).json()["history"][0]
        now = float(json.loads(market["outcomePrices"])[0])
        assert market["oneDayPriceChange"] == pytest.approx(now - point["p"])
        compared += 1
    assert compared


def test_a_market_is_open_then_proposed_then_resolved(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None]
):
    slow = next(
        m
        for m in world.markets
        if world.settlements[m.index].resolved_s - world.settlements[m.index].proposed_s > 7_000
        and world.settlements[m.index].proposed_s > seconds(EVENING)
    )
    ends = world.settlements[slow.index]
    params = {"condition_ids": slow.condition_id}

    def at(moment_s: int, closed: str) -> dict:
        set_clock(datetime.fromtimestamp(moment_s, UTC))
        (market,) = gamma_walk(client, "markets", closed=closed, **params)
        return market

    before = at(ends.proposed_s - 1, "false")
    assert "umaResolutionStatus" not in before
    assert before["umaResolutionStatuses"] == "[]"
    proposed = at(ends.proposed_s, "false")
    assert proposed["umaResolutionStatus"] == "proposed"
    assert json.loads(proposed["umaResolutionStatuses"]) == ["proposed"]
    later = at(ends.resolved_s - 1, "false")
    frozen = ("bestAsk", "bestBid", "outcomePrices", "lastTradePrice", "updatedAt")
    assert {k: later.get(k) for k in frozen} == {k: proposed.get(k) for k in frozen}
    resolved = at(ends.resolved_s, "true")
    assert resolved["umaResolutionStatus"] == "resolved"
    assert resolved["active"] is True
    assert resolved["closed"] is True
    assert "volume24hr" not in resolved
    won = int(world.payout_micro[slow.index]) == MICRO
    assert json.loads(resolved["outcomePrices"]) == (["1", "0"] if won else ["0", "1"])
    assert at(ends.resolved_s + 90_000, "true") == resolved


def test_tags_are_listed_by_offset_whatever_it_is(client: httpx.Client, world: World):
    listed = [
        tag for e in world.events if e.plan.created_s < seconds(EVENING) for tag in tags(e.plan)
    ]
    wanted = sorted({tag["id"] for tag in listed}, key=int)
    assert len(wanted) > 10
    found: list[str] = []
    while page := client.get("/gamma/tags", params={"limit": 7, "offset": len(found)}).json():
        assert len(page) <= 7
        found += [tag["id"] for tag in page]
    assert found == wanted
    assert client.get("/gamma/tags", params={"offset": 10**6}).json() == []
    assert client.get("/gamma/tags", params={"offset": "x"}).status_code == 422


def test_a_disputed_market_closes_with_the_wrong_outcome_which_then_turns_over():
    world = World(1, START, 1, 120, 100)
    index = next(n for n, s in enumerate(world.settlements) if s.is_disputed and not s.void)
    settlement, shapes = world.settlements[index], GammaShapes(world)
    won, lost = ("1", "0") if world.payout_micro[index] else ("0", "1")
    shown = []
    for at, _ in settlement.steps:
        (body,) = shapes.markets([world.markets[index]], at)
        assert body["closed"] is True
        shown.append((body["umaResolutionStatus"], json.loads(body["outcomePrices"])[0]))
        assert ("closedTime" in body) == (at == settlement.resolved_s)
    assert shown == [("proposed", lost), ("disputed", lost), ("proposed", won), ("resolved", won)]
    (before,) = shapes.markets([world.markets[index]], settlement.proposed_s - 1)
    assert before["closed"] is False


def test_a_disputed_market_takes_days_and_a_void_one_pays_halves():
    world = World(5, START, 6, 300, 300)
    disputed = [s for s in world.settlements if len(s.steps) == 4]
    assert disputed
    assert [status for _, status in disputed[0].steps] == [
        "proposed", "disputed", "proposed", "resolved",
    ]  # fmt: skip
    index = world.settlements.index(disputed[0])
    shapes = GammaShapes(world)
    body = shapes.markets([world.markets[index]], disputed[0].steps[1][0])[0]
    assert body["umaResolutionStatus"] == "disputed"
    void = [m for m in world.markets if world.settlements[m.index].void]
    assert void
    done = shapes.markets(void, 2e9)
    assert {body["outcomePrices"] for body in done} == {'["0.5", "0.5"]'}
    assert len(void) > len({m.event for m in void})
    for market, later in zip(void, done, strict=True):
        (proposed,) = shapes.markets([market], world.settlements[market.index].proposed_s)
        assert (proposed["bestBid"], proposed["bestAsk"]) == (later["bestBid"], later["bestAsk"])
