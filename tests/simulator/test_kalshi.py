"""The simulated Kalshi: documented shapes and quirks over the truth it shares with the world."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import numpy as np
import pytest

from polymarket_assets.simulator.kalshi_listing import reworded
from polymarket_assets.simulator.kalshi_tape import KalshiVenue
from polymarket_assets.simulator.limits import RateLimits
from polymarket_assets.simulator.server import SimulatorServer
from polymarket_assets.simulator.world import World
from tests.simulator.venue import EVENING, SMALL, seconds

BASE = "/kalshi/trade-api/v2"
LATE = EVENING + timedelta(days=120)
SetClock = Callable[..., None]


def walk(client: httpx.Client, path: str, key: str, **params: Any) -> list[dict[str, Any]]:
    """Every object of a list."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(BASE + path, params=params | cursor)
        assert answer.status_code == 200, answer.text
        found += answer.json()[key]
        if answer.json()["cursor"] == "":
            return found
        cursor = {"cursor": answer.json()["cursor"]}


def get(client: httpx.Client, path: str, **params: Any) -> Any:
    answer = client.get(BASE + path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(client: httpx.Client, path: str, **params: Any) -> int:
    """The status of a refused request, whose body is flat."""
    answer = client.get(BASE + path, params=params)
    assert set(answer.json()) == {"code", "message", "service"}
    return answer.status_code


def test_pages_of_any_size_hold_every_market_once(client: httpx.Client) -> None:
    whole = walk(client, "/markets", "markets", limit=1000, mve_filter="exclude")
    small = walk(client, "/markets", "markets", limit=7, mve_filter="exclude")
    assert [m["ticker"] for m in small] == [m["ticker"] for m in whole]
    assert len({m["ticker"] for m in whole}) == len(whole) > 20


def test_the_words_of_the_filter_are_not_those_of_the_answer(client: httpx.Client) -> None:
    def statuses(word: str) -> set[str]:
        found = walk(client, "/markets", "markets", status=word, mve_filter="exclude")
        return {market["status"] for market in found}

    assert statuses("open") == {"active"}
    assert statuses("settled") == {"finalized"}
    assert statuses("closed") <= {"closed", "determined"}
    assert refusal(client, "/markets", status="active") == 400


def test_combos_come_first_unless_they_are_excluded(client: httpx.Client) -> None:
    first = get(client, "/markets", limit=1000)["markets"]
    assert first[0]["ticker"].startswith("KXMVE")
    assert first[0]["mve_selected_legs"]
    only = get(client, "/markets", mve_filter="only")["markets"]
    assert {m["ticker"][:5] for m in only} == {"KXMVE"}


def test_a_change_that_is_never_dated_is_not_found_by_its_date(client: httpx.Client) -> None:
    every = walk(client, "/markets", "markets", mve_filter="exclude")
    changed = walk(client, "/markets", "markets", mve_filter="exclude", min_updated_ts=1)
    zero = {m["ticker"] for m in every if m["updated_time"].startswith("0001-")}
    assert {m["ticker"] for m in every} - {m["ticker"] for m in changed} == zero
    assert zero
    assert refusal(client, "/markets", min_updated_ts=1, status="open") == 400
    assert refusal(client, "/markets", min_close_ts=1, min_settled_ts=1) == 400


def test_books_are_bids_worst_first_as_fixed_point_text(client: httpx.Client) -> None:
    markets = walk(client, "/markets", "markets", status="open", mve_filter="exclude")
    tickers = [m["ticker"] for m in markets][:100]
    books = get(client, "/markets/orderbooks", tickers=",".join(tickers))["orderbooks"]
    assert [book["ticker"] for book in books] == tickers
    for market, book in zip(markets, books, strict=False):
        sides = book["orderbook_fp"]
        prices = {side: [Decimal(p) for p, _ in sides[side] or ()] for side in sides}
        assert all(ps == sorted(ps) for ps in prices.values())
        if prices["yes_dollars"]:
            assert market["yes_bid_dollars"] == sides["yes_dollars"][-1][0]
        if prices["no_dollars"]:
            assert Decimal(market["yes_ask_dollars"]) == 1 - prices["no_dollars"][-1]
    assert refusal(client, "/markets/orderbooks", tickers="KXNONE") == 404
    assert refusal(client, "/markets/orderbooks", tickers=",".join(map(str, range(101)))) == 400


def test_trades_are_newest_first_within_their_window(
    client: httpx.Client, served: SimulatorServer
) -> None:
    tape = served.kalshi.tape
    since, until = seconds(EVENING) - 20_000, seconds(EVENING) - 5_000
    rows = walk(client, "/markets/trades", "trades", limit=50, min_ts=since, max_ts=until)
    inside = (tape.at_us >= since * 1_000_000) & (tape.at_us <= until * 1_000_000)
    made = [tape.ids[row] for row in np.flatnonzero(inside)]
    assert [row["trade_id"] for row in rows] == made[::-1]
    for row in rows[:20]:
        assert Decimal(row["yes_price_dollars"]) + Decimal(row["no_price_dollars"]) == 1
        assert row["taker_book_side"] == ("ask" if row["taker_outcome_side"] == "yes" else "bid")


def test_a_quiet_hour_has_null_prices(client: httpx.Client, served: SimulatorServer) -> None:
    start, end = seconds(EVENING) - 86_400, seconds(EVENING)
    markets = walk(client, "/markets", "markets", status="open", mve_filter="exclude")
    tickers = ",".join(m["ticker"] for m in markets)
    window = {"start_ts": start, "end_ts": end, "period_interval": 60}
    groups = get(client, "/markets/candlesticks", market_tickers=tickers, **window)["markets"]
    candles = [candle for group in groups for candle in group["candlesticks"]]
    quiet = [c for c in candles if c["volume_fp"] == "0.00"]
    assert quiet
    assert {value for c in quiet for value in c["price"].values()} == {None}
    assert all(start <= c["end_period_ts"] <= end for c in candles)
    one = get(client, f"/series/X/markets/{markets[0]['ticker']}/candlesticks", **window)
    assert one["candlesticks"] == groups[0]["candlesticks"]


def test_what_is_older_than_the_cutoff_is_served_in_the_historical_tier_alone(
    client: httpx.Client, set_clock: SetClock
) -> None:
    [ticker, *_] = [
        m["ticker"] for m in walk(client, "/markets", "markets", status="settled")
    ]  # fmt: skip
    before = walk(client, "/markets/trades", "trades", limit=1000)
    assert get(client, "/historical/trades")["trades"] == []
    set_clock(LATE)
    assert refusal(client, f"/markets/{ticker}") == 404
    assert get(client, "/markets", tickers=ticker)["markets"] == []
    [old] = get(client, "/historical/markets", tickers=ticker)["markets"]
    assert (old["ticker"], old["status"]) == (ticker, "finalized")
    assert get(client, "/markets/trades")["trades"] == []
    after = walk(client, "/historical/trades", "trades", limit=1000)
    assert {row["trade_id"] for row in before} <= {row["trade_id"] for row in after}
    cutoff = get(client, "/historical/cutoff")
    assert cutoff["trades_created_ts"].startswith(f"{LATE - timedelta(days=90):%Y-%m-%d}")
    candles = get(
        client, f"/historical/markets/{ticker}/candlesticks",
        start_ts=seconds(EVENING) - 172_800, end_ts=seconds(EVENING), period_interval=60,
    )["candlesticks"]  # fmt: skip
    assert {"volume", "open_interest"} <= set(candles[0])
    assert "open_dollars" not in candles[0]["yes_bid"]


def test_nothing_is_visible_before_it_happens(client: httpx.Client, set_clock: SetClock) -> None:
    set_clock(EVENING - timedelta(hours=10))
    now = f"{EVENING - timedelta(hours=10):%Y-%m-%dT%H:%M}"
    markets = walk(client, "/markets", "markets", mve_filter="exclude")
    assert all(m["created_time"] < now for m in markets)
    assert all(not m["result"] or m["close_time"] < now for m in markets)
    trades = walk(client, "/markets/trades", "trades", limit=1000)
    assert max(row["created_time"] for row in trades) < now


def test_a_cursor_belongs_to_its_list_and_an_error_is_flat(client: httpx.Client) -> None:
    cursor = get(client, "/markets", limit=3)["cursor"]
    assert refusal(client, "/markets/trades", cursor=cursor) == 400
    assert refusal(client, "/markets", cursor="x") == 400
    assert refusal(client, "/markets", limit=1001) == 400
    assert refusal(client, "/events", limit=201) == 400
    assert refusal(client, "/events/KXNONE") == 404


def test_events_hold_their_markets_and_series_their_category(client: httpx.Client) -> None:
    events = walk(client, "/events", "events", limit=9, with_nested_markets="true")
    assert all(event["markets"] for event in events)
    one = get(client, f"/events/{events[0]['event_ticker']}")
    assert [m["ticker"] for m in one["markets"]] == [m["ticker"] for m in events[0]["markets"]]
    series = {one["ticker"]: one for one in get(client, "/series")["series"]}
    assert {event["series_ticker"] for event in events} == set(series)
    assert all(event["category"] == series[event["series_ticker"]]["category"] for event in events)


def test_twins_share_the_truth_and_differ_in_words_and_quotes(
    served: SimulatorServer, world: World
) -> None:
    venue = served.kalshi
    twins = [market for market in venue.markets if market.twin >= 0]
    own = [market for market in venue.markets if market.twin < 0]
    assert len(twins) > 10
    assert own
    assert all(m.payout_micro == world.payout_micro[m.twin] for m in twins)
    assert any(m.title != m.plan.question for m in twins)
    assert any(event.shift_s for event in venue.listing.events)
    minute = np.full(len(twins), seconds(EVENING) // 60)
    at, there = np.array([m.index for m in twins]), np.array([m.twin for m in twins])
    truth = venue.truth(at, minute)
    assert np.array_equal(truth, world.quotes.truth[world.quotes.at(there, minute)])
    bid, ask = venue.bid_ask(at, minute)
    middle = (bid + ask) / 200
    shared = world.quotes.mid(there, minute)
    assert np.abs(middle - shared).max() <= 0.06
    assert np.abs(middle - shared).max() > 0


def test_equal_worlds_have_equal_kalshis(served: SimulatorServer) -> None:
    again = KalshiVenue(
        World(SMALL["seed"], SMALL["start"], SMALL["days"], SMALL["markets"], SMALL["fills"]),
        SMALL["markets"],
        SMALL["fills"],
    )
    assert again.tape.ids == served.kalshi.tape.ids
    assert np.array_equal(again.tape.price, served.kalshi.tape.price)
    assert [m.ticker for m in again.markets] == [m.ticker for m in served.kalshi.markets]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Will the price of Bitcoin be above $98,000 on March 4?",
         "Bitcoin price on March 4: above $98,000?"),
        ("Will Ida Holm be the next mayor of Oslo?", "Next mayor of Oslo: Ida Holm?"),
        ("Comets vs. Tides", "Comets vs. Tides"),
    ],
)  # fmt: skip
def test_a_question_is_asked_in_other_words(question: str, words: str) -> None:
    assert reworded(question) == words


def test_the_bucket_holds_the_requests_of_one_second() -> None:
    limits = RateLimits()
    sent = 0
    while limits.wait_s(f"{BASE}/markets") == 0 and sent < 100:
        limits.take(f"{BASE}/events")
        sent += 1
    assert 20 <= sent < 40
