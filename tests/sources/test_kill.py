"""kill -9 anywhere in a source, again and again: in the end it is as if nothing had happened.

One process after the other is killed, at a crash point of the writer or at a random moment, and the
next goes on from what the one before has left. `make kills` kills at every point, one at a time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from benchmarks.kills.cases import CASES, Case
from benchmarks.kills.lanes import venues_and_home
from benchmarks.kills.trial import Venues, subject
from tests.sources.platforms import Platform

POINTS = ("page_enqueued:1", "before_commit:1", "after_commit:1")
"""Every walk passes them: the first two leave nothing behind, the third a page."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Venues, Platform]]:
    with venues_and_home(tmp_path_factory.mktemp("kill")) as made:
        yield made


ONE_OF_EACH_KIND = "gamma_markets", "the feed", "the feed over v1", "kalshi_trades", "by conditions"
"""A list, passes with a cursor, windows of time, slices, walks in parallel."""


# In the order of the cases: the clock of a home never goes back.
@pytest.mark.parametrize(
    "case", [c for c in CASES if c.name in ONE_OF_EACH_KIND], ids=lambda case: case.name
)
def test_a_source_killed_anywhere_ends_where_the_undisturbed_one_does(
    world: tuple[Venues, Platform], case: Case
) -> None:
    venues, home = world
    with subject(case, home, venues) as victim:
        whole = victim.undisturbed()
        moment = random.Random(3).uniform(0, whole.seconds / 2)
        outcome = victim.trial(whole, [*POINTS, moment])
    assert whole.rows
    assert outcome.kills >= len(POINTS)
    assert outcome.is_right, outcome
