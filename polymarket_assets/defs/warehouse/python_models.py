"""Assets that Python computes before a build, from the tables of the one before."""

from typing import Any

import dagster as dg

from polymarket_assets.defs.resources import Platform
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.warehouse.python_signals import Proposed, propose
from polymarket_assets.warehouse.wash_scores import score_wallets


@dg.asset(key=["leaderboards", "wash_scores"], group_name="leaderboards", kinds={"python"})
def wash_scores(platform: Platform) -> dg.MaterializeResult[Any]:
    """Volume-quality score of each wallet of the last 30 days; boards can leave out flagged ones.

    Reads the fills of the last build, so it names no dbt model as its input and is one build old.
    """
    lake = platform.lake()
    scored = score_wallets(lake, platform.home().clock.now())
    return dg.MaterializeResult(metadata={"dagster/row_count": scored})


RAN = "every_strategy_ran"


@dg.asset(
    key=["signals", "python_signals"],
    group_name="signals",
    kinds={"python"},
    check_specs=[
        dg.AssetCheckSpec(
            RAN,
            asset=["signals", "python_signals"],
            description=(
                "Every enabled Python strategy answered, and what it proposed can be a signal. One "
                "that did not proposes nothing; the others and the build go on."
            ),
        )
    ],
)
def python_signals(platform: Platform) -> dg.MaterializeResult:
    """What the enabled Python strategies propose, in the contract of all signals.

    Reads the tradable markets of the last build, so it names no dbt model as its input and is one
    build old. Strategies are found by the entry points `polymarket_assets.strategies`.
    """
    home = platform.home()
    engine = open_ledger(home.settings)
    try:
        done = propose(platform.lake(), engine, mode=home.settings.mode, now=home.clock.now())
    finally:
        engine.dispose()
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(done.signals.values()),
            "signals": dg.MetadataValue.json(dict(done.signals)),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=RAN,
                passed=not done.failures,
                description=_failures(done) or "all that are enabled answered",
            )
        ],
    )


def _failures(done: Proposed) -> str:
    words = [f"{name}: {why}" for name, why in done.failures.items()]
    return "; ".join([*words, "mend it, or `polymarket strategies disable` it"] if words else [])
