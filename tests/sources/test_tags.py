"""Gamma's tags: walked by offset to the first empty page, once a day."""

from __future__ import annotations

from typing import Any

import pytest

from polymarket_assets.sources.audit import audit
from tests.sources.platforms import StandingPlatform, day, notes_of
from tests.sources.venue import Asked, Venue

TAGS = "/gamma/tags"
TODAY = day("2026-11-20")
GONE = (404, {"error": "gone"}, {})


def tag(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(number), "label": f"Tag {number}", "slug": f"tag-{number}",
        "createdAt": "2024-11-13T19:58:34.318816Z", "requiresTranslation": False, **changes,
    }  # fmt: skip


@pytest.fixture
def listed(venue: Venue) -> list[dict[str, Any]]:
    """250 tags, at most 40 a page though 100 are asked for."""
    tags = [tag(number) for number in range(1, 251)]
    venue.answers[TAGS] = lambda a: tags[int(a.query["offset"]) :][:40]
    return tags


def offsets(venue: Venue) -> list[int]:
    return [int(asked.query["offset"]) for asked in venue.asked]


def test_tags_are_walked_to_the_first_empty_page_and_written_when_they_change(
    home: StandingPlatform, venue: Venue, listed: list[dict[str, Any]]
) -> None:
    first = home.run("gamma_tags", TODAY)
    assert offsets(venue) == [0, 40, 80, 120, 160, 200, 240, 250], "short pages are not the end"
    assert (first.accepted, first.unchanged) == (250, 0)
    venue.asked.clear()
    home.clock.passes(hours=22)
    assert notes_of(home.run("gamma_tags", TODAY)) == [
        "the tags were walked less than a day ago: nothing asked"
    ]
    assert offsets(venue) == []
    listed[4]["label"] = "Renamed"
    listed.append(tag(251))
    home.clock.passes(hours=2)
    again = home.run("gamma_tags", TODAY)
    assert (again.accepted, again.unchanged) == (2, 249)
    assert home.lake.rows(
        "select payload ->> '$.label' from raw.gamma_tags where tag_id = '5' order by received_at"
    ) == [("Tag 5",), ("Renamed",)]
    assert audit(home.lake, "gamma_tags", day("2026-11-20", "2026-11-21")).problems == []


def test_a_walk_that_was_cut_off_goes_on_at_its_offset_or_soon_starts_anew(
    home: StandingPlatform, venue: Venue, listed: list[dict[str, Any]]
) -> None:
    whole = venue.answers[TAGS]
    for waited, begins in ((10, 80), (40, 0)):
        home.forget()
        venue.asked.clear()
        venue.answers[TAGS] = lambda a: whole(a) if venue.count() < 3 else GONE
        assert home.failed("gamma_tags", TODAY).pages == 2
        venue.asked.clear()
        venue.answers[TAGS] = whole
        home.clock.passes(minutes=waited)
        home.run("gamma_tags", TODAY)
        assert offsets(venue)[0] == begins
        assert home.one("select count(distinct tag_id) from raw.gamma_tags") == 250


def test_a_venue_that_ignores_the_offset_is_not_walked_for_ever(
    home: StandingPlatform, venue: Venue
) -> None:
    venue.answers[TAGS] = lambda asked: [tag(number) for number in range(1, 101)]
    failed = home.failed("gamma_tags", TODAY)
    assert (failed.error_class, failed.requests) == ("CursorLoopError", 2)


def test_a_spoilt_tag_is_quarantined_and_what_is_no_list_is_no_empty_page(
    home: StandingPlatform, venue: Venue
) -> None:
    def with_a_spoilt_one(asked: Asked) -> Any:
        rows = [tag(1), tag(2, id=3), tag(3, createdAt="soon"), tag(4)]
        return rows if asked.query["offset"] == "0" else []

    venue.answers[TAGS] = with_a_spoilt_one
    run = home.run("gamma_tags", TODAY)
    assert (run.accepted, run.quarantined) == (2, 2)
    home.forget()
    venue.answers[TAGS] = lambda asked: {"tags": []}
    failed = home.failed("gamma_tags", TODAY)
    assert failed.error_class == "MalformedPageError"
