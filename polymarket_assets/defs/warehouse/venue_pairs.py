"""core.venue_pairs as an asset: Polymarket and Kalshi markets that ask related questions."""

from collections.abc import Iterator

import dagster as dg

from polymarket_assets.defs.resources import Platform
from polymarket_assets.store.locks import advisory_lock
from polymarket_assets.store.maintenance import BUILD_LOCK
from polymarket_assets.store.postgres import ensure_postgres
from polymarket_assets.warehouse.venue_pairs import Matched, refresh_venue_pairs

LOCK_WAIT_S = 900
"""Seconds to wait for a build or for maintenance before giving up."""
PAIRS, TEXTS = dg.AssetKey(["core", "venue_pairs"]), dg.AssetKey(["core", "venue_texts"])


@dg.multi_asset(
    name="venue_pairs",
    specs=[
        dg.AssetSpec(
            PAIRS,
            group_name="core",
            kinds={"python"},
            description=(
                "Open markets of Polymarket and Kalshi that ask related questions, with relation, "
                "score and evidence. Runs before dbt, which reads it as a source, and so pairs the "
                "Polymarket markets of the build before this one: a new market is paired one build "
                "later. Only new texts are judged; without Kalshi markets it ends with zero rows "
                "and says so."
            ),
        ),
        dg.AssetSpec(
            TEXTS,
            group_name="core",
            kinds={"python"},
            description="Texts that were read for matching, written together with the pairs.",
        ),
    ],
    pool="warehouse",
)
def venue_pairs(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult]:
    """Match the texts that are new, replace both tables."""
    home = platform.home()
    with advisory_lock(ensure_postgres(home.settings), BUILD_LOCK, wait_s=LOCK_WAIT_S):
        done = refresh_venue_pairs(platform.lake(), home.clock.now())
    context.log.info("%s", done)
    yield dg.MaterializeResult(asset_key=PAIRS, metadata=_metadata(done))
    yield dg.MaterializeResult(
        asset_key=TEXTS, metadata={"dagster/row_count": done.polymarket + done.kalshi}
    )


def _metadata(done: Matched) -> dict[str, int | str]:
    return {
        "dagster/row_count": sum(done.pairs.values()),
        "Polymarket markets": done.polymarket,
        "Kalshi markets": done.kalshi,
        "candidates judged": done.judged,
        **{relation.lower(): count for relation, count in done.pairs.items() if count},
        "note": done.note or "-",
    }
