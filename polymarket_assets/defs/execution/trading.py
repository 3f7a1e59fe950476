"""execution/approvals, execution/orders, execution/portfolio: from published signals to positions.

The ledger holds what happened; these assets say when, and show it. The executor step runs as a
child process, which alone may read a key: nothing of it passes through Dagster.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
from sqlalchemy.orm import Session

from polymarket_assets.defs.presenting import table_of
from polymarket_assets.defs.resources import Platform
from polymarket_assets.executor.audit import audit
from polymarket_assets.executor.desk import account_key
from polymarket_assets.executor.portfolio import portfolio
from polymarket_assets.executor.report import as_json
from polymarket_assets.executor.step import approvals_step
from polymarket_assets.store.ledger import open_ledger

STEP_TIMEOUT_S = 600


@dg.asset(
    key=["execution", "approvals"],
    group_name="execution",
    kinds={"postgres"},
    deps=[["signals", "signals"]],
)
def approvals(platform: Platform) -> dg.MaterializeResult[Any]:
    """Every published signal judged once: approved within the risk limits, or rejected with why.

    On paper `auto:paper-v1` approves; an approval lives 15 minutes and bounds price and size.
    """
    home = platform.home()
    report = approvals_step(home.settings, home.clock.now)
    lines = pd.DataFrame([as_json(line) for line in report.approvals])
    return dg.MaterializeResult(
        metadata={
            "lake version": report.lake_version,
            "signals": report.signals,
            "judged before": report.known,
            "approved": report.approved,
            "rejected": dg.MetadataValue.json(report.rejections),
            "kill switch": report.kill_switch,
            "preview": table_of(lines),
        }
    )


@dg.asset(
    key=["execution", "orders"],
    group_name="execution",
    kinds={"postgres"},
    deps=[["execution", "approvals"]],
)
def orders(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """One executor step: reconcile, settle, expire, then one order per live approval.

    Running it twice, or again after it was killed, changes nothing.
    """
    polymarket = Path(sys.executable).parent / "polymarket"
    done = subprocess.run(  # noqa: S603 - our own command without outside input
        [str(polymarket), "executor", "run", "--once", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=STEP_TIMEOUT_S,
    )
    if done.stderr:
        context.log.info(done.stderr.strip())
    if done.returncode:
        msg = f"the executor step ended with status {done.returncode}"
        raise dg.Failure(msg, metadata={"stderr": done.stderr[-4000:]})
    report = json.loads(done.stdout)
    return dg.MaterializeResult(
        metadata={
            "recovered": report["recovered"],
            "approvals seen": report["approvals_seen"],
            "waiting": dg.MetadataValue.json(report["approvals_waiting"]),
            "orders": table_of(_without_fills(report["orders"])),
            "settlements": table_of(pd.DataFrame(report["settlements"])),
            "problems": dg.MetadataValue.json(report["problems"]),
            "cash (USD)": report["cash_usd"],
            "equity (USD)": report["equity_usd"] or "unknown",
            "open positions": report["positions_open"],
            "kill switch": report["kill_switch"],
        }
    )


def _without_fills(lines: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(lines).drop(columns="fills", errors="ignore")


@dg.asset(
    key=["execution", "portfolio"],
    group_name="execution",
    kinds={"postgres"},
    deps=[["execution", "orders"]],
)
def portfolio_now(platform: Platform) -> dg.MaterializeResult[Any]:
    """Cash, equity and every position with its profit, as the ledger has them after the step."""
    home = platform.home()
    engine = open_ledger(home.settings)
    try:
        report = as_json(portfolio(engine, account_key(home.settings)))
    finally:
        engine.dispose()
    return dg.MaterializeResult(
        metadata={
            "cash (USD)": report["cash_usd"],
            "equity (USD)": report["equity_usd"] or "unknown",
            "realized (USD)": report["realized_usd"],
            "unrealized (USD)": report["unrealized_usd"] or "unknown",
            "positions": table_of(pd.DataFrame(report["positions"])),
        }
    )


@dg.asset_check(asset=["execution", "portfolio"], name="ledger_balances", blocking=True)
def ledger_balances(platform: Platform) -> dg.AssetCheckResult:
    """Cash is the sum of its entries, positions the sum of their fills, to the last micro-unit."""
    home = platform.home()
    engine = open_ledger(home.settings)
    try:
        with Session(engine) as session:
            problems = audit(session, account_key(home.settings))
    finally:
        engine.dispose()
    return dg.AssetCheckResult(
        passed=not problems, description="; ".join(problems) or "the ledger balances"
    )
