"""Stored pages read again: what is lacking is written, what is held stays, nobody is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from polymarket_assets.clients.contracts import registry
from polymarket_assets.clients.contracts.contract import Asked
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.registry import SOURCES
from polymarket_assets.sources.reparse import LOCK, Reparsed, Wanted, reparse
from polymarket_assets.store.batch import Batch, Page, QuarantinedRow
from polymarket_assets.store.locks import LockHeldError, advisory_lock
from polymarket_assets.store.stored_pages import PAGES_AT_ONCE
from polymarket_assets.store.writer import LakeWriter
from tests.sources.children import KILLED, Work
from tests.sources.conftest import NOON
from tests.sources.platforms import Platform, StandingPlatform, day, platform
from tests.sources.venue import Fill, market, page_of

TODAY = day("2026-11-20")
ALL = Wanted(missing=True)


def sums(home: Platform, *tables: str) -> dict[str, Any]:
    """Rows and the sum of their hashes, of each table, read from the files."""
    names = tables or tuple(f"raw.{source}" for source in SOURCES)
    with home.lake.connect(read_only=True) as lake:
        questions = {name: f"select count(t), sum(hash(t)) from {name} as t" for name in names}
        return {name: lake.execute(sql).fetchone() for name, sql in questions.items()}


def again(home: Platform, *sources: str, **wanted: Any) -> list[Reparsed]:
    return reparse(home.lake, sources or tuple(SOURCES), Wanted(**wanted), now=home.home.clock.now)


def received(
    home: StandingPlatform,
    source: str,
    body: Any,
    *,
    refused: Sequence[int] = (),
    kept: bytes | None = None,
    **request: Any,
) -> Batch:
    """A page as a stricter contract of former days would have kept it.

    `kept` is what stands in raw.pages in place of `body`.
    """
    [contract] = registry.CONTRACTS[source].values()
    request = {"method": "GET", "path": contract.path, **request}
    at = home.clock.passes(minutes=1)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    parsed = contract.parse(raw, Asked.of(json.dumps(request), at))
    accepted = [p not in refused for p in parsed.table.column("position").to_pylist()]
    page = Page(
        source=source,
        scope="a scope",
        path=contract.path,
        request=json.dumps(request),
        received_at=at,
        status=200,
        body=raw if kept is None else kept,
        row_count=parsed.row_count,
        walk_id="a walk",
        page_number=0,
        next_cursor=None,
        contract=parsed.contract,
    )
    rejected = [QuarantinedRow(p, "price: too new", b"{}") for p in refused]
    rejected += [QuarantinedRow(r.position, r.reason, r.row) for r in parsed.rejected]
    return Batch(page, {contract.table: parsed.table.filter(accepted)}, rejected, None)


def keep(home: Platform, *batches: Batch) -> str:
    """Commit pages one after the other; give the id of the last."""

    async def append() -> None:
        async with LakeWriter(home.lake) as writer:
            for batch in batches:
                await writer.append(batch)

    asyncio.run(append())
    return batches[-1].page.page_id


def receive(home: StandingPlatform, source: str, body: Any, **options: Any) -> str:
    return keep(home, received(home, source, body, **options))


def fills(home: StandingPlatform, *numbers: int, **options: Any) -> str:
    rows = [Fill(number, NOON - timedelta(minutes=number)).row() for number in numbers]
    params = {"taker_only": "true"}
    return receive(home, "data_trades", page_of(rows, None), params=params, **options)


def markets(home: StandingPlatform, *objects: dict[str, Any], **options: Any) -> str:
    return receive(home, "gamma_markets", {"markets": list(objects)}, **options)


def asked(home: Platform, number: int) -> list[str]:
    """The questions of a market's versions, in time."""
    rows = home.lake.rows(
        "select payload ->> '$.question' from raw.gamma_markets where market_id = ?"
        " order by received_at, page_id, position",
        [str(number)],
    )
    return [question for (question,) in rows]


def sound(home: Platform, source: str) -> None:
    assert audit(home.lake, source, TODAY).problems == []
    assert home.lake.rows(ACCOUNTS) == []


ACCOUNTS = """
with refused as (select page_id, count(*) as n from ops.open_quarantine group by page_id)
select *
from ops.page_accounts
left join refused using (page_id)
where row_count <> accepted + unchanged + quarantined or quarantined <> coalesce(n, 0)
"""


def test_records_a_contract_accepts_by_now_become_the_rows_they_always_should_have_been(
    home: StandingPlatform,
) -> None:
    fills(home, 7, 8, 9)
    page = fills(home, 1, 2, 3, 4, refused=[1, 3])
    before = sums(home, "raw.pages", "raw.quarantine")
    assert home.one("select count(*) from ops.open_quarantine") == 2
    [found] = again(home, "data_trades")
    assert (found.pages, found.written.accepted, found.written.restored) == (1, 2, 0)
    assert home.lake.rows(
        "select position, transaction_hash, received_at = (select received_at from raw.pages"
        f" where page_id = '{page}') from raw.data_trades where page_id = '{page}' order by 1"
    ) == [(n, f"0x{n + 1:064x}", True) for n in range(4)]
    assert home.one("select count(*) from ops.open_quarantine") == 0
    assert sums(home, "raw.pages", "raw.quarantine") == before, "nothing is taken back"
    assert (
        home.lake.rows("select was, became, contract from raw.reparsed")
        == [("quarantined", "accepted", "data_trades/v2")] * 2
    )
    sound(home, "data_trades")


