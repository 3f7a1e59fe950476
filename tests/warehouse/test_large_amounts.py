"""Fills, books and prices of millions of shares: every product of two amounts has room."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.warehouse.rebuilds import Rebuilds, rebuilding
from tests.warehouse.world import NOW, Market, World, wallet

SHARES, PRICE = Decimal("25000000.123457"), Decimal("0.999")
DECIDED, OPEN = Market("millions-decided"), Market("millions-open")


@pytest.fixture(scope="module")
def millions(warehouse):
    """Both markets traded by two wallets, each with a book of as many shares."""
    world = World()
    began = NOW - timedelta(days=3)
    world.event("700", seen=began, tags=["politics"], negRisk=True)
    for market in (DECIDED, OPEN):
        world.market(
            market,
            seen=began,
            event="700",
            negRisk=True,
            feeSchedule={"rate": 0.07, "exponent": 2 if market is OPEN else 1},
            volumeNum=1_400_000_000,
            endDate=f"{NOW + timedelta(hours=2):%FT%TZ}",
        )
        for hours, side in ((50, "BUY"), (40, "SELL"), (2, "BUY")):
            when = NOW - timedelta(hours=hours)
            world.fill(market, when, side, str(SHARES), str(PRICE), who="whale")
            world.fill(market, when, side, str(SHARES), str(PRICE), who="maker", taker_only=False)
        world.price(market.yes, NOW - timedelta(hours=3), str(PRICE))
        for minutes in (70, 3):
            levels = [("0.99", str(SHARES)), ("0.98", "1"), ("0.97", "1")]
            asks = [("0.999", str(SHARES))]
            world.book(market.yes, NOW - timedelta(minutes=minutes), levels, asks, tick="0.001")
    world.market(
        DECIDED,
        seen=NOW - timedelta(hours=1),
        event="700",
        negRisk=True,
        closed=True,
        outcomePrices=json.dumps(["1", "0"]),
        umaResolutionStatus="resolved",
        closedTime=f"{NOW - timedelta(hours=1):%Y-%m-%d %H:%M:%S}+00",
        volumeNum=1_400_000_000,
    )
    with rebuilding(warehouse) as rebuilds:
        rebuilds.tell(world.tables())
        rebuilds.build(NOW)
        yield rebuilds


def test_a_position_of_millions_closes_to_the_micro_dollar(millions: Rebuilds):
    paid = (SHARES * PRICE).quantize(Decimal("0.000001"))
    found = millions.connection.execute(
        "SELECT bought_usd, sold_usd, settlement_usd, realized_pnl_usd"
        " FROM leaderboards.trader_positions WHERE wallet = ? AND condition_id = ?",
        [wallet("whale"), DECIDED.condition],
    ).fetchall()
    assert found == [(2 * paid, paid, SHARES, SHARES - paid)]


def test_a_book_of_millions_has_a_wall_and_a_weighted_price(millions: Rebuilds):
    found = millions.connection.execute(
        "SELECT DISTINCT bid_wall_size, microprice FROM core.fct_books WHERE token_id = ?",
        [OPEN.yes],
    ).fetchall()
    assert found == [(SHARES, Decimal("0.9945"))]
