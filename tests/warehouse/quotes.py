"""What the tests of strategies share: quoted markets, their signals, what shares cost with fees."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.warehouse.world import Market, World, at

LISTED, SNAPPED = at("11:50"), at("11:55")
FAR = {"endDate": "2026-12-20T12:00:00Z"}


def quote(
    world: World,
    name: str,
    bid: str,
    ask: str,
    *,
    size: str = "400",
    seen: datetime = SNAPPED,
    event: str | None = None,
    **payload: Any,
) -> Market:
    """A listed market with a book of one level on each side, whose future differs."""
    market = world.market(Market(name), seen=LISTED, event=event, **FAR | payload)
    world.book(market.yes, seen, [(bid, size)], [(ask, size)])
    spoil(world, market, event=event, **payload)
    return market


def spoil(world: World, market: Market, *, event: str | None = None, **payload: Any) -> None:
    """What became of a market after the build's moment, none of which a signal may know."""
    later = {
        "closed": True,
        "acceptingOrders": False,
        "outcomePrices": '["0", "1"]',
        "umaResolutionStatus": "resolved",
        "closedTime": "2026-11-20 12:04:00+00",
        "endDate": "2026-11-20T12:04:00Z",
        "description": "Everything was reworded.",
        "feeSchedule": {"rate": 0.5, "exponent": 1},
    }
    world.market(market, seen=at("12:05"), event=event, **payload | later)
    world.book(market.yes, at("12:01"), [("0.01", "9000")], [("0.02", "9000")])
    world.fill(market, at("12:02"), "SELL", "9000", "0.01", who="copy-leader")


def signals_of(warehouse: Any, strategy: str, *markets: Market) -> list[dict[str, Any]]:
    """A strategy's signals in `markets`, the dearest first."""
    return warehouse.rows(
        "select * from signals.signals where strategy = ? and list_contains(?, condition_id)"
        " order by price_limit desc",
        [strategy, [market.condition for market in markets]],
    )


def cost(*asks: str) -> Decimal:
    """One share at each of `asks` with the taker fee of 0.04 p(1-p)."""
    return sum((_with_fee(Decimal(ask)) for ask in asks), Decimal(0))


def _with_fee(price: Decimal) -> Decimal:
    fee = Decimal("0.04") * price * (1 - price)
    return price + fee.quantize(Decimal("0.000001"), ROUND_HALF_UP)