def test_reading_again_what_was_read_again_does_nothing(home: StandingPlatform) -> None:
    page = fills(home, 1, 2, 3, refused=[0, 1, 2])
    again(home, "data_trades")
    before = sums(home)
    for wanted in ({}, {"missing": True}, {"page_ids": [page]}):
        [found] = again(home, "data_trades", **wanted)
        assert sum(vars(found.written).values()) == 0
    assert sums(home) == before


def test_a_dry_run_counts_and_writes_nothing(home: StandingPlatform) -> None:
    fills(home, 1, 2, refused=[1])
    markets(home, market(1), market(2))
    markets(home, market(1, question="Really?"), market(2), refused=[0, 1])
    markets(home, market(1, question="Really?"), refused=[0])
    version = home.lake.head_version()
    planned = again(home, "data_trades", "gamma_markets", dry_run=True)
    assert home.lake.head_version() == version
    done = again(home, "data_trades", "gamma_markets")
    assert [one.as_json() for one in planned] == [one.as_json() for one in done]
    assert [one.written.accepted for one in done] == [1, 1]
    assert [one.written.unchanged for one in done] == [0, 2]


def test_what_is_still_refused_stays_open_and_is_told_by_its_reason(
    home: StandingPlatform,
) -> None:
    rows = [Fill(n, NOON).row() | {"price": price} for n, price in enumerate((0.5, 69, 70))]
    receive(home, "data_trades", page_of(rows, None), params={"taker_only": "true"})
    [found] = again(home, "data_trades")
    assert found.still_refused == {"price: above 1": 2}
    assert home.one("select count(*) from ops.open_quarantine") == 2
    assert home.one("select count(*) from raw.reparsed") == 0


def test_only_pages_of_the_days_or_ids_asked_for_are_read(home: StandingPlatform) -> None:
    fills(home, 1, refused=[0])
    page = fills(home, 2, refused=[0])
    [nothing] = again(home, "data_trades", received=day("2026-11-19"))
    assert nothing.pages == 0
    [one] = again(home, "data_trades", "clob_books", page_ids=[page])
    assert (one.source, one.written.accepted) == ("data_trades", 1)
    [rest] = again(home, "data_trades", received=TODAY)
    assert rest.written.accepted == 1
    with pytest.raises(ValueError, match=r"raw\.pages has no page nowhere"):
        again(home, page_ids=["nowhere"])
    with pytest.raises(ValueError, match="no source elsewhere; sources: gamma_events"):
        again(home, "elsewhere")


def test_a_page_nobody_can_read_is_named_and_the_others_are_read(home: StandingPlatform) -> None:
    page = fills(home, 1, refused=[0], kept=b"gone")
    fills(home, 2, refused=[0])
    [found] = again(home, "data_trades")
    assert list(found.unreadable) == [page]
    assert "MalformedPageError: data_trades" in found.unreadable[page]
    assert found.written.accepted == 1


def test_an_object_equal_to_its_version_before_is_no_new_version(home: StandingPlatform) -> None:
    markets(home, market(1), market(2))
    markets(home, market(1), market(2, question="Really?"), market(3), refused=[0, 1, 2])
    [found] = again(home, "gamma_markets")
    assert (found.written.accepted, found.written.unchanged) == (2, 1)
    assert asked(home, 1) == ["Will 1 happen?"]
    assert asked(home, 2) == ["Will 2 happen?", "Really?"]
    assert home.one("select count(*) from ops.open_quarantine") == 0
    sound(home, "gamma_markets")


def test_a_late_version_does_not_pass_for_the_newest_one(home: StandingPlatform) -> None:
    """The object was seen again as it had been, which was no new version then and is one now."""
    markets(home, market(1), market(2))
    markets(home, market(1, question="Really?"), refused=[0])
    markets(home, market(2))
    markets(home, market(2), market(1))
    markets(home, market(1))
    [found] = again(home, "gamma_markets")
    assert (found.written.accepted, found.written.followed) == (1, 1)
    assert asked(home, 1) == ["Will 1 happen?", "Really?", "Will 1 happen?"]
    assert asked(home, 2) == ["Will 2 happen?"]
    sound(home, "gamma_markets")
    before = sums(home)
    again(home, "gamma_markets", missing=True)
    assert sums(home) == before


def test_a_kill_between_a_late_version_and_what_follows_it_is_made_good(
    home: StandingPlatform,
) -> None:
    lists = [[market(2, question=f"{n} times?"), market(3)] for n in range(PAGES_AT_ONCE + 1)]
    markets(home, market(1))
    markets(home, market(1, question="Really?"), refused=[0])
    keep(home, *(received(home, "gamma_markets", {"markets": some}) for some in lists))
    markets(home, market(1))
    settings = home.settings.model_copy(update={"crash_at": "after_commit:1"})
    assert Work(settings, rebuild).ended() == KILLED
    assert asked(home, 1) == ["Will 1 happen?", "Really?"]
    [found] = again(home, "gamma_markets")
    assert (found.written.accepted, found.written.followed) == (0, 1)
    assert asked(home, 1) == ["Will 1 happen?", "Really?", "Will 1 happen?"]
    assert again(home, "gamma_markets")[0].pages == 0, "gone through to the end"


