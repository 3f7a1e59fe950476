"""What an account holds and who may use it: balances, controls, facts of the home, paper venue.

Revision ID: 0001
Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from polymarket_assets.store.migrations.shapes import (
    amount,
    append_only,
    document,
    flag,
    instant,
    raw,
    reference,
    table,
    text,
    whole,
)

revision = "0001"
down_revision = None

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger table % is append-only: % refused', TG_TABLE_NAME, TG_OP;
END $$
"""
APPEND_ONLY = ("cash_entries", "settlements", "kill_switch", "paper_orders", "paper_matches")


def upgrade() -> None:
    op.execute(REFUSE_CHANGE)
    table(
        "arming",
        "Permissions to trade live: one account, one amount, until a moment",
        text("arming_id", "id of the permission"),
        text("account", "wallet it is for"),
        amount("cap_usd", "most that may be at risk"),
        text("armed_by", "who gave it"),
        text("reason", "why"),
        instant("armed_at", "from when on"),
        instant("expires_at", "until when"),
        instant("disarmed_at", "when it was withdrawn, null if it was not", nullable=True),
        key=("arming_id",),
        checks={
            "cap": "cap_usd > 0",
            "window": "expires_at > armed_at",
            "words": "armed_by <> '' AND reason <> ''",
        },
    )
    table(
        "cash_entries",
        "One row per movement of cash, append-only; the newest balance is held",
        text("entry_id", "kind and id of what moved the cash"),
        text("mode", "paper or live"),
        text("account", "the account whose cash moved"),
        whole("seq", "1, 2, 3 … within the account"),
        text("kind", "deposit, buy, sell, fee or payout"),
        amount("amount_usd", "what came in (positive) or went out (negative)"),
        amount("balance_usd", "cash of the account after this entry"),
        text("reference", "fill_id, settlement_id, or the words of a deposit"),
        instant("entry_at", "when it was booked"),
        key=("entry_id",),
        unique=(("mode", "account", "seq"),),
        checks={
            "amount": "amount_usd <> 0",
            "balance": "balance_usd >= 0",
            "direction": "(amount_usd > 0) = (kind IN ('deposit', 'sell', 'payout'))",
            "kind": "kind IN ('deposit', 'buy', 'sell', 'fee', 'payout')",
            "seq": "seq >= 1",
        },
    )
    table(
        "equity_peaks",
        "One row per account: last equity, and the highest as the base of drawdown",
        text("mode", "paper or live"),
        text("account", "the account"),
        amount("peak_usd", "highest equity ever seen"),
        instant("peak_at", "when that was"),
        amount(
            "equity_usd",
            "cash plus positions at the bid; null when a bid is not known",
            nullable=True,
        ),
        instant("equity_at", "when equity was last computed"),
        key=("mode", "account"),
        checks={
            "peak": "peak_usd >= 0 AND (equity_usd IS NULL OR equity_usd <= peak_usd)",
        },
    )
    table(
        "home_facts",
        "What every process of this home must agree on",
        text("key", "name of the fact"),
        document("value", "the fact"),
        instant("recorded_at", "real time at which it was stored"),
        key=("key",),
        checks={},
    )
    table(
        "kill_switch",
        "Kill switch: the newest row holds and no row means on; append-only",
        whole("change_id", "order of the changes", sa.Identity()),
        flag("engaged", "whether sending orders is stopped"),
        text("reason", "why it was changed"),
        text("actor", "who changed it"),
        instant("changed_at", "when"),
        key=("change_id",),
        checks={
            "words": "reason <> '' AND actor <> ''",
        },
    )
    table(
        "paper_orders",
        "The paper venue's own record: one row per order it has answered, append-only",
        text("order_hash", "hash of the body; sent again, the same answer is given"),
        text("account", "account that sent it"),
        text("token_id", "outcome token ordered"),
        raw("body", "the bytes received"),
        text("status", "FILLED, CANCELED (the rest was not there) or REJECTED"),
        text("reason", "why it was not filled to its size", nullable=True),
        text("book_hash", "book snapshot it met; null when there was none", nullable=True),
        instant("book_at", "the venue's time of that book", nullable=True),
        instant("book_received_at", "when that book was received", nullable=True),
        document(
            "displayed",
            "[price, shares] that book displayed up to the limit, best first",
            nullable=True,
        ),
        instant("answered_at", "when the paper venue answered"),
        key=("order_hash",),
        checks={
            "status": "status IN ('FILLED', 'CANCELED', 'REJECTED')",
        },
    )
    table(
        "positions",
        "One row per holding of one strategy in one token, from first fill to its end",
        text("position_id", "intent_id of the order that opened it"),
        text("mode", "paper or live"),
        text("account", "the account that holds it"),
        text("strategy", "strategy that holds it"),
        text("condition_id", "market"),
        text("token_id", "outcome token held"),
        text("outcome", "label of the outcome"),
        text("question", "question of the market"),
        text("state", "open, or closed once nothing is held"),
        amount("size", "shares held now"),
        amount("cost_usd", "what the shares held now cost, fees included"),
        amount("bought_size", "shares bought in all"),
        amount("bought_usd", "paid for them without fees"),
        amount("sold_size", "shares sold in all"),
        amount("sold_usd", "received for them without fees"),
        amount("settled_size", "shares redeemed at resolution"),
        amount("payout_usd", "received for those"),
        amount("fees_usd", "fees paid in all"),
        amount("realized_usd", "profit realised so far, fees included"),
        amount(
            "mark_price",
            "last known best bid; null before the first, 0 if nobody bid",
            nullable=True,
        ),
        instant("marked_at", "when that bid was received", nullable=True),
        instant("opened_at", "time of the first fill"),
        instant("closed_at", "when the last share left", nullable=True),
        key=("position_id",),
        checks={
            "closed_at": "(state = 'closed') = (closed_at IS NOT NULL)",
            "closed": "(state = 'closed') = (size = 0)",
            "cost": "cost_usd >= 0 AND (size > 0 OR cost_usd = 0)",
            "mark": "(mark_price IS NULL) = (marked_at IS NULL)",
            "mode": "mode IN ('paper', 'live')",
            "profit": "realized_usd - cost_usd = sold_usd + payout_usd - bought_usd - fees_usd",
            "size": "size >= 0 AND bought_size >= 0 AND sold_size >= 0 AND settled_size >= 0",
            "state": "state IN ('open', 'closed')",
            "sum": "size = bought_size - sold_size - settled_size",
        },
    )
    op.create_index(
        "positions_one_open_idx",
        "positions",
        ["mode", "account", "strategy", "token_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    table(
        "paper_matches",
        "Depth that paper orders took: one row per order and price level, append-only",
        text(
            "order_hash",
            "order that took it",
            reference("paper_matches", "order_hash", "paper_orders.order_hash"),
        ),
        whole("ordinal", "1, 2, 3 … best price first"),
        text("token_id", "outcome token"),
        text("side", "side of the order: BUY took asks"),
        text("book_hash", "book snapshot it took from"),
        amount("price", "price of the level"),
        amount("size", "shares taken"),
        amount("fee_usd", "taker fee"),
        key=("order_hash", "ordinal"),
        checks={
            "fee": "fee_usd >= 0",
            "price": "price > 0 AND price < 1",
            "size": "size > 0",
        },
        indexes=(("token_id", "book_hash", "side"),),
    )
    table(
        "settlements",
        "One row per position redeemed at its market's resolution, append-only",
        text("settlement_id", "sha256 of position_id"),
        text(
            "position_id",
            "position redeemed",
            reference("settlements", "position_id", "positions.position_id"),
        ),
        text("condition_id", "market"),
        text("token_id", "outcome token redeemed"),
        amount("payout_per_share", "pUSD per share: 0, 0.5 or 1 as a rule"),
        amount("size", "shares redeemed"),
        amount("payout_usd", "pUSD received"),
        amount("realized_usd", "profit of the redemption: payout less the shares' cost"),
        instant("resolved_at", "when the market resolved, null if not known", nullable=True),
        instant("known_at", "from when on the platform could know it"),
        instant("settled_at", "when the ledger booked it"),
        key=("settlement_id",),
        unique=(("position_id",),),
        checks={
            "amount": "payout_usd >= 0",
            "payout": "payout_per_share >= 0 AND payout_per_share <= 1",
            "size": "size > 0",
        },
    )
    for name in APPEND_ONLY:
        append_only(name)
    # A ledger without a row here would count as stopped: no row means on.
    op.execute(
        "INSERT INTO kill_switch (engaged, reason, actor, changed_at)"
        " VALUES (false, 'the ledger was created', 'migration 0001', now())"
    )
