"""The audit: silent when all is well, and loud about one row lost, doubled or changed."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from polymarket_assets.sources.audit import audit, last_but_one_run
from tests.sources.conftest import NOON
from tests.sources.platforms import StandingPlatform, day
from tests.sources.venue import Feed, Fill, Venue, page_of

TRADES = "/data/v2/trades"
TODAY = day("2026-11-20")


ROW = "page_id = '{page}' and position = 3"
LOST = ("delete from raw.data_trades where {row}", "but 119 rows, 0 unchanged and 0 quarantined")
DOUBLED = ("insert into raw.data_trades from raw.data_trades where {row}", "but 121 rows")
CHANGED = {
    "size": "size + 0.000001",
    "price": "0.26",
    "event_at": "event_at + interval 1 second",
}
SET_ASIDE = (
    """
    insert into raw.quarantine
    select page_id, 'data_trades', 3, 'no reason', 'x'::blob, received_at, dt
    from raw.pages where page_id = '{page}'
    """,
    "1 quarantined make 121: 1 pages differ, e.g. {page}",
)


@pytest.fixture(scope="module")
def sound(_home: StandingPlatform, _venue: Venue) -> StandingPlatform:
    """A home with the fills of an hour."""
    _venue.reset()
    _home.forget()
    _home.clock.stands_at = NOON
    _venue.answers[TRADES] = Feed(
        [Fill(n, NOON - timedelta(minutes=n)) for n in range(60)], page=20
    )
    _home.run("data_trades", TODAY)
    assert audit(_home.lake, "data_trades", TODAY).problems == []
    return _home


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        LOST,
        DOUBLED,
        SET_ASIDE,
        *(
            (
                f"update raw.data_trades set {column} = {value} where {{row}}",
                "the values of 1 pages and their rows add up differently, e.g. of {page}",
            )
            for column, value in CHANGED.items()
        ),
    ],
)
def test_a_lost_doubled_or_changed_row_is_found(
    sound: StandingPlatform, tampering: str, problem: str
) -> None:
    page = sound.one("select min(page_id) from raw.pages")
    before = sound.lake.head_version()
    sql = tampering.format(row=ROW, page=page).format(page=page)
    sound.lake.transaction(lambda c: c.execute(sql))
    found = audit(sound.lake, "data_trades", TODAY)
    sound.restore("data_trades", before)
    sound.restore("quarantine", before)
    assert problem.format(page=page) in " ".join(found.problems)


def test_a_row_lost_on_one_page_is_not_made_up_for_by_one_doubled_on_another(
    sound: StandingPlatform,
) -> None:
    before = sound.lake.head_version()
    pages = sound.lake.rows("select page_id from raw.pages order by 1 limit 2")
    for (sql, _), (page,) in zip((LOST, DOUBLED), pages, strict=True):
        statement = sql.format(row=ROW.format(page=page))
        sound.lake.transaction(lambda c, statement=statement: c.execute(statement))
    found = audit(sound.lake, "data_trades", TODAY)
    sound.restore("data_trades", before)
    assert found.records_in_pages == found.rows_of_pages
    assert (found.miscounted, len(found.problems)) == (2, 2)


def test_numbers_too_long_or_too_large_for_a_float_are_not_taken_for_changed_ones(
    home: StandingPlatform, venue: Venue
) -> None:
    sizes = ["1.1234565", "2.12345650000000001", "98765432109.123457", "41234567890.123451", "0"]
    rows = [Fill(n, NOON).row() | {"size": f"@{size}@"} for n, size in enumerate(sizes)]
    body = json.dumps(page_of(rows, None)).replace('"@', "").replace('@"', "").encode()
    venue.answers[TRADES] = lambda asked: body
    home.run("data_trades", TODAY)
    assert home.one("select max(size) from raw.data_trades") == Decimal("98765432109.123457")
    found = audit(home.lake, "data_trades", TODAY)
    assert (found.problems, found.unreadable) == ([], 0)


def test_a_page_that_only_the_lenient_reader_could_cut_apart_is_counted_by_its_parser(
    home: StandingPlatform, venue: Venue
) -> None:
    body = json.dumps(page_of([Fill(1, NOON).row(), Fill(2, NOON).row()], None))
    body = body.replace("an-event", "\\ud800", 1)
    venue.answers[TRADES] = lambda asked: body.encode()
    run = home.run("data_trades", TODAY)
    assert (run.accepted, run.quarantined) == (2, 2)
    found = audit(home.lake, "data_trades", TODAY)
    assert (found.problems, found.unreadable, found.records_in_pages) == ([], 2, 4)


def test_what_came_since_a_moment_is_looked_at_and_nothing_before(
    home: StandingPlatform, venue: Venue
) -> None:
    fills = [Fill(n, NOON - timedelta(minutes=n)) for n in range(40)]
    venue.answers[TRADES] = Feed(fills[20:], page=20)
    home.clock.stands_at = NOON
    home.run("data_trades", TODAY)
    assert last_but_one_run(home.lake, "data_trades") is None
    home.lake.transaction(lambda c: c.execute("delete from raw.data_trades where position = 3"))
    home.clock.stands_at = NOON + timedelta(minutes=5)
    venue.answers[TRADES] = Feed(fills, page=20)
    home.run("data_trades", TODAY)
    since = last_but_one_run(home.lake, "data_trades")
    assert since is not None
    assert NOON < since < NOON + timedelta(seconds=1)
    whole = audit(home.lake, "data_trades", TODAY)
    new = audit(home.lake, "data_trades", TODAY, since=since)
    assert whole.problems
    assert new.problems == []
    assert 0 < new.pages < whole.pages
    home.lake.transaction(
        lambda c: c.execute(
            "delete from raw.data_trades where received_at > ? and position = 1", [since]
        )
    )
    assert audit(home.lake, "data_trades", TODAY, since=since).problems
