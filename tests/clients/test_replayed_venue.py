"""Every call against recorded data, served by the replay venue where it is present."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.error import URLError

import pytest

from polymarket_assets.clients import clob, data_api, gamma
from polymarket_assets.clients.contracts import events, markets
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.lane import Timing
from polymarket_assets.clients.pages import FetchedPage
from polymarket_assets.settings import load_settings
from tests.clients.contracts.mutations import parsed_or_refused
from tests.clients.venue import collect, run
from tests.conftest import RECORDED, SHARED, RecordedVenue

MIDTERMS = datetime(2022, 11, 20, tzinfo=UTC)

Client = Callable[[datetime], VenueHttp]


@pytest.fixture(scope="module")
def venue(recorded_venue: RecordedVenue) -> Iterator[RecordedVenue]:
    """The replay venue, once it answers; its clock is set back afterwards."""
    for _ in range(100):  # it says that it listens a moment before it does
        try:
            recorded_venue.call("GET", "info")
            break
        except URLError:
            time.sleep(0.05)
    yield recorded_venue
    recorded_venue.call("POST", "clock", {"now": MIDTERMS.isoformat(), "speed": 1})


@pytest.fixture
def at(venue: RecordedVenue, tmp_path: Path) -> Iterator[Client]:
    """Sets the venue's clock and gives a client whose platform clock agrees."""

    def client(now: datetime) -> VenueHttp:
        venue.call("POST", "clock", {"now": now.isoformat(), "speed": 0.001})
        settings = load_settings(
            home=tmp_path,
            gamma_url=f"{venue.url}/gamma",
            data_url=f"{venue.url}/data",
            clob_url=f"{venue.url}/clob",
            _env_file=None,
        )
        return VenueHttp(settings, now=lambda: now, timing=Timing(chance=lambda: 0.02))

    yield client
    venue.call("DELETE", "faults")


def ids(pages: list[FetchedPage], column: str) -> list[str]:
    return [value for page in pages for value in page.parsed.table[column].to_pylist()]


def check_nothing_rejected(pages: list[FetchedPage]) -> None:
    for page in pages:
        assert page.parsed.rejected == ()
        assert page.parsed.unknown_fields == frozenset()


def test_the_lists_of_2022_are_walked_whole(at: Client) -> None:
    async def scenario() -> tuple[list[FetchedPage], list[FetchedPage]]:
        async with at(MIDTERMS) as http:
            both = [
                [
                    page
                    for closed in (False, True)
                    for page in await collect(pages(http, closed=closed))
                ]
                for pages in (gamma.market_pages, gamma.event_pages)
            ]
            return both[0], both[1]

    listed, of_events = run(scenario())
    check_nothing_rejected(listed + of_events)
    market_ids, event_ids = ids(listed, "market_id"), ids(of_events, "event_id")
    assert len(set(market_ids)) == len(market_ids) > 4700
    assert len(set(event_ids)) == len(event_ids) > 3100
    assert all(page.parsed.row_count == 100 for page in listed[:1])


def test_the_tags_are_walked_whole(at: Client) -> None:
    async def scenario() -> list[FetchedPage]:
        async with at(MIDTERMS) as http:
            return await collect(gamma.tag_pages(http))

    pages = run(scenario())
    check_nothing_rejected(pages)
    found = ids(pages, "tag_id")
    assert len(set(found)) == len(found)
    assert (pages[-1].parsed.row_count, pages[-1].next_cursor) == (0, None)


def recorded(name: str) -> list[bytes]:
    """The recorded objects of a file, as their bytes were."""
    path = RECORDED / "gamma" / name
    if not path.is_file():
        pytest.skip(f"no recorded data: {path} is needed")
    body = gzip.decompress(path.read_bytes())
    if name.endswith(".jsonl.gz"):
        return body.splitlines()
    return [json.dumps(row).encode() for row in json.loads(body)]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("markets_2020_2022.jsonl.gz", 4860),
        ("markets_2024_jan_sep.jsonl.gz", 8656),
        ("events_2020_2022.jsonl.gz", 3171),
        ("events_2024_jan_sep.jsonl.gz", 2931),
        ("events_weather_2026.json.gz", 63),
        ("events_iran_20260301.json.gz", 34),
    ],
)
def test_every_recorded_object_keeps_its_contract(name: str, count: int) -> None:
    key, parse = ("markets", markets.parse) if "markets" in name else ("events", events.parse)
    rows, seen = recorded(name), 0
    for start in range(0, len(rows), 100):
        body = b'{"%s":[%s]}' % (key.encode(), b",".join(rows[start : start + 100]))
        page = parsed_or_refused(parse, body)
        assert page is not None
        assert page.rejected == ()
        assert page.unknown_fields == frozenset()
        seen += page.row_count
    assert seen == count


@pytest.mark.parametrize("name", ["events_weather_2026.json.gz", "events_iran_20260301.json.gz"])
def test_open_markets_keep_their_contract_also_before_they_are_deployed(name: str) -> None:
    inner = [market for row in recorded(name) for market in json.loads(row)["markets"]]
    page = markets.parse(json.dumps({"markets": inner}).encode())
    assert page.rejected == ()
    missing = page.table["condition_id"].null_count
    assert missing == sum(not market["conditionId"] for market in inner)


