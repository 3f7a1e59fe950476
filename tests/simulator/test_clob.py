from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import numpy as np
import pytest

from polymarket_assets.simulator.books import depth
from polymarket_assets.simulator.listing import ListedMarket
from polymarket_assets.simulator.plans import MICRO
from polymarket_assets.simulator.world import World
from tests.simulator.venue import EVENING, SMALL, START, gamma_walk, hours, seconds

LONG = "invalid filters: 'startTs' and 'endTs' interval is too long"


def open_markets(world: World, now: datetime = EVENING) -> list[ListedMarket]:
    return [
        m
        for m in world.markets
        if m.opens_s <= seconds(now) < world.settlements[m.index].proposed_s
    ]


def ask_books(client: httpx.Client, tokens: list[str]) -> list[dict[str, Any]]:
    answer = client.post("/clob/books", json=[{"token_id": t} for t in tokens])
    assert answer.status_code == 200, answer.text
    return answer.json()


def levels(side: list[dict[str, str]]) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(level["price"]), Decimal(level["size"])) for level in side]


def test_books_are_uncrossed_on_the_grid_worst_level_first_and_exactly_mirrored(
    client: httpx.Client, world: World
):
    deep = 0
    for market in open_markets(world):
        books = {b["asset_id"]: b for b in ask_books(client, list(market.tokens))}
        yes, no = (books[t] for t in market.tokens)
        tick = Decimal(yes["tick_size"])
        bids, asks = levels(yes["bids"]), levels(yes["asks"])
        assert bids == sorted(bids)
        assert asks == sorted(asks, reverse=True)
        assert bids or asks
        if bids and asks:
            assert bids[-1][0] < asks[-1][0]
        for price, size in bids + asks:
            assert price % tick == 0
            assert tick <= price <= 1 - tick
            assert size >= 60
            assert size == round(size, 2)
        assert [(1 - p, s) for p, s in asks] == levels(no["bids"])
        assert [(1 - p, s) for p, s in bids] == levels(no["asks"])
        assert yes["last_trade_price"] == no["last_trade_price"]
        deep += len(bids) >= 20 and len(asks) >= 20
        for book in (yes, no):
            assert book["market"] == market.condition_id
            assert book["min_order_size"] == "5"
            assert isinstance(book["neg_risk"], bool)
            assert len(book["hash"]) == 40
            assert len(book["timestamp"]) == 13
            assert 0 <= seconds(EVENING) * 1000 - int(book["timestamp"]) <= 10_000
    assert deep > 5


