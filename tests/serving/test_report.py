"""The report at the end of a run, from nothing at all to everything."""

from __future__ import annotations

import json
from io import StringIO

from rich.console import Console

from polymarket_assets.serving.report import BUILT, Report, render_report, report
from polymarket_assets.serving.status_facts import SOURCES
from tests.serving.homes import NOON, House, Trades


def printed(found: Report) -> str:
    """What a person sees at 100 columns."""
    out = StringIO()
    render_report(found, Console(file=out, width=100))
    return out.getvalue()


def test_before_the_first_build_it_says_so_and_fails_nowhere(house: House) -> None:
    found = report(house.settings)
    assert [found.tables[schema] for schema in BUILT] == [None] * 4
    assert (found.traders, found.signals) == (None, None)
    assert set(SOURCES) < set(found.tables["raw"] or ())
    words = printed(found)
    assert words.count("not built yet") == 6
    assert "nothing published yet" in words
    assert json.loads(json.dumps(found.as_json()))


def test_it_shows_what_was_published_and_not_what_came_after(house: House) -> None:
    house.all_well()
    house.build_core()
    version = house.publish().version
    house.build_rest()
    house.execute("INSERT INTO core.dim_market VALUES ('0x8', false, 'listed')")
    found = report(house.settings)
    assert found.tables["core"] == {
        "dim_market": 3,
        "fct_resolutions": 3,
        "venue_pairs": 0,
        "venue_texts": 0,
    }
    assert found.tables["signals"] is None
    assert f"published version {version}" in printed(found)


def test_traders_and_signals_come_best_first(traded: Trades) -> None:
    house = traded.house
    house.all_well()
    house.build_core()
    house.build_rest()
    house.publish()
    found = report(house.settings, now=lambda: NOON)
    assert found.window == "7d"
    assert [row["rank"] for row in found.traders or ()] == [1, 2]
    assert [row["signal_id"] for row in found.signals or ()] == ["s2", "s1"]
    assert found.tables["features"] == {"market_snapshots": 1}
    words = printed(found)
    for expected in (
        "Top traders, 7d", "+812.50", "75%", "[red]Bo[/red]", "Signals", "asks 0.95",
        "Approvals: 3", "Orders", "Fills", "Positions", "equity", "Profit by strategy", "data age",
    ):  # fmt: skip
        assert expected in words, expected
    assert max(map(len, words.splitlines())) <= 100
    facts = json.loads(json.dumps(found.as_json()))
    assert facts["tables"]["core"]["dim_market"] == 3
    assert facts["pnl"]["positions_open"] == 1
    assert facts["status"]["overall"] in {"OK", "DEGRADED"}


def test_without_trades_in_seven_days_the_whole_time_is_shown(house: House) -> None:
    house.build_rest(window="all")
    house.publish()
    found = report(house.settings)
    assert found.window == "all"
    assert len(found.traders or ()) == 2


def test_a_version_without_signals_says_so(house: House) -> None:
    house.build_rest()
    house.execute("DELETE FROM signals.signals", "CREATE TABLE core.int_step AS SELECT 1 AS x")
    house.publish()
    found = report(house.settings)
    assert found.signals == []
    assert "Signals: none in this version" in printed(found)
    assert found.tables["core"] is None  # dbt's intermediate tables are nobody's business


def test_more_signals_and_orders_than_fit_are_counted(traded: Trades) -> None:
    house = traded.house
    house.build_rest()
    house.execute(
        "INSERT INTO signals.signals SELECT s.* REPLACE (concat(s.signal_id, n) AS signal_id)"
        " FROM signals.signals AS s, range(20) AS t (n)"
    )
    house.publish()
    found = report(house.settings)
    assert (len(found.signals or ()), found.signals_total) == (20, 42)
    assert "the best 20 of 42" in printed(found)
    many = Report(**{**vars(found), "orders": found.orders * 10})
    assert "and 10 more: polymarket orders" in printed(many)
