"""Kalshi's sources: nothing held is asked for again, nothing is lost, whatever stops a walk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from polymarket_assets.sources.audit import audit
from tests.sources.kalshi_venue import (
    BASE,
    NOT_FOUND,
    Markets,
    Tape,
    Trade,
    books,
    candles,
    market,
)
from tests.sources.platforms import StandingPlatform, day, notes_of
from tests.sources.venue import Venue

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
YESTERDAY, TODAY = day("2026-11-19"), day("2026-11-20")
TRADES, MARKETS = f"{BASE}/markets/trades", f"{BASE}/markets"
BROKEN = (501, {"code": "not_implemented", "message": "no"}, {})


def tape(
    venue: Venue, count: int = 22, begins: str = "2026-11-19T00:00:30", **options: Any
) -> Tape:
    """Trades an hour apart, two of them in one second."""
    begin = datetime.fromisoformat(f"{begins}+00:00")
    made = [Trade(n, begin + timedelta(hours=n - n % 2, milliseconds=n)) for n in range(count)]
    served = venue.answers[TRADES] = Tape(made, **options)
    return served


def held(home: StandingPlatform) -> list[int]:
    """Numbers of the trades held, a row each."""
    rows = home.lake.rows("select trade_id from raw.kalshi_trades order by event_at, trade_id")
    return sorted(int(name.removeprefix("trade-")) for (name,) in rows)


@pytest.mark.parametrize("page", range(6))
def test_a_walk_that_stops_at_any_page_goes_on_there(
    venue: Venue, home: StandingPlatform, page: int
) -> None:
    served = tape(venue)
    venue.instead = [None] * page + [lambda _: BROKEN]
    home.failed("kalshi_trades", YESTERDAY)
    home.run("kalshi_trades", YESTERDAY)
    assert held(home) == list(range(22))
    assert len(served.served) == 6, "no page was asked for twice"
    assert audit(home.lake, "kalshi_trades", TODAY).problems == []


def test_a_forgotten_cursor_costs_the_trades_of_one_second(
    venue: Venue, home: StandingPlatform
) -> None:
    served = tape(venue)
    venue.instead = [None, None, lambda _: BROKEN]
    home.failed("kalshi_trades", YESTERDAY)
    served.generation += 1
    run = home.run("kalshi_trades", YESTERDAY)
    assert sorted(set(held(home))) == list(range(22))
    assert len(held(home)) <= 22 + 2
    assert any("forgot our cursor" in note for note in notes_of(run))


def test_a_closed_day_is_never_asked_for_again(venue: Venue, home: StandingPlatform) -> None:
    tape(venue)
    home.run("kalshi_trades", YESTERDAY)
    venue.asked.clear()
    run = home.run("kalshi_trades", YESTERDAY)
    assert (run.requests, venue.count()) == (0, 0)
    assert notes_of(run) == ["every trade of the window is held already"]


def test_today_is_asked_for_from_a_minute_before_the_last_time(
    venue: Venue, home: StandingPlatform
) -> None:
    served = tape(venue, 4, "2026-11-20T09:00:00")
    home.run("kalshi_trades", TODAY)
    late = Trade(50, NOON - timedelta(seconds=30))
    served.trades += [late, Trade(51, NOON + timedelta(minutes=2))]
    home.clock.passes(minutes=5)
    venue.asked.clear()
    home.run("kalshi_trades", TODAY)
    assert held(home) == [0, 1, 2, 3, 50, 51]
    [asked] = venue.asked
    assert int(asked.query["min_ts"]) == int((NOON - timedelta(minutes=1)).timestamp())


def test_a_page_the_venue_repeats_adds_no_trade(venue: Venue, home: StandingPlatform) -> None:
    served = tape(venue, repeats=True)
    home.run("kalshi_trades", YESTERDAY)
    assert len(served.served) == 12
    assert sorted(set(held(home))) == list(range(22))
    assert audit(home.lake, "kalshi_trades", TODAY).problems == []


def test_windows_are_walked_side_by_side_and_a_failed_one_is_made_up_for(
    venue: Venue, home: StandingPlatform
) -> None:
    served = tape(venue, 30)
    weeks = day("2026-11-01", "2026-11-20")
    venue.instead = [None, None, None, lambda _: BROKEN]
    home.failed("kalshi_trades", weeks)
    home.run("kalshi_trades", weeks)
    assert held(home) == list(range(30))
    pages = [tuple(page) for page in served.served if page]
    assert len(pages) - len(set(pages)) <= 2, "at most the page under way in each other walk"


def test_days_without_trades_cost_a_request_a_week_and_none_the_second_time(
    venue: Venue, home: StandingPlatform
) -> None:
    venue.answers[TRADES] = Tape([])
    assert home.run("kalshi_trades", day("2026-10-24", "2026-11-19")).requests == 4
    assert home.run("kalshi_trades", day("2026-10-24", "2026-11-19")).requests == 0
    assert home.run("kalshi_trades", day("2026-11-05")).requests == 0
    assert home.run("kalshi_trades", day("2026-10-22", "2026-11-19")).requests == 1


def test_what_is_older_than_the_cutoff_comes_from_the_historical_tier(
    venue: Venue, home: StandingPlatform
) -> None:
    live, old = tape(venue), Tape([Trade(100, datetime(2026, 7, 3, 5, tzinfo=UTC))])
    venue.answers[f"{BASE}/historical/trades"] = old
    border = "2026-07-03T12:00:00Z"
    venue.answers[f"{BASE}/historical/cutoff"] = lambda _: {
        "market_settled_ts": border, "trades_created_ts": border,
    }  # fmt: skip
    live.trades.append(Trade(101, datetime(2026, 7, 3, 20, tzinfo=UTC)))
    home.run("kalshi_trades", day("2026-07-03"))
    assert held(home) == [100, 101]
    again = home.run("kalshi_trades", day("2026-07-03"))
    assert again.requests == 0


def test_a_venue_of_one_tier_and_a_time_before_kalshi(venue: Venue, home: StandingPlatform) -> None:
    served = tape(venue)
    venue.answers[f"{BASE}/historical/cutoff"] = lambda _: NOT_FOUND
    run = home.run("kalshi_trades", day("2026-07-03"))
    assert "no historical tier" in notes_of(run)[0]
    served.served.clear()
    assert "not served before" in notes_of(home.run("kalshi_trades", day("2020-11-03")))[0]
    assert served.served == []


def statuses(home: StandingPlatform) -> dict[str, str]:
    rows = home.lake.rows(
        "select ticker, arg_max(status, received_at) from raw.kalshi_markets group by 1"
    )
    return {str(ticker): str(status) for ticker, status in rows}


def test_markets_are_followed_until_they_are_final_wherever_they_are_served(
    venue: Venue, home: StandingPlatform
) -> None:
    names = [f"KXTEST-{n}" for n in range(5)]
    listed = venue.answers[MARKETS] = Markets({name: market(name) for name in names})
    home.run("kalshi_markets", TODAY)
    assert statuses(home) == dict.fromkeys(names, "active")

    # 0 closes and says so; 1 is settled and its time of change stays unset; 2 is dropped to the
    # historical tier; 3 is in no tier any more; 4 stays.
    listed.live["KXTEST-0"] = market("KXTEST-0", "closed")
    listed.changed = {"KXTEST-0"}
    listed.live["KXTEST-1"] = market("KXTEST-1", "finalized", result="yes")
    del listed.live["KXTEST-2"], listed.live["KXTEST-3"]
    old = Markets({"KXTEST-2": market("KXTEST-2", "finalized", result="no")})
    venue.answers[f"{BASE}/historical/markets"] = old
    home.clock.passes(minutes=70)
    venue.asked.clear()
    run = home.run("kalshi_markets", TODAY)
    assert statuses(home) == {
        "KXTEST-0": "closed", "KXTEST-1": "finalized", "KXTEST-2": "finalized",
        "KXTEST-3": "active", "KXTEST-4": "active",
    }  # fmt: skip
    assert "1 markets without a final status are in neither tier" in notes_of(run)[0]
    asked = [(one.path.removeprefix(BASE), one.query.get("tickers")) for one in venue.asked]
    assert asked == [
        ("/markets", None),
        ("/markets", None),
        ("/markets", "KXTEST-1,KXTEST-2,KXTEST-3"),
        ("/historical/markets", "KXTEST-2,KXTEST-3"),
    ]
    assert all(one.query.get("mve_filter") == "exclude" for one in venue.asked[:2])
    assert "status" not in venue.asked[1].query, "min_updated_ts goes alone"
    assert audit(home.lake, "kalshi_markets", TODAY).problems == []


def test_lists_are_not_asked_for_again_within_five_minutes(
    venue: Venue, home: StandingPlatform
) -> None:
    venue.answers[MARKETS] = Markets({"KXTEST-0": market("KXTEST-0")})
    home.run("kalshi_markets", TODAY)
    home.clock.passes(minutes=4)
    assert home.run("kalshi_markets", TODAY).requests == 0


@pytest.mark.parametrize("page", range(5))
def test_a_list_that_stops_at_any_page_goes_on_there(
    venue: Venue, home: StandingPlatform, page: int
) -> None:
    names = [f"KXTEST-{n}" for n in range(8)]
    venue.answers[MARKETS] = Markets({name: market(name) for name in names})
    venue.instead = [None] * page + [lambda _: BROKEN]
    home.failed("kalshi_markets", TODAY)
    home.run("kalshi_markets", TODAY)
    assert sorted(statuses(home)) == names
    assert venue.count() == 6 + 1, "no page was asked for twice"


def listed(venue: Venue, home: StandingPlatform, *names: str, **changes: Any) -> None:
    """Put markets into the lake as their source does."""
    venue.answers[MARKETS] = Markets({name: market(name, **changes) for name in names})
    home.run("kalshi_markets", TODAY)
    venue.asked.clear()


def test_one_unknown_market_does_not_keep_the_others_from_their_books(
    venue: Venue, home: StandingPlatform
) -> None:
    names = [f"KXTEST-{n}" for n in range(5)]
    listed(venue, home, *names)
    venue.answers[f"{BASE}/markets/orderbooks"] = books(set(names) - {"KXTEST-3"})
    run = home.run("kalshi_books", TODAY)
    assert home.lake.rows("select ticker from raw.kalshi_books order by 1") == [
        (name,) for name in names if name != "KXTEST-3"
    ]
    assert notes_of(run) == ["1 of 5 markets had no book"]
    assert audit(home.lake, "kalshi_books", TODAY).problems == []
    past = home.run("kalshi_books", YESTERDAY)
    assert (past.requests, "not available for the past" in notes_of(past)[0]) == (0, True)


def test_books_are_those_of_the_universe_with_volume_that_end_soon(
    venue: Venue, home: StandingPlatform
) -> None:
    listed(venue, home, "KXTEST-0")
    venue.answers[f"{BASE}/markets/orderbooks"] = books({"KXTEST-0"})
    for changed, asked in (
        ({}, 1),
        ({"min_volume_24h": 501}, 0),
        ({"lookahead_hours": 20}, 0),
        ({"universe": "crypto"}, 0),
        ({"universe": "tags", "universe_tags": "Rain, snow"}, 0),
    ):
        assert home.run("kalshi_books", TODAY, changed=changed).requests == asked, changed


def test_candles_are_asked_for_once_in_full_hours_of_a_market_s_life(
    venue: Venue, home: StandingPlatform
) -> None:
    listed(venue, home, "KXTEST-0", "KXTEST-1", open_time="2026-11-19T06:30:00Z")
    venue.answers[f"{BASE}/markets/candlesticks"] = candles({"KXTEST-0", "KXTEST-1"})
    both = day("2026-11-19", "2026-11-20")
    assert home.run("kalshi_candles", both).requests == 1
    assert home.run("kalshi_candles", both).requests == 0
    home.clock.passes(hours=2, minutes=40)
    run = home.run("kalshi_candles", TODAY)
    assert run.rows == 2 * 2
    hours = int(venue.asked[-1].query["end_ts"]) - int(venue.asked[-1].query["start_ts"])
    assert hours == 2 * 3600
    assert (
        home.one("select count(*) - count(distinct (ticker, event_at)) from raw.kalshi_candles")
        == 0
    )
    assert audit(home.lake, "kalshi_candles", TODAY).problems == []


def test_a_market_the_live_tier_forgot_has_its_candles_from_the_historical_one(
    venue: Venue, home: StandingPlatform
) -> None:
    listed(venue, home, "KXTEST-0", "KXTEST-1", "KXTEST-2")
    venue.answers[f"{BASE}/markets/candlesticks"] = candles({"KXTEST-0", "KXTEST-2"})
    old = {"end_period_ts": 1795132800, "volume": "4.00", "open_interest": "2.00"}
    venue.answers[f"{BASE}/historical/markets/KXTEST-1/candlesticks"] = lambda _: {
        "ticker": "KXTEST-1", "candlesticks": [old],
    }  # fmt: skip
    home.run("kalshi_candles", TODAY)
    assert home.lake.rows(
        "select ticker, count(*), sum(size) from raw.kalshi_candles group by 1 order by 1"
    ) == [("KXTEST-0", 12, 12), ("KXTEST-1", 1, 4), ("KXTEST-2", 12, 12)]


def test_integer_cents_end_in_quarantine_and_in_no_price(
    venue: Venue, home: StandingPlatform
) -> None:
    cents = {
        "trade_id": "old", "ticker": "KXTEST-1", "count": 16, "yes_price": 25, "no_price": 75,
        "taker_side": "yes", "created_time": "2026-11-19T10:00:00Z",
    }  # fmt: skip
    good = Trade(1, NOON - timedelta(hours=20)).row()
    venue.answers[TRADES] = lambda _: {"cursor": "", "trades": [cents, good]}
    run = home.run("kalshi_trades", YESTERDAY)
    assert (run.accepted, run.quarantined) == (1, 1)
    [(reason,)] = home.lake.rows("select reason from raw.quarantine where source = 'kalshi_trades'")
    assert "integer yes_price" in reason
    assert home.one("select max(yes_price) from raw.kalshi_trades") < 1