def test_a_book_depends_on_seed_market_and_minute_alone(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None]
):
    market = open_markets(world)[0]
    params = {"token_id": market.tokens[0]}
    first = client.get("/clob/book", params=params).json()
    set_clock(EVENING + hours(1))
    assert client.get("/clob/book", params=params).json()["asks"] != first["asks"]
    set_clock(EVENING)
    assert client.get("/clob/book", params=params).json() == first
    again = World(SMALL["seed"], START, SMALL["days"], SMALL["markets"], SMALL["fills"])
    own = depth(again, np.array([market.index]), seconds(EVENING) // 60)
    assert first["asks"][-1]["price"] == str(
        Decimal(int(own.ask[0, 0]) * market.plan.tick_micro) / MICRO
    )
    together = depth(again, np.arange(len(world.markets)), seconds(EVENING) // 60)
    assert np.array_equal(together.ask_size[market.index], own.ask_size[0])


def test_books_answers_in_another_order_and_drops_what_has_none(client: httpx.Client, world: World):
    tokens = [m.tokens[0] for m in open_markets(world)]
    closed = [
        m.tokens[0]
        for m in world.markets
        if world.settlements[m.index].proposed_s <= seconds(EVENING)
    ]
    assert closed
    given = [b["asset_id"] for b in ask_books(client, [*tokens, *closed, "123", tokens[0]])]
    assert sorted(given) == sorted(tokens)
    assert given != tokens
    assert ask_books(client, []) == []


def test_wrong_book_requests_are_refused_in_the_venues_words(client: httpx.Client, world: World):
    gone = next(
        m for m in world.markets if world.settlements[m.index].proposed_s <= seconds(EVENING)
    )
    missing = (404, {"error": "No orderbook exists for the requested token id"})
    for answer, status, body in (
        (client.get("/clob/book", params={"token_id": gone.tokens[0]}), *missing),
        (client.get("/clob/book", params={"token_id": "1"}), *missing),
        (client.get("/clob/book"), 400, {"error": "Invalid token id"}),
        (client.get("/clob/books"), 400, {"error": "Invalid payload"}),
        (client.post("/clob/books", json={"token_id": "1"}), 400, {"error": "Invalid payload"}),
        (
            client.post("/clob/books", json=[{"token_id": str(i)} for i in range(501)]),
            400,
            {"error": "Payload exceeds the limit"},
        ),
    ):
        assert (answer.status_code, answer.json()) == (status, body)
    assert client.post("/clob/books", json=[{"token_id": "1"}] * 500).json() == []


def test_time_is_a_bare_number_and_a_market_record_leaves_out_what_is_false(
    client: httpx.Client, world: World
):
    assert client.get("/clob/time").json() == seconds(EVENING)
    for market in open_markets(world):
        record = client.get(f"/clob/clob-markets/{market.condition_id}").json()
        plan = world.plan_of(market)
        assert [t["t"] for t in record["t"]] == list(market.tokens)
        assert [t["o"] for t in record["t"]] == list(market.plan.outcomes)
        assert record["mts"] == market.plan.tick_micro / MICRO
        assert record.get("nr", False) == plan.neg_risk
        assert ("fd" in record) == (plan.category != "geopolitics")
        assert False not in record.values()
        assert record["ao"] is True
    assert client.get("/clob/clob-markets/0x12").status_code == 404


# --- price history -------------------------------------------------------------------------------


def history(client: httpx.Client, token: str, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/clob/prices-history", params={"market": token} | params)
    assert answer.status_code == 200, answer.text
    return answer.json()["history"]


def test_history_is_the_midpoint_of_every_minute_carried_forward(
    client: httpx.Client, world: World
):
    market = open_markets(world)[0]
    start, end = market.opens_s - 5_000, seconds(EVENING) + 5_000
    points = history(client, market.tokens[0], startTs=start, endTs=end)
    times = [p["t"] for p in points]
    assert times == list(range(-(-market.opens_s // 60) * 60, seconds(EVENING) + 1, 60))
    book = client.get("/clob/book", params={"token_id": market.tokens[0]}).json()
    best = [float(book[s][-1]["price"]) if book[s] else d for s, d in (("bids", 0), ("asks", 1))]
    assert points[-1]["p"] == pytest.approx(sum(best) / 2)
    other = history(client, market.tokens[1], startTs=start, endTs=end)
    assert [p["t"] for p in other] == times
    assert all(a["p"] + b["p"] == pytest.approx(1) for a, b in zip(points, other, strict=True))
    coarse = history(client, market.tokens[0], startTs=start, endTs=end, fidelity=60)
    assert coarse == [p for p in points if p["t"] % 3600 == 0]
    cut = points[10:21]
    assert history(client, market.tokens[0], startTs=cut[0]["t"], endTs=cut[-1]["t"]) == cut


def test_windows_and_fidelity_are_limited(client: httpx.Client, world: World):
    token = open_markets(world)[0].tokens[0]
    now = seconds(EVENING)
    for params, text in (
        ({"market": token, "startTs": now - 1_296_001, "endTs": now}, LONG),
        ({"market": token, "startTs": now, "endTs": (now - 60) * 1000}, LONG),
        (
            {"market": token, "interval": "1m"},
            "invalid filters: minimum 'fidelity' for '1m' range is 10",
        ),
        (
            {"market": token, "interval": "1w", "fidelity": 4},
            "invalid filters: minimum 'fidelity' for '1w' range is 5",
        ),
        ({"market": token, "endTs": now}, "invalid filters: 'startTs' or 'interval' is mandatory"),
        ({"market": token, "interval": "2w"}, "invalid filters: 'interval' is not valid"),
        ({"market": token, "startTs": "x"}, "invalid filters: 'startTs' must be an integer"),
        ({}, "invalid filters: the 'market' (asset id) is mandatory"),
    ):
        answer = client.get("/clob/prices-history", params=params)
        assert (answer.status_code, answer.json()) == (400, {"error": text})
    assert history(client, token, startTs=now - 1_296_000, endTs=now)
    assert history(client, token, startTs=1)
    assert history(client, "1", startTs=now - 60, endTs=now) == []


def test_an_interval_reaches_back_from_now_and_adds_the_point_of_now(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None]
):
    market = open_markets(world)[0]
    odd = datetime.fromtimestamp(seconds(EVENING) + 17, UTC)
    set_clock(odd)
    points = history(client, market.tokens[0], interval="1h")
    assert points[-1]["t"] == seconds(odd)
    assert points[0]["t"] >= seconds(odd) - 3600
    assert history(client, market.tokens[0], startTs=seconds(odd) - 120)[-1]["t"] == seconds(odd)
    ended = history(client, market.tokens[0], startTs=seconds(odd) - 120, endTs=seconds(odd))
    assert ended[-1]["t"] == seconds(EVENING)


def test_a_settled_market_gives_nothing_for_max_unless_asked_coarsely(
    client: httpx.Client, world: World
):
    gone = next(
        m
        for m in world.markets
        if world.settlements[m.index].resolved_s <= seconds(EVENING)
        and world.settlements[m.index].proposed_s - m.opens_s > 90_000
    )
    assert history(client, gone.tokens[0], interval="max") == []
    assert history(client, gone.tokens[0], interval="all", fidelity=60) == []
    assert history(client, gone.tokens[0], interval="max", fidelity=720)
    start = gone.opens_s
    points = history(client, gone.tokens[0], startTs=start, endTs=start + 1_000_000)
    assert points[-1]["t"] <= world.settlements[gone.index].proposed_s
    won = int(world.payout_micro[gone.index]) / MICRO
    assert points[-1]["p"] == pytest.approx(won, abs=0.05)


def test_a_batch_gives_each_token_what_it_would_get_alone(client: httpx.Client, world: World):
    tokens = [m.tokens[m.index % 2] for m in open_markets(world)][:19]
    start, end = seconds(EVENING) - 7_200, seconds(EVENING)
    body = {"markets": [*tokens, "1"], "start_ts": start, "end_ts": end, "fidelity": 5}
    batch = client.post("/clob/batch-prices-history", json=body).json()["history"]
    assert list(batch) == [*tokens, "1"]
    assert batch["1"] == []
    for token in tokens:
        assert batch[token] == history(client, token, startTs=start, endTs=end, fidelity=5)
    for wrong, text in (
        (body | {"markets": [str(i) for i in range(21)]}, "Payload exceeds the limit"),
        ({"start_ts": start}, "Invalid payload"),
        (body | {"end_ts": end + 1_296_001}, LONG),
    ):
        answer = client.post("/clob/batch-prices-history", json=wrong)
        assert (answer.status_code, answer.json()) == (400, {"error": text})


def test_every_open_token_of_gamma_has_a_book(client: httpx.Client):
    tokens = [
        t
        for m in gamma_walk(client, "markets")
        if m["acceptingOrders"] and "umaResolutionStatus" not in m
        for t in json.loads(m["clobTokenIds"])
    ]
    assert {b["asset_id"] for b in ask_books(client, tokens)} == set(tokens)
