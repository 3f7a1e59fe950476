"""Tables built in parts are at every step what a whole rebuild makes of the same raw rows.

dbt itself builds them, in a home of their own, after each of a series of things that happen to raw
rows; beside it the project's compiled SQL makes the same tables whole, in a plain DuckDB.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from polymarket_assets.settings import load_settings
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.lake_files import lake_files
from polymarket_assets.store.postgres import stop_postgres
from tests.prepared import prepared
from tests.warehouse.rebuilds import Rebuilds, fingerprint, rebuilding
from tests.warehouse.world import PROJECT, Market, World, at, wallet

FIRST = datetime(2026, 9, 25, tzinfo=UTC)
DAYS = 12
MARKETS = [Market(f"parts-{number}") for number in range(5)]
EVENTS = ("90", "91", "92", "91", "92")
UNLISTED = Market("parts-unlisted")
CLOSED = [Market(f"parts-closed-{number}") for number in range(3)]
"""Long over: each traded for a day, and was decided in a month of its own."""
ENDS = [FIRST - timedelta(days=days) for days in (20, 50, 80)]
RAW = (
    *("data_trades", "data_activity", "gamma_markets", "gamma_events"),
    *("clob_books", "clob_prices", "watermarks"),
)
QUOTED = MARKETS[1:4:2]
"""Both markets of a neg-risk event."""


@dataclass
class Story:
    """A home, what has been told of it so far, and its warehouse built in two ways."""

    lake: Lake
    folder: Path
    rebuilds: Rebuilds
    manifest: Manifest
    chance: Random = field(default_factory=lambda: Random(20261001))
    day: int = 0
    worlds: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def now(self) -> datetime:
        """Noon of the last day there are fills of: not all of it is known."""
        return FIRST + timedelta(days=self.day - 1, hours=12)

    def tell(self, *tellers: Callable[[Story, World], None]) -> None:
        """Let things happen, each as rows of its own commit."""
        for teller in tellers:
            world = World(_positions=itertools.count(10_000 * next(self.worlds)))
            teller(self, world)
            world.write(self.lake)

    def build(self) -> dict[str, set[str]]:
        """Build in parts; give the files of each table that this build left as they were."""
        before = self.files()
        # dbt leaves its marks on a manifest it has compiled.
        done = dbtRunner(manifest=deepcopy(self.manifest)).invoke(
            [
                *("run", "--select", *(f"+{model}" for model in _parted(self.rebuilds))),
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", str(self.folder / "target"), "--quiet"),
                *("--log-level-file", "none"),
                *("--vars", json.dumps({"now": self.now.isoformat(), "fills_at_once": 300})),
            ]
        )
        assert done.success, done.exception or [
            result.message for result in done.result if result.status != "success"
        ]
        return {table: files & before.get(table, set()) for table, files in self.files().items()}

    def files(self) -> dict[str, set[str]]:
        """The data files of each table that is built in parts."""
        held = [file for file in lake_files(self.lake.postgres) if file.at_head]
        built = {file.table for file in held}.intersection(_parted(self.rebuilds).values())
        return {table: {file.path for file in held if file.table == table} for table in built}

    def differences(self) -> list[str]:
        """The tables that a rebuild of everything makes otherwise."""
        with self.lake.connect(read_only=True) as lake:
            self.rebuilds.tell(
                {
                    name: lake.execute(f"FROM {name}").to_arrow_table()
                    for name in ("ops.source_runs", *(f"raw.{table}" for table in RAW))
                }
            )
            wanted = self.rebuilds.feeding(*_parted(self.rebuilds).values())
            self.rebuilds.build(self.now, only=wanted)
            return [
                table
                for table in _parted(self.rebuilds).values()
                if fingerprint(lake, table) != fingerprint(self.rebuilds.connection, table)
            ]


def _parted(rebuilds: Rebuilds) -> dict[str, str]:
    """Names and tables of the models that are built in parts."""
    return {model.name: model.table for model in rebuilds.models if model.parts}


@pytest.fixture(scope="module")
def story(warehouse, tmp_path_factory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("parts")
    settings = load_settings(home=prepared(folder / "home"), _env_file=None)
    lake = Lake.open(settings)
    try:
        with rebuilding(warehouse) as rebuilds, pytest.MonkeyPatch.context() as patch:
            patch.setenv("PM_HOME", str(settings.home))
            dbt = dbtRunner()
            seeded = dbt.invoke(
                [
                    *("seed", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                    *("--target-path", str(folder / "target"), "--quiet"),
                    *("--log-level-file", "none"),
                ]
            )
            assert seeded.success
            parsed = dbt.invoke(
                [
                    *("parse", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                    *("--target-path", str(folder / "target"), "--quiet"),
                    *("--log-level-file", "none"),
                ]
            )
            yield Story(lake, folder, rebuilds, parsed.result)
    finally:
        stop_postgres(settings)


def markets_are_listed(story: Story, world: World) -> None:
    for market, event in zip(MARKETS, EVENTS, strict=True):
        world.event(event, seen=FIRST - timedelta(days=1), tags=["crypto"])
        world.market(market, seen=FIRST - timedelta(days=1), event=event, negRisk=market in QUOTED)
    for number, (market, end) in enumerate(zip(CLOSED, ENDS, strict=True)):
        event = f"8{number}"
        world.event(event, seen=end - timedelta(days=20), tags=["sports"])
        world.market(market, seen=end - timedelta(days=20), event=event, endDate=f"{end:%FT%TZ}")
        _fills(story, world, (end - FIRST).days - 18, [market])
        _decide(world, market, event, end, ["0", "1"])


def a_day_passes(story: Story, world: World) -> None:
    _fills(story, world, story.day, [*MARKETS[story.day // 4 :], UNLISTED])
    _quotes(story, world, FIRST + timedelta(days=story.day))
    story.day += 1


def twelve_days_pass(story: Story, world: World) -> None:
    for _ in range(DAYS):
        a_day_passes(story, world)


def a_large_day_passes(story: Story, world: World) -> None:
    """So many fills that every model of fills makes them in slices; some share a transaction."""
    for number in range(100):
        _fills(story, world, story.day, MARKETS[3:], transaction_hash=f"0x{number}")
    a_day_passes(story, world)


def fills_of_an_old_day_come_late(story: Story, world: World) -> None:
    _fills(story, world, 3, MARKETS[:2], seen=story.now)


def fills_of_a_closed_market_come_late(story: Story, world: World) -> None:
    """With them the venue's volume is held."""
    when = ENDS[1] - timedelta(days=17)
    world.fill(CLOSED[1], when, "BUY", "100000", "0.9", who="trader-1", seen=story.now)


