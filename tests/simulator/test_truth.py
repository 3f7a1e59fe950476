from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import httpx
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.plans import MICRO
from polymarket_assets.simulator.truth import write_truth
from polymarket_assets.simulator.world import World
from tests.simulator.test_data import key
from tests.simulator.venue import MORNING, START, feed_walk, gamma_walk, serving


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory, served) -> Path:
    folder = tmp_path_factory.mktemp("truth") / "ledger"
    write_truth(served.world, folder)
    return folder


def read(ledger: Path, name: str):
    return pq.read_table(ledger / f"{name}.parquet")


def test_the_fills_of_the_ledger_are_the_rows_of_the_feed(client, set_clock, ledger: Path):
    set_clock(MORNING)
    fills = read(ledger, "fills").to_pylist()
    held = [
        (
            row["transaction_hash"],
            row["token_id"],
            row["wallet"],
            row["side"],
            row["price_micro"],
            row["size_micro"],
            int(row["event_at"].timestamp()),
        )
        for row in fills
    ]
    assert [key(r) for r in feed_walk(client, taker_only="false")] == held[::-1]
    takers = [h for h, row in zip(held, fills, strict=True) if row["role"] == "taker"]
    assert [key(r) for r in feed_walk(client, taker_only="true")] == takers[::-1]
    matches = read(ledger, "matches").to_pylist()
    assert [m["transaction_hash"] for m in matches] == [t[0] for t in takers]
    assert [(m["token_id"], m["taker"], m["side"]) for m in matches] == [t[1:4] for t in takers]
    assert [r["sequence"] for r in fills] == sorted(r["sequence"] for r in fills)


def test_the_markets_of_the_ledger_are_those_of_gamma(client, set_clock, world, ledger: Path):
    set_clock(MORNING)
    held = {row["market_id"]: row for row in read(ledger, "markets").to_pylist()}
    events = {row["event_id"] for row in read(ledger, "events").to_pylist()}
    for market in gamma_walk(client, "markets") + gamma_walk(client, "markets", closed="true"):
        row = held[market["id"]]
        assert row["condition_id"] == market["conditionId"]
        assert [row["token_0"], row["token_1"]] == json.loads(market["clobTokenIds"])
        assert [row["outcome_0"], row["outcome_1"]] == json.loads(market["outcomes"])
        assert row["event_id"] in events
        assert row["event_id"] == market["events"][0]["id"]
        if market["closed"]:
            price = json.loads(market["outcomePrices"])[0]
            assert float(price) * MICRO == row["payout_0_micro"]
            assert f"{row['resolved_at']:%Y-%m-%d %H:%M:%S}+00" == market["closedTime"]


def test_profits_of_the_ledger_balance_and_follow_from_its_fills(world: World, ledger: Path):
    pnl = read(ledger, "pnl")
    by_condition = pnl.group_by("condition_id").aggregate(
        [("pnl_micro", "sum"), ("fee_micro", "sum")]
    )
    assert all(row["pnl_micro_sum"] + row["fee_micro_sum"] == 0 for row in by_condition.to_pylist())
    assert pc.min(pnl["held_0_micro"]).as_py() >= 0
    assert pc.min(pnl["held_1_micro"]).as_py() >= 0
    payout = {
        (r["condition_id"], r["token_id"]): r for r in read(ledger, "resolutions").to_pylist()
    }
    total: Counter[tuple[str, str]] = Counter()
    for row in read(ledger, "fills").to_pylist():
        worth = row["size_micro"] * payout[row["condition_id"], row["token_id"]]["payout_micro"]
        sign = 1 if row["side"] == "BUY" else -1
        total[row["wallet"], row["condition_id"]] += (
            sign * (worth // MICRO - row["cash_micro"]) - row["fee_micro"]
        )
    assert {(r["wallet"], r["condition_id"]): r["pnl_micro"] for r in pnl.to_pylist()} == dict(
        total
    )


def test_the_ledger_names_planted_skill_true_probabilities_and_daily_sums(
    world: World, ledger: Path
):
    labels = Counter(read(ledger, "wallets")["label"].to_pylist())
    assert set(labels) == {"noise", "skilled", "maker", "wash"}
    quotes = read(ledger, "quotes").to_pylist()
    assert all(0 <= q["truth"] <= 1 and q["bid_micro"] < q["ask_micro"] for q in quotes)
    summary = json.loads((ledger / "world.json").read_text())
    assert [day["matches_with_size"] for day in summary["days"]] == [1_500, 1_500]
    assert sum(day["fills"] for day in summary["days"]) == len(world.fills)
    assert sum(day["notional_micro"] for day in summary["days"]) == int(
        world.fills.cash_micro[world.fills.taker].sum()
    )
    assert summary["digest"] == world.digest()


def test_a_server_writes_its_ledger_before_it_answers(tmp_path: Path):
    options = SimulatorOptions(start=START, days=1, markets=10, fills=50, truth=tmp_path / "new")
    with serving(options) as server:
        assert (tmp_path / "new" / "world.json").exists()
        with httpx.Client(base_url=server.info.url, trust_env=False) as client:
            assert client.get("/clob/time").status_code == 200
    assert len(list((tmp_path / "new").iterdir())) == 14
