"""Positions, orders, fills and profit as people see them, read from the ledger.

Each reader gives rows of plain values: Decimal amounts, aware times, None for what is not known.

Belongs here: `polymarket positions | orders | fills | pnl`, and what a step prints. Not here:
marking and everything else that writes (executor/).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from rich.console import Console, RenderableType
from rich.text import Text
from sqlalchemy.orm import Session

from polymarket_assets.domain.money import from_micros
from polymarket_assets.executor.desk import account_key
from polymarket_assets.executor.portfolio import portfolio
from polymarket_assets.executor.report import StepReport
from polymarket_assets.serving.tables import (
    Field,
    cell,
    minute,
    price,
    safe,
    signed_usd,
    table,
    usd,
)
from polymarket_assets.settings import Settings
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.store.ledger_tables import Approval, Fill, Intent, Order

Rows = list[dict[str, Any]]


def positions(settings: Settings) -> Rows:
    """Every position of the account, open ones first, the newest first.

    Keys as in executor.report.PositionLine: value and unrealised profit are at the best bid, null
    where no bid is known.
    """
    with _ledger(settings) as engine:
        return read_positions(engine, settings)


def orders(settings: Settings) -> Rows:
    """Every order with its state and why, the newest first.

    `price` is the limit, `average_price` what was paid (null unless filled), both pUSD per share.
    """
    with _ledger(settings) as engine:
        return read_orders(engine, settings)


def fills(settings: Settings) -> Rows:
    """Every fill, the newest first; `price` in pUSD per share, `size` in shares."""
    with _ledger(settings) as engine:
        return read_fills(engine, settings)


def pnl(settings: Settings) -> dict[str, Any]:
    """Cash, equity and profit of the account, and the profit of each strategy.

    `total_usd` is realised plus unrealised profit; it and equity are null while a bid is not known.
    """
    with _ledger(settings) as engine:
        return read_pnl(engine, settings)


def read_positions(engine: sa.Engine, settings: Settings) -> Rows:
    """`positions` on an open ledger."""
    return [asdict(line) for line in portfolio(engine, account_key(settings)).positions]


def read_approvals(engine: sa.Engine, settings: Settings) -> dict[str, int]:
    """How many approvals the account has, by state."""
    key = account_key(settings)
    asked = (
        sa.select(Approval.state, sa.func.count())
        .where(Approval.mode == key.mode, Approval.account == key.account)
        .group_by(Approval.state)
        .order_by(Approval.state)
    )
    with Session(engine) as session:
        return dict(session.execute(asked).tuples().all())


def read_orders(engine: sa.Engine, settings: Settings) -> Rows:
    """`orders` on an open ledger."""
    key = account_key(settings)
    asked = (
        sa.select(Order, Intent)
        .join(Intent, Intent.intent_id == Order.intent_id)
        .where(Order.mode == key.mode, Order.account == key.account)
        .order_by(Order.created_at.desc(), Order.intent_id)
    )
    with Session(engine) as session:
        return [
            {
                "created_at": order.created_at,
                "strategy": intent.strategy,
                "question": intent.question,
                "outcome": intent.outcome,
                "side": intent.side,
                "price": from_micros(intent.price),
                "size": from_micros(intent.size),
                "filled_size": from_micros(order.filled_size),
                "average_price": _ratio(order.filled_usd, order.filled_size),
                "filled_usd": from_micros(order.filled_usd),
                "fee_usd": from_micros(order.fee_usd),
                "state": str(order.state),
                "reason": order.reason,
                "updated_at": order.updated_at,
                "condition_id": intent.condition_id,
                "token_id": intent.token_id,
                "intent_id": order.intent_id,
                "order_hash": order.order_hash,
            }
            for order, intent in session.execute(asked)
        ]


def read_fills(engine: sa.Engine, settings: Settings) -> Rows:
    """`fills` on an open ledger."""
    key = account_key(settings)
    asked = (
        sa.select(Fill, Intent.question, Intent.outcome)
        .join(Intent, Intent.intent_id == Fill.intent_id)
        .where(Fill.mode == key.mode, Fill.account == key.account)
        .order_by(Fill.event_at.desc(), Fill.order_hash, Fill.ordinal)
    )
    with Session(engine) as session:
        return [
            {
                "event_at": fill.event_at,
                "strategy": fill.strategy,
                "question": question,
                "outcome": outcome,
                "side": fill.side,
                "role": fill.role,
                "price": from_micros(fill.price),
                "size": from_micros(fill.size),
                "notional_usd": from_micros(fill.notional_usd),
                "fee_usd": from_micros(fill.fee_usd),
                "condition_id": fill.condition_id,
                "token_id": fill.token_id,
                "fill_id": fill.fill_id,
                "intent_id": fill.intent_id,
                "position_id": fill.position_id,
            }
            for fill, question, outcome in session.execute(asked)
        ]


def read_pnl(engine: sa.Engine, settings: Settings) -> dict[str, Any]:
    """`pnl` on an open ledger."""
    found = portfolio(engine, account_key(settings))
    lines = found.positions
    strategies = sorted({line.strategy for line in lines})
    return {
        "mode": found.mode,
        "account": found.account,
        "cash_usd": found.cash_usd,
        "reserved_usd": found.reserved_usd,
        "equity_usd": found.equity_usd,
        "peak_usd": found.peak_usd,
        "drawdown": found.drawdown,
        "realized_usd": found.realized_usd,
        "unrealized_usd": found.unrealized_usd,
        "total_usd": None
        if found.unrealized_usd is None
        else found.realized_usd + found.unrealized_usd,
        "fees_usd": sum((line.fees_usd for line in lines), Decimal(0)),
        "positions_open": sum(line.state == "open" for line in lines),
        "positions_closed": sum(line.state == "closed" for line in lines),
        "open_orders": len(found.open_orders),
        "strategies": [
            {
                "strategy": name,
                "positions_open": sum(p.state == "open" for p in lines if p.strategy == name),
                "positions_closed": sum(p.state == "closed" for p in lines if p.strategy == name),
                "realized_usd": sum(
                    (p.realized_usd for p in lines if p.strategy == name), Decimal(0)
                ),
                "unrealized_usd": _sum_known(
                    [p.unrealized_usd for p in lines if p.strategy == name and p.state == "open"]
                ),
            }
            for name in strategies
        ],
    }


def render_rows(what: str, rows: Any, console: Console) -> None:
    """Print what `positions`, `orders`, `fills` or `pnl` gave."""
    if not rows:
        console.print(f"no {what} yet; `polymarket run` trades what the published signals propose")
        return
    for part in _VIEWS[what](rows):
        console.print(part)


def render_step(step: StepReport, console: Console) -> None:
    """Print what one executor step did."""
    console.print(
        f"{step.at:%Y-%m-%d %H:%M:%S} {step.mode}: {step.approvals_seen} approvals, "
        f"{len(step.orders)} orders, {len(step.settlements)} settlements, "
        f"{step.positions_open} positions open; cash {usd(step.cash_usd)}, "
        f"equity {usd(step.equity_usd)}",
        highlight=False,
    )
    if step.kill_switch:
        console.print(Text(f"  kill switch on: {safe(step.kill_reason)}", style="red"))
    if step.orders:
        console.print(table("Orders", _ORDER_FIELDS[1:], [asdict(line) for line in step.orders]))
    for line in step.settlements:
        words = f"  settled {cell(line.size)} {line.outcome} at {price(line.payout_per_share)}"
        words += f": {signed_usd(line.realized_usd)} USD · {line.question}"
        console.print(Text(safe(words)))
    waiting = ", ".join(f"{count} × {code}" for code, count in step.approvals_waiting.items())
    if waiting:
        console.print(Text(f"  not acted upon: {safe(waiting)}", style="dim"))
    for problem in step.problems:
        console.print(Text(f"  the ledger does not balance: {safe(problem)}", style="bold red"))


_QUESTION = Field("question", width="cut")
_POSITION_FIELDS = (
    Field("strategy"),
    _QUESTION,
    Field("outcome"),
    Field("state"),
    Field("size", right=True),
    Field("cost_usd", "cost", usd, right=True),
    Field("mark_price", "bid", price, right=True),
    Field("value_usd", "value", usd, right=True),
    Field("profit", "profit", signed_usd, right=True),
)
_ORDER_FIELDS = (
    Field("created_at", "decided", minute),
    Field("strategy"),
    _QUESTION,
    Field("outcome"),
    Field("side"),
    Field("price", "limit", price, right=True),
    Field("size", right=True),
    Field("filled_size", "filled", right=True),
    Field("state"),
)
_FILL_FIELDS = (
    Field("event_at", "time", minute),
    Field("strategy"),
    _QUESTION,
    Field("outcome"),
    Field("side"),
    Field("price", "price", price, right=True),
    Field("size", right=True),
    Field("fee_usd", "fee", usd, right=True),
)
_STRATEGY_FIELDS = (
    Field("strategy"),
    Field("positions_open", "open", right=True),
    Field("positions_closed", "closed", right=True),
    Field("realized_usd", "realised", signed_usd, right=True),
    Field("unrealized_usd", "unrealised", signed_usd, right=True),
)


def positions_view(rows: Rows) -> Iterator[RenderableType]:
    """Positions; profit is what was realised plus, for open ones, what the bid would add."""

    def profit(row: dict[str, Any]) -> Decimal | None:
        if row["state"] == "closed":
            return row["realized_usd"]
        return _sum_known([row["realized_usd"], row["unrealized_usd"]])

    shown = [{**row, "profit": profit(row)} for row in rows]
    yield table("Positions", _POSITION_FIELDS, shown)


def orders_view(rows: Rows) -> Iterator[RenderableType]:
    """Orders, and below them why some ended without a fill."""
    yield table("Orders", _ORDER_FIELDS, rows)
    reasons: dict[str, int] = {}
    for row in rows:
        if row["reason"]:
            words = f"{row['state']}: {row['reason']}"
            reasons[words] = reasons.get(words, 0) + 1
    for words, count in reasons.items():
        yield Text(f"  {count} × {safe(words)}", style="dim")


def fills_view(rows: Rows) -> Iterator[RenderableType]:
    """Fills."""
    yield table("Fills", _FILL_FIELDS, rows)


def pnl_view(found: dict[str, Any]) -> Iterator[RenderableType]:
    """One line of money, and a table by strategy."""
    fallen = "–" if found["drawdown"] is None else f"{found['drawdown']:.1%}"
    money = (
        ("cash", usd(found["cash_usd"])),
        ("equity", usd(found["equity_usd"])),
        ("profit", signed_usd(found["total_usd"])),
        ("realised", signed_usd(found["realized_usd"])),
        ("unrealised", signed_usd(found["unrealized_usd"])),
        ("fees", usd(found["fees_usd"])),
        ("below its peak", fallen),
    )
    yield Text.assemble(
        (f"{found['mode']} account", "bold"),
        *(part for name, words in money for part in ("  ", (f"{name} ", "dim"), words)),
    )
    if found["strategies"]:
        yield table("Profit by strategy", _STRATEGY_FIELDS, found["strategies"])


_VIEWS: dict[str, Callable[[Any], Iterator[RenderableType]]] = {
    "positions": positions_view,
    "orders": orders_view,
    "fills": fills_view,
    "pnl": pnl_view,
}


@contextmanager
def _ledger(settings: Settings) -> Generator[sa.Engine]:

    engine = open_ledger(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def _ratio(amount: int, size: int) -> Decimal | None:
    return (Decimal(amount) / size).quantize(Decimal("0.000001")) if size else None


def _sum_known(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum, or None when a part is not known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None