def test_late_versions_in_a_row_are_compared_with_each_other(home: StandingPlatform) -> None:
    markets(home, market(1))
    for question in ("Really?", "Really?", "Will 1 happen?"):
        markets(home, market(1, question=question), refused=[0])
    markets(home, market(1))
    again(home, "gamma_markets")
    assert asked(home, 1) == ["Will 1 happen?", "Really?", "Will 1 happen?"]
    sound(home, "gamma_markets")


def test_a_record_that_is_lost_and_refused_by_now_is_kept_as_refused(
    home: StandingPlatform,
) -> None:
    rows = [Fill(1, NOON).row(), Fill(2, NOON).row() | {"price": 2}]
    page = fills(home, 1, 2, kept=json.dumps(page_of(rows, None)).encode())
    home.lake.transaction(lambda c: c.execute("delete from raw.data_trades where position = 1"))
    again(home, "data_trades", missing=True)
    assert home.lake.rows("select page_id, position, reason from ops.open_quarantine") == [
        (page, 1, "price: above 1; got 2")
    ]
    assert home.lake.rows(ACCOUNTS) == []


def test_two_at_once_are_refused(home: StandingPlatform) -> None:
    with advisory_lock(home.lake.postgres, LOCK), pytest.raises(LockHeldError):
        again(home)


# --- everything a venue serves -------------------------------------------------------------------

EVENING = datetime(2026, 11, 19, 21, tzinfo=UTC)
WORLD = SimulatorOptions(
    seed=3, start=date(2026, 11, 18), days=2, markets=60, fills=300, now=EVENING, speed=0
)
DAYS = day("2026-11-18", "2026-11-19")
BROKEN = {
    "gamma_events": "/gamma/events/keyset",
    "gamma_markets": "/gamma/markets/keyset",
    "data_trades": "/data/v2/trades",
    "data_leaderboard": "/data/v2/leaderboard",
    "clob_books": "/clob/books",
    "clob_prices": "/clob/batch-prices-history",
}
LOSE = "delete from raw.{source} where hash(page_id, position) % 3 = 0"


@pytest.fixture(scope="module")
def venue_of_days() -> Iterator[SimulatorHandle]:
    with simulator(WORLD) as handle:
        yield handle


@pytest.fixture(scope="module")
def collected(
    venue_of_days: SimulatorHandle, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """A home with every source, one broken record in each, and a second look at the lists."""
    folder = tmp_path_factory.mktemp("reparse")
    url = venue_of_days.url
    venue_of_days.faults(
        *({"path": path, "kind": "malformed_row", "times": 1} for path in BROKEN.values())
    )
    with platform(folder, url, now=EVENING, leaderboard_categories="overall") as made:
        for source in SOURCES:
            made.run(source, DAYS)
        later = made.moved_to(EVENING + timedelta(minutes=20))
        later.run("gamma_markets", DAYS)
        yield later


@pytest.fixture(scope="module")
def whole(collected: Platform) -> dict[str, Any]:
    """Sums of all tables before anything is lost."""
    held = held_now(collected)
    assert all(rows for name, (rows, _) in held.items() if name != "raw.reparsed")
    return held


def held_now(home: Platform) -> dict[str, Any]:
    return sums(home, *(f"raw.{source}" for source in (*SOURCES, "quarantine", "reparsed")))


def test_reading_every_page_again_adds_nothing(collected: Platform, whole: dict[str, Any]) -> None:
    pages = [row[0] for row in collected.lake.rows("select page_id from raw.pages")]
    found = again(collected, page_ids=pages)
    assert sum(one.pages for one in found) == len(pages)
    assert held_now(collected) == whole
    assert sum(one.pages for one in again(collected, missing=True)) == len(BROKEN), "the refused"
    assert held_now(collected) == whole


def test_lost_rows_come_back_from_the_pages_exactly_even_over_kills(
    collected: Platform, whole: dict[str, Any]
) -> None:
    def lose(connection: Any) -> None:
        for source in (*SOURCES, "quarantine"):
            connection.execute(LOSE.format(source=source))

    collected.lake.transaction(lose)
    assert all(held_now(collected)[f"raw.{s}"] != whole[f"raw.{s}"] for s in SOURCES)
    for crash in ("before_commit:2", "after_commit:1"):
        child = Work(collected.settings.model_copy(update={"crash_at": crash}), rebuild)
        assert child.ended() == KILLED
        assert held_now(collected) != whole
    again(collected, missing=True)
    assert held_now(collected) == whole
    received = DayWindow(EVENING.date(), EVENING.date())
    for source in SOURCES:
        assert audit(collected.lake, source, received).problems == []


def rebuild(home: Platform) -> None:
    again(home, missing=True)
