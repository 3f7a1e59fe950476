"""The demo in small: venue over HTTP → lake → warehouse → signals → orders → settlement."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import Result

from polymarket_assets.commands.demo import DAYS, FIRST_DAY, SEED
from polymarket_assets.settings import load_settings
from polymarket_assets.simulator.truth import write_truth
from polymarket_assets.simulator.world import World
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.store.postgres import stop_postgres
from tests.commands.chain import FILLS, MARKETS, Demo, play, polymarket
from tests.commands.documented import commands

pytestmark = pytest.mark.timeout(1500)  # the whole chain thrice, on a machine that is busy


def counts() -> dict[str, int]:
    lake = Lake.open(load_settings())
    tables = [
        "raw.pages", "raw.data_trades", "raw.gamma_markets", "raw.clob_books", "core.fct_trades",
        "core.fct_wallet_fills", "features.market_snapshots", "leaderboards.leaderboard",
        "signals.signals",
    ]  # fmt: skip
    counted = " union all ".join(f"select '{name}', count(*) from {name}" for name in tables)
    found = dict(lake.rows(counted))
    engine = open_ledger(load_settings())
    with engine.connect() as connection:
        for name in ("approvals", "orders", "fills", "cash_entries"):
            found[name] = connection.exec_driver_sql(f"select count(*) from {name}").scalar_one()
    engine.dispose()
    return found


def test_the_demo_collects_builds_trades_and_settles(inside: Demo) -> None:
    assert inside.ok, inside.output
    found = counts()
    assert found["core.fct_trades"] >= 3 * FILLS
    assert found["core.fct_wallet_fills"] > found["core.fct_trades"]
    assert found["fills"] >= 1
    positions = json.loads(polymarket("positions", "--json").stdout)
    assert any(position["state"] == "closed" for position in positions), positions
    assert "longshot" in inside.output
    assert "Done in" in inside.output


def test_every_decided_profit_is_that_of_the_simulator_s_truth_ledger(
    inside: Demo, tmp_path: Path
) -> None:
    write_truth(World(SEED, FIRST_DAY, DAYS, MARKETS, FILLS), tmp_path)
    with Lake.open(load_settings()).connect(read_only=True) as connection:
        [(pairs, exact, with_fees, net)] = connection.execute(
            """
            select
                count(*),
                count(*) filter (1000000 * realized_pnl_usd = pnl_micro + fee_micro),
                count(*) filter (fees_usd is not null and fees_are_the_markets),
                count(*) filter (
                    fees_are_the_markets and 1000000 * (realized_pnl_usd - fees_usd) = pnl_micro
                )
            from leaderboards.trader_markets
            full join read_parquet($pnl) using (wallet, condition_id)
            left join (
                select wallet, condition_id, bool_and(fee_source = 'market') as fees_are_the_markets
                from core.fct_wallet_fills group by all
            ) using (wallet, condition_id)
            where is_decided
            """,
            {"pnl": str(tmp_path / "pnl.parquet")},
        ).fetchall()
        unbalanced = connection.execute(
            """
            select condition_id, sum(sold_usd - bought_usd + mark * net_shares) as left_over
            from leaderboards.trader_positions group by condition_id having left_over != 0
            """
        ).fetchall()
    assert pairs == exact > 1_000
    assert with_fees == net > 100
    assert unbalanced == []


def test_a_second_demo_changes_no_count(inside: Demo) -> None:
    before = counts()
    ok, output = play()
    assert ok
    assert output.count("done before") == 3
    assert counts() == before


def test_an_executor_step_without_anything_new_changes_nothing(inside: Demo) -> None:
    before = counts()
    step = polymarket("executor", "run", "--once", "--json")
    report = json.loads(step.stdout)
    assert step.exit_code == 0
    assert report["orders"] == []
    assert report["problems"] == []
    assert counts() == before


def test_status_knows_every_source_and_ends_with_its_verdict(inside: Demo, tmp_path: Path) -> None:
    file = tmp_path / "status.json"
    result = polymarket("status", "--json", "--file", str(file))
    found = json.loads(result.stdout)
    assert found == json.loads(file.read_text())
    assert result.exit_code == {"OK": 0, "DEGRADED": 1, "DOWN": 2}[found["overall"]]
    assert polymarket("status").exit_code == result.exit_code


def test_every_reading_command_prints_facts(inside: Demo) -> None:
    for command in ("positions", "orders", "fills", "pnl"):
        assert polymarket(command).exit_code == 0
        json.loads(polymarket(command, "--json").stdout)
    assert polymarket("config", "show").exit_code == 0
    shown = json.loads(polymarket("config", "show", "--json").stdout)
    assert any("PM_HOME" in str(row.values()) for row in shown)
    doctor = polymarket("doctor", "--json")
    assert doctor.exit_code == 1  # the simulated venue has gone: its checks must fail
    assert json.loads(doctor.stdout)
    assert json.loads(polymarket("postgres", "status").stdout)["running"]


def test_sql_reads_the_published_version_and_nothing_else(inside: Demo) -> None:
    answer = polymarket(
        "lake", "query", "select count(*) as n from core.dim_market", "--format", "json"
    )
    assert json.loads(answer.stdout)[0]["n"] >= MARKETS
    assert polymarket("lake", "query", "drop table core.dim_market").exit_code != 0


def test_the_kill_switch_holds_until_it_is_released(inside: Demo) -> None:
    assert "ON" in polymarket("kill", "--reason", "test").stdout
    report = json.loads(polymarket("executor", "run", "--once", "--json").stdout)
    assert report["kill_switch"] is True
    assert "off" in polymarket("unkill", "--reason", "done").stdout


def test_a_dry_run_names_its_steps_and_does_nothing(inside: Demo) -> None:
    before = counts()
    planned = polymarket("run", "--from", "2026-03-02", "--to", "2026-03-03", "--dry-run")
    assert planned.stdout.split()[:2] == ["collect", "2026-03-02...2026-03-03"]
    assert "trade" in planned.stdout
    assert counts() == before


def test_a_source_that_fails_makes_the_run_exit_with_one_and_says_why(
    inside: Demo, rebuilt: Result
) -> None:
    facts = json.loads(rebuilt.stdout)
    assert rebuilt.exit_code == 1
    assert facts["ok"] is False
    failures = [text for step in facts["steps"] for text in step["failures"]]
    assert any("data_leaderboard" in text and "next" in text.lower() for text in failures), failures
    *_, played, last = Lake.open(load_settings()).publications()
    assert last.version > played.version, "what is held is built and published all the same"
    models = {Lake.open(load_settings()).model_version(one.version) for one in (played, last)}
    assert len(models) == 1, "the same models built both"
    assert None not in models


def test_upkeep_backup_and_restore_lose_no_row(inside: Demo, tmp_path: Path) -> None:
    before = counts()
    assert "would be" in polymarket("lake", "maintain", "--dry-run").stdout
    done = json.loads(polymarket("lake", "maintain", "--json").stdout)
    assert done["dropped_rows"] == {}  # three days are all young
    assert done["recorded_files"] > 0
    scrubbed = polymarket("lake", "scrub", "--json")
    assert scrubbed.exit_code == 0
    assert json.loads(scrubbed.stdout)["damaged"] == []
    backup = str(tmp_path / "backup")
    made = json.loads(polymarket("backup", backup, "--with-dagster", "--json").stdout)
    assert counts() == before
    assert "0 files (0.0 MB) are new" in " ".join(polymarket("backup", backup).stdout.split())

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PM_HOME", str(tmp_path / "home"))
        try:
            back = json.loads(polymarket("restore", backup, "--json").stdout)
            assert back["state_hash"] == made["state_hash"]
            assert counts() == before
            assert "not empty" in str(polymarket("restore", backup).exception)
            repair_a_damaged_table()
        finally:
            stop_postgres(load_settings())


def repair_a_damaged_table() -> None:
    """Damage a file of the warehouse; it is named, taken out, and what rebuilds it is told."""
    folder = Path(load_settings().lake_path)
    file = max(folder.glob("core/fct_trades*/**/*.parquet"), key=lambda f: f.stat().st_mtime_ns)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)
    found = polymarket("lake", "scrub")
    assert found.exit_code == 1
    assert file.name in found.stdout
    assert "polymarket lake scrub --repair" in " ".join(found.stdout.split())
    mended = json.loads(polymarket("lake", "scrub", "--repair", "--json").stdout)
    (repaired,) = mended["repaired"]
    assert repaired["remedy"]["commands"][0].startswith("polymarket run --no-trade --from 20")
    assert json.loads(polymarket("status", "--json").stdout)["damaged_files"] == []


def test_half_a_range_is_refused_with_what_to_do() -> None:
    result = polymarket("run", "--from", "2026-03-02")
    assert result.exit_code != 0
    assert "--to" in str(result.exception)


@pytest.mark.parametrize(
    "words", [w for w in commands() if w[:3] == ["polymarket", "lake", "query"]], ids=" ".join
)
def test_a_documented_query_runs(inside: Demo, words: list[str]) -> None:
    result = polymarket(*words[1:])
    assert result.exit_code == 0, result.exception