def a_fill_comes_on_another_page(story: Story, world: World) -> None:
    [row] = story.lake.rows("SELECT min(page_id) FROM raw.data_trades WHERE taker_only")
    with story.lake.connect() as connection:
        connection.execute(
            "INSERT INTO raw.data_trades SELECT * REPLACE ('again' AS page_id)"
            " FROM raw.data_trades WHERE page_id = ?",
            [row[0]],
        )


def the_lists_show_the_unlisted_market(story: Story, world: World) -> None:
    world.market(UNLISTED, seen=story.now - timedelta(hours=1), event="92")


def a_book_of_an_old_day_comes_late(story: Story, world: World) -> None:
    _book(story, world, MARKETS[1], FIRST + timedelta(days=5, hours=23, minutes=58))


def a_price_of_an_old_day_comes_late(story: Story, world: World) -> None:
    world.price(UNLISTED.yes, FIRST + timedelta(days=4, hours=23, minutes=50), "0.44")


def a_gap_in_the_fills_is_closed(story: Story, world: World) -> None:
    day = FIRST + timedelta(days=6)
    world.run("data_trades", covered=(day, day + timedelta(days=1)), started=story.now)


def closed_markets_were_quiet(story: Story, world: World) -> None:
    span = (ENDS[1] - timedelta(days=20), ENDS[0])
    world.run("data_trades", covered=span, started=story.now - timedelta(hours=1))


def an_end_is_moved(story: Story, world: World) -> None:
    world.market(
        MARKETS[4], seen=story.now - timedelta(hours=1), event="92", endDate="2026-12-01T00:00:00Z"
    )


def a_market_is_decided(story: Story, world: World) -> None:
    _decide(world, MARKETS[0], "90", story.now - timedelta(hours=2), ["1", "0"])


def it_is_decided_otherwise(story: Story, world: World) -> None:
    _decide(world, MARKETS[0], "90", story.now - timedelta(hours=1), ["0", "1"])


def a_fee_is_changed(story: Story, world: World) -> None:
    world.market(
        MARKETS[3],
        seen=FIRST + timedelta(days=8),
        event="91",
        negRisk=True,
        description="Its rules are worded otherwise.",
        feeSchedule={"rate": 0.01, "exponent": 1},
    )


def a_topic_is_changed(story: Story, world: World) -> None:
    world.event("91", seen=story.now - timedelta(minutes=5), tags=["politics"])


def a_closed_market_gets_another_topic(story: Story, world: World) -> None:
    world.event("82", seen=story.now - timedelta(minutes=5), tags=["politics"])


def an_older_version_of_a_closed_market_comes_late(story: Story, world: World) -> None:
    world.market(
        CLOSED[2],
        seen=ENDS[2] - timedelta(days=10),
        event="82",
        endDate=f"{ENDS[2] + timedelta(days=30):%FT%TZ}",
    )


def a_pair_is_split_and_merged(story: Story, world: World) -> None:
    for day, kind, size in (("2026-10-03", "SPLIT", 25), ("2026-10-04", "MERGE", 40)):
        moment = at("08:00", day)
        world.add(
            "raw.data_activity",
            **world._received(moment),
            wallet=wallet("trader-1"),
            type=kind,
            transaction_hash=f"0x{kind}",
            condition_id=MARKETS[2].condition,
            size=Decimal(size),
            usdc_size=Decimal(size),
            event_at=moment,
        )


