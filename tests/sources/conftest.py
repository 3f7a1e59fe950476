"""One home and one venue of our own for all tests of the sources; each finds both empty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.sources.platforms import StandingPlatform, platform
from tests.sources.venue import Venue, serving

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def _venue() -> Iterator[Venue]:
    with serving(Venue()) as venue:
        yield venue


@pytest.fixture(scope="session")
def _home(tmp_path_factory: pytest.TempPathFactory, _venue: Venue) -> Iterator[StandingPlatform]:
    with platform(tmp_path_factory.mktemp("sources"), _venue.url, now=NOON) as made:
        yield made.standing_at(NOON)


@pytest.fixture
def venue(_venue: Venue) -> Venue:
    """The venue, without an answer to anything."""
    _venue.reset()
    return _venue


@pytest.fixture
def home(_home: StandingPlatform) -> StandingPlatform:
    """The platform, where no source has ever run, its clock standing at noon."""
    _home.forget()
    _home.clock.stands_at = NOON
    return _home
