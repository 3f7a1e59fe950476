"""What exists only now: order books of the live universe, and the venue's leaderboards."""

from __future__ import annotations

import json
from typing import Any

from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.leaderboard import PERIODS, SORTS
from tests.sources.platforms import StandingPlatform, day, notes_of
from tests.sources.venue import Asked, Venue, event, market, page_of, wallet

BOOKS, BOARD = "/clob/books", "/data/v2/leaderboard"
TODAY, YESTERDAY = day("2026-11-20"), day("2026-11-19")


def live(number: int, **changes: Any) -> dict[str, Any]:
    """A market of the universe."""
    return market(number, **{"volume24hr": 500, "endDate": "2026-11-25T00:00:00Z", **changes})


def first_token(number: int) -> str:
    return json.loads(market(number)["clobTokenIds"])[0]


def books(asked: Asked) -> list[dict[str, Any]]:
    """A book for every token, in another order than asked."""
    level = {"price": "0.4", "size": "12.5"}
    return [
        {
            "market": market(1)["conditionId"],
            "asset_id": token["token_id"],
            "timestamp": "1795176000000",
            "hash": "h",
            "bids": [{"price": "0.3", "size": "10"}, level],
            "asks": [],
            "min_order_size": "5",
            "tick_size": "0.01",
            "neg_risk": False,
            "last_trade_price": "",
        }
        for token in reversed(asked.body)
    ]


def asked_for(venue: Venue) -> set[str]:
    return {token["token_id"] for a in venue.asked for token in a.body}


def test_books_are_of_open_markets_with_volume_that_end_soon_enough(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(
        live(1),
        live(2, closed=True),
        live(3, acceptingOrders=False),
        live(4, volume24hr=99.99),
        live(5, endDate="2026-12-04T12:00:00Z"),
        live(6, endDate="2026-12-04T12:00:01Z"),
        live(7, endDate="2026-11-18T13:00:00Z"),
        live(8, endDate="2026-11-21T12:00:00Z", volume24hr=None),
        live(9, endDate=None),
        live(10, clobTokenIds=None, outcomes=None),
        live(11, volume24hr=100),
    )
    venue.answers[BOOKS] = books
    run = home.run("clob_books", TODAY)
    assert asked_for(venue) == {first_token(n) for n in (1, 5, 7, 11)}
    assert (run.requests, run.accepted, notes_of(run)) == (1, 4, [])
    assert home.lake.rows("select distinct bids[1].price, len(bids), len(asks) from raw.clob_books")
    assert audit(home.lake, "clob_books", TODAY).problems == []


def test_the_universe_may_be_limited_by_words_of_the_question_or_tags_of_the_event(
    home: StandingPlatform, venue: Venue
) -> None:
    slugs = {1: ["crypto", "bitcoin"], 2: ["sports"], 3: ["sports", "nba"], 4: []}
    asks = {4: "Will BTC reach $150k?", 5: "Will Canada resolve it by this method?"}
    home.lists(
        *(live(n, question=asks.get(n, f"Will {n} happen?")) for n in (*slugs, 5)),
        events=[
            event(1000 + n, tags=[{"id": "1", "label": slug, "slug": slug} for slug in own])
            for n, own in slugs.items()
        ],
    )
    venue.answers[BOOKS] = books
    for universe, tags, wanted in (("crypto", "", {4}), ("tags", "sports, nba", {2, 3})):
        home.run("clob_books", TODAY, changed={"universe": universe, "universe_tags": tags})
        assert asked_for(venue) == {first_token(n) for n in wanted}
        venue.asked.clear()
    run = home.run("clob_books", TODAY, changed={"universe": "tags", "universe_tags": "none-such"})
    assert (run.requests, venue.count()) == (0, 0)


def test_tokens_without_a_book_are_counted_and_a_past_day_is_not_available(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(*(live(n) for n in range(1, 601)))
    venue.answers[BOOKS] = lambda asked: books(asked)[3:]
    run = home.run("clob_books", TODAY)
    assert sorted(len(a.body) for a in venue.asked) == [100, 500]
    assert notes_of(run) == ["6 of 600 tokens had no book"]
    assert sorted(
        complete for (complete,) in home.lake.rows("select complete from raw.watermarks")
    ) == [False, True], "the walk is complete with its last page"
    venue.asked.clear()
    past = home.run("clob_books", YESTERDAY)
    assert (past.requests, venue.count(), past.rows) == (0, 0, 0)
    assert notes_of(past) == ["2026-11-19: not available for the past, a book exists only now"]


def board(asked: Asked) -> dict[str, Any]:
    return page_of(
        [
            {
                "rank": rank,
                "user_id": wallet(rank),
                "pnl": 100.5 - rank,
                "volume": 7.25 * rank,
                "user_name": "",
                "verified": False,
            }
            for rank in range(1, 4)
        ],
        "more",
    )


def test_every_board_is_polled_and_a_past_day_is_not_available(
    home: StandingPlatform, venue: Venue
) -> None:
    venue.answers[BOARD] = board
    changed = {"leaderboard_categories": "overall, sports,"}
    run = home.run("data_leaderboard", TODAY, changed=changed)
    assert run.requests == venue.count() == 2 * len(PERIODS) * len(SORTS)
    assert {(a.query["category"], a.query["limit"]) for a in venue.asked} == {
        ("overall", "100"), ("sports", "100"),
    }  # fmt: skip
    home.clock.passes(minutes=5)
    assert home.run("data_leaderboard", TODAY, changed=changed).accepted == run.accepted == 48, (
        "the same board at two moments is two facts"
    )
    assert audit(home.lake, "data_leaderboard", TODAY).problems == []
    venue.asked.clear()
    past = home.run("data_leaderboard", YESTERDAY)
    assert (past.requests, venue.count()) == (0, 0)
    assert notes_of(past) == ["2026-11-19: not available for the past, a board exists only now"]