def test_markets_can_be_asked_for_by_condition(at: Client) -> None:
    async def scenario() -> list[FetchedPage]:
        async with at(MIDTERMS) as http:
            async for page in gamma.market_pages(http, closed=True):
                wanted = page.parsed.table["condition_id"].to_pylist()[: gamma.MOST_IDS]
                break
            found = await collect(gamma.market_pages(http, closed=True, ids=wanted))
            assert sorted(ids(found, "condition_id")) == sorted(wanted)
            return found

    check_nothing_rejected(run(scenario()))


def test_the_fills_of_the_midterm_markets_arrive_whole(at: Client) -> None:
    async def scenario() -> list[FetchedPage]:
        async with at(MIDTERMS) as http:
            cursor, pages = None, []
            while not pages or cursor is not None:
                page = await data_api.trades_page(http, taker_only=True, cursor=cursor)
                pages.append(page)
                cursor = page.next_cursor
            conditions = sorted(set(ids(pages, "condition_id")))[:20]
            pages, cursor = [], None
            while not pages or cursor is not None:
                page = await data_api.trades_page(
                    http, taker_only=True, conditions=conditions, cursor=cursor
                )
                pages.append(page)
                cursor = page.next_cursor
            return pages

    pages = run(scenario())
    check_nothing_rejected(pages)
    sizes = ids(pages, "size")
    assert len(pages) > 5
    assert [p.parsed.row_count for p in pages[:-1]] == [1000] * (len(pages) - 1)
    assert len(sizes) > 9_000
    assert sum(sizes) > Decimal(1_000_000)


def test_the_leaderboard_of_a_week_arrives(at: Client) -> None:
    async def scenario() -> FetchedPage:
        async with at(datetime(2026, 6, 20, tzinfo=UTC)) as http:
            return await data_api.leaderboard_page(
                http, category="crypto", time_period="week", sort_by="PNL"
            )

    page = run(scenario())
    check_nothing_rejected([page])
    assert page.parsed.table["rank"].to_pylist()[:3] == [1, 2, 3]


def test_recorded_books_are_read_best_level_first(at: Client, venue: RecordedVenue) -> None:
    games = list(venue.call("GET", "info")["games"].values())[:5]

    async def scenario() -> list[FetchedPage]:
        found = []
        for game in games:
            moment = datetime.fromisoformat(game["last"]) - timedelta(minutes=5)
            async with at(moment) as http:
                found.append(await clob.books_page(http, tokens=[*game["assets"], "404"]))
        return found

    pages = run(scenario())
    check_nothing_rejected(pages)
    books = [row for page in pages for row in page.parsed.table.to_pylist()]
    assert len(books) >= len(games)
    for book in books:
        bids, asks = ([level["price"] for level in book[side]] for side in ("bids", "asks"))
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)


def test_recorded_price_points_arrive_one_by_one_and_in_batches(at: Client) -> None:
    now = datetime(2024, 7, 1, tzinfo=UTC)
    window = {"start": now - timedelta(days=15), "end": now, "fidelity_minutes": 60}

    async def scenario() -> tuple[list[FetchedPage], list[FetchedPage]]:
        async with at(now) as http:
            listed = await collect(gamma.market_pages(http, closed=False))
            tokens = [
                token
                for text in ids(listed, "payload")
                for token in json.loads(json.loads(text).get("clobTokenIds", "[]"))
            ]
            batches = [
                await clob.batch_prices_page(http, tokens=tokens[n : n + 20], **window)
                for n in range(0, 400, 20)
            ]
            named = sorted(set(ids(batches, "token_id")))[:5]
            singles = [await clob.prices_page(http, token=token, **window) for token in named]
            return batches, singles

    batches, singles = run(scenario())
    check_nothing_rejected(batches + singles)
    columns = ("token_id", "event_at", "price")
    of_batches = set(zip(*(ids(batches, column) for column in columns), strict=True))
    of_singles = set(zip(*(ids(singles, column) for column in columns), strict=True))
    assert of_singles
    assert of_singles <= of_batches


def test_faults_of_the_venue_leave_no_gap(at: Client, venue: RecordedVenue) -> None:
    async def scenario() -> tuple[list[str], list[str], int]:
        async with at(MIDTERMS) as http:
            clean = ids(await collect(gamma.event_pages(http, closed=True)), "event_id")
            kinds = ("503", "429", "html", "truncated", "reset", "200_error")
            for n, kind in enumerate(kinds):
                rule = {"path": "/gamma/events/keyset", "kind": kind, "every": 7 + n, "times": 2}
                venue.call("POST", "faults", rule | {"retry_after": 0})
            hurt = ids(await collect(gamma.event_pages(http, closed=True)), "event_id")
            return clean, hurt, http.counters.retries

    clean, hurt, retries = run(scenario())
    assert hurt == clean
    assert retries >= 8


def test_a_row_the_venue_spoils_is_rejected_and_its_neighbours_are_kept(
    at: Client, venue: RecordedVenue
) -> None:
    async def scenario() -> FetchedPage:
        async with at(MIDTERMS) as http:
            venue.call("POST", "faults", {"path": "/data/v2/trades", "kind": "malformed_row"})
            return await data_api.trades_page(http, taker_only=True)

    page = run(scenario())
    assert (page.parsed.row_count, len(page.parsed.rejected)) == (1000, 1)
    assert page.parsed.table.num_rows == 999


def test_the_recorded_payload_samples_keep_their_contract() -> None:
    sample = SHARED / "data" / "payloads" / "pm_gamma_markets_keyset_2026-10-06.json"
    if not sample.is_file():
        pytest.skip(f"no recorded payloads: {sample} is needed")
    page = markets.parse(sample.read_bytes())
    assert (page.row_count, page.rejected, page.unknown_fields) == (2, (), frozenset())
