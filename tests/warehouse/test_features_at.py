"""`polymarket features at`: what was known at any moment, by the SQL of the snapshots."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from polymarket_assets.cli import app
from polymarket_assets.serving import features
from polymarket_assets.serving.boards import NotFoundError
from polymarket_assets.serving.published import NotPublishedError
from polymarket_assets.settings import Settings
from polymarket_assets.store.lake import Lake
from tests.warehouse.conftest import Warehouse
from tests.warehouse.test_features import AS_OF, CLOSED, HAND, N1, PAST, TWIN
from tests.warehouse.world import NOW, Market, at

UNKNOWN = Market("nobody-ever-saw-it")


@pytest.fixture(scope="module")
def published(warehouse: Warehouse) -> Warehouse:
    """The session's lake with its build published at NOW."""
    lake = warehouse.lake
    if lake.published() is None:
        with pytest.raises(NotPublishedError, match="polymarket run"):
            features.snapshots(lake.settings, AS_OF)
        lake.publish(lake.head_version(), published_at=NOW, models=1, tests=1, note="features at")
    return warehouse


def test_a_version_without_their_sql_says_what_to_do(settings: Settings) -> None:
    lake = Lake.open(settings)
    lake.publish(lake.head_version(), published_at=NOW, models=1, tests=1, note="an older release")
    with pytest.raises(NotPublishedError, match=r"earlier release.*polymarket run --no-trade"):
        features.snapshots(settings, AS_OF)


def known(published: Warehouse, moment: datetime, *markets: Market) -> list[dict[str, Any]]:
    conditions = [market.condition for market in markets]
    return features.snapshots(published.lake.settings, moment, conditions).to_pylist()


def test_at_the_moment_of_a_snapshot_they_are_those_of_the_snapshot(published: Warehouse) -> None:
    kinds = published.rows(
        "select as_of, any_value(as_of_kind) as kind from features.market_snapshots"
        " group by as_of order by as_of"
    )
    chance = Random(65)
    moments = [AS_OF, *(chance.choice(kinds)["as_of"] for _ in range(2))]
    moments += [chance.choice([k for k in kinds if k["kind"] == "backfill"])["as_of"]]
    for moment in moments:
        stored = published.rows(
            "select * from features.market_snapshots where as_of = ? order by condition_id",
            [moment],
        )
        conditions = [row["condition_id"] for row in stored]
        table = features.snapshots(published.lake.settings, moment, conditions)
        found = table.drop_columns("question").sort_by("condition_id")
        assert found.to_pylist() == stored, moment


def test_between_two_snapshots_they_change_when_something_becomes_known(
    published: Warehouse,
) -> None:
    before, after = (known(published, at(when), TWIN)[0] for when in ("10:33:59", "10:34:00"))
    assert after["trade_count_1h"] == before["trade_count_1h"] + 1, "a fill of 10:29, seen late"
    [row] = known(published, at("10:31"), HAND)
    assert row["as_of_kind"] == "live"
    assert (row["mid_price"], row["mid_source"]) == (Decimal("0.6"), "book")
    assert row["hours_to_close"] == pytest.approx(12 - 1 / 60)
    [row] = known(published, at("10:36"), HAND)
    assert (row["book_ok"], row["mid_source"]) == (False, "gamma"), "the book is six minutes old"
    [row] = known(published, at("14:30", "2026-11-12"), PAST)
    assert (row["as_of_kind"], row["trade_count_1h"]) == ("backfill", 1)


def test_all_markets_are_those_known_and_open_by_then(published: Warehouse) -> None:
    table = features.snapshots(published.lake.settings, AS_OF)
    conditions = table["condition_id"].to_pylist()
    assert len(conditions) == len(set(conditions)) > 100
    assert {HAND.condition, N1.condition} <= set(conditions)
    assert not {CLOSED.condition, PAST.condition, UNKNOWN.condition} & set(conditions)
    assert [row["condition_id"] for row in known(published, AS_OF, CLOSED)] == [CLOSED.condition]
    volumes = [volume for volume in table["volume_24h"].to_pylist() if volume is not None]
    assert volumes == sorted(volumes, reverse=True)
    siblings = {row["condition_id"]: row for row in table.to_pylist()}
    assert known(published, AS_OF, N1) == [siblings[N1.condition]], "its event's sum too"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("yesterday", "is no moment"),
        ("2026-11-20T10:30:00", "names no time zone"),
        ("2026-11-20T10:30:00+02:00", "is not UTC, where it is 2026-11-20T08:30:00Z"),
    ],
)
def test_a_moment_that_is_not_in_utc_is_refused_with_how_to_write_it(text: str, why: str) -> None:
    with pytest.raises(features.MomentError, match=why) as refused:
        features.moment_of(text)
    assert "like 2026-11-20T10:30:00Z" in str(refused.value)


def test_a_moment_of_which_nothing_can_be_known_is_refused_with_the_reason(
    published: Warehouse,
) -> None:
    for moment, why in (
        (datetime.now(UTC) + timedelta(hours=1), "lies in the future: it is 20"),
        (NOW + timedelta(seconds=1), "after the published build of 2026-11-20T12:00:00Z"),
        (at("00:00", "2020-01-01"), "before all that is held, which begins at 2026-0"),
    ):
        with pytest.raises(features.MomentError, match=why):
            known(published, moment)
    for condition, why in (
        (UNKNOWN.condition, "no market 0x[0-9a-f]+ is held"),
        ("a-slug", "is no condition id"),
    ):
        with pytest.raises(NotFoundError, match=why):
            features.snapshots(published.lake.settings, AS_OF, [condition])
    with pytest.raises(NotFoundError, match="was not known at 2026-07-01T00:00:00Z, but 2026-10"):
        known(published, at("00:00", "2026-07-01"), HAND)


def polymarket(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["features", "at", *arguments])


def test_the_command_prints_facts_tables_and_files(
    published: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setenv("PM_HOME", str(published.lake.settings.home))
    one = ("2026-11-20T10:30:00Z", "--market", HAND.condition)
    [fact] = json.loads(polymarket(*one, "--json").stdout)
    assert (fact["as_of"], fact["mid_price"]) == ("2026-11-20T10:30:00Z", "0.600000")
    shown = polymarket(*one).stdout
    assert "life_elapsed_frac" in shown
    assert "Will features-hand happen?" in shown
    written = polymarket(*one, "--out", str(tmp_path / "features.parquet")).stdout
    assert "1 market at 2026-11-20T10:30:00Z" in written
    table = features.snapshots(published.lake.settings, AS_OF, [HAND.condition])
    for ending in (".csv", ".json"):
        features.write(table, tmp_path / f"features{ending}")
    with duckdb.connect() as connection:
        for ending in features.FORMATS:
            file = tmp_path / f"features{ending}"
            found = connection.execute(f"SELECT condition_id, mid_price FROM '{file}'").fetchall()
            assert [(c, float(m)) for c, m in found] == [(HAND.condition, 0.6)]
    with pytest.raises(ValueError, match=r"must end in one of .parquet, .csv, .json"):
        features.write(table, tmp_path / "features.xlsx")
