"""Tables of what an account holds and who may use it; and the paper venue's own records.

Belongs here: positions, cash, settlements, equity, kill switch, arming, facts of the home, and the
paper venue's order book-keeping, which stands on the other side of the broker. Not here: the trade
flow (ledger_tables.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from polymarket_assets.domain.money import Micros
from polymarket_assets.domain.ticks import Side
from polymarket_assets.store.ledger_types import (
    Base,
    amount,
    check,
    flag,
    instant,
    text,
    whole,
)


class Position(Base):
    """One row per holding of one strategy in one token, from its first fill to its end."""

    __tablename__ = "positions"
    __table_args__ = (
        sa.Index(
            "positions_one_open_idx",
            "mode",
            "account",
            "strategy",
            "token_id",
            unique=True,
            postgresql_where=sa.text("state = 'open'"),
        ),
        check("mode", "mode IN ('paper', 'live')"),
        check("state", "state IN ('open', 'closed')"),
        check("size", "size >= 0 AND bought_size >= 0 AND sold_size >= 0 AND settled_size >= 0"),
        check("sum", "size = bought_size - sold_size - settled_size"),
        check("cost", "cost_usd >= 0 AND (size > 0 OR cost_usd = 0)"),
        check("closed", "(state = 'closed') = (size = 0)"),
        check("closed_at", "(state = 'closed') = (closed_at IS NOT NULL)"),
        check(
            "profit",
            "realized_usd - cost_usd = sold_usd + payout_usd - bought_usd - fees_usd",
        ),
        check("mark", "(mark_price IS NULL) = (marked_at IS NULL)"),
        {"comment": "One row per holding of one strategy in one token, from first fill to its end"},
    )

    position_id: Mapped[str] = text("intent_id of the order that opened it", primary_key=True)
    mode: Mapped[str] = text("paper or live")
    account: Mapped[str] = text("the account that holds it")
    strategy: Mapped[str] = text("strategy that holds it")
    condition_id: Mapped[str] = text("market")
    token_id: Mapped[str] = text("outcome token held")
    outcome: Mapped[str] = text("label of the outcome")
    question: Mapped[str] = text("question of the market")
    state: Mapped[str] = text("open, or closed once nothing is held")
    size: Mapped[Micros] = amount("shares held now")
    cost_usd: Mapped[Micros] = amount("what the shares held now cost, fees included")
    bought_size: Mapped[Micros] = amount("shares bought in all")
    bought_usd: Mapped[Micros] = amount("paid for them without fees")
    sold_size: Mapped[Micros] = amount("shares sold in all")
    sold_usd: Mapped[Micros] = amount("received for them without fees")
    settled_size: Mapped[Micros] = amount("shares redeemed at resolution")
    payout_usd: Mapped[Micros] = amount("received for those")
    fees_usd: Mapped[Micros] = amount("fees paid in all")
    realized_usd: Mapped[Micros] = amount("profit realised so far, fees included")
    mark_price: Mapped[Micros | None] = amount(
        "last known best bid; null before the first, 0 if nobody bid"
    )
    marked_at: Mapped[datetime | None] = instant("when that bid was received")
    opened_at: Mapped[datetime] = instant("time of the first fill")
    closed_at: Mapped[datetime | None] = instant("when the last share left")


class CashEntry(Base):
    """One row per movement of cash, chained by its balance; never changed."""

    __tablename__ = "cash_entries"
    __table_args__ = (
        sa.UniqueConstraint("mode", "account", "seq"),
        check("kind", "kind IN ('deposit', 'buy', 'sell', 'fee', 'payout')"),
        check("seq", "seq >= 1"),
        check("amount", "amount_usd <> 0"),
        check("direction", "(amount_usd > 0) = (kind IN ('deposit', 'sell', 'payout'))"),
        check("balance", "balance_usd >= 0"),
        {"comment": "One row per movement of cash, append-only; the newest balance is held"},
    )

    entry_id: Mapped[str] = text("kind and id of what moved the cash", primary_key=True)
    mode: Mapped[str] = text("paper or live")
    account: Mapped[str] = text("the account whose cash moved")
    seq: Mapped[int] = whole("1, 2, 3 … within the account")
    kind: Mapped[str] = text("deposit, buy, sell, fee or payout")
    amount_usd: Mapped[Micros] = amount("what came in (positive) or went out (negative)")
    balance_usd: Mapped[Micros] = amount("cash of the account after this entry")
    reference: Mapped[str] = text("fill_id, settlement_id, or the words of a deposit")
    entry_at: Mapped[datetime] = instant("when it was booked")


class Settlement(Base):
    """One row per position redeemed at its market's resolution; never changed."""

    __tablename__ = "settlements"
    __table_args__ = (
        sa.UniqueConstraint("position_id"),
        check("payout", "payout_per_share >= 0 AND payout_per_share <= 1"),
        check("size", "size > 0"),
        check("amount", "payout_usd >= 0"),
        {"comment": "One row per position redeemed at its market's resolution, append-only"},
    )

    settlement_id: Mapped[str] = text("sha256 of position_id", primary_key=True)
    position_id: Mapped[str] = text("position redeemed", sa.ForeignKey("positions.position_id"))
    condition_id: Mapped[str] = text("market")
    token_id: Mapped[str] = text("outcome token redeemed")
    payout_per_share: Mapped[Micros] = amount("pUSD per share: 0, 0.5 or 1 as a rule")
    size: Mapped[Micros] = amount("shares redeemed")
    payout_usd: Mapped[Micros] = amount("pUSD received")
    realized_usd: Mapped[Micros] = amount("profit of the redemption: payout less the shares' cost")
    resolved_at: Mapped[datetime | None] = instant("when the market resolved, null if not known")
    known_at: Mapped[datetime] = instant("from when on the platform could know it")
    settled_at: Mapped[datetime] = instant("when the ledger booked it")


