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
    """A market that is listed and has a book of one level on each side."""
    market = world.market(Market(name), seen=LISTED, event=event, **FAR | payload)
    world.book(market.yes, seen, [(bid, size)], [(ask, size)])
    return market


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
