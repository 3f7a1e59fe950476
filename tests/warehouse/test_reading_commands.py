"""leaderboard, trader, traders, markets and export, typed at the home of the built lake."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from polymarket_assets.cli import app
from polymarket_assets.serving.boards import NotFoundError
from polymarket_assets.serving.export import NoDateColumnError
from tests.warehouse.test_signals import YES
from tests.warehouse.world import wallet

pytestmark = pytest.mark.usefixtures("at_home")


def polymarket(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def facts(*words: str) -> Any:
    done = polymarket(*words, "--json")
    assert done.exit_code == 0, done.exception
    return json.loads(done.stdout)


def test_the_leaderboard_is_that_of_seven_days_by_the_builds_own_limits():
    rows = facts("leaderboard")
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert {(row["window_name"], row["category"], row["as_of_date"]) for row in rows} == {
        ("7d", "all", "2026-11-20")
    }
    profits = [Decimal(row["pnl_usd"]) for row in rows]
    assert profits == sorted(profits, reverse=True)
    shown = polymarket("leaderboard", "--limit", "2").stdout
    assert "Traders, 7d, all, as of 2026-11-20 (USD)" in shown
    names = [row["name"] for row in rows]
    assert [name for name in names if name in shown] == names[:2], "two rows were asked for"
    assert "* shares from outside the fills" in shown


def test_the_leaderboard_takes_a_date_and_limits_of_ones_own():
    earlier = ("--as-of", "2026-11-18", "--window", "30d", "--min-trades", "3", "--min-volume", "0")
    rows = facts("leaderboard", *earlier)
    assert {row["as_of_date"] for row in rows} == {"2026-11-18"}
    assert wallet("hand") in {row["wallet"] for row in rows}, "three fills up to the 18th"
    winners = facts("leaderboard", "--window", "30d", "--min-win-rate", "0.8", "--exclude-wash")
    assert wallet("tie-a") in {row["wallet"] for row in winners}
    assert all(Decimal(row["win_rate"]) >= Decimal("0.8") for row in winners)
    assert not any(row["is_wash_flagged"] for row in winners)
    assert "1d, 7d, 30d, all" in str(polymarket("leaderboard", "--window", "2d").exception)


def test_a_trader_is_shown_with_days_positions_and_plot():
    address = wallet("edge").upper().replace("0X", "0x")
    found = facts("trader", address, "--from", "2026-11-14", "--to", "2026-11-16")
    assert found["stats"]["volume_usd"] == "500.000000"
    assert [position["net_shares"] for position in found["positions"]] == ["1000.000000"]
    assert {day["dt"] for day in found["days"]} <= {"2026-11-14", "2026-11-15", "2026-11-16"}
    assert found["days"], "days of the range"
    shown = polymarket("trader", wallet("edge")).stdout
    for words in (
        "edge 0x",
        "profit +60.00",
        "from 2026-11-13",
        "█",
        "Positions, 1 of 1",
        "Will board-open happen?",
    ):
        assert words in shown
    assert "0x and 40 hex digits" in str(polymarket("trader", "0x12").exception)
    assert isinstance(polymarket("trader", "0x" + "0" * 39 + "1").exception, NotFoundError)


def test_traders_are_found_by_a_part_of_their_name():
    assert [row["wallet"] for row in facts("traders", "search", "TIE-")] == [
        wallet("tie-a"),
        wallet("tie-b"),
    ]


def test_markets_are_listed_searched_and_shown():
    assert not any(row["is_closed"] for row in facts("markets", "list", "--limit", "1000"))
    assert "yes" in polymarket("markets", "list", "--limit", "1000", "--closed").stdout
    assert [row["condition_id"] for row in facts("markets", "search", "SIGNAL-YES")] == [
        YES.condition
    ]
    found = facts("markets", "show", YES.condition)
    assert found["question"] == "Will signal-yes happen?"
    assert [token["token_id"] for token in found["tokens"]] == [YES.yes, YES.no]
    assert Decimal(found["snapshot"]["book_best_ask"]) == Decimal("0.95")
    shown = polymarket("markets", "show", YES.name).stdout
    for words in ("Will signal-yes happen?", "Outcomes", "Newest snapshot", "book_best_ask"):
        assert words in shown
    assert "markets search" in str(polymarket("markets", "show", "no-such-market").exception)


def test_a_table_is_exported_with_an_account_of_it(tmp_path: Path, at_home):
    days = ("--from", "2026-11-20", "--to", "2026-11-20")
    file = tmp_path / "snapshots.parquet"
    told = facts("export", "features.market_snapshots", *days, "--out", str(file))
    held = pq.read_table(file)
    assert (told["rows"], told["version"]) == (held.num_rows, at_home.version)
    assert {str(day) for day in held["dt"].to_pylist()} == {"2026-11-20"}
    shown = polymarket("export", "core.dim_trader", "--out", str(tmp_path))
    assert f"core.dim_trader_v{at_home.version}.parquet" in shown.stdout.replace("\n", "")
    assert "sha256" in shown.stdout
    refused = polymarket("export", "core.dim_trader", *days, "--out", str(tmp_path))
    assert isinstance(refused.exception, NoDateColumnError)
