"""leaderboards.wash_scores: the volume quality of each wallet of the last 30 days.

Reads core.fct_wallet_fills as the last build left it, so that dbt's boards, which read the scores,
are one build behind them at most. What the numbers mean is domain/wash.py's business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

import duckdb
import pyarrow as pa

from polymarket_assets.domain.wash import Move, is_flagged, scores, sold_again
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.tables.python_models import WASH_SCORES

WINDOW = timedelta(days=30)
AT_ONCE = 50_000
"""Fills in memory together."""
TICK = 10_000
"""The common tick, in price micro-units."""
MICRO = 1_000_000


def score_wallets(lake: Lake, now: datetime) -> int:
    """Score every wallet that bought in the window and append the scores; gives their number."""
    if not {("core", "fct_wallet_fills"), ("leaderboards", "trader_stats")} <= set(lake.tables()):
        return 0
    with lake.connect(read_only=True) as connection:
        connection.execute(_FILLS, {"start": now - WINDOW, "end": now})
        again = _sold_again(connection)
        wallets = connection.execute(_WALLETS).fetchall()
        volumes = {
            (one, other): float(usd) for one, other, usd in connection.execute(_PAIRS).fetchall()
        }
    seeds = {wallet: again.get(wallet, 0) / bought for wallet, bought, *_ in wallets}
    found = scores(seeds, volumes)
    rows = [
        {
            "wallet": wallet,
            "scored_at": now,
            "window_from": now - WINDOW,
            "bought_shares": _decimal(bought),
            "sold_again_shares": _decimal(again.get(wallet, 0)),
            "seed_score": _decimal(round(seeds[wallet] * MICRO)),
            "score": _decimal(round(found[wallet] * MICRO)),
            "is_flagged": is_flagged(
                found[wallet],
                net_shares=bought - sold,
                traded_shares=bought + sold,
                pnl=float(pnl or 0),
                volume=float(volume),
            ),
        }
        for wallet, bought, sold, pnl, volume in wallets
    ]
    if rows:
        table = pa.Table.from_pylist(rows, schema=WASH_SCORES.arrow_schema)
        lake.transaction(lambda connection: _append(connection, table))
    return len(rows)


def _append(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    connection.register("scored_wallets", rows)
    connection.execute(f"INSERT INTO {WASH_SCORES.qualified} BY NAME FROM scored_wallets")
    connection.unregister("scored_wallets")


def _decimal(micro: int) -> Decimal:
    return Decimal(micro) / MICRO


def _sold_again(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Micro-shares that each wallet sold again soon, over all its tokens."""
    again: dict[str, int] = defaultdict(int)
    rows = _streamed(connection.execute(_TWO_SIDED))
    for (wallet, _), fills in groupby(rows, key=itemgetter(0, 1)):
        moves = [Move(at, shares, price) for _, _, at, shares, price, _ in fills]
        again[wallet] += sold_again(moves, tick=TICK)
    return again


def _streamed(rows: duckdb.DuckDBPyConnection) -> Iterator[tuple]:
    while some := rows.fetchmany(AT_ONCE):
        yield from some


_FILLS = """
create temp table fills_of_window as
select
    wallet, token_id, event_at, fill_id, transaction_hash, role,
    cast(
        cast(case side when 'BUY' then size else -size end as decimal(38, 6)) * 1000000 as bigint
    ) as shares,
    cast(price * 1000000 as bigint) as price,
    notional_usd
from core.fct_wallet_fills
where dt >= cast($start as date) and event_at > $start and event_at <= $end and size > 0
"""

# Only who bought and sold a token can have sold any of it again.
_TWO_SIDED = """
with two_sided as (
    select wallet, token_id
    from fills_of_window
    group by wallet, token_id
    having min(shares) < 0 and max(shares) > 0
)
select wallet, token_id, event_at, shares, price, fill_id
from fills_of_window
semi join two_sided using (wallet, token_id)
order by wallet, token_id, event_at, fill_id
"""

_WALLETS = """
with moved as (
    select
        wallet,
        cast(sum(greatest(shares, 0)) as bigint) as bought,
        cast(sum(greatest(-shares, 0)) as bigint) as sold
    from fills_of_window
    group by wallet
    having bought > 0
)
select wallet, bought, sold, pnl_usd, volume_usd
from moved
inner join leaderboards.trader_stats using (wallet)
order by wallet
"""

# Who met whom: the taker of a transaction and each of its makers, by the makers' notional.
_PAIRS = """
with takers as (
    select transaction_hash, any_value(wallet) as wallet
    from fills_of_window
    where role = 'taker' and transaction_hash is not null
    group by transaction_hash
    having count(distinct wallet) = 1
)
select
    least(takers.wallet, makers.wallet) as one,
    greatest(takers.wallet, makers.wallet) as other,
    sum(makers.notional_usd) as usd
from fills_of_window as makers
inner join takers using (transaction_hash)
where makers.role = 'maker'
group by 1, 2
"""