class Equity(Base):
    """One row per account: its equity now and the highest it ever was."""

    __tablename__ = "equity_peaks"
    __table_args__ = (
        check("peak", "peak_usd >= 0 AND (equity_usd IS NULL OR equity_usd <= peak_usd)"),
        {"comment": "One row per account: last equity, and the highest as the base of drawdown"},
    )

    mode: Mapped[str] = text("paper or live", primary_key=True)
    account: Mapped[str] = text("the account", primary_key=True)
    peak_usd: Mapped[Micros] = amount("highest equity ever seen")
    peak_at: Mapped[datetime] = instant("when that was")
    equity_usd: Mapped[Micros | None] = amount(
        "cash plus positions at the bid; null when a bid is not known"
    )
    equity_at: Mapped[datetime] = instant("when equity was last computed")


class KillSwitch(Base):
    """The kill switch: the newest row holds, and no row means on."""

    __tablename__ = "kill_switch"
    __table_args__ = (
        check("words", "reason <> '' AND actor <> ''"),
        {"comment": "Kill switch: the newest row holds and no row means on; append-only"},
    )

    change_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.Identity(), primary_key=True, comment="order of the changes"
    )
    engaged: Mapped[bool] = flag("whether sending orders is stopped")
    reason: Mapped[str] = text("why it was changed")
    actor: Mapped[str] = text("who changed it")
    changed_at: Mapped[datetime] = instant("when")


class Arming(Base):
    """Permissions to trade live: short-lived, bound to one account and one amount."""

    __tablename__ = "arming"
    __table_args__ = (
        check("window", "expires_at > armed_at"),
        check("cap", "cap_usd > 0"),
        check("words", "armed_by <> '' AND reason <> ''"),
        {"comment": "Permissions to trade live: one account, one amount, until a moment"},
    )

    arming_id: Mapped[str] = text("id of the permission", primary_key=True)
    account: Mapped[str] = text("wallet it is for")
    cap_usd: Mapped[Micros] = amount("most that may be at risk")
    armed_by: Mapped[str] = text("who gave it")
    reason: Mapped[str] = text("why")
    armed_at: Mapped[datetime] = instant("from when on")
    expires_at: Mapped[datetime] = instant("until when")
    disarmed_at: Mapped[datetime | None] = instant("when it was withdrawn, null if it was not")


class HomeFact(Base):
    """What a home must agree on with every process: its origin and its clock."""

    __tablename__ = "home_facts"
    __table_args__ = ({"comment": "What every process of this home must agree on"},)

    key: Mapped[str] = text("name of the fact", primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB, comment="the fact")
    recorded_at: Mapped[datetime] = instant("real time at which it was stored")


class PaperOrder(Base):
    """The paper venue's side: one row per order it ever accepted or refused; never changed."""

    __tablename__ = "paper_orders"
    __table_args__ = (
        check("status", "status IN ('FILLED', 'CANCELED', 'REJECTED')"),
        {"comment": "The paper venue's own record: one row per order it has answered, append-only"},
    )

    order_hash: Mapped[str] = text(
        "hash of the body; sent again, the same answer is given", primary_key=True
    )
    account: Mapped[str] = text("account that sent it")
    token_id: Mapped[str] = text("outcome token ordered")
    body: Mapped[bytes] = mapped_column(sa.LargeBinary, comment="the bytes received")
    status: Mapped[Literal["FILLED", "CANCELED", "REJECTED"]] = text(
        "FILLED, CANCELED (the rest was not there) or REJECTED"
    )
    reason: Mapped[str | None] = text("why it was not filled to its size")
    book_hash: Mapped[str | None] = text("book snapshot it met; null when there was none")
    book_at: Mapped[datetime | None] = instant("the venue's time of that book")
    book_received_at: Mapped[datetime | None] = instant("when that book was received")
    displayed: Mapped[Any | None] = mapped_column(
        JSONB(none_as_null=True),
        comment="[price, shares] that book displayed up to the limit, best first",
    )
    answered_at: Mapped[datetime] = instant("when the paper venue answered")


class PaperMatch(Base):
    """What a paper order took from a book snapshot; never changed."""

    __tablename__ = "paper_matches"
    __table_args__ = (
        check("price", "price > 0 AND price < 1"),
        check("size", "size > 0"),
        check("fee", "fee_usd >= 0"),
        sa.Index(None, "token_id", "book_hash", "side"),
        {"comment": "Depth that paper orders took: one row per order and price level, append-only"},
    )

    order_hash: Mapped[str] = text(
        "order that took it", sa.ForeignKey("paper_orders.order_hash"), primary_key=True
    )
    ordinal: Mapped[int] = whole(
        "1, 2, 3 … best price first", primary_key=True, autoincrement=False
    )
    token_id: Mapped[str] = text("outcome token")
    side: Mapped[Side] = text("side of the order: BUY took asks")
    book_hash: Mapped[str] = text("book snapshot it took from")
    price: Mapped[Micros] = amount("price of the level")
    size: Mapped[Micros] = amount("shares taken")
    fee_usd: Mapped[Micros] = amount("taker fee")


APPEND_ONLY = (
    "intents",
    "order_events",
    "fills",
    "cash_entries",
    "settlements",
    "kill_switch",
    "paper_orders",
    "paper_matches",
    "pair_approvals",
)
"""Tables whose rows the database itself refuses to change or delete."""
