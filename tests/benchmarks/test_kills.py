"""The kill trials in their small world: they kill, and what is off is found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from benchmarks.kills.__main__ import Plan, kills, table, table_of_together, wrong
from benchmarks.kills.campaign import Account
from benchmarks.kills.cases import CASES, DAYS, EVENING, SETTINGS
from benchmarks.kills.lanes import jobs, venues_and_home
from benchmarks.kills.together import Together, compare, urls_of
from benchmarks.kills.trial import Outcome, Venues, subject
from polymarket_assets.store.lake import Lake
from tests.sources.platforms import Platform, platform

NAMED = {case.name: case for case in CASES}
EVENTS = NAMED["gamma_events"]
TINY = Plan(cases=[NAMED["clob_books"]], at_random=1, lanes=1, together=False, least_points=3)
"""One page, and so three crash points."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Venues, Platform]]:
    with venues_and_home(tmp_path_factory.mktemp("kills")) as made:
        yield made


def change(lake: Lake, sql: str) -> None:
    def work(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(sql)

    lake.transaction(work)


def test_lost_doubled_and_refetched_are_counted(world: tuple[Venues, Platform]) -> None:
    venues, home = world
    with subject(EVENTS, home, venues) as victim:
        whole = victim.undisturbed()
        right = victim.trial(whole, ["before_commit:1"])
        assert (right.kills, right.lost, right.doubled, right.refetched) == (1, 0, 0, 0)
        assert right.is_right

        some, *_ = whole.rows
        another = whole.rows - Counter([some]) + Counter([-1, -2])
        off = victim.trial(replace(whole, rows=another, requests=0), [])
        assert (off.lost, off.doubled, off.refetched) == (2, 1, whole.requests)

        change(home.lake, "delete from raw.gamma_events where position = 1")
        assert (whole.rows - victim.rows()).total() > 0
    change(home.lake, "insert into raw.gamma_events from raw.gamma_events")
    assert (victim.rows() - whole.rows).total() > 0


@pytest.mark.parametrize(
    ("outcome", "is_right"),
    [
        (Outcome(1, 0, 0, 1, 1, ()), True),
        (Outcome(1, 1, 0, 0, 1, ()), False),
        (Outcome(1, 0, 1, 0, 1, ()), False),
        (Outcome(1, 0, 0, 2, 1, ()), False),
        (Outcome(1, 0, 0, 0, 1, ("a gap",)), False),
    ],
)
def test_an_outcome_is_right_when_nothing_is_off(outcome: Outcome, *, is_right: bool) -> None:
    assert outcome.is_right == is_right
    account = Account("a source")
    account.take("before_commit:2", outcome)
    account.take(0.25, outcome)
    assert (account.enumerated, account.random) == (1, 1)
    assert bool(account.problems) != is_right


def test_what_was_not_done_is_wrong() -> None:
    done = Account("clob_books", enumerated=3, random=1)
    assert wrong(TINY, [done], [], Together()) == []
    assert wrong(TINY, [], ["a lane ended"], Together(problems=["two daemons"])) == [
        "a lane ended",
        "clob_books: not tried",
        "0 crash points instead of at least 3",
        "0 kills at random moments instead of 1",
        "two daemons",
    ]


def test_random_kills_are_shared_out() -> None:
    work = jobs(CASES, 200, seed=7)
    assert sum(job.at_random for job in work) == 200
    assert {job.at_random for job in work} <= {200 // len(CASES), 200 // len(CASES) + 1}


def test_the_whole_kills_prints_its_figures_and_ends_with_0(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert kills(TINY, as_json=True) == 0
    facts = json.loads(capsys.readouterr().out)
    [account] = facts["sources"]
    assert facts["wrong"] == []
    assert (account["pages"], account["enumerated"], account["random"]) == (1, 3, 1)
    assert (account["lost"], account["doubled"], account["most_refetched"]) == (0, 0, 0)
    assert table([Account(**account)]).row_count == 2


def test_a_row_that_only_one_home_has_is_found(
    world: tuple[Venues, Platform], tmp_path_factory: pytest.TempPathFactory
) -> None:
    _, home = world
    folder = tmp_path_factory.mktemp("serial")
    urls = urls_of(home.settings)
    with platform(folder, "", now=EVENING, **urls, **SETTINGS) as serial:
        home.forget(EVENTS.source)
        for one in (home, serial):
            one.run(EVENTS.source, DAYS)
        # Received twice is no matter: it has one key.
        change(home.lake, "insert into raw.gamma_events from raw.gamma_events")
        found = Together()
        compare(EVENTS.source, home, serial, found)
        [same] = found.tables
        assert (same.lost, same.surplus, same.received) == (0, 0, 2 * same.rows)
        change(home.lake, "delete from raw.gamma_events where position = 0")
        change(serial.lake, "delete from raw.gamma_events where position = 1")
        compare(EVENTS.source, home, serial, found)
    *_, differing = found.tables
    assert differing.lost > 0
    assert differing.surplus > 0
    assert any("not equal to the serial run" in problem for problem in found.problems)
    assert table_of_together(found.tables, 4).row_count == 2
