"""Gamma's lists: open, then closed, then whatever went missing between them."""

from __future__ import annotations

from typing import Any

import pytest

from polymarket_assets.sources.audit import audit
from tests.sources.platforms import StandingPlatform, day, notes_of
from tests.sources.venue import Asked, Listing, Venue, condition, event, market

MARKETS, EVENTS = "/gamma/markets/keyset", "/gamma/events/keyset"
TODAY = day("2026-11-20")
GONE = (404, {"error": "gone"}, {})

LATEST = """
select market_id, arg_max(closed, received_at), arg_max(payload ->> '$.question', received_at)
from raw.gamma_markets
group by 1
order by cast(market_id as integer)
"""


@pytest.fixture
def listing(venue: Venue) -> Listing:
    """Eight open and five closed markets, three a page."""
    listing = Listing(
        "markets", [market(n) for n in range(1, 9)] + [market(n, closed=True) for n in range(9, 14)]
    )
    venue.answers[MARKETS] = listing
    return listing


def asked_for(venue: Venue) -> list[tuple[bool, str | None]]:
    """Whether closed ones were asked for, and behind which cursor, by request."""
    return [(a.query["closed"] == "true", a.query.get("after_cursor")) for a in venue.asked]


def close(listing: Listing, number: int) -> None:
    change(listing, number, closed=True, outcomePrices='["1", "0"]')


def change(listing: Listing, number: int, **values: Any) -> None:
    [found] = [o for o in listing.objects if o["id"] == str(number)]
    found |= values