def _decide(world: World, market: Market, event: str, seen: datetime, prices: list[str]) -> None:
    world.market(
        market,
        seen=seen,
        event=event,
        closed=True,
        outcomePrices=json.dumps(prices),
        umaResolutionStatus="resolved",
        volumeNum=50_000,
        closedTime=f"{seen - timedelta(hours=1):%Y-%m-%d %H:%M:%S}+00",
    )


def _quotes(story: Story, world: World, day: datetime) -> None:
    """A day of lists, books and prices; the sixth day's fills were not collected whole."""
    chance = story.chance
    if day != FIRST + timedelta(days=6):
        world.run("data_trades", covered=(day, day + timedelta(days=1)), started=day)
    for hour in (9, 21):
        moment = day + timedelta(hours=hour)
        for source in ("gamma_markets", "gamma_events"):
            world.walk(source, started=moment, ended=moment + timedelta(seconds=50))
        bid = chance.randrange(20, 40)
        world.market(
            QUOTED[0],
            seen=moment + timedelta(seconds=20),
            event="91",
            negRisk=True,
            bestBid=bid / 100,
            bestAsk=(bid + 2) / 100,
        )
        for market in QUOTED:
            for minute in (1, 4):
                _book(story, world, market, moment + timedelta(minutes=minute))
    for minute in range(0, 24 * 60, 60):
        price = f"0.{chance.randrange(40, 60)}"
        world.price(UNLISTED.yes, day + timedelta(minutes=minute), price)
    for minute in range(8 * 60 + 40, 9 * 60 + 4):
        price = f"0.{chance.randrange(20, 40)}"
        world.price(QUOTED[0].yes, day + timedelta(minutes=minute), price, minutes=1)


def _book(story: Story, world: World, market: Market, seen: datetime) -> None:
    bid = story.chance.randrange(20, 40)
    world.book(market.yes, seen, [(f"0.{bid}", "300")], [(f"0.{bid + 1}", "500")])


def _fills(
    story: Story,
    world: World,
    day: int,
    markets: list[Market],
    seen: datetime | None = None,
    **values: str,
) -> None:
    chance = story.chance
    for market in markets:
        for _ in range(4):
            world.fill(
                market,
                FIRST + timedelta(days=day, seconds=chance.randrange(86_400)),
                chance.choice(("BUY", "BUY", "SELL")),
                f"{chance.randrange(1, 2_000)}",
                f"0.{chance.randrange(10, 90)}",
                outcome=chance.randrange(2),
                who=f"trader-{chance.randrange(4)}",
                seen=seen,
                taker_only=chance.choice((None, None, False)),
                **values,
            )


HAPPENINGS = (
    (markets_are_listed, twelve_days_pass),
    # By itself: where most days are made of other things, all are made anew.
    (a_fee_is_changed,),
    (
        a_large_day_passes,
        fills_of_an_old_day_come_late,
        a_fill_comes_on_another_page,
        a_book_of_an_old_day_comes_late,
    ),
    (
        the_lists_show_the_unlisted_market,
        an_end_is_moved,
        a_market_is_decided,
    ),
    (
        a_day_passes,
        a_price_of_an_old_day_comes_late,
        a_gap_in_the_fills_is_closed,
        an_older_version_of_a_closed_market_comes_late,
    ),
    (it_is_decided_otherwise, a_topic_is_changed, closed_markets_were_quiet),
    (
        a_day_passes,
        a_closed_market_gets_another_topic,
        fills_of_a_closed_market_come_late,
        a_pair_is_split_and_merged,
    ),
)


def test_tables_built_in_parts_are_what_a_whole_rebuild_makes_whatever_happens(story):
    kept: dict[str, int] = {}
    for happenings in HAPPENINGS:
        story.tell(*happenings)
        left = story.build()
        assert story.differences() == [], f"after {[h.__name__ for h in happenings]}"
        for table, files in left.items():
            kept[table] = kept.get(table, 0) + len(files)
    # And none of it by building everything anew, or by listing deleted rows beside their files, but
    # where the month in which a market closed is no column of the table.
    assert {table for table, files in kept.items() if not files} == set()
    by_column = {m.table for m in story.rebuilds.models if m.parts and m.parts != "closed_in"}
    beside = {table: [f for f in files if "delete" in f] for table, files in story.files().items()}
    assert {table for table, files in beside.items() if files and table in by_column} == set()


def test_a_view_with_another_text_makes_all_anew_that_is_made_of_it(story):
    if not story.day:
        story.tell(*HAPPENINGS[0])
        story.build()
    view = story.manifest.nodes["model.polymarket.stg_clob_books"]
    view.checksum.checksum = "of another release"
    story.manifest.build_flat_graph()
    left = story.build()
    assert not left["core.fct_books"]
    assert left["core.fct_trades"] == story.files()["core.fct_trades"]
