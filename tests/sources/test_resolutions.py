"""How markets end: asked about until it is final, and never again after that."""

from __future__ import annotations

from typing import Any

from polymarket_assets.sources.audit import audit
from tests.sources.platforms import StandingPlatform, day, notes_of
from tests.sources.venue import Asked, Venue, condition, market

RESOLUTIONS = "/data/v2/resolutions"
TODAY = day("2026-11-20")
REFUSED = (403, {"error": "forbidden"}, {})


def pending(number: int, status: str = "proposed") -> dict[str, Any]:
    return {
        "condition_id": condition(number),
        "question_id": "0x" + "2e" * 32,
        "status": status,
        "proposed_price": "1000000000000000000",
        "price": "69",
        "last_update_timestamp": "1795168800",
    }


def final(number: int) -> dict[str, Any]:
    return {
        "condition_id": condition(number),
        "status": "resolved",
        "payouts": [1000000, 0],
        "resolved_at": "2026-11-20T11:00:00Z",
        "last_update_timestamp": "2026-11-20T11:00:00Z",
    }


def ended(number: int, at: str, **changes: Any) -> dict[str, Any]:
    return market(number, endDate=f"{at}T00:00:00Z", **changes)


class Results:
    """GET /data/v2/resolutions: the states there are; others are missing."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = {row["condition_id"]: row for row in rows}

    def __call__(self, asked: Asked) -> Any:
        """One answer, without pages."""
        return {"data": [self.rows[c] for c in asked.many("condition") if c in self.rows]}


def asked_for(venue: Venue) -> set[str]:
    return {c for a in venue.asked for c in a.many("condition")}


def states(home: StandingPlatform) -> list[tuple[str, list[str]]]:
    return home.lake.rows(
        "select condition_id, list(status order by received_at) from raw.data_resolutions"
        " group by 1 order by 1"
    )


def test_a_result_is_followed_until_it_is_final(home: StandingPlatform, venue: Venue) -> None:
    home.lists(
        ended(1, "2026-11-19"),
        ended(2, "2026-11-19"),
        ended(3, "2026-12-24"),
        ended(4, "2026-12-24", umaResolutionStatus="proposed"),
        ended(5, "2026-09-01", closed=True, closedTime="2026-09-02 00:00:00+00"),
    )
    results = venue.answers[RESOLUTIONS] = Results(final(1), pending(4))
    run = home.run("data_resolutions", TODAY)
    assert asked_for(venue) == {condition(n) for n in (1, 2, 4)}
    assert (run.requests, run.accepted) == (1, 2), "one request for 20 markets is the least"
    assert home.run("data_resolutions", TODAY).requests == 0, "asked a moment ago"
    venue.asked.clear()
    home.clock.passes(minutes=10)
    again = home.run("data_resolutions", TODAY)
    assert asked_for(venue) == {condition(n) for n in (2, 4)}, "the final one is not asked for"
    assert (again.accepted, again.unchanged) == (0, 1), "the same statement is not written again"
    results.rows |= {r["condition_id"]: r for r in (pending(2, "disputed"), final(4))}
    home.clock.passes(minutes=10)
    home.run("data_resolutions", TODAY)
    assert states(home) == [
        (condition(1), ["resolved"]),
        (condition(2), ["disputed"]),
        (condition(4), ["proposed", "resolved"]),
    ]
    assert audit(home.lake, "data_resolutions", TODAY).problems == []
    venue.asked.clear()
    home.clock.passes(days=60)
    home.run("data_resolutions", day("2027-01-19"))
    assert asked_for(venue) == {condition(2), condition(3)}, "a pending one is never given up"


def test_past_days_are_asked_for_once_and_only_what_ended_in_them(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(*(ended(n, "2026-08-05") for n in range(1, 46)), ended(99, "2026-09-05"))
    venue.answers[RESOLUTIONS] = Results(*map(final, range(1, 46)))
    run = home.run("data_resolutions", day("2026-08-01", "2026-08-31"))
    assert sorted(len(a.many("condition")) for a in venue.asked) == [5, 20, 20]
    assert run.accepted == 45
    home.clock.passes(hours=1)
    again = home.run("data_resolutions", day("2026-08-01", "2026-08-31"))
    assert again.requests == 0
    assert notes_of(again) == ["every result of the window is held already"]


def test_a_run_that_was_cut_off_asks_only_for_the_rest(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(*(ended(n, "2026-11-19") for n in range(1, 62)))
    results = Results(*(pending(n) for n in range(1, 62)))
    venue.answers[RESOLUTIONS] = lambda asked: results(asked) if venue.count() <= 2 else REFUSED
    one_by_one = {"http_connections": 1}
    assert home.failed("data_resolutions", TODAY, changed=one_by_one).pages == 2
    venue.answers[RESOLUTIONS] = results
    venue.asked.clear()
    home.run("data_resolutions", TODAY, changed=one_by_one)
    assert venue.count() == 2, "21 markets are left"
    assert home.one("select count(*) from raw.data_resolutions") == 61


def test_a_record_that_was_not_asked_for_and_an_error_are_not_taken(
    home: StandingPlatform, venue: Venue
) -> None:
    home.lists(ended(1, "2026-11-19"))
    venue.answers[RESOLUTIONS] = lambda asked: {"data": [final(1), final(2)]}
    run = home.run("data_resolutions", TODAY)
    assert (run.accepted, run.quarantined) == (1, 1)
    home.forget()
    home.lists(ended(1, "2026-11-19"))
    venue.answers[RESOLUTIONS] = lambda asked: {"error": "internal", "data": []}
    failed = home.failed("data_resolutions", TODAY, changed={"http_attempts": 1})
    assert failed.error_class == "VenueUnavailableError"
    assert home.one("select count(*) from raw.data_resolutions") == 0
