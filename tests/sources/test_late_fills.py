"""Days that were closed and got fills since."""

from __future__ import annotations

from datetime import timedelta

import pytest

from polymarket_assets.sources.late_fills import reopened
from tests.sources.conftest import NOON
from tests.sources.platforms import StandingPlatform, day
from tests.sources.test_feed import BEFORE, TODAY, TRADES, YESTERDAY, half_hourly
from tests.sources.venue import Feed, Fill, Venue


@pytest.fixture
def feed(venue: Venue) -> Feed:
    feed = Feed(half_hourly(NOON, 3 * 48))
    venue.answers[TRADES] = feed
    return feed


def test_a_fill_of_a_closed_day_that_comes_later_reopens_it_once(
    home: StandingPlatform, feed: Feed
) -> None:
    home.run("data_trades", YESTERDAY)
    home.run("data_trades", TODAY)
    first, seen = reopened(home.lake, None)
    assert first == []
    feed.fills.append(Fill(5000, NOON - timedelta(days=1)))
    home.clock.passes(hours=1)
    home.run("data_trades", TODAY, fresh=True)
    assert reopened(home.lake, seen)[0] == [], "the walk of today did not come by"
    # A walk for an older day passes it.
    home.run("data_trades", BEFORE, fresh=True)
    days, until = reopened(home.lake, seen)
    assert [(d.dt, d.fills) for d in days] == [(YESTERDAY.first, 2)], "in both passes"
    assert reopened(home.lake, until)[0] == []


def test_days_that_were_never_closed_or_are_fetched_for_themselves_are_not_reopened(
    home: StandingPlatform, feed: Feed
) -> None:
    home.run("data_trades", TODAY)
    _, seen = reopened(home.lake, None)
    home.run("data_trades", BEFORE)  # passes yesterday, which nobody has closed
    assert reopened(home.lake, seen)[0] == []
    feed.fills.append(Fill(5000, NOON - timedelta(days=1)))
    home.clock.passes(hours=1)
    home.run("data_trades", day("2026-11-18", "2026-11-19"), fresh=True)
    assert reopened(home.lake, seen)[0] == [], "its own run has found it"
