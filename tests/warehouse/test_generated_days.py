"""Profit and skill on generated days: the warehouse's SQL against the simulator's truth ledger.

The truth ledger knows every fill, fee and payout, and who of the wallets sees the true odds. The
raw rows are made from it as the sources would have received them; the SQL is dbt's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polymarket_assets.simulator.truth import write_truth
from polymarket_assets.simulator.world import World
from polymarket_assets.store import raw
from tests.warehouse.rebuilds import Rebuilds, rebuilding

START, DAYS, MARKETS, FILLS = date(2026, 11, 2), 5, 60, 6_000
END = datetime(2026, 11, 12, tzinfo=UTC)
"""By then every market has its result."""
TABLES = {table.qualified: table for table in raw.TABLES}


@pytest.fixture(scope="module")
def days(warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rebuilds]:
    """The leaderboards of generated days, the truth beside them in the schema `truth`."""
    folder = tmp_path_factory.mktemp("truth")
    write_truth(World(23, START, DAYS, MARKETS, FILLS), folder)
    with rebuilding(warehouse) as rebuilds:
        rebuilds.tell({f"truth.{f.stem}": pq.read_table(f) for f in folder.glob("*.parquet")})
        rebuilds.tell({name: _filled(name, rows) for name, rows in _raw_rows(rebuilds).items()})
        rebuilds.build(END, only=rebuilds.feeding("leaderboards.leaderboard"))
        yield rebuilds


def _raw_rows(rebuilds: Rebuilds) -> dict[str, pa.Table]:
    """Fills as the feed lists them; each market once when it opened and once after it closed."""
    fills = """
        select
            {takers} as taker_only, transaction_hash, token_id, condition_id, wallet, side,
            price_micro * 0.000001 as price, size_micro * 0.000001 as size, event_at,
            'page-{takers}' as page_id,
            cast(row_number() over (order by sequence) as integer) as position,
            event_at + interval '1 minute' as received_at, cast(event_at as date) as dt
        from truth.fills
    """
    acts = """
        select
            wallet, type, event_at, transaction_hash, condition_id, size_micro * 0.000001 as size,
            cash_micro * 0.000001 as usdc_size, 'acts' as page_id,
            cast(row_number() over () as integer) as position,
            event_at + interval '1 minute' as received_at, cast(event_at as date) as dt
        from truth.acts
    """
    query = rebuilds.connection.execute
    markets = query("from truth.markets where not placeholder").to_arrow_table().to_pylist()
    return {
        "raw.data_trades": query(
            f"{fills.format(takers='false')} union all {fills.format(takers='true')}"
            " where role = 'taker'"
        ).to_arrow_table(),
        "raw.data_activity": query(acts).to_arrow_table(),
        "raw.gamma_markets": pa.Table.from_pylist(
            [row for market in markets for row in _versions(market)]
        ),
    }


def _versions(market: dict[str, Any]) -> Iterator[dict[str, Any]]:
    payout = market["payout_0_micro"] / 1_000_000
    body = {
        "id": market["market_id"], "conditionId": market["condition_id"],
        "outcomes": json.dumps([market["outcome_0"], market["outcome_1"]]),
        "clobTokenIds": json.dumps([market["token_0"], market["token_1"]]),
        "createdAt": market["created_at"].isoformat(), "feesEnabled": market["fee_rate_e4"] > 0,
        "feeSchedule": {"rate": market["fee_rate_e4"] / 10_000, "exponent": 1},
        "category": market["category"],
    }  # fmt: skip
    closed = {
        "closed": True, "closedTime": market["resolved_at"].isoformat(),
        "outcomePrices": json.dumps([str(payout), str(1 - payout)]),
    }  # fmt: skip
    for seen, payload in (
        (market["created_at"], body),
        (market["resolved_at"] + timedelta(minutes=1), body | closed),
    ):
        yield {
            "market_id": market["market_id"], "condition_id": market["condition_id"],
            "closed": "closed" in payload, "payload": json.dumps(payload),
            "payload_sha256": f"{seen}", "page_id": "gamma", "position": 0, "received_at": seen,
            "dt": seen.date(),
        }  # fmt: skip


def _filled(name: str, rows: pa.Table) -> pa.Table:
    """Rows with all columns of their raw table, those not given null."""
    schema = TABLES[name].arrow_schema
    return pa.table(
        {
            field.name: rows[field.name].cast(field.type)
            if field.name in rows.column_names
            else pa.nulls(rows.num_rows, field.type)
            for field in schema
        }
    )


def rows(days: Rebuilds, sql: str) -> list[tuple]:
    return days.connection.execute(sql).fetchall()


def test_the_profit_of_every_wallet_in_every_market_is_that_of_the_truth_ledger(days):
    [(pairs, gross, net, none)] = rows(
        days,
        """
        select
            count(*),
            count(*) filter (1000000 * realized_pnl_usd = pnl_micro + fee_micro),
            count(*) filter (1000000 * (realized_pnl_usd - fees_usd) = pnl_micro),
            count(*) filter (truth.wallet is null)
        from leaderboards.trader_markets as ours
        full join truth.pnl as truth using (wallet, condition_id)
        """,
    )
    assert pairs == gross == net > 5_000
    assert none == 0
    [(fees,)] = rows(days, "select sum(fees_usd) from leaderboards.trader_stats")
    assert fees > 1_000, "fees are charged on these days"


def test_the_fee_of_every_fill_is_that_of_the_truth_ledger(days):
    unlike = rows(
        days,
        """
        with ours as (
            select wallet, token_id, sum(fee_usd) as fees, count(*) = count(fee_usd) as is_known
            from core.fct_wallet_fills group by all
        ),
        truth as (
            select wallet, token_id, sum(fee_micro) as fees from truth.fills group by all
        )
        from ours full join truth using (wallet, token_id)
        where ours.fees * 1000000 is distinct from truth.fees or not is_known
        """,
    )
    assert unlike == []


def test_over_all_wallets_of_a_market_profits_after_fees_and_the_fees_are_nothing(days):
    [(markets, unbalanced)] = rows(
        days,
        """
        select count(*), count(*) filter (left_over != 0)
        from (
            select sum(realized_pnl_usd - fees_usd) + sum(fees_usd) as left_over
            from leaderboards.trader_markets group by condition_id
        )
        """,
    )
    assert markets > 100
    assert unbalanced == 0


def test_realised_and_unrealised_are_cash_and_worth_for_every_wallet_while_markets_are_open(days):
    """As of a moment at which most are; worth is exact before it is rounded to micro-dollars."""
    days.build(
        datetime(2026, 11, 4, 12, tzinfo=UTC), only=days.feeding("leaderboards.trader_stats")
    )
    try:
        [(wallets, wrong, still_open)] = rows(
            days,
            """
            select
                count(*),
                count(*) filter (
                    realized_pnl_usd + unrealized_pnl_usd != sold_usd - bought_usd + value_usd
                ),
                count(*) filter (open_value_usd > 0)
            from leaderboards.trader_stats
            inner join (
                select wallet, sum(value_usd) as value_usd
                from leaderboards.trader_positions group by wallet
            ) using (wallet)
            """,
        )
        assert wallets > still_open > 50
        assert wrong == 0
        unbalanced = rows(
            days,
            """
            select condition_id, sum(sold_usd - bought_usd + mark * net_shares) as left_over
            from leaderboards.trader_positions
            group by condition_id
            having left_over != 0
            """,
        )
        assert unbalanced == []
    finally:
        days.build(END, only=days.feeding("leaderboards.leaderboard"))


def test_no_position_is_incomplete_where_all_fills_and_acts_are_known(days):
    assert rows(
        days,
        "select count(*) filter (not is_complete), sum(unexplained_shares), sum(split_shares) > 0"
        " from leaderboards.trader_positions",
    ) == [(0, 0, True)]


def test_wallets_that_know_the_odds_are_found_and_those_that_do_not_are_not(days):
    """Found is who has a profit and surely wins more than half: a profit alone may be luck."""
    by_label = {
        label: facts
        for label, *facts in rows(
            days,
            """
            select
                label,
                count(*) as ranked,
                count(*) filter (pnl_usd > 0 and win_rate_low > 0.5) as found,
                avg(pnl_usd) as mean_pnl_usd
            from leaderboards.leaderboard
            inner join truth.wallets using (wallet)
            where window_name = 'all' and category = 'all'
            group by label
            """,
        )
    }
    ranked, found, mean = by_label["skilled"]
    assert found > ranked / 2 > 10
    assert mean > 0 > by_label["noise"][2]
    assert by_label["noise"][0] > 100
    assert by_label["noise"][1] == by_label["wash"][1] == 0
