"""What is collected of the universe: books by tier, trading terms when they may have changed."""

from __future__ import annotations

from typing import Any

from polymarket_assets.sources.audit import audit
from tests.sources.platforms import StandingPlatform, day, notes_of
from tests.sources.test_books_and_boards import BOOKS, asked_for, books, first_token, live
from tests.sources.venue import Asked, Venue, condition

TODAY = day("2026-11-20")
TERMS = "/clob/clob-markets/"


def test_one_schedule_takes_far_books_hourly_and_near_ones_at_every_run(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(
        live(1, endDate="2026-11-25T00:00:00Z"),
        live(2, endDate="2026-11-21T00:00:00Z"),
        live(3, endDate="2026-11-20T12:30:00Z"),
    )
    venue.answers[BOOKS] = books
    taken: dict[int, int] = dict.fromkeys((1, 2, 3), 0)
    for minute in range(0, 125, 5):
        venue.asked.clear()
        home.run("clob_books", TODAY)
        asked = asked_for(venue)
        for number in taken:
            taken[number] += first_token(number) in asked
        assert (first_token(1) in asked) == (minute % 60 == 0), minute
        home.clock.passes(minutes=5)
    assert taken == {1: 3, 2: 25, 3: 25}


def test_a_market_that_comes_into_a_nearer_tier_is_taken_as_often_as_that_asks(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(live(1, endDate="2026-11-22T12:10:00Z"))
    venue.answers[BOOKS] = books
    rounds = []
    for _ in range(5):
        rounds.append(notes_of(home.run("clob_books", TODAY)))
        home.clock.passes(minutes=5)
    waiting = ["1 books are younger than their tier's interval"]
    assert rounds == [[], waiting, [], [], []], "48 h before its end it enters T1"


def test_intervals_and_boundaries_are_settings(home: StandingPlatform, venue: Venue) -> None:
    home.lists(live(1, endDate="2026-11-25T00:00:00Z"))
    venue.answers[BOOKS] = books
    changed = {"tier_boundaries_h": "240,12,4,1", "tier_intervals_s": "3600,900,300,300,300"}
    accepted = []
    for _ in range(4):
        accepted.append(home.run("clob_books", TODAY, changed=changed).accepted)
        home.clock.passes(minutes=5)
    assert accepted == [1, 0, 0, 1]


def terms(**changes: Any) -> Any:
    """Answers with the terms of whichever market is asked for."""

    def answer(asked: Asked) -> dict[str, Any]:
        cid = asked.path.removeprefix(TERMS)
        return {
            "t": [{"t": f"{int(cid, 16)}1", "o": "Yes"}, {"t": f"{int(cid, 16)}2", "o": "No"}],
            "c": cid, "mos": 5, "mts": 0.001, "ao": True, "v": "v1",
            "fd": {"r": 0.04, "e": 1, "to": True}, **changes,
        }  # fmt: skip

    return answer


def answering(venue: Venue, numbers: range, **changes: Any) -> None:
    for number in numbers:
        venue.answers[TERMS + condition(number)] = terms(**changes)


def asked_terms(venue: Venue) -> set[str]:
    asked = {a.path.removeprefix(TERMS) for a in venue.asked}
    venue.asked.clear()
    return asked


def test_terms_are_asked_for_when_new_old_or_changed_on_gamma_and_kept_once(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(live(1), live(2), live(3, volume24hr=1), live(4, closed=True))
    answering(venue, range(1, 5))
    first = home.run("clob_markets", TODAY)
    assert asked_terms(venue) == {condition(1), condition(2)}, "of the universe alone"
    assert (first.requests, first.accepted) == (2, 2)

    home.clock.passes(hours=1)
    again = home.run("clob_markets", TODAY)
    assert (again.requests, notes_of(again)) == (
        0, ["the terms of every market of the universe are held"],
    )  # fmt: skip

    home.lists(live(1, orderPriceMinTickSize=0.001), live(5))
    answering(venue, range(1, 6), mts=0.01)
    changed = home.run("clob_markets", TODAY)
    assert asked_terms(venue) == {condition(1), condition(5)}
    assert changed.accepted == 2

    home.clock.passes(hours=23)
    old = home.run("clob_markets", TODAY)
    assert asked_terms(venue) == {condition(2)}
    assert old.accepted == 1
    home.clock.passes(hours=1)
    aged = home.run("clob_markets", TODAY)
    assert asked_terms(venue) == {condition(1), condition(5)}
    assert (aged.accepted, aged.unchanged) == (0, 2), "equal versions are not written again"

    found = home.lake.rows(
        "select condition_id, count(*), arg_max(payload ->> '$.mts', received_at)"
        " from raw.clob_markets group by 1 order by 1"
    )
    assert found == [
        (condition(1), 2, "0.01"),
        (condition(2), 2, "0.01"),
        (condition(5), 1, "0.01"),
    ]
    assert audit(home.lake, "clob_markets", day("2026-11-20", "2026-11-22")).problems == []


def test_a_market_the_clob_does_not_know_is_told_and_one_it_confuses_is_quarantined(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(live(1), live(2), live(3))
    answering(venue, range(2, 3))
    venue.answers[TERMS + condition(3)] = terms(c=condition(2))
    run = home.run("clob_markets", TODAY)
    assert (run.accepted, run.quarantined) == (1, 1)
    assert notes_of(run) == ["the CLOB does not know 1 of 3 markets"]
    assert home.one("select reason from raw.quarantine").startswith(
        "c: not the market that was asked for"
    )
    assert {path for (path,) in home.lake.rows("select path from raw.pages")} == {
        f"/clob-markets/{condition(n)}" for n in (2, 3)
    }


def test_an_error_of_the_clob_is_no_missing_market(home: StandingPlatform, venue: Venue) -> None:
    home.lists(live(1))
    venue.answers[TERMS + condition(1)] = lambda asked: (400, {"error": "no"}, {})
    failed = home.failed("clob_markets", TODAY)
    assert failed.error_class == "RequestRefusedError"
    venue.answers[TERMS + condition(1)] = terms()
    home.clock.passes(minutes=1)
    assert home.run("clob_markets", TODAY).accepted == 1


def test_the_universe_reads_the_newest_version_of_a_market(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(live(1), live(2))
    home.clock.passes(seconds=1)
    home.lists(live(1, closed=True), live(2, endDate="2027-11-25T00:00:00Z"))
    venue.answers[BOOKS] = books
    assert home.run("clob_books", TODAY).requests == 0