def test_open_objects_are_walked_before_closed_ones_and_again_only_what_changed_is_written(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    first = home.run("gamma_markets", TODAY)
    assert asked_for(venue) == [
        (False, None), (False, "after-3"), (False, "after-6"), (True, None), (True, "after-11"),
    ]  # fmt: skip
    assert (first.accepted, first.unchanged, first.data_until) == (13, 0, first.data_until)
    assert home.lake.rows(LATEST) == [(str(n), n > 8, f"Will {n} happen?") for n in range(1, 14)]
    venue.asked.clear()
    listing.objects[3]["question"] = "Will it?"
    listing.objects.append(market(14, closed=True))
    home.clock.passes(minutes=15)
    again = home.run("gamma_markets", TODAY)
    assert asked_for(venue)[3:] == [(True, "after-11")], (
        "the closed walk goes on from its last page"
    )
    assert (again.accepted, again.unchanged) == (2, 7 + 2)
    assert home.lake.rows(LATEST)[3] == ("4", False, "Will it?")
    assert audit(home.lake, "gamma_markets", TODAY).problems == []


def test_lists_younger_than_the_venues_cache_are_not_asked_for(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    home.run("gamma_markets", TODAY)
    venue.asked.clear()
    home.clock.passes(seconds=200)
    run = home.run("gamma_markets", TODAY)
    assert (run.requests, venue.count()) == (0, 0)
    assert notes_of(run) == ["lists are younger than the venue's cache: nothing asked"]
    home.clock.passes(seconds=101)
    assert home.run("gamma_markets", TODAY).requests > 0


def test_a_market_that_vanished_is_asked_for_by_id_and_gives_its_result(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    listing.objects = [market(n, closed=n > 4) for n in range(1, 20)]
    home.run("gamma_markets", TODAY)
    close(listing, 2)
    listing.objects.remove(listing.objects[2])
    venue.asked.clear()
    home.clock.passes(minutes=15)
    home.run("gamma_markets", TODAY)
    follow_up = venue.asked[-1]
    assert set(follow_up.many("condition_ids")) == {condition(2), condition(3)}
    assert follow_up.query["closed"] == "true"
    held = {number: closed for number, closed, _ in home.lake.rows(LATEST)}
    assert held["2"], "behind the closed walk's cursor: only the follow-up sees it"
    assert not held["3"], "a market that is on no list is asked for again, and kept as it was"


def test_a_vanished_event_is_asked_for_by_its_id(home: StandingPlatform, venue: Venue) -> None:
    listing = Listing("events", [event(1000 + n, closed=n > 4) for n in range(1, 12)])
    venue.answers[EVENTS] = listing
    home.run("gamma_events", TODAY)
    close(listing, 1001)
    home.clock.passes(minutes=15)
    home.run("gamma_events", TODAY)
    assert venue.asked[-1].many("id") == ["1001"]
    assert (
        home.one(
            "select arg_max(payload ->> '$.closed', received_at) from raw.gamma_events"
            " where event_id = '1001'"
        )
        == "true"
    )


def test_an_object_that_closes_while_the_lists_are_walked_is_not_lost(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    def closing_meanwhile(asked: Asked) -> Any:
        if asked.query["closed"] != venue.asked[0].query["closed"]:
            close(listing, 5)  # as the second of the two walks begins
        return listing(asked)

    venue.answers[MARKETS] = closing_meanwhile
    home.run("gamma_markets", TODAY)
    held = {number: closed for number, closed, _ in home.lake.rows(LATEST)}
    assert held["5"]


def test_an_open_walk_that_was_cut_off_goes_on_and_knows_what_it_had_seen(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    home.run("gamma_markets", TODAY)
    home.clock.passes(minutes=15)
    close(listing, 8)
    venue.asked.clear()
    venue.answers[MARKETS] = lambda asked: listing(asked) if venue.count() < 3 else GONE
    failed = home.failed("gamma_markets", TODAY)
    assert (failed.error_class, failed.pages, failed.unchanged) == ("RequestRefusedError", 2, 6)
    assert failed.accepted == 0, "unchanged objects have no new row that could tell they were seen"
    venue.asked.clear()
    venue.answers[MARKETS] = listing
    home.clock.passes(minutes=20)
    home.run("gamma_markets", TODAY)
    assert asked_for(venue)[:2] == [(False, "after-6"), (True, "after-11")]
    assert [a.many("condition_ids") for a in venue.asked[2:]] == [[condition(8)]]


def test_an_open_walk_cut_off_too_long_ago_starts_anew(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    venue.answers[MARKETS] = lambda asked: listing(asked) if venue.count() < 3 else GONE
    home.failed("gamma_markets", TODAY)
    venue.asked.clear()
    venue.answers[MARKETS] = listing
    home.clock.passes(minutes=31)
    home.run("gamma_markets", TODAY)
    assert asked_for(venue)[0] == (False, None)


def test_a_run_that_failed_behind_its_walks_only_follows_up(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    listing.objects = [market(n, closed=n > 4) for n in range(1, 20)]
    home.run("gamma_markets", TODAY)
    close(listing, 2)
    home.clock.passes(minutes=15)
    venue.answers[MARKETS] = lambda a: GONE if "condition_ids" in a.query else listing(a)
    home.failed("gamma_markets", TODAY)
    venue.asked.clear()
    venue.answers[MARKETS] = listing
    home.clock.passes(minutes=1)
    home.run("gamma_markets", TODAY)
    assert [a.many("condition_ids") for a in venue.asked] == [[condition(2)]]
    assert home.lake.rows(LATEST)[1][1]


@pytest.mark.parametrize("kept", [2, 4])
def test_a_forgotten_cursor_starts_the_walk_anew_and_doubles_nothing(
    home: StandingPlatform, venue: Venue, listing: Listing, kept: int
) -> None:
    venue.answers[MARKETS] = lambda asked: listing(asked) if venue.count() <= kept else GONE
    home.failed("gamma_markets", TODAY)
    listing.forgotten = {a.query.get("after_cursor", "") for a in venue.asked[kept:]}
    venue.answers[MARKETS] = lambda asked: (listing(asked), listing.forgotten.clear())[0]
    run = home.run("gamma_markets", TODAY)
    which = "open" if kept < 3 else "closed"
    assert notes_of(run) == [f"the venue no longer knows our cursor: {which} list walked anew"]
    assert home.one("select count(*) from raw.gamma_markets") == 13


def test_a_page_without_objects_in_the_middle_is_not_the_end(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    def with_a_gap(asked: Asked) -> Any:
        after = asked.query.get("after_cursor")
        if after == "after-3":
            return {"markets": [], "next_cursor": "after-3.0"}
        query = asked.query | ({"after_cursor": after.removesuffix(".0")} if after else {})
        return listing(Asked(asked.path, query, None))

    venue.answers[MARKETS] = with_a_gap
    assert home.run("gamma_markets", TODAY).accepted == 13


FLIP = [
    ("proposed", '["0", "1"]'),
    ("disputed", '["0", "1"]'),
    ("proposed", '["1", "0"]'),
    ("resolved", '["1", "0"]'),
]


def follow_ups(venue: Venue) -> set[str]:
    """Conditions asked for by id since the last look."""
    asked = {c for a in venue.asked for c in a.many("condition_ids")}
    venue.asked.clear()
    return asked


def test_a_market_that_closed_undecided_is_asked_for_until_it_is_final_and_a_flip_is_seen(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    home.run("gamma_markets", TODAY)
    home.clock.passes(minutes=15)
    for number, (status, prices) in enumerate(FLIP):
        change(listing, 2, closed=True, umaResolutionStatus=status, outcomePrices=prices)
        home.run("gamma_markets", TODAY)
        assert condition(2) in follow_ups(venue), number
        home.clock.passes(hours=20)
    home.run("gamma_markets", TODAY)
    assert follow_ups(venue) == set(), "a final result is not asked for again"
    assert (
        home.lake.rows(
            "select payload ->> '$.umaResolutionStatus', payload ->> '$.outcomePrices'"
            " from raw.gamma_markets where market_id = '2' and closed order by received_at"
        )
        == FLIP
    )


UNDECIDED: dict[int, dict[str, Any]] = {
    14: {"outcomePrices": '["0.7", "0.3"]'},
    15: {"outcomePrices": '["0", "0"]'},
    16: {"outcomePrices": '["1", "1"]'},
    17: {"outcomePrices": None},
    18: {"umaResolutionStatus": "requested"},
}


def test_what_decides_nothing_is_asked_for_again_and_ever_less_often(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    for number, undecided in UNDECIDED.items():
        listing.objects.append(
            market(number, closed=True, closedTime="2026-11-19 12:00:00+00", **undecided)
        )
    home.run("gamma_markets", TODAY)
    assert follow_ups(venue) == set(), "the first walk has only just brought them"
    rounds: dict[str, list[int]] = {condition(number): [] for number in UNDECIDED}
    for hours in range(12, 12 * 9, 12):
        home.clock.passes(hours=12)
        home.run("gamma_markets", TODAY)
        for asked in follow_ups(venue):
            rounds[asked].append(hours)
    for asked in rounds.values():
        assert asked[:3] == [12, 24, 36], "at every run of its first three days"
        assert 1 <= len(asked[3:]) < 4


@pytest.mark.parametrize("final", ['["0.9999985", "0.0000015"]', '["0.5", "0.5"]'])
def test_a_tie_and_an_old_market_makers_prices_are_final(
    home: StandingPlatform, venue: Venue, listing: Listing, final: str
) -> None:
    listing.objects.append(market(14, closed=True, outcomePrices=final))
    home.run("gamma_markets", TODAY)
    home.clock.passes(minutes=15)
    home.run("gamma_markets", TODAY)
    assert follow_ups(venue) == set()


def test_a_market_long_undecided_is_given_up(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    listing.objects.append(
        market(14, closed=True, closedTime="2025-01-01 00:00:00+00", outcomePrices=None)
    )
    for _ in range(2):
        home.run("gamma_markets", TODAY)
        assert follow_ups(venue) == set()
        home.clock.passes(hours=12)


def test_a_market_on_no_list_is_remembered_as_absent(
    home: StandingPlatform, venue: Venue, listing: Listing
) -> None:
    home.run("gamma_markets", TODAY)
    listing.objects.remove(listing.objects[2])
    close(listing, 2)
    home.clock.passes(minutes=15)
    home.run("gamma_markets", TODAY)
    states = home.lake.watermarks("gamma_markets")["follow-up"].state
    assert (states["asked"], states["absent"]) == (2, [condition(3)])
